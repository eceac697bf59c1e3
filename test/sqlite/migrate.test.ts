import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { StorageError } from "../../src/errors.ts";
import { type Database, open, SqliteError } from "../../src/honker/mod.ts";
import { type Migration, type MigrationClient, migrate } from "../../src/sqlite/migrate.ts";
import { systemMigrations } from "../../src/sqlite/migrations/system.ts";
import { tenantMigrations } from "../../src/sqlite/migrations/tenant.ts";
import { readMigrations } from "../../src/sqlite/read-migrations.ts";
import { type Child, startChild } from "../support/child.ts";
import { type TestScope, temporaryDatabase, temporaryPath } from "../support/temporary.ts";
import { numberedMigrations } from "./migrate/numbered.ts";
import { migration, rebuild, shop } from "./migrations.ts";

const child = new URL("child/migrate.ts", import.meta.url);
const numbered = new URL("migrate/process.ts", import.meta.url);

function shopDatabase(t: TestScope): Database {
  const db = temporaryDatabase(t);
  migrate(db, shop);
  return db;
}

/** Everything in the file that a migration could change. */
function contents(db: Database): unknown {
  const tables = db.values(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_honker%' ESCAPE '\\'",
  );
  return [
    db.values("SELECT type, name, sql FROM sqlite_master ORDER BY name"),
    tables.map(([name]) => [name, db.values(`SELECT * FROM "${name}" ORDER BY 1, 2`)]),
  ];
}

function foreignKeys(db: Database): unknown {
  return db.values("PRAGMA foreign_keys")[0]?.[0];
}

/** Migrates in vain: the error has `code` and a message like `message`, and the file and the connection are as before. */
function refuses(
  db: Database,
  migrations: readonly Migration[],
  code: string,
  message: RegExp,
  options = {},
): StorageError {
  const before = contents(db);
  let refusal: unknown;
  try {
    migrate(db, migrations, options);
  } catch (error) {
    refusal = error;
  }
  assert.ok(refusal instanceof StorageError, String(refusal));
  assert.equal(refusal.code, code);
  assert.match(refusal.message, message);
  assert.deepEqual(contents(db), before);
  assert.equal(foreignKeys(db), 1);
  assert.equal(db.inTransaction, false);
  return refusal;
}

/** A client as the native binding is: no way to run a PRAGMA on the connection that writes. */
function withoutRun(db: Database): MigrationClient {
  return { query: (sql) => db.query(sql), transaction: () => db.transaction() };
}

test("migrate() applies what the file lacks, once, and writes it down", (t) => {
  const db = temporaryDatabase(t);
  assert.deepEqual(migrate(db, shop), ["0000_shop", "0001_first"]);
  assert.deepEqual(migrate(db, shop), []);
  assert.deepEqual(migrate(db, [...shop, rebuild]), ["0002_rebuild"]);
  assert.deepEqual(db.values("SELECT count(*) FROM orders"), [[2]]);
  const books = db.values(
    "SELECT series, id, typeof(applied_at), applied_at > 1.7e12 FROM alkdev_migrations ORDER BY id",
  );
  assert.deepEqual(
    books,
    ["0000_shop", "0001_first", "0002_rebuild"].map((id) => ["app", id, "integer", 1]),
  );
});

test("migrate() of an up-to-date file waits for no lock", (t) => {
  const db = shopDatabase(t);
  const tx = db.transaction();
  assert.deepEqual(migrate(db, shop), []);
  tx.rollback();
});

test("migrate() with something to do throws while a transaction is open, and leaves foreign keys on", (t) => {
  const db = shopDatabase(t);
  const tx = db.transaction();
  assert.throws(() => migrate(db, [...shop, rebuild]), { code: "TRANSACTION_OPEN" });
  tx.rollback();
  assert.equal(foreignKeys(db), 1);
  assert.deepEqual(migrate(db, [...shop, rebuild]), ["0002_rebuild"]);
});

