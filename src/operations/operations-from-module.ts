import type { GraphModule } from "../graphs/mod.ts";
import { graphHandler } from "./graph/graph-handlers.ts";
import { graphVerbParts } from "./graph/graph-specs.ts";
import { checkModuleOptions, type ModuleOperationsOptions, READING_VERBS } from "./graph/module-options.ts";
import { modulePlan } from "./graph/module-plan.ts";
import { bindSpec } from "./handler-source.ts";
import type { OperationSpec } from "./operation-spec.ts";

/**
 * Gives the contracts of the operations on the graphs of one type: graphs themselves, nodes, edges, and questions such as
 * `neighbours` and `shortestPath`. Does nothing by itself: `handlersFor()` makes the handlers, of these very objects, for a
 * database in which the module is registered.
 *
 * ```ts
 * createGraphStore(db).register(Dependencies);
 * const specs = operationsFromModule(Dependencies);
 * registry.registerAll(specs);
 * registry.registerHandlers(handlersFor(db, specs));
 * await registry.execute("dependencies.addNode", { graphId, type: "package", key: "lib", attributes }, { identity });
 * ```
 *
 * @throws {TypeError} If an option is unknown or does not fit the module. @throws {RangeError} If a limit is out of range.
 */
export function operationsFromModule<M extends GraphModule>(
  module: M,
  options: ModuleOperationsOptions<M> = {},
): OperationSpec[] {
  const given = options as ModuleOperationsOptions<GraphModule>;
  checkModuleOptions(given);
  const plan = modulePlan(module, given);
  const { namespace } = plan;
  const { read = `${namespace}:read`, write = `${namespace}:write` } = given.scopes ?? {};
  return plan.verbs.map((name) => {
    const spec: OperationSpec = {
      name,
      namespace,
      version: given.version ?? "1.0.0",
      ...graphVerbParts(name, plan),
      accessControl: given.accessControl?.[name] ?? { requiredScopes: [READING_VERBS.has(name) ? read : write] },
      ...(given.tags !== undefined && { tags: [...given.tags] }),
    };
    return bindSpec(spec, (source) => graphHandler(plan, name, source, spec));
  });
}
