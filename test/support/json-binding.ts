/**
 * A stand-in for Honker's native Node binding: what crosses it crosses as JSON, as in the binding (see its conversions in
 * the format's description), on our engine and a real file.
 *
 * @module
 */
import { type Database, type HonkerClient, type HonkerTransaction, open } from "../../src/honker/mod.ts";

/** Opens `path` as the binding does. */
export function openJsonBinding(path: string): HonkerClient {
  return jsonBinding(open(path));
}

/** `database` with the binding's conversions, and without what the binding does not have. */
export function jsonBinding(database: Database): HonkerClient {
  return {
    transaction() {
      if (database.inTransaction) throw new Error("the native binding would hang here");
      return jsonTransaction(database.transaction());
    },
    // on a reader, even where nothing is open; it could write there, past the writer: nobody should
    query: (sql, params = []) => {
      if (!/^(?:\s|\/\*.*?\*\/)*(?:select|values|with|pragma|explain)\b/i.test(sql))
        throw new Error(`a write on a reader: ${sql}`);
      return query(database, sql, params);
    },
    notify: (channel, payload) => database.notify(channel, jsonOf(payload)),
    listen: (channel) => database.listen(channel),
    close: () => database.close(),
  };
}

function jsonTransaction(tx: ReturnType<Database["transaction"]>): HonkerTransaction {
  return {
    execute: (sql, params = []) => {
      const [text, values] = bound(sql, params);
      try {
        return tx.execute(text, values);
      } catch (error) {
        throw plain(error);
      }
    },
    query: (sql, params = []) => query(tx, sql, params),
    notify: (channel, payload) => tx.notify(channel, jsonOf(payload)),
    commit: () => tx.commit(),
    rollback: () => tx.rollback(),
  };
}

type Source = { values(sql: string, params: readonly (string | number | null)[]): unknown[][] };

function query(source: Source & { query: Database["query"] }, sql: string, params: readonly unknown[]) {
  const [text, values] = bound(sql, params);
  try {
    return source.query(text, values).map(jsonRow);
  } catch (error) {
    throw plain(error);
  }
}

/** A row as a JSON object: its names sorted, of equal ones the last, bytes as hexadecimal digits. */
function jsonRow(row: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(row).sort();
  return Object.fromEntries(names.map((name) => [name, jsonValue(row[name])]));
}

function jsonValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  return value;
}

/** The text and the parameters with which our engine binds what the binding would bind for `params`. */
function bound(sql: string, params: readonly unknown[]): [sql: string, params: (string | number | null)[]] {
  const values = params.map(jsonParameter);
  let index = 0;
  const text = sql.replace(/'[^']*'|"[^"]*"|\?/g, (token) => {
    if (token !== "?") return token;
    const value = values[index++];
    const isReal = typeof value === "number" && Number.isInteger(value) && (value < -(2 ** 31) || value >= 2 ** 32);
    return isReal ? "CAST(? AS REAL)" : "?";
  });
  return [text, values];
}

function jsonParameter(value: unknown): string | number | null {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return value ? 1 : 0;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("Failed to convert a JS number to JSON");
      return value;
    case "object":
      if (value === null) return null;
      if (Buffer.isBuffer(value)) throw new TypeError("Failed to convert a Buffer to JSON");
      return JSON.stringify(jsonOf(value));
    default:
      throw new TypeError(`Failed to convert a ${typeof value} to JSON`);
  }
}

/** What napi makes of an object: own enumerable properties, sorted; a date is `{}`, a Uint8Array a map of its indexes. */
function jsonOf(value: unknown): unknown {
  if (typeof value === "bigint" || value === undefined || typeof value === "function") {
    throw new TypeError(`Failed to convert a ${typeof value} to JSON`);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  const entries = Object.entries(value).map(([name, item]) => [name, jsonOf(item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The binding throws plain errors with SQLite's text. */
function plain(error: unknown): unknown {
  return error instanceof Error && !(error instanceof TypeError) ? new Error(error.message) : error;
}