test("migrate() undoes all migrations of the call when a statement of the last one fails", (t) => {
  const db = shopDatabase(t);
  const good = migration("0002_good", "CREATE TABLE good (id)", "UPDATE customers SET name = 'x'");
  const bad = migration("0003_bad", "CREATE TABLE bad (id)", "INSERT INTO customers VALUES ('secret', NULL)");
  const error = refuses(
    db,
    [...shop, good, bad],
    "MIGRATION_FAILED",
    /^Cannot apply migration "0003_bad": statement 2 of 2: NOT NULL/,
  );
  assert.deepEqual(error.details, { series: "app", migration: "0003_bad", statement: 2 });
  assert.ok(error.cause instanceof SqliteError);
  assert.equal(error.cause.code, "SQLITE_CONSTRAINT_NOTNULL");
  assert.ok(!JSON.stringify([error, error.cause]).includes("secret"));
});

test("migrate() leaves a new file without its books when the first migration fails", (t) => {
  const db = temporaryDatabase(t);
  refuses(db, [migration("0000_bad", "CREATE TABLE a (id)", "nonsense")], "MIGRATION_FAILED", /statement 2 of 2/);
});

test("migrate() refuses a statement that holds two, of which SQLite would run the first only", (t) => {
  const db = shopDatabase(t);
  const two = migration("0002_two", "CREATE TABLE a (id); CREATE TABLE b (id)");
  refuses(db, [...shop, two], "MIGRATION_FAILED", /"0002_two": statement 1 of 1: .*more than one/);
});

test("migrate() keeps the children of a table that is rebuilt", (t) => {
  const db = shopDatabase(t);
  const tx = db.transaction(); // the trap: inside a transaction the PRAGMA does nothing
  for (const statement of rebuild.statements) {
    if (statement.startsWith("PRAGMA")) tx.query(statement);
    else tx.execute(statement);
  }
  assert.deepEqual(tx.values("SELECT count(*) FROM orders"), [[0]]);
  tx.rollback();

  migrate(db, [...shop, rebuild]);
  assert.deepEqual(db.values("SELECT count(*) FROM orders"), [[2]]);
  assert.equal(foreignKeys(db), 1);
  db.run("DELETE FROM customers"); // and they still go with it
  assert.deepEqual(db.values("SELECT count(*) FROM orders"), [[0]]);
});

test("migrate() keeps the children of a table that is rebuilt by a migration that forgets the PRAGMA", (t) => {
  const db = shopDatabase(t);
  const statements = rebuild.statements.filter((text) => !text.startsWith("PRAGMA"));
  migrate(db, [...shop, migration("0002_by_hand", ...statements)]);
  assert.deepEqual(db.values("SELECT count(*) FROM orders"), [[2]]);
});

test("migrate() leaves foreign keys off where the application had them off", (t) => {
  const db = shopDatabase(t);
  db.run("PRAGMA foreign_keys = OFF");
  migrate(db, [...shop, rebuild]);
  assert.equal(foreignKeys(db), 0);
});

test("migrate() refuses migrations that break references, and says where and how many", (t) => {
  const db = shopDatabase(t);
  const orphans = migration("0002_orphans", "DELETE FROM customers");
  refuses(
    db,
    [...shop, orphans],
    "MIGRATION_FAILED",
    /^Cannot apply migration "0002_orphans": .*: received 2 without, from "orders" to "customers"$/,
  );
});

test("migrate() does not blame a migration for references that were broken before", (t) => {
  const db = shopDatabase(t);
  db.run("PRAGMA foreign_keys = OFF");
  db.run("INSERT INTO orders VALUES (3, 'nobody')");
  db.run("PRAGMA foreign_keys = ON");
  const more = migration("0003_more", "INSERT INTO orders VALUES (4, 'nobody')");
  refuses(db, [...shop, rebuild, more], "MIGRATION_FAILED", /"0002_rebuild", "0003_more": .*received 1 without/);
  assert.deepEqual(migrate(db, [...shop, rebuild]), ["0002_rebuild"]);
});

