import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * What running a statement does, as far as the engine must know: `read` changes nothing, `write` may change rows,
 * `schema` may change tables, `pragma` asks or sets, `control` begins or ends a transaction or savepoint.
 */
export type StatementKind = "read" | "write" | "schema" | "pragma" | "control";

/** A prepared statement and the modes it is in, which `node:sqlite` keeps from one use to the next. */
export interface CachedStatement {
  readonly statement: StatementSync;
  readonly kind: StatementKind;
  /** How many values it wants. SQLite binds NULL for a missing one without a word, so the engine counts. */
  readonly parameterCount: number;
  busy: boolean;
  arrays: boolean;
  bigints: boolean;
}

const GENERATION = 256; // statements a generation: at most twice as many are kept

/**
 * Prepared statements by their text, at most 512, the least recently used dropped first.
 *
 * Two generations instead of a linked list: a hit costs one look-up, and when the young generation is full, it becomes
 * the old one and the old one is let go.
 */
export class StatementCache {
  readonly #database: DatabaseSync;
  #young = new Map<string, CachedStatement>();
  #old = new Map<string, CachedStatement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * HOT (bench/drizzle.ts): the statement for `sql`, marked busy; the caller sets `busy` back.
   *
   * A statement that is in use further up the stack (a function called from SQL that runs the same SQL) is not shared:
   * its caller would lose its place.
   */
  checkOut(sql: string): CachedStatement {
    let entry = this.#young.get(sql);
    if (entry === undefined) {
      entry = this.#old.get(sql) ?? compile(this.#database, sql);
      if (this.#young.size >= GENERATION) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(sql, entry);
    }
    if (entry.busy) entry = compile(this.#database, sql);
    entry.busy = true;
    return entry;
  }

  /** What `sql` does, if it was prepared of late. */
  kindOf(sql: string): StatementKind | undefined {
    return this.#young.get(sql)?.kind;
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}

function compile(database: DatabaseSync, sql: string): CachedStatement {
  if (typeof sql !== "string")
    throw new TypeError(`Cannot run a statement: SQL text is wanted: received ${typeof sql}`);
  const kind = kindOf(sql);
  const statement = database.prepare(sql);
  refuseTail(sql, statement.sourceSQL);
  const bigints = kind === "write"; // what a write returns can't be read a second time, so read it safely at once
  if (bigints) statement.setReadBigInts(true);
  return { statement, kind, parameterCount: countParameters(sql), busy: false, arrays: false, bigints };
}

const SPACE_AND_COMMENTS = /^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*[^]*?(?:\*\/|$))*/;

/** SQLite prepares the first statement of a text only and drops the rest: half a migration, and no error. */
function refuseTail(sql: string, source: string): void {
  if (sql.slice(source.length).replace(SPACE_AND_COMMENTS, "") === "") return;
  throw new TypeError("Cannot run a statement: exactly one SQL statement is wanted: received more than one");
}

function kindOf(sql: string): StatementKind {
  const text = sql.replace(SPACE_AND_COMMENTS, "");
  const word = /^[a-z]+/i.exec(text)?.[0].toUpperCase() ?? "";
  switch (word) {
    case "":
      return refuseEmpty(text);
    case "SELECT":
    case "VALUES":
    case "EXPLAIN":
      // A SELECT can write by calling one of Honker's functions.
      return /\bhonker_|\bnotify\s*\(/i.test(text) ? "write" : "read";
    case "WITH":
      return /\b(?:insert|update|delete|replace)\b/i.test(text) ? "write" : "read";
    case "INSERT":
    case "REPLACE":
    case "UPDATE":
    case "DELETE":
      return "write";
    case "PRAGMA":
      return "pragma";
    case "BEGIN":
    case "COMMIT":
    case "END":
    case "ROLLBACK":
    case "SAVEPOINT":
    case "RELEASE":
      return "control";
    default:
      return "schema";
  }
}

function refuseEmpty(text: string): "read" {
  if (text === "") throw new TypeError("Cannot run a statement: exactly one SQL statement is wanted: received none");
  return "read"; // a parenthesis or nonsense: SQLite will say so
}

const TOKENS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[^]*?(?:\*\/|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\?(\d*)|([:@$#][\w$:]+)/g;

/** How many values `sql` wants: the highest index of its `?`, `?NNN` and named parameters (https://sqlite.org/lang_expr.html). */
function countParameters(sql: string): number {
  let count = 0;
  const names = new Set<string>();
  for (const [, index, name] of sql.matchAll(TOKENS)) {
    if (index === "") count++;
    else if (index !== undefined) count = Math.max(count, Number(index));
    else if (name !== undefined && !names.has(name)) {
      names.add(name);
      count++;
    }
  }
  return count;
}
