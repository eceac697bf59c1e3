import assert from "node:assert/strict";
import { renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "../../../src/honker/mod.ts";
import { openTenants, type TenantDatabase, type TenantsOptions } from "../../../src/sqlite/mod.ts";
import { until } from "../../support/until.ts";
import { addNote, closeAfter, notesOf, temporaryDirectory, temporaryTenants } from "./fixture.ts";

const isOpen = (db: TenantDatabase) => {
  try {
    db.$client.row("SELECT 1");
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, "DATABASE_CLOSED");
    return false;
  }
};

test("use() makes and migrates the file of a tenant that has none", (t) => {
  const tenants = temporaryTenants(t);
  assert.equal(tenants.has("acme"), false);
  addNote(tenants, "acme", "first");
  assert.deepEqual(notesOf(tenants, "acme"), ["first"]);
  assert.equal(
    tenants.use("acme", (db) => db.$client.row("SELECT count(*) FROM graphs")?.[0]),
    0,
  );
  assert.equal(tenants.has("acme"), true);
});

test("use() makes no file when create is false", (t) => {
  const tenants = temporaryTenants(t, { create: false });
  assert.throws(() => tenants.use("acme", () => assert.fail("it was opened")), {
    name: "StorageError",
    code: "NOT_FOUND",
    message: 'Cannot open tenant "acme": a tenant is wanted: received none of that id',
  });
  assert.deepEqual(tenants.list(), []);
});

