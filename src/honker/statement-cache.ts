import type { DatabaseSync, StatementSync } from "node:sqlite";
import { keepsOldColumns } from "./runtime.ts";
import { hasStar, hasStatement, kindOf, parametersOf, type StatementKind } from "./sql-text.ts";

/** A prepared statement and the modes it is in, which `node:sqlite` keeps from one use to the next. */
export interface CachedStatement {
  readonly statement: StatementSync;
  readonly kind: StatementKind;
  /** How many values it wants. SQLite binds NULL for a missing one without a word, so the engine counts. */
  readonly parameterCount: number;
  /** The names to bind by, with the position of the value of each, or undefined to bind by position. */
  readonly parameterNames: ReadonlyMap<string, number> | undefined;
  busy: boolean;
  arrays: boolean;
  bigints: boolean;
  /** Whether it gives rows; not known until somebody asks. */
  returnsRows: boolean | undefined;
}

// A generation: at most two are kept. A statement takes many times the size of its text: lists of thousands of parameters fill one.
const GENERATION = 256; // statements
const GENERATION_LENGTH = 256 * 1024; // characters of text

/**
 * Prepared statements by their text, at most 512 and half a megabyte of text, the least recently used dropped first.
 *
 * Two generations instead of a linked list: a hit costs one look-up, and when the young generation is full, it becomes
 * the old one and the old one is let go. SQLite itself prepares a statement anew when the schema has changed, whoever
 * changed it; where the runtime would still show the columns of before, statements with a `*` are not kept.
 */
export class StatementCache {
  readonly #database: DatabaseSync;
  #young = new Map<string, CachedStatement>();
  #old = new Map<string, CachedStatement>();
  #length = 0; // of the young texts
  #schema: StatementSync | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * HOT (bench/drizzle.ts): the statement for `sql`, marked busy; the caller sets `busy` back.
   *
   * A statement that is in use further up the stack (a parameter whose `toJSON` runs the same SQL) is not shared: its
   * caller would lose its place.
   */
  checkOut(sql: string): CachedStatement {
    let entry = this.#young.get(sql);
    if (entry === undefined) {
      if (keepsOldColumns && hasStar(sql)) return this.#compileAfresh(sql);
      entry = this.#old.get(sql) ?? compile(this.#database, sql);
      this.#keep(sql, entry);
    }
    if (entry.busy) entry = compile(this.#database, sql);
    entry.busy = true;
    return entry;
  }

  /** What `sql` does, whether or not it was prepared. */
  kindOf(sql: string): StatementKind {
    return this.#young.get(sql)?.kind ?? kindOf(sql);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#length = 0;
    this.#schema = undefined;
  }

  /** A statement that is used once, with the columns of now: reading the schema makes SQLite see that it has changed. */
  #compileAfresh(sql: string): CachedStatement {
    this.#schema ??= this.#database.prepare("SELECT 1 FROM sqlite_master LIMIT 1");
    this.#schema.get();
    return compile(this.#database, sql);
  }

  #keep(sql: string, entry: CachedStatement): void {
    if (this.#young.size >= GENERATION || this.#length + sql.length > GENERATION_LENGTH) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#length = 0;
    }
    this.#young.set(sql, entry);
    this.#length += sql.length;
  }
}

function compile(database: DatabaseSync, sql: string): CachedStatement {
  const kind = kindOf(sql);
  const { count, text, names } = parametersOf(sql);
  const statement = database.prepare(text);
  // SQLite prepares the first statement of a text only and drops the rest: half a migration, and no error.
  if (hasStatement(text.slice(statement.sourceSQL.length))) {
    throw new TypeError("Cannot run a statement: exactly one SQL statement is wanted: received more than one");
  }
  return {
    statement,
    kind,
    parameterCount: count,
    parameterNames: names,
    busy: false,
    arrays: false,
    bigints: false,
    returnsRows: undefined,
  };
}
