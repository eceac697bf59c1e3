import { checkInteger } from "../../arguments.ts";
import { type EdgeType, type GraphModule, type GraphTypes, type NodeType, typesOf } from "../../graphs/mod.ts";
import { quote } from "../../json-values.ts";
import { checkNamespace } from "../table/table-options.ts";
import { listsAttributes } from "./attribute-schema.ts";
import {
  type AttributeNames,
  GRAPH_VERBS,
  type GraphAccess,
  type GraphVerb,
  type ModuleOperationsOptions,
} from "./module-options.ts";

/** Hidden attributes of one kind, by type. */
type Hidden = ReadonlyMap<string, ReadonlySet<string>>;

/** All that is known of the operations of one graph type. */
export interface ModulePlan {
  readonly module: GraphModule;
  readonly types: GraphTypes;
  readonly namespace: string;
  readonly verbs: readonly GraphVerb[];
  readonly hiddenInput: { readonly nodes: Hidden; readonly edges: Hidden };
  readonly hiddenOutput: { readonly nodes: Hidden; readonly edges: Hidden };
  readonly graphFilter: GraphAccess | undefined;
  readonly ownerOf: ModuleOperationsOptions<GraphModule>["ownerOf"];
  readonly defaultLimit: number;
  readonly maxLimit: number;
}

const NOTHING: ReadonlySet<string> = new Set();

/** @throws {TypeError} If the options don't fit the module. @throws {RangeError} If a limit is out of its range. */
export function modulePlan(module: GraphModule, options: ModuleOperationsOptions<GraphModule>): ModulePlan {
  const types = typesOf(module, "operationsFromModule");
  const namespace = options.namespace ?? module.name;
  checkNamespace(namespace);
  const { defaultLimit = Math.min(50, options.maxLimit ?? 50), maxLimit = 500, hidden, graphFilter, ownerOf } = options;
  checkInteger(maxLimit, 1, "make operations", "maxLimit", 100_000);
  checkInteger(defaultLimit, 1, "make operations", "defaultLimit", maxLimit);
  const hiddenInput = hiddenOf(types, hidden?.input, "hidden.input");
  for (const kind of ["nodes", "edges"] as const) checkOptional(types[kind], hiddenInput[kind]);
  return {
    module,
    types,
    namespace,
    verbs: GRAPH_VERBS.filter((verb) => options.verbs?.includes(verb) ?? true),
    hiddenInput,
    hiddenOutput: hiddenOf(types, hidden?.output, "hidden.output"),
    graphFilter,
    ownerOf,
    defaultLimit,
    maxLimit,
  };
}

/** The hidden attributes of a type. */
export function hiddenNames(hidden: Hidden, type: string): ReadonlySet<string> {
  return hidden.get(type) ?? NOTHING;
}

function hiddenOf(types: GraphTypes, names: AttributeNames<GraphModule> = {}, what: string) {
  return { nodes: hiddenIn(types.nodes, names.nodes, what), edges: hiddenIn(types.edges, names.edges, what) };
}

function hiddenIn(
  types: ReadonlyMap<string, NodeType | EdgeType>,
  names: { readonly [type: string]: readonly string[] | undefined } = {},
  what: string,
): Hidden {
  const hidden = new Map<string, ReadonlySet<string>>();
  for (const [name, attributes = []] of Object.entries(names)) {
    const type = types.get(name);
    if (type === undefined) throw refusal(`${what} must name types of the module`, quote(name));
    if (!listsAttributes(type)) throw refusal(`${what} must name types whose schema lists its attributes`, quote(name));
    const unknown = attributes.find((one) => !Object.hasOwn(type.schema.properties as object, one));
    if (unknown !== undefined) throw refusal(`${what} must name attributes of ${quote(name)}`, quote(unknown));
    hidden.set(name, new Set(attributes));
  }
  return hidden;
}

/** Who can't send what must be there could add nothing. */
function checkOptional(types: ReadonlyMap<string, NodeType | EdgeType>, hidden: Hidden): void {
  for (const [name, attributes] of hidden) {
    const required = (types.get(name)!.schema.required ?? []) as readonly string[];
    const needed = required.find((one) => attributes.has(one));
    if (needed !== undefined) throw refusal("attributes of hidden.input must be optional ones", quote(needed));
  }
}

function refusal(wanted: string, received: string): TypeError {
  return new TypeError(`Cannot make operations of a graph type: ${wanted}: received ${received}`);
}
