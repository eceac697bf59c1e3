/**
 * Brings a file from one state of its tables to the next.
 *
 * @module
 */
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

/** What {@link migrate} asks of an open file. Without `run` no migration may switch foreign keys off. */
export interface MigrationClient {
  query(sql: string): Record<string, unknown>[];
  transaction(): HonkerTransaction;
  run?(sql: string): unknown;
}

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

/**
 * Applies those of `migrations` that the file lacks, in their order, all in one transaction: all or none.
 *
 * Foreign keys are switched off around it where a migration asks for that, and checked before the commit. Of several
 * processes that start at once, one applies them and the others find them done. An up-to-date file is only read.
 *
 * ```ts
 * migrate(client, readMigrations("drizzle"), { series: "shop" });
 * ```
 *
 * @returns The ids of the migrations that were applied now.
 * @throws {StorageError} `FILE_TOO_NEW` if the file has a migration that is not in the list, `MIGRATION_FAILED` if one that
 * is applied was changed, or one could not be applied; the file is as it was then.
 */
export function migrate(
  client: MigrationClient,
  migrations: readonly Migration[],
  { series = "app", excludes, ...unknown }: MigrateOptions = {},
): string[] {
  for (const key in unknown) throw new TypeError(`Unknown option "${key}" for migrate(): known are series, excludes`);
  checkMigrations(migrations);
  const read = (sql: string) => client.query(sql);
  if (pendingMigrations(read, migrations, series, excludes).length === 0) return [];
  return withForeignKeysOff(client, migrations, () => {
    const tx = client.transaction();
    try {
      // Read again under the write lock: another process may have been faster.
      const pending = pendingMigrations((sql) => tx.query(sql), migrations, series, excludes);
      tx.execute(CREATE_TABLE);
      for (const migration of pending) apply(tx, migration, series);
      if (pending.length > 0) checkForeignKeys(tx, pending);
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
      throw new StorageError("MIGRATION_FAILED", `Cannot migrate as "${series}": the file is of the kind "${excludes}"`);
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

function apply(tx: HonkerTransaction, { id, hash, statements }: Migration, series: string): void {
  for (const [i, statement] of statements.entries()) {
    if (SWITCHES_FOREIGN_KEYS.test(statement)) continue;
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
  tx.query(`INSERT INTO ${TABLE} (series, id, hash, applied_at) VALUES (?, ?, ?, ?) RETURNING id`, [
    series,
    id,
    hash,
    Date.now(),
  ]);
}

/** `PRAGMA foreign_keys` does nothing inside a transaction: a parent table that is rebuilt there loses its children. */
const SWITCHES_FOREIGN_KEYS = /^\s*PRAGMA\s+foreign_keys\s*=/i;
const GIVES_ROWS = /^\s*(?:SELECT|PRAGMA|VALUES)\b/i;
const ENDS_TRANSACTION = /^\s*(?:BEGIN|COMMIT|END|ROLLBACK)\b/i;

function withForeignKeysOff<T>(client: MigrationClient, migrations: readonly Migration[], work: () => T): T {
  const isAsked = migrations.some(({ statements }) => statements.some((text) => SWITCHES_FOREIGN_KEYS.test(text)));
  if (!isAsked) return work();
  if (client.run === undefined) {
    throw new StorageError(
      "CLIENT_CANNOT_CARRY",
      "Cannot migrate through this Honker binding: a migration switches foreign keys off: migrate with open()",
    );
  }
  const wasOn = client.query("PRAGMA foreign_keys")[0]?.foreign_keys === 1;
  client.run("PRAGMA foreign_keys = OFF");
  try {
    return work();
  } finally {
    if (wasOn) client.run("PRAGMA foreign_keys = ON");
  }
}

function checkForeignKeys(tx: HonkerTransaction, pending: readonly Migration[]): void {
  const violations = tx.query("PRAGMA foreign_key_check");
  if (violations.length === 0) return;
  const { table, parent } = violations[0]!;
  const last = pending.at(-1)!.id;
  throw new StorageError(
    "MIGRATION_FAILED",
    `Cannot apply migration "${last}": ${violations.length} rows would lack what they refer to: first in "${table}", to "${parent}"`,
    { details: { migration: last, violations: violations.length, table: String(table) } },
  );
}

function checkMigrations(migrations: readonly Migration[]): void {
  const ids = new Set<string>();
  for (const { id, statements } of migrations) {
    if (ids.has(id)) throw new TypeError(`Cannot migrate: ids must be unique: received "${id}" twice`);
    ids.add(id);
    const control = statements.find((text) => ENDS_TRANSACTION.test(text));
    if (control !== undefined) {
      throw new TypeError(`Cannot migrate: "${id}" must leave the transaction to migrate(): received a ${control.trim()}`);
    }
  }
}
