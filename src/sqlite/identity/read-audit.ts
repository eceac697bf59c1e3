import { checkInteger, checkName, checkOptions } from "../../arguments.ts";
import type { JsonObject } from "../../graphs/mod.ts";
import type { RawRow, SqlParameter } from "../../honker/mod.ts";
import { quote } from "../../json-values.ts";
import type { Executor } from "../adapter/executor.ts";
import { checkOneOf, checkTime } from "./checks.ts";
import { notFound } from "./refusals.ts";
import { readerOf, type SystemScope } from "./system-scope.ts";

/** An entry of the audit log. */
export interface AuditEntry {
  readonly id: string;
  /** What was done, such as `api_key.created`. */
  readonly action: string;
  /** The kind of who did it: `account`, `system`, `peer` … */
  readonly actorType: string;
  readonly actorId: string | null;
  /** What it was done to, as `type:id`. */
  readonly resource: string | null;
  /** The account that answers for it. */
  readonly ownerId: string | null;
  readonly orgId: string | null;
  /** The credential that it was done by. */
  readonly credentialId: string | null;
  readonly credentialType: string | null;
  readonly details: JsonObject | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** Which entries are wanted, in what order. */
export interface AuditFilter {
  /** One action, or all of a kind: `api_key.*`. */
  readonly action?: string;
  readonly actorId?: string;
  /** As `type:id`. */
  readonly resource?: string;
  readonly ownerId?: string;
  readonly orgId?: string;
  readonly credentialId?: string;
  /** The first time, in Unix milliseconds. */
  readonly from?: number;
  /** The time after the last, in Unix milliseconds. */
  readonly to?: number;
  /** By time; entries of one millisecond as they were added. @default "oldest" first */
  readonly order?: "oldest" | "newest";
  /** The id of an entry: only what follows it in this order. */
  readonly after?: string;
  /** How many are read, and held, at once: 1 to 10000. @default 256 */
  readonly batchSize?: number;
}

/** Where an entry stands in the order: its time and its rowid. */
type Position = readonly [createdAt: number, rowid: number];

const ACTION = "read the audit log";
const COLUMNS = ["id", "action", "actor_type", "actor_id", "resource", "owner_id", "org_id", "credential_id"]
  .concat("credential_type", "details", "created_at", "rowid")
  .map((column) => `"${column}"`);
const EQUAL: readonly [member: keyof AuditFilter, column: string][] = [
  ["actorId", '"actor_id"'],
  ["resource", '"resource"'],
  ["ownerId", '"owner_id"'],
  ["orgId", '"org_id"'],
  ["credentialId", '"credential_id"'],
];
const FILTER = ["action", ...EQUAL.map(([member]) => member), "from", "to", "order", "after", "batchSize"];
const MAX_BATCH = 10_000;

/**
 * The entries of the audit log that fit, one by one, in batches read as they are asked for: a log of any size goes through
 * in little memory, and other work is not held up.
 *
 * What is added meanwhile comes too, where it follows: with `oldest`, at the end. Nothing comes twice.
 *
 * ```ts
 * for (const entry of readAudit(db, { orgId: acme.id, action: "api_key.*", order: "newest" })) console.log(entry.action);
 * ```
 *
 * @throws {StorageError} `NOT_FOUND` if there is no entry `after`, when the first one is asked for.
 */
export function readAudit(db: SystemScope, filter: AuditFilter = {}): IterableIterator<AuditEntry> {
  checkFilter(filter);
  return entries(readerOf(db, ACTION), filter);
}

function* entries(reader: Executor, filter: AuditFilter): IterableIterator<AuditEntry> {
  const { batchSize = 256, after } = filter;
  let last = after === undefined ? undefined : positionOf(reader, after);
  for (;;) {
    const { sql, values } = nextBatch(filter, last, batchSize);
    const rows = reader.values(sql, values, COLUMNS.length);
    for (const row of rows) {
      last = [row[10] as number, row[11] as number];
      yield decode(row);
    }
    if (rows.length < batchSize) return;
  }
}

/** The statement of what follows `last`: a part of one index, in its order. */
function nextBatch(filter: AuditFilter, last: Position | undefined, batchSize: number) {
  const { action, from, to, order = "oldest" } = filter;
  const conditions: string[] = [];
  const values: SqlParameter[] = [];
  const add = (condition: string, ...bound: SqlParameter[]) => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (action?.endsWith(".*")) {
    // Not by the index of actions (+): it would give them action by action. "/" comes next after ".".
    add(`+"action" >= ? AND +"action" < ?`, action.slice(0, -1), `${action.slice(0, -2)}/`);
  } else if (action !== undefined) add('"action" = ?', action);
  for (const [member, column] of EQUAL) {
    const value = filter[member];
    if (value !== undefined) add(`${column} = ?`, value);
  }
  if (from !== undefined) add('"created_at" >= ?', from);
  if (to !== undefined) add('"created_at" < ?', to);
  const [follows, direction] = order === "oldest" ? [">", "ASC"] : ["<", "DESC"];
  if (last !== undefined) {
    add(`("created_at", "rowid") ${follows} (?, ?)`, ...last);
  }
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const sorted = ` ORDER BY "created_at" ${direction}, "rowid" ${direction}`;
  // LIMIT bound alone, SQLite would plan anew for each value
  const sql = `SELECT ${COLUMNS.join(", ")} FROM "audit_logs"${where}${sorted} LIMIT 0 + ?`;
  return { sql, values: [...values, batchSize] };
}

function positionOf(reader: Executor, id: string): Position {
  const row = reader.row('SELECT "created_at", "rowid" FROM "audit_logs" WHERE "id" = ?', [id], 2);
  if (row === undefined) throw notFound(ACTION, `entry ${quote(id)}`);
  return row as unknown as Position;
}

function decode(row: RawRow): AuditEntry {
  return {
    id: row[0] as string,
    action: row[1] as string,
    actorType: row[2] as string,
    actorId: row[3] as string | null,
    resource: row[4] as string | null,
    ownerId: row[5] as string | null,
    orgId: row[6] as string | null,
    credentialId: row[7] as string | null,
    credentialType: row[8] as string | null,
    details: row[9] === null ? null : (JSON.parse(row[9] as string) as JsonObject),
    createdAt: row[10] as number,
  };
}

function checkFilter(filter: AuditFilter): void {
  checkOptions(filter, FILTER, "readAudit");
  const { action, from, to, order = "oldest", after, batchSize = 256 } = filter;
  for (const [member, value] of [["action", action], ["after", after], ...EQUAL.map(([one]) => [one, filter[one]])]) {
    if (value !== undefined) checkName(value, ACTION, String(member));
  }
  if (from !== undefined) checkTime(from, ACTION, "from");
  if (to !== undefined) checkTime(to, ACTION, "to");
  checkOneOf(order, ["oldest", "newest"], ACTION, "order");
  checkInteger(batchSize, 1, ACTION, "batchSize", MAX_BATCH);
}