test("migrate() applies a migration that arrives out of order", (t) => {
  const db = temporaryDatabase(t);
  const [first, second] = shop as [Migration, Migration];
  const late = migration("0000_zz_late", "CREATE TABLE late (id)");
  migrate(db, [first, second]);
  assert.deepEqual(migrate(db, [first, late, second]), ["0000_zz_late"]);
  assert.deepEqual(migrate(db, [first, late, second]), []);
});

test("migrate() refuses a file that a newer version has migrated", (t) => {
  const db = shopDatabase(t);
  const error = refuses(
    db,
    shop.slice(0, 1),
    "FILE_TOO_NEW",
    /by a newer version, which knows "0001_first": update this program$/,
  );
  assert.deepEqual(error.details, { series: "app", migration: "0001_first" });
  const other = migration("0001_other", "CREATE TABLE other (id)");
  refuses(db, [...shop.slice(0, 1), other], "FILE_TOO_NEW", /"0001_first"/);
});

test("migrate() refuses a migration that was changed after it was applied", (t) => {
  const db = shopDatabase(t);
  const edited = [migration("0000_shop", "CREATE TABLE customers (id TEXT)"), ...shop.slice(1)];
  refuses(db, [...edited, rebuild], "MIGRATION_FAILED", /migration "0000_shop" was changed after it was applied/);
});

test("migrate() keeps the series of one file apart", (t) => {
  const db = shopDatabase(t);
  assert.deepEqual(
    migrate(db, tenantMigrations, { series: "tenant" }),
    tenantMigrations.map(({ id }) => id),
  );
  assert.deepEqual(migrate(db, [migration("0000_shop", "CREATE TABLE x (id)")], { series: "other" }), ["0000_shop"]);
  assert.deepEqual(migrate(db, shop), []);
});

test("migrate() refuses the file of another kind", (t) => {
  const db = temporaryDatabase(t);
  migrate(db, tenantMigrations, { series: "tenant", excludes: "system" });
  const options = { series: "system", excludes: "tenant" };
  refuses(
    db,
    systemMigrations,
    "MIGRATION_FAILED",
    /^Cannot migrate as "system": a file of that kind is wanted: received one of "tenant"$/,
    options,
  );
});

test("migrate() finds what another process applied between its look and its lock", (t) => {
  const db = temporaryDatabase(t);
  const other = open(db.path);
  t.after(() => other.close());
  const client: MigrationClient = {
    query: (sql) => db.query(sql),
    run: (sql) => db.run(sql),
    transaction() {
      migrate(other, shop);
      return db.transaction();
    },
  };
  assert.deepEqual(migrate(client, shop), []);
  assert.deepEqual(db.values("SELECT count(*) FROM orders"), [[2]]);
});

test("migrate() by processes that start at once applies each migration once", async (t) => {
  const path = temporaryPath(t);
  const children = Array.from({ length: 3 }, () => startChild(t, child, [path, "race"]));
  for (const one of children) assert.equal(await one.nextLine(), "ready");
  for (const one of children) one.send("go");
  const applied = await Promise.all(children.map(async (one) => JSON.parse(await one.nextLine()) as string[]));
  assert.deepEqual(applied.flat(), ["0000_shop", "0001_first"]);
  for (const one of children) await one.waitExit(); // the last to close removes the -wal file
  const db = open(path);
  t.after(() => db.close());
  assert.deepEqual(db.values("SELECT count(*) FROM orders"), [[2]]);
});

test("migrate() leaves nothing behind when its process is killed in the middle", async (t) => {
  const path = temporaryPath(t);
  const killed = startChild(t, child, [path, "stall"]);
  assert.equal(await killed.nextLine(), "in the middle");
  killed.kill("SIGKILL");
  await killed.waitExit();
  const db = open(path);
  t.after(() => db.close());
  assert.deepEqual(
    db.values("SELECT name FROM sqlite_master WHERE name IN ('customers', 'orders', 'alkdev_migrations')"),
    [],
  );
  assert.deepEqual(migrate(db, shop), ["0000_shop", "0001_first"]);
});