test("use() keeps the tenant open until the promise of its callback settles", async (t) => {
  const tenants = temporaryTenants(t, { maxOpen: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  let db: TenantDatabase | undefined;
  const used = tenants.use("a", async (one) => {
    db = one;
    await promise;
    return one.$client.row("SELECT 7")?.[0];
  });
  addNote(tenants, "b", "x");
  assert.equal(isOpen(db!), true);
  resolve();
  assert.equal(await used, 7);
  addNote(tenants, "c", "x");
  assert.equal(isOpen(db!), false);
});

test("use() releases the tenant when its callback throws or rejects", async (t) => {
  const tenants = temporaryTenants(t);
  const failure = new Error("no");
  assert.throws(
    () =>
      tenants.use("a", () => {
        throw failure;
      }),
    failure,
  );
  await assert.rejects(
    tenants.use("a", () => Promise.reject(failure)),
    failure,
  );
  assert.equal(tenants.info("a")?.leases, 0);
});

test("use() refuses what is no function", (t) => {
  const tenants = temporaryTenants(t);
  assert.throws(() => tenants.use("a", "work" as unknown as () => void), {
    name: "TypeError",
    message: "Cannot use a tenant: a function of its database is wanted: received string",
  });
});

test("all who use a tenant at once share one open file", (t) => {
  const tenants = temporaryTenants(t);
  const first = tenants.acquire("a");
  const second = tenants.acquire("a");
  assert.equal(first.db, second.db);
  assert.equal(tenants.info("a")?.leases, 2);
  assert.equal(tenants.openCount, 1);
});

test("of the files that nobody uses, those used last stay open", (t) => {
  const tenants = temporaryTenants(t, { maxOpen: 3 });
  for (const orgId of ["a", "b", "c"]) tenants.create(orgId);
  for (const orgId of ["a", "b", "c", "a", "d"]) tenants.use(orgId, () => {});
  assert.equal(tenants.openCount, 3);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((orgId) => tenants.info(orgId)!.isOpen),
    [true, false, true, true],
  );
});

test("a tenant in use is never closed: more are open than maxOpen, until they are released", (t) => {
  const tenants = temporaryTenants(t, { maxOpen: 2 });
  const leases = ["a", "b", "c", "d"].map((orgId) => tenants.acquire(orgId));
  assert.equal(tenants.openCount, 4);
  for (const { db } of leases) assert.equal(isOpen(db), true);
  for (const lease of leases) lease.release();
  assert.equal(tenants.openCount, 2);
});

test("a tenant with an open transaction is not closed, though nobody has a lease", async (t) => {
  const tenants = temporaryTenants(t, { maxOpen: 1 });
  const tx = tenants.use("a", (db) => db.$client.transaction());
  tx.execute("INSERT INTO notes (body) VALUES ('kept')");
  addNote(tenants, "b", "x");
  assert.throws(() => tenants.archive("a"), {
    code: "TENANT_IN_USE",
    message: /an open transaction in this process/,
  });
  tx.commit();
  assert.deepEqual(notesOf(tenants, "a"), ["kept"]);
});

test("a tenant that nobody uses is closed after idleTimeoutMs", async (t) => {
  const tenants = temporaryTenants(t, { idleTimeoutMs: 1 });
  const lease = tenants.acquire("a");
  addNote(tenants, "b", "x");
  await until(() => tenants.openCount === 1, "closing the idle one");
  assert.equal(isOpen(lease.db), true);
});

test("a released lease gives no database, and releasing it again does nothing", (t) => {
  const tenants = temporaryTenants(t);
  const other = tenants.acquire("a");
  const lease = tenants.acquire("a");
  lease.release();
  lease.release();
  assert.throws(() => lease.db, {
    code: "DATABASE_CLOSED",
    message: 'Cannot use tenant "a": the lease was released: acquire it anew',
  });
  assert.equal(tenants.info("a")?.leases, 1);
  assert.equal(isOpen(other.db), true);
});

test("close() closes all files, also those in use, and every call is refused afterwards", async (t) => {
  const tenants = temporaryTenants(t);
  const lease = tenants.acquire("a");
  const { db } = lease;
  addNote(tenants, "b", "x");
  tenants.close();
  tenants.close();
  assert.equal(isOpen(db), false);
  lease.release();
  const closed = { code: "DATABASE_CLOSED", message: /^Cannot use the tenants in ".*": they were closed$/ };
  const calls: (() => unknown)[] = [
    () => tenants.use("a", () => {}),
    () => tenants.acquire("a"),
    () => tenants.create("c"),
    () => tenants.createOrganization({ slug: "c", name: "C", ownerId: "x" }),
    () => tenants.deleteOrganization("a"),
    () => tenants.has("a"),
    () => tenants.info("a"),
    () => tenants.list(),
    () => tenants.archive("a"),
    () => tenants.unarchive("a"),
    () => tenants.delete("a"),
  ];
  for (const call of calls) assert.throws(call, closed);
  await assert.rejects(tenants.backup("a", "x"), closed);
  await assert.rejects(tenants.restore("a", "x"), closed);
  await assert.rejects(tenants.migrateAll(), closed);
});

test("an idle tenant whose file was replaced from outside is opened anew", (t) => {
  const tenants = temporaryTenants(t);
  addNote(tenants, "a", "old");
  tenants.create("b");
  for (const end of ["-wal", "-shm"]) rmSync(join(tenants.directory, `tenant-a.db${end}`));
  renameSync(join(tenants.directory, "tenant-b.db"), join(tenants.directory, "tenant-a.db"));
  assert.deepEqual(notesOf(tenants, "a"), []);
});

test("two may open one directory in a process, and share its files", (t) => {
  const tenants = temporaryTenants(t);
  const other = closeAfter(t, openTenants({ directory: tenants.directory }));
  addNote(tenants, "a", "x");
  assert.deepEqual(notesOf(other, "a"), ["x"]);
  assert.throws(() => tenants.archive("a"), { code: "TENANT_IN_USE", message: /another program or connection/ });
});

test("the files of tenants keep 4 MiB of pages, or what is asked for", (t) => {
  const cacheOf = (options: Partial<TenantsOptions>) =>
    temporaryTenants(t, options).use("a", (db) => db.$client.row("PRAGMA cache_size")?.[0]);
  assert.equal(cacheOf({}), -4096);
  assert.equal(cacheOf({ open: { cacheBytes: 1024 * 1024 } }), -1024);
});

test("openTenants() makes the directory, and its files, for their owner only", {
  skip: process.platform === "win32" && "Windows has no modes",
}, (t) => {
  const tenants = temporaryTenants(t);
  const lease = tenants.acquire("a");
  lease.db.$client.run("INSERT INTO notes (body) VALUES ('x')");
  assert.equal(statSync(tenants.directory).mode & 0o777, 0o700);
  for (const name of ["tenant-a.db", "tenant-a.db-wal", "tenant-a.db-shm", "tenants.lock"]) {
    assert.equal(statSync(join(tenants.directory, name)).mode & 0o777, 0o600, name);
  }
});

const WRONG: readonly [string, unknown, RegExp][] = [
  ["no options", undefined, /a directory is wanted: received no options/],
  [
    "an unknown option",
    { directory: "x", maxopen: 1 },
    /Unknown option "maxopen" for openTenants\(\): did you mean "maxOpen"/,
  ],
  ["no directory", {}, /the directory must be Unicode text/],
  ["an empty directory", { directory: "" }, /received an empty path/],
  ["a directory with NUL", { directory: "a\0b" }, /without NUL/],
  ["maxOpen 0", { directory: "x", maxOpen: 0 }, /maxOpen must be an integer >= 1: received 0/],
  ["idleTimeoutMs 0", { directory: "x", idleTimeoutMs: 0 }, /idleTimeoutMs must be an integer >= 1: received 0/],
  ["create as text", { directory: "x", create: "yes" }, /create must be true or false: received string/],
  ["migrations that are no list", { directory: "x", migrations: {} }, /migrations must be a list: received an object/],
  ["a series that is no text", { directory: "x", series: 1 }, /the series must be Unicode text/],
  ["a system that is none", { directory: "x", system: {} }, /system must be what createSystemDatabase\(\) returns/],
  ["open as text", { directory: "x", open: "x" }, /open must be an object: received a string/],
];

for (const [what, options, message] of WRONG) {
  test(`openTenants() refuses ${what}`, () => {
    assert.throws(() => openTenants(options as TenantsOptions), { message });
  });
}

test("openTenants() refuses a path that is no directory", (t) => {
  const path = join(temporaryDirectory(t), "a.db");
  open(path).close();
  assert.throws(() => openTenants({ directory: path }), {
    code: "OPEN_FAILED",
    message: `Cannot open tenants: "${path}" must be a directory that can be written: it is not`,
  });
});

test("openTenants() leaves a directory that is there with the mode it has", (t) => {
  const directory = temporaryDirectory(t);
  openTenants({ directory }).close();
  openTenants({ directory }).close();
  assert.equal(statSync(directory).isDirectory(), true);
});
