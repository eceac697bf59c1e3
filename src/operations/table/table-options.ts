import type { TSchema } from "@sinclair/typebox";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { checkOptions } from "../../arguments.ts";
import { describeKind } from "../../json-values.ts";
import type { RowFilter, Verb } from "../filters/row-filter.ts";
import type { AccessControl, Identity } from "../operation-spec.ts";
import type { ColumnName, Relation } from "./table-shape.ts";

/** Values that the server gives a row, whatever the caller sends. */
export type AssignedValues<T extends Relation> = T extends SQLiteTable ? Partial<T["$inferInsert"]> : never;

/** What the operations of a table are to be. */
export interface TableOperationsOptions<T extends Relation> {
  /** Before the dot of their ids. @default the name of the table */
  readonly namespace?: string;
  /** @default "1.0.0" */
  readonly version?: string;
  /** Which operations there are. @default all; of a view those that read */
  readonly verbs?: readonly Verb[];
  /** What a row is, for the descriptions: "an order". @default "a row of" the table */
  readonly description?: string;
  readonly tags?: readonly string[];
  /** What callers need to read and to write. @default `{namespace}:read` and `{namespace}:write` */
  readonly scopes?: { readonly read?: string; readonly write?: string };
  /** In the place of the scopes, for single operations. */
  readonly accessControl?: { readonly [V in Verb]?: AccessControl };
  /**
   * Columns that callers don't send (`input`), and that they don't get (`output`): these can't be filtered or sorted by
   * either, and errors don't name them. `createdAt` and `updatedAt` are never sent where the table sets them. @default none
   */
  readonly hidden?: { readonly input?: readonly ColumnName<T>[]; readonly output?: readonly ColumnName<T>[] };
  /** Columns that are given at creation and never changed. The key is one. @default none */
  readonly fixed?: readonly ColumnName<T>[];
  /**
   * Says more of the values of columns than the table does: the schema of their JSON form, or a function that makes one of
   * the column's. Whether a value may be null or left out stays as the table has it. It must be plain JSON Schema; rows that
   * are read are not held against it. @default what the table says
   */
  readonly refine?: { readonly [C in ColumnName<T>]?: TSchema | ((schema: TSchema) => TSchema) };
  /** Columns that filters may name. @default all that are put out */
  readonly filterable?: readonly ColumnName<T>[];
  /** Columns that rows may be sorted by. @default all that are put out and have an order */
  readonly sortable?: readonly ColumnName<T>[];
  /** The columns that tell the rows apart. @default the primary key */
  readonly key?: readonly ColumnName<T>[];
  /**
   * The column that tells whether a row was changed, which `update` sets and rises; `update` and `delete` take its expected
   * value as `expectedUpdatedAt`. False for none. @default "updatedAt", if there is one
   */
  readonly updatedAt?: ColumnName<T> | false;
  /** The rows that a caller may see and write. @default all */
  readonly rowFilter?: RowFilter;
  /** What the server writes into a row that is created or updated, such as its owner. It goes before what the caller sends. */
  readonly assign?: (identity: Identity | undefined, verb: "create" | "update") => AssignedValues<T>;
  /** Rows of a page that says nothing of it. @default 50 */
  readonly defaultLimit?: number;
  /** The most rows of a page. @default 500 */
  readonly maxLimit?: number;
}

const OPTIONS = [
  "namespace",
  "version",
  "verbs",
  "description",
  "tags",
  "scopes",
  "accessControl",
  "hidden",
  "fixed",
  "refine",
  "filterable",
  "sortable",
  "key",
  "updatedAt",
  "rowFilter",
  "assign",
  "defaultLimit",
  "maxLimit",
];
/** In the order in which their specs come. */
export const VERBS: readonly Verb[] = ["create", "find", "list", "update", "delete", "count"];

const NAMESPACE = /^[\p{L}\p{N}_$-]+$/u;

/** @throws {TypeError} If an option is unknown, or none of its kind. What names columns is checked with the table. */
export function checkTableOptions(options: TableOperationsOptions<Relation>): void {
  const callee = "operationsFromTable";
  checkOptions(options, OPTIONS, callee);
  checkOptions(options.scopes, ["read", "write"], `${callee}: scopes`);
  checkOptions(options.hidden, ["input", "output"], `${callee}: hidden`);
  checkOptions(options.accessControl, VERBS, `${callee}: accessControl`);
  checkVerbs(options.verbs, VERBS);
  for (const name of ["rowFilter", "assign"] as const) checkFunction(options[name], name);
  for (const name of ["version", "description"] as const) checkText(options[name], name);
  for (const name of ["read", "write"] as const) checkText(options.scopes?.[name], `scopes.${name}`);
  const { tags } = options;
  if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === "string"))) {
    throw new TypeError(`Cannot make operations: tags must be an array of texts: received ${describeKind(tags)}`);
  }
}

/** @throws {TypeError} If `verbs` is neither undefined nor a list of some of `known`. */
export function checkVerbs(verbs: unknown, known: readonly string[]): void {
  if (verbs === undefined) return;
  const isList = Array.isArray(verbs) && verbs.every((verb) => known.includes(verb));
  if (isList) return;
  const received = Array.isArray(verbs) ? verbs.map(String).join(", ") : describeKind(verbs);
  throw new TypeError(`Cannot make operations: verbs must be some of ${known.join(", ")}: received ${received}`);
}

/** @throws {TypeError} If `namespace` can't stand before the dot of an id. */
export function checkNamespace(namespace: unknown): asserts namespace is string {
  if (typeof namespace === "string" && NAMESPACE.test(namespace)) return;
  const received = typeof namespace === "string" ? JSON.stringify(namespace) : describeKind(namespace);
  throw new TypeError(
    `Cannot make operations: namespace must be of letters, digits, "_", "-" or "$": received ${received}`,
  );
}

/** @throws {TypeError} If `value` is neither undefined nor a function. */
export function checkFunction(value: unknown, what: string): void {
  if (value === undefined || typeof value === "function") return;
  throw new TypeError(`Cannot make operations: ${what} must be a function: received ${describeKind(value)}`);
}

/** @throws {TypeError} If `value` is neither undefined nor text. */
export function checkText(value: unknown, what: string): void {
  if (value === undefined || typeof value === "string") return;
  throw new TypeError(`Cannot make operations: ${what} must be text: received ${describeKind(value)}`);
}
