import { parsePath } from "../../../graphs/mod.ts";
import type { Scope } from "../../adapter/scope.ts";
import { type ElementLayout, metagraphLayout, sqlText } from "../layout.ts";

/** An attribute that queries find nodes or edges of one type by. */
export interface AttributeIndex {
  /** Its name in the file, which says what it indexes: one that is there is the right one. */
  readonly name: string;
  readonly sql: string;
}

/** What the rows of node types and edge types say of their indexes. */
interface TypeWithIndexes {
  readonly name: string;
  readonly metadata: { readonly indexes?: unknown };
}

const OURS = `SELECT "name" FROM sqlite_schema WHERE "type" = 'index' AND ("name" GLOB 'nodes[[]*' OR "name" GLOB 'edges[[]*')`;

/** The indexes that types declare. */
export function attributeIndexes(
  nodeTypes: readonly TypeWithIndexes[],
  edgeTypes: readonly TypeWithIndexes[],
): AttributeIndex[] {
  return [
    ...nodeTypes.flatMap((type) => indexesOf("nodes", metagraphLayout.nodes, type)),
    ...edgeTypes.flatMap((type) => indexesOf("edges", metagraphLayout.edges, type)),
  ];
}

/** The names of the attribute indexes that are in the file. */
export function indexNames(reader: Pick<Scope, "values">): Set<string> {
  return new Set(reader.values(OURS, [], 1).map(([name]) => name as string));
}

/** Makes the indexes that are missing. Those on types with many rows take their time. */
export function createIndexes(scope: Scope, indexes: readonly AttributeIndex[]): void {
  const present = indexNames(scope);
  for (const { name, sql } of indexes) if (!present.has(name)) scope.run(sql, []);
}

/** Drops the attribute indexes that no stored type declares any more. */
export function dropIndexesBut(scope: Scope, declared: readonly AttributeIndex[]): void {
  const kept = new Set(declared.map(({ name }) => name));
  for (const name of indexNames(scope)) if (!kept.has(name)) scope.run(`DROP INDEX ${quoteName(name)}`, []);
}

/** Only over the rows of the type: others neither cost nor find anything. */
function indexesOf(
  element: string,
  layout: ElementLayout,
  { name: type, metadata }: TypeWithIndexes,
): AttributeIndex[] {
  const paths = (metadata.indexes ?? []) as readonly string[];
  return paths.map((path) => {
    const name = markCapitals(`${element}[${JSON.stringify(type)}].${path}`);
    const { value } = layout.attribute("", parsePath(path));
    const on = `${layout.table} ("graph_id", ${value}) WHERE ${layout.type} = ${sqlText(type)}`;
    return { name, sql: `CREATE INDEX ${quoteName(name)} ON ${on}` };
  });
}

/** To SQLite names that differ by case are one, to graph types they are not. */
function markCapitals(name: string): string {
  return name.replace(/[A-Z^]/g, "^$&");
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
