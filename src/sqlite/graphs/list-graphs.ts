import { checkInteger, checkName, checkOptions } from "../../arguments.ts";
import type { SqlParameter } from "../../honker/mod.ts";
import type { GraphReader } from "./graph-connection.ts";
import { checkStatus, decodeInfo, type GraphInfo, type GraphStatus, INFO_COLUMNS, SELECT_INFO } from "./graph-info.ts";
import { checkGraphTexts } from "./graph-rows.ts";

/** Which graphs are wanted. */
export interface GraphFilter {
  /** The name of the graph type. */
  readonly type?: string;
  readonly version?: number;
  readonly status?: GraphStatus;
  /** Null for graphs without one. */
  readonly ownerId?: string | null;
  /** Null for graphs without one. */
  readonly projectId?: string | null;
  /** @default all */
  readonly limit?: number;
  /** The id of a graph behind which they come: for a page at a time. @default from the oldest */
  readonly after?: string;
}

const COLUMNS: readonly [keyof GraphFilter, column: string][] = [
  ["type", 't."name"'],
  ["version", 't."version"'],
  ["status", 'g."status"'],
  ["ownerId", 'g."owner_id"'],
  ["projectId", 'g."project_id"'],
];
const FILTER = [...COLUMNS.map(([member]) => member), "limit", "after"];

/** What is known of the graphs that fit, oldest first. */
export function listGraphs(reader: GraphReader, filter: GraphFilter): GraphInfo[] {
  checkFilter(filter);
  const conditions: string[] = [];
  const values: SqlParameter[] = [];
  for (const [member, column] of COLUMNS) {
    const value = filter[member];
    if (value === undefined) continue;
    conditions.push(value === null ? `${column} IS NULL` : `${column} = ?`);
    if (value !== null) values.push(value);
  }
  if (filter.after !== undefined) {
    conditions.push('g."id" > ?');
    values.push(filter.after);
  }
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const first = filter.limit === undefined ? "" : " LIMIT 0 + ?"; // bound alone, SQLite would plan anew for each value
  if (filter.limit !== undefined) values.push(filter.limit);
  const sql = `${SELECT_INFO}${where} ORDER BY g."id"${first}`;
  return reader.values(sql, values, INFO_COLUMNS).map(decodeInfo);
}

function checkFilter(filter: GraphFilter): void {
  const action = "list graphs";
  checkOptions(filter, FILTER, "listGraphs");
  const { type, version, status, ownerId, projectId, limit, after } = filter;
  if (type !== undefined) checkName(type, action, "type");
  if (version !== undefined) checkInteger(version, 1, action, "version");
  checkStatus(status, action);
  checkGraphTexts({ ownerId, projectId }, action);
  if (limit !== undefined) checkInteger(limit, 0, action, "limit");
  if (after !== undefined) checkName(after, action, "after");
}