test("migrate() leaves nothing behind when its process is killed before the commit", async (t) => {
  const path = temporaryPath(t);
  const killed = startChild(t, numbered, [path, "3", "hang"]);
  assert.equal(await killed.nextLine(), "ready");
  killed.send("go");
  assert.equal(await killed.nextLine(), "written");
  killed.kill("SIGKILL");
  await killed.waitExit();
  const db = open(path);
  t.after(() => db.close());
  assert.equal(migrate(db, numberedMigrations(3)).length, 3);
  assert.deepEqual(db.values("SELECT n FROM numbers ORDER BY n"), [[0], [1], [2]]);
});

test("migrate() by processes of two versions that start at once ends with the newer one's tables", async (t) => {
  const path = temporaryPath(t);
  const [older, newer] = ["1", "3"].map((count) => startChild(t, numbered, [path, count])) as [Child, Child];
  for (const one of [older, newer]) assert.equal(await one.nextLine(), "ready");
  for (const one of [older, newer]) one.send("go");
  const answers = [await older.nextLine(), await newer.nextLine()];
  const either = [
    ['["0000_number"]', '["0001_number","0002_number"]'],
    ["FILE_TOO_NEW", '["0000_number","0001_number","0002_number"]'],
  ];
  assert.ok(
    either.some((expected) => expected.join() === answers.join()),
    answers.join(),
  );
  const db = open(path);
  t.after(() => db.close());
  assert.deepEqual(db.values("SELECT n FROM numbers ORDER BY n"), [[0], [1], [2]]);
});

test("migrate() through a client without run() does what needs no switch, and refuses the rest", (t) => {
  const db = temporaryDatabase(t);
  assert.deepEqual(migrate(withoutRun(db), shop), ["0000_shop", "0001_first"]);
  const before = contents(db);
  const dropping = migration("0002_drop", "/* by hand */ DROP TABLE customers");
  for (const one of [rebuild, dropping]) {
    assert.throws(() => migrate(withoutRun(db), [...shop, one]), {
      code: "CLIENT_CANNOT_CARRY",
      message: /migrate with open\(\)$/,
    });
    assert.deepEqual(contents(db), before);
  }
  migrate(db, [...shop, rebuild]);
  const more = migration("0003_more", "ALTER TABLE customers ADD COLUMN age INTEGER");
  assert.deepEqual(migrate(withoutRun(db), [...shop, rebuild, more]), ["0003_more"]);
});

test("migrate() runs statements that begin with a comment or give rows, and passes over empty ones", (t) => {
  const db = shopDatabase(t);
  const odd = migration(
    "0002_odd",
    "-- drizzle-kit puts this above a custom migration --\n",
    "-- a comment\nPRAGMA foreign_keys=OFF;",
    "SELECT 1",
    "WITH new AS (SELECT 'bob') INSERT INTO customers SELECT *, 'Bob' FROM new",
    "INSERT INTO customers VALUES ('eve', 'Eve') RETURNING id",
    "CREATE TRIGGER quiet AFTER INSERT ON customers BEGIN SELECT 1; END;",
  );
  assert.deepEqual(migrate(db, [...shop, odd]), ["0002_odd"]);
  assert.deepEqual(db.values("SELECT count(*) FROM customers"), [[3]]);
});

