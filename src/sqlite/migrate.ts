/**
 * Brings a file from one state of its tables to the next.
 *
 * @module
 */
import { checkOptions } from "../arguments.ts";
import { StorageError } from "../errors.ts";
import type { HonkerTransaction } from "../honker/mod.ts";

/** A set of statements that is applied once, as a whole. */
export interface Migration {
  /** Its name, unique in its series, such as `0003_add_status`. */
  readonly id: string;
  /** A digest of its text: an applied migration must never change. */
  readonly hash: string;
  /** One SQL statement each. */
  readonly statements: readonly string[];
}

/** What {@link migrate} asks of an open file: a Honker `Database`, of this package or of the native binding. */
export interface MigrationClient {
  query(sql: string): Record<string, unknown>[];
  transaction(): MigrationTransaction;
  /** Runs a PRAGMA on the connection that writes. Without it, what needs foreign keys switched off is refused. */
  run?(sql: string): unknown;
}

type MigrationTransaction = Pick<HonkerTransaction, "execute" | "query" | "commit" | "rollback">;

/** How {@link migrate} keeps its books. */
export interface MigrateOptions {
  /** Migrations that belong together; one file can hold several series. @default "app" */
  readonly series?: string;
  /** A series whose file this can't be, so that files of two kinds are not mixed up. */
  readonly excludes?: string;
}

const TABLE = "alkdev_migrations";
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS ${TABLE} (
  series TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, applied_at INTEGER NOT NULL, PRIMARY KEY (series, id))`;
const RECORD = `INSERT INTO ${TABLE} (series, id, hash, applied_at)
  VALUES (?, ?, ?, CAST(unixepoch('subsec') * 1000 AS INTEGER))`;
const VIOLATIONS = `SELECT "table" AS child, parent, count(*) AS violations FROM pragma_foreign_key_check
  GROUP BY "table", parent`;

/**
 * Applies those of `migrations` that the file lacks, in their order, all in one transaction: all or none.
 *
 * Foreign keys do not act meanwhile, so that a table can be rebuilt without its children going with it; a reference that
 * is broken afterwards and was not before undoes everything. Of several processes that start at once, one applies the
 * migrations and the others find them done. An up-to-date file is only read.
 *
 * ```ts
 * migrate(client, readMigrations("drizzle"), { series: "shop" });
 * ```
 *
 * @returns The ids of the migrations that were applied now.
 * @throws {StorageError} `FILE_TOO_NEW` if the file has a migration that is not in the list, `MIGRATION_FAILED` if one
 * that is applied was changed, or one could not be applied; the file is as it was then. `TRANSACTION_OPEN` if something
 * is to be applied while a transaction is open.
 */
export function migrate(
  client: MigrationClient,
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): string[] {
  checkOptions(options, ["series", "excludes"], "migrate");
  const { series = "app", excludes } = options;
  checkClient(client);
  checkText(series, "series");
  checkMigrations(migrations);
  const read = (sql: string) => client.query(sql);
  if (pendingMigrations(read, migrations, series, excludes).length === 0) return [];
  return withForeignKeysOff(client, () => {
    const tx = client.transaction();
    try {
      // Read again under the write lock: another process may have been faster.
      const pending = pendingMigrations((sql) => tx.query(sql), migrations, series, excludes);
      if (pending.length > 0) applyAll(tx, pending, series);
      tx.commit();
      return pending.map(({ id }) => id);
    } catch (error) {
      tx.rollback();
      throw error;
    }
  });
}

type Read = (sql: string) => Record<string, unknown>[];

/** The migrations that the file lacks: by what is written in its books, not by how far they go. */
function pendingMigrations(
  read: Read,
  migrations: readonly Migration[],
  series: string,
  excludes: string | undefined,
): Migration[] {
  if (read(`SELECT 1 AS found FROM sqlite_master WHERE name = '${TABLE}'`).length === 0) return [...migrations];
  const applied = new Map<unknown, unknown>();
  for (const row of read(`SELECT series, id, hash FROM ${TABLE}`)) {
    if (row.series === excludes) {
      const message = `Cannot migrate as "${series}": a file of that kind is wanted: received one of "${excludes}"`;
      throw new StorageError("MIGRATION_FAILED", message, { details: { series, found: excludes ?? null } });
    }
    if (row.series === series) applied.set(row.id, row.hash);
  }
  const pending: Migration[] = [];
  for (const migration of migrations) {
    const hash = applied.get(migration.id);
    if (hash === undefined) pending.push(migration);
    else if (hash !== migration.hash) {
      throw new StorageError(
        "MIGRATION_FAILED",
        `Cannot migrate "${series}": migration "${migration.id}" was changed after it was applied: restore it, and add a new one`,
        { details: { series, migration: migration.id } },
      );
    }
    applied.delete(migration.id);
  }
  for (const id of applied.keys()) {
    throw new StorageError(
      "FILE_TOO_NEW",
      `Cannot migrate "${series}": the file was migrated by a newer version, which knows "${id}": update this program`,
      { details: { series, migration: String(id) } },
    );
  }
  return pending;
}

function applyAll(tx: MigrationTransaction, pending: readonly Migration[], series: string): void {
  refuseActingForeignKeys(tx, pending);
  const before = countViolations(tx);
  tx.execute(CREATE_TABLE);
  for (const migration of pending) apply(tx, migration, series);
  for (const [reference, count] of countViolations(tx)) {
    const added = count - (before.get(reference) ?? 0);
    if (added <= 0) continue;
    const names = pending.map(({ id }) => `"${id}"`).join(", ");
    throw new StorageError(
      "MIGRATION_FAILED",
      `Cannot apply migration ${names}: each row must keep the row it refers to: received ${added} without, ${reference}`,
      { details: { series, migration: pending.at(-1)!.id, violations: added, reference } },
    );
  }
}

function apply(tx: MigrationTransaction, { id, hash, statements }: Migration, series: string): void {
  for (const [i, text] of statements.entries()) {
    const statement = withoutLeadingComments(text);
    if (statement === "" || SWITCHES_FOREIGN_KEYS.test(statement)) continue;
    try {
      if (GIVES_ROWS.test(statement)) tx.query(statement);
      else tx.execute(statement);
    } catch (cause) {
      throw new StorageError(
        "MIGRATION_FAILED",
        `Cannot apply migration "${id}": statement ${i + 1} of ${statements.length}: ${(cause as Error).message}`,
        { cause, details: { series, migration: id, statement: i + 1 } },
      );
    }
  }
  tx.execute(RECORD, [series, id, hash]);
}

const SWITCHES_FOREIGN_KEYS = /^PRAGMA\s+(?:\w+\s*\.\s*)?foreign_keys\s*[=(]/i;
const DROPS_TABLE = /^DROP\s+TABLE\b/i;
const GIVES_ROWS = /^(?:SELECT|PRAGMA|VALUES|WITH)\b|\bRETURNING\b/i; // query() runs whatever is taken for one wrongly
const ENDS_TRANSACTION = /^(?:BEGIN|COMMIT|END|ROLLBACK)\b/i;

/**
 * Inside a transaction `PRAGMA foreign_keys` does nothing, and DROP TABLE deletes the rows first, so that a parent table
 * that is rebuilt there takes its children along.
 */
function withForeignKeysOff<T>(client: MigrationClient, work: () => T): T {
  const isOn = client.run !== undefined && client.query("PRAGMA foreign_keys")[0]?.foreign_keys === 1;
  if (!isOn) return work();
  client.run?.("PRAGMA foreign_keys = OFF");
  try {
    return work();
  } finally {
    client.run?.("PRAGMA foreign_keys = ON");
  }
}

/** Through a client that can't switch them off, only what does not need it. */
function refuseActingForeignKeys(tx: MigrationTransaction, pending: readonly Migration[]): void {
  if (tx.query("PRAGMA foreign_keys")[0]?.foreign_keys === 0) return;
  for (const { id, statements } of pending) {
    const needsOff = statements
      .map(withoutLeadingComments)
      .some((text) => SWITCHES_FOREIGN_KEYS.test(text) || DROPS_TABLE.test(text));
    if (!needsOff) continue;
    throw new StorageError(
      "CLIENT_CANNOT_CARRY",
      `Cannot apply migration "${id}": this Honker binding can't switch foreign keys off: migrate with open()`,
      { details: { migration: id } },
    );
  }
}

