import { sql } from "drizzle-orm";
import { StorageError } from "../../errors.ts";
import { quote } from "../../json-values.ts";
import type { HandlerSource } from "../handler-source.ts";
import { type OperationHandler, type OperationSpec, operationId } from "../operation-spec.ts";
import { validateInput } from "../validate-input.ts";
import { mapGraphError } from "./graph-errors.ts";
import type { GraphOperation, GraphWork } from "./graph-operation.ts";
import type { GraphVerb } from "./module-options.ts";
import type { ModulePlan } from "./module-plan.ts";
import { READ_GRAPHS } from "./read-graphs.ts";
import { WRITE_GRAPHS } from "./write-graphs.ts";

const WORKS: Readonly<Record<GraphVerb, GraphWork>> = { ...READ_GRAPHS, ...WRITE_GRAPHS };

/** The handler of one verb: it checks the input by the spec, also where no registry did. */
export function graphHandler(
  plan: ModulePlan,
  verb: GraphVerb,
  source: HandlerSource,
  { inputSchema, ...spec }: OperationSpec,
): OperationHandler {
  checkIsRegistered(plan, source);
  const id = operationId(spec);
  const operation: GraphOperation = { plan, source, id, verb };
  const work = WORKS[verb];
  return (input, context) => {
    validateInput(inputSchema, input, id);
    try {
      const output = work(operation, input, context ?? {});
      return output instanceof Promise ? output.catch(fail) : output;
    } catch (error) {
      return fail(error);
    }
  };

  function fail(error: unknown): never {
    throw mapGraphError(error, id);
  }
}

/** @throws {StorageError} `NOT_FOUND` if the file does not know the graph type. */
function checkIsRegistered({ module }: ModulePlan, { db }: HandlerSource): void {
  const { name, version } = module;
  const tables = sql`SELECT 1 FROM sqlite_schema WHERE "type" = 'table' AND "name" = 'graph_types'`;
  const known = sql`SELECT 1 FROM "graph_types" WHERE "name" = ${name} AND "version" = ${version}`;
  if (db.values(tables).length > 0 && db.values(known).length > 0) return;
  throw new StorageError(
    "NOT_FOUND",
    `Cannot make handlers: there is no graph type ${quote(name)} version ${version}: register it first`,
    { details: { what: `graph type ${quote(name)}` } },
  );
}
