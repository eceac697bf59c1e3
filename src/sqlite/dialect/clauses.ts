import type { SQLChunk } from "drizzle-orm/sql/sql";
import type { SQLiteSelectConfig } from "drizzle-orm/sqlite-core";
import type { Subquery } from "drizzle-orm/subquery";
import {
  subqueryOf,
  TABLE_IS_ALIAS,
  TABLE_NAME,
  TABLE_ORIGINAL_NAME,
  TABLE_SCHEMA,
  tableOf,
} from "../drizzle-internals.ts";
import { kindOf, TABLE } from "./kinds.ts";
import { quote } from "./names.ts";
import type { Tree } from "./tree.ts";

type Joins = SQLiteSelectConfig["joins"];
type OrderBy = SQLiteSelectConfig["orderBy"];
type Limit = SQLiteSelectConfig["limit"];

/** Appends `with "a" as (…), "b" as (…) `. */
export function addWith(tree: Tree, queries: readonly Subquery[] | undefined): void {
  if (!queries?.length) return;
  tree.text("with ");
  queries.forEach((query, i) => {
    const { alias, sql } = subqueryOf(query);
    tree.text(`${i > 0 ? ", " : ""}${quote(alias)} as (`);
    tree.chunk(sql);
    tree.text(")");
  });
  tree.text(" ");
}

/** Appends what follows `from`. */
export function addFrom(tree: Tree, source: object): void {
  const table = tableOf(source);
  if (kindOf(source) === TABLE && table[TABLE_IS_ALIAS]) {
    tree.text(`${schemaPrefix(table[TABLE_SCHEMA])}${quote(table[TABLE_ORIGINAL_NAME])} ${quote(table[TABLE_NAME])}`);
  } else {
    tree.chunk(source as SQLChunk);
  }
}

/** Appends each join with a space before it. */
export function addJoins(tree: Tree, joins: Joins): void {
  if (!joins) return;
  for (let i = 0; i < joins.length; i++) {
    const { table: source, on, joinType, alias } = joins[i] as NonNullable<Joins>[number];
    tree.text(` ${joinType} join `);
    if (kindOf(source) === TABLE) {
      const table = tableOf(source);
      const originalName = table[TABLE_ORIGINAL_NAME];
      tree.text(`${schemaPrefix(table[TABLE_SCHEMA])}${quote(originalName)}`);
      if (table[TABLE_NAME] !== originalName && alias) tree.text(` ${quote(alias)}`);
    } else {
      tree.chunk(source);
    }
    addClause(tree, " on ", on);
  }
}

/** Appends `word` and `chunk`, if there is one. */
export function addClause(tree: Tree, word: string, chunk: SQLChunk | number): void {
  if (!chunk) return;
  tree.text(word);
  tree.chunk(chunk as SQLChunk);
}

/** Appends `word` and the chunks with commas between them, if there are any. */
export function addList(tree: Tree, word: string, chunks: OrderBy): void {
  if (!chunks?.length) return;
  tree.text(word);
  tree.list(chunks);
}

/** Whether there is a limit: Drizzle takes a negative number for none, and any object for a placeholder. */
export function hasLimit(limit: Limit): limit is NonNullable<Limit> {
  return typeof limit === "object" || (typeof limit === "number" && limit >= 0);
}

export function addLimit(tree: Tree, limit: Limit): void {
  if (!hasLimit(limit)) return;
  tree.text(" limit ");
  tree.chunk(limit as SQLChunk);
}

function schemaPrefix(schema: string | undefined): string {
  return schema ? `${quote(schema)}.` : "";
}
