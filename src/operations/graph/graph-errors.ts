import { Type } from "@sinclair/typebox";
import { StorageError } from "../../errors.ts";
import { CallError } from "../call-error.ts";
import { ERRORS } from "../error-definitions.ts";
import type { ErrorDefinition } from "../operation-spec.ts";

/** The errors that operations of graphs declare, by code. */
export const GRAPH_ERRORS = {
  NOT_FOUND: { ...ERRORS.NOT_FOUND, description: "There is no such graph, node or edge that the caller may see" },
  CONFLICT: ERRORS.CONFLICT,
  INVALID_GRAPH: {
    code: "INVALID_GRAPH",
    description: "A rule of the graph type does not allow it",
    schema: Type.Object({ rule: Type.String() }),
    httpStatus: 422,
  },
  GRAPH_ARCHIVED: {
    code: "GRAPH_ARCHIVED",
    description: "The graph is archived: it is only read",
    schema: Type.Object({}),
    httpStatus: 409,
  },
  RESULT_TOO_LARGE: {
    code: "RESULT_TOO_LARGE",
    description: "More would have to be looked at than is allowed",
    schema: Type.Object({}),
    httpStatus: 422,
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Rules that look at what was sent, and at nothing that is stored. */
const OF_INPUT: readonly unknown[] = ["attributes", "type"];

/** The error for a graph, node or edge that is not there, or that the caller may not see. */
export function graphNotFound(cause?: unknown): CallError {
  return new CallError("NOT_FOUND", "There is no such graph, node or edge", {}, { cause });
}

/** The error to answer with for `error`, which a graph store threw. What is stored is not told, nor what it is called. */
export function mapGraphError(error: unknown, operationId: string): unknown {
  if (error instanceof TypeError && error.message.startsWith("Cannot bind parameter"))
    return invalid(operationId, error);
  if (!(error instanceof StorageError)) return error;
  switch (error.code) {
    case "NOT_FOUND":
      return graphNotFound(error);
    case "ALREADY_EXISTS":
      return new CallError("CONFLICT", "Its key is taken in this graph", { fields: ["key"] }, { cause: error });
    case "INVALID_GRAPH": {
      const { rule = "" } = error.details;
      if (OF_INPUT.includes(rule)) return invalid(operationId, error);
      const { description } = GRAPH_ERRORS.INVALID_GRAPH;
      return new CallError("INVALID_GRAPH", description, { rule: String(rule) }, { cause: error });
    }
    case "GRAPH_ARCHIVED":
    case "RESULT_TOO_LARGE":
      return new CallError(error.code, GRAPH_ERRORS[error.code].description, {}, { cause: error });
    default:
      return error;
  }
}

function invalid(operationId: string, cause: Error): CallError {
  const message = `Invalid input for ${operationId}: what the type of the node or edge accepts is wanted`;
  return new CallError("VALIDATION_ERROR", message, { path: "$" }, { cause });
}