test("migrate() throws a TypeError on misuse", (t) => {
  const db = temporaryDatabase(t);
  const [first] = shop as [Migration];
  assert.throws(() => migrate(db, shop, { serie: "x" } as object), {
    name: "TypeError",
    message: /Unknown option "serie"/,
  });
  assert.throws(() => migrate(db, [first, first]), { name: "TypeError", message: /ids must be unique/ });
  for (const word of ["BEGIN", "-- done\nCOMMIT;", "end", "ROLLBACK TO x"]) {
    assert.throws(() => migrate(db, [migration("0000_control", word)]), {
      name: "TypeError",
      message: /leave the transaction/,
    });
  }
  const bad: [() => unknown, RegExp][] = [
    [() => migrate(undefined as never, []), /an open Honker database is wanted: received undefined$/],
    [() => migrate(db, "drizzle" as never), /a list of migrations is wanted: received string$/],
    [() => migrate(db, [{ ...first, id: "" }]), /the id of a migration must be text: received none$/],
    [() => migrate(db, [{ ...first, hash: 5 as never }]), /the hash of ".*" must be text: received number$/],
    [() => migrate(db, [{ ...first, statements: undefined as never }]), /the statements of ".*" must be a list/],
    [() => migrate(db, shop, { series: 5 as never }), /series must be text: received number$/],
  ];
  for (const [call, message] of bad) assert.throws(call, { name: "TypeError", message });
});

function writeFolder(t: TestScope, files: Readonly<Record<string, string>>, tags: readonly string[]): string {
  const folder = dirname(temporaryPath(t));
  mkdirSync(join(folder, "meta"));
  writeFileSync(join(folder, "meta", "_journal.json"), JSON.stringify({ entries: tags.map((tag) => ({ tag })) }));
  for (const [tag, text] of Object.entries(files)) writeFileSync(join(folder, `${tag}.sql`), text);
  return folder;
}

test("readMigrations() gives the statements of drizzle-kit's files in the order of its journal", (t) => {
  const files = {
    "0000_a": "CREATE TABLE a (id);\n--> statement-breakpoint\nCREATE TABLE b (id);--> statement-breakpoint\n",
    "0001_b": "-- Custom SQL migration file, put your code below! --",
    "0002_unlisted": "nonsense",
  };
  const folder = writeFolder(t, files, ["0001_b", "0000_a"]);
  const [b, a, ...rest] = readMigrations(folder);
  assert.deepEqual([b?.id, a?.id, rest.length], ["0001_b", "0000_a", 0]);
  assert.deepEqual(a?.statements, ["CREATE TABLE a (id);", "CREATE TABLE b (id);"]);
  const db = temporaryDatabase(t);
  assert.deepEqual(migrate(db, readMigrations(folder)), ["0001_b", "0000_a"]);
});

test("readMigrations() gives the same hash whatever the line ends of a checkout", (t) => {
  const text = "CREATE TABLE a (\nid);\n--> statement-breakpoint\nCREATE TABLE b (id);";
  const unix = readMigrations(writeFolder(t, { a: text }, ["a"]));
  assert.deepEqual(readMigrations(writeFolder(t, { a: text.replaceAll("\n", "\r\n") }, ["a"])), unix);
  assert.match(unix[0]!.hash, /^[0-9a-f]{64}$/);
});

test("readMigrations() throws where a file of the journal is missing", (t) => {
  const folder = writeFolder(t, {}, ["0000_gone"]);
  assert.throws(() => readMigrations(folder), {
    code: "MIGRATION_FAILED",
    message: /^Cannot read migrations from ".*": what drizzle-kit writes, .* is wanted: received ENOENT$/,
  });
});

for (const [series, embedded] of Object.entries({ system: systemMigrations, tenant: tenantMigrations })) {
  test(`the embedded migrations of a ${series} file are those of the folder, and apply to a new file`, (t) => {
    assert.deepEqual(readMigrations(join(import.meta.dirname, "../../migrations", series)), embedded);
    const db = temporaryDatabase(t);
    assert.deepEqual(
      migrate(db, embedded, { series }),
      embedded.map(({ id }) => id),
    );
    assert.deepEqual(db.values("PRAGMA integrity_check"), [["ok"]]);
  });
}
