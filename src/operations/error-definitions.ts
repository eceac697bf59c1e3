import { Type } from "@sinclair/typebox";
import type { ErrorDefinition } from "./operation-spec.ts";

const FIELDS = Type.Array(Type.String(), { description: "What has the values, as far as the caller may know of it" });

/** The errors that operations of tables and graphs declare, by code. */
export const ERRORS = {
  NOT_FOUND: {
    code: "NOT_FOUND",
    description: "There is none that the caller may see",
    schema: Type.Object({}),
    httpStatus: 404,
  },
  CONFLICT: {
    code: "CONFLICT",
    description: "It was changed meanwhile, or another one has these values",
    schema: Type.Object({ fields: Type.Optional(FIELDS), updatedAt: Type.Optional(Type.Unknown()) }),
    httpStatus: 409,
  },
  REFERENCE: {
    code: "REFERENCE",
    description: "What it refers to is not there, or something refers to it",
    schema: Type.Object({}),
    httpStatus: 409,
  },
  CONSTRAINT: {
    code: "CONSTRAINT",
    description: "A rule of the table does not allow it",
    schema: Type.Object({ fields: Type.Optional(FIELDS) }),
    httpStatus: 422,
  },
} as const satisfies Record<string, ErrorDefinition>;
