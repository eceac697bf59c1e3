import type { JsonObject } from "../../graphs/mod.ts";
import type { RawRow } from "../../honker/mod.ts";

/** Where a graph stands in its life: `draft` and `active` ones are written, `archived` ones only read. */
export type GraphStatus = "draft" | "active" | "archived";
/** Where the nodes and edges of a graph lie: in the metagraph tables, or in tables made for its type. */
export type GraphLayoutName = "metagraph" | "native";

/** What is known of a graph beside its nodes and edges. */
export interface GraphInfo {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The name of its graph type. */
  readonly type: string;
  /** The version of its graph type. */
  readonly version: number;
  readonly status: GraphStatus;
  readonly layout: GraphLayoutName;
  readonly ownerId: string | null;
  readonly projectId: string | null;
  readonly metadata: JsonObject;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds. */
  readonly updatedAt: number;
}

/** The columns that {@link decodeInfo} takes, up to the WHERE of their statement. */
export const SELECT_INFO = `SELECT g."id", g."name", g."description", t."name", t."version", g."status", g."layout",
  g."owner_id", g."project_id", g."metadata", g."created_at", g."updated_at"
  FROM "graphs" g JOIN "graph_types" t ON t."id" = g."graph_type_id"`;
export const INFO_COLUMNS = 12;

export function decodeInfo(row: RawRow): GraphInfo {
  return {
    id: row[0] as string,
    name: row[1] as string,
    description: row[2] as string,
    type: row[3] as string,
    version: row[4] as number,
    status: row[5] as GraphStatus,
    layout: row[6] as GraphLayoutName,
    ownerId: row[7] as string | null,
    projectId: row[8] as string | null,
    metadata: JSON.parse(row[9] as string) as JsonObject,
    createdAt: row[10] as number,
    updatedAt: row[11] as number,
  };
}

/** @throws {TypeError} If `status` is none that a graph can have. */
export function checkStatus(status: unknown, action: string): void {
  if (status === undefined || status === "draft" || status === "active" || status === "archived") return;
  throw new TypeError(`Cannot ${action}: status must be draft, active or archived: received ${String(status)}`);
}