/** How many rows lack the row they refer to, by child and parent table. */
function countViolations(tx: MigrationTransaction): Map<string, number> {
  const rows = tx.query(VIOLATIONS);
  return new Map(rows.map(({ child, parent, violations }) => [`from "${child}" to "${parent}"`, Number(violations)]));
}

function checkClient(client: unknown): void {
  if (typeof client === "object" && client !== null && "query" in client && "transaction" in client) return;
  throw new TypeError(`Cannot migrate: an open Honker database is wanted: received ${typeof client}`);
}

function checkText(value: unknown, what: string): void {
  if (typeof value === "string" && value !== "") return;
  throw new TypeError(`Cannot migrate: ${what} must be text: received ${value === "" ? "none" : typeof value}`);
}

function checkMigrations(migrations: readonly Migration[]): void {
  if (!Array.isArray(migrations)) {
    throw new TypeError(`Cannot migrate: a list of migrations is wanted: received ${typeof migrations}`);
  }
  const ids = new Set<string>();
  for (const { id, hash, statements } of migrations) {
    checkText(id, "the id of a migration");
    checkText(hash, `the hash of "${id}"`);
    if (!Array.isArray(statements) || !statements.every((text) => typeof text === "string")) {
      throw new TypeError(`Cannot migrate: the statements of "${id}" must be a list of texts: received something else`);
    }
    if (ids.has(id)) throw new TypeError(`Cannot migrate: ids must be unique: received "${id}" twice`);
    ids.add(id);
    for (const text of statements) {
      const word = ENDS_TRANSACTION.exec(withoutLeadingComments(text))?.[0];
      if (word === undefined) continue;
      throw new TypeError(`Cannot migrate: "${id}" must leave the transaction to migrate(): received ${word}`);
    }
  }
}

function withoutLeadingComments(text: string): string {
  return text.replace(/^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/, "");
}
