import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { open } from "../../../src/honker/mod.ts";
import { createSystemDatabase, openTenants, type Tenants } from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import type { TestScope } from "../../support/temporary.ts";
import { addNote, closeAfter, notesOf, temporaryHub, temporaryTenants } from "./fixture.ts";
import { NOTES } from "./notes.ts";

const child = new URL("child/hold-file.ts", import.meta.url);
const backupPath = (tenants: Tenants, name = "a.backup") => join(dirname(tenants.directory), name);
/** What a restore that went wrong may leave. */
const copiesIn = (tenants: Tenants) => readdirSync(tenants.directory).filter((name) => name.includes("restoring"));

test("backup() copies a tenant that is in use, for its owner only, and restore() puts it back", async (t) => {
  const tenants = temporaryTenants(t);
  const lease = tenants.acquire("a");
  addNote(tenants, "a", "before");
  await tenants.backup("a", backupPath(tenants));
  if (process.platform !== "win32") assert.equal(statSync(backupPath(tenants)).mode & 0o777, 0o600);
  addNote(tenants, "a", "after");
  lease.release();
  await tenants.restore("a", backupPath(tenants));
  assert.deepEqual(notesOf(tenants, "a"), ["before"]);
  assert.deepEqual(copiesIn(tenants), []);
});

test("backup() is of one state while another process writes and writes", async (t) => {
  const tenants = temporaryTenants(t);
  tenants.create("a");
  const writer = startChild(t, child, [join(tenants.directory, "tenant-a.db"), "write-pairs"]);
  await writer.nextLine();
  for (let round = 0; round < 3; round++) {
    await tenants.backup("a", backupPath(tenants), { overwrite: true });
    const copy = closeAfter(t, open(backupPath(tenants)));
    const [notes, distinct] = copy.row("SELECT count(*), count(DISTINCT body) FROM notes") as [number, number];
    assert.ok(notes > 0);
    assert.equal(notes, 2 * distinct); // each transaction writes one body twice
    assert.equal(copy.row("PRAGMA integrity_check")?.[0], "ok");
    copy.close(); // what is open is not overwritten
  }
  writer.kill();
});

test("backup() copies an archived tenant", async (t) => {
  const tenants = temporaryTenants(t);
  addNote(tenants, "a", "x");
  tenants.archive("a");
  await tenants.backup("a", backupPath(tenants));
  const copy = closeAfter(t, open(backupPath(tenants)));
  assert.deepEqual(copy.values("SELECT body FROM notes"), [["x"]]);
  assert.equal(tenants.info("a")?.status, "archived");
});

test("backup() refuses a tenant that is not there, and leaves nothing", async (t) => {
  const tenants = temporaryTenants(t);
  await assert.rejects(tenants.backup("a", backupPath(tenants)), {
    code: "NOT_FOUND",
    message: 'Cannot back up tenant "a": a tenant is wanted: received none of that id',
  });
  assert.equal(existsSync(backupPath(tenants)), false);
});

test("a tenant is neither archived nor deleted while it is backed up", async (t) => {
  const tenants = temporaryTenants(t);
  addNote(tenants, "a", "x");
  const backup = tenants.backup("a", backupPath(tenants), { onProgress: () => tried.push(isRefused()) });
  const tried: boolean[] = [];
  const isRefused = () => {
    try {
      tenants.archive("a");
      return false;
    } catch (error) {
      return (error as { code?: string }).code === "TENANT_IN_USE";
    }
  };
  await backup;
  assert.ok(tried.length > 0 && tried.every(Boolean));
  tenants.archive("a");
});

test("restore() makes a tenant that is not there", async (t) => {
  const tenants = temporaryTenants(t);
  addNote(tenants, "a", "x");
  await tenants.backup("a", backupPath(tenants));
  await tenants.restore("b", backupPath(tenants));
  assert.deepEqual(notesOf(tenants, "b"), ["x"]);
});

test("restore() makes none that is no organisation", async (t) => {
  const { tenants, ownerId } = temporaryHub(t);
  const { id } = tenants.createOrganization({ slug: "acme", name: "Acme", ownerId });
  await tenants.backup(id, backupPath(tenants));
  await assert.rejects(tenants.restore("b", backupPath(tenants)), { code: "NOT_FOUND" });
  await tenants.restore(id, backupPath(tenants));
  assert.deepEqual(tenants.list(), [id]);
  assert.deepEqual(copiesIn(tenants), []);
});

test("restore() brings an older file up to date", async (t) => {
  const older = temporaryTenants(t, { migrations: [] });
  older.create("a");
  await older.backup("a", backupPath(older));
  const tenants = temporaryTenants(t);
  await tenants.restore("a", backupPath(older));
  assert.deepEqual(notesOf(tenants, "a"), []);
});

test("restore() puts a sound file in the place of one that is damaged", async (t) => {
  const tenants = temporaryTenants(t);
  addNote(tenants, "a", "x");
  await tenants.backup("a", backupPath(tenants));
  tenants.delete("a");
  writeFileSync(join(tenants.directory, "tenant-a.db"), "no database at all".repeat(100));
  await tenants.restore("a", backupPath(tenants));
  assert.deepEqual(notesOf(tenants, "a"), ["x"]);
});

test("restore() is refused while the tenant is in use or archived", async (t) => {
  const tenants = temporaryTenants(t);
  addNote(tenants, "a", "x");
  await tenants.backup("a", backupPath(tenants));
  const lease = tenants.acquire("a");
  await assert.rejects(tenants.restore("a", backupPath(tenants)), {
    code: "TENANT_IN_USE",
    message: /^Cannot restore tenant "a"/,
  });
  lease.release();
  const other = open(join(tenants.directory, "tenant-a.db"));
  await assert.rejects(tenants.restore("a", backupPath(tenants)), { code: "TENANT_IN_USE" });
  other.close();
  tenants.archive("a");
  await assert.rejects(tenants.restore("a", backupPath(tenants)), { code: "TENANT_ARCHIVED" });
  assert.deepEqual(copiesIn(tenants), []);
});

const UNFIT: Readonly<Record<string, [code: string, make: (path: string, t: TestScope) => void]>> = {
  "is not there": ["OPEN_FAILED", () => {}],
  "is a directory": ["OPEN_FAILED", (path) => mkdirSync(path)],
  "is no database": ["NOT_A_DATABASE", (path) => writeFileSync(path, "no database at all".repeat(100))],
  "is empty": ["MIGRATION_FAILED", (path) => writeFileSync(path, "")],
  "is of something else": ["MIGRATION_FAILED", (path) => open(path).close()],
  "is the system database": [
    "MIGRATION_FAILED",
    (path, t) => {
      const client = closeAfter(t, open(path));
      createSystemDatabase(client);
    },
  ],
  "is of a newer version": [
    "FILE_TOO_NEW",
    (path, t) => {
      const tenants = closeAfter(t, openTenants({ directory: join(path, ".."), migrations: [NOTES] }));
      tenants.use("n", (db) => db.$client.run("UPDATE alkdev_migrations SET id = '9999' WHERE id = '0000_notes'"));
      tenants.archive("n");
      const client = closeAfter(t, open(join(path, "..", "archived", "tenant-n.db")));
      client.run(`VACUUM INTO '${path}'`);
    },
  ],
};

for (const [what, [code, make]] of Object.entries(UNFIT)) {
  test(`restore() leaves the tenant as it is when the file ${what}`, async (t) => {
    const tenants = temporaryTenants(t);
    addNote(tenants, "a", "kept");
    make(backupPath(tenants), t);
    await assert.rejects(tenants.restore("a", backupPath(tenants)), { code });
    assert.deepEqual(notesOf(tenants, "a"), ["kept"]);
    assert.deepEqual(copiesIn(tenants), []);
  });
}

test("restore() leaves the tenant as it is when its signal aborts", async (t) => {
  const tenants = temporaryTenants(t);
  addNote(tenants, "a", "old");
  await tenants.backup("a", backupPath(tenants));
  addNote(tenants, "a", "new");
  const controller = new AbortController();
  const reason = new Error("enough");
  await assert.rejects(
    tenants.restore("a", backupPath(tenants), {
      onProgress: () => controller.abort(reason),
      signal: controller.signal,
    }),
    reason,
  );
  assert.deepEqual(notesOf(tenants, "a"), ["old", "new"]);
  assert.deepEqual(copiesIn(tenants), []);
});

test("restore() refuses an unknown option", async (t) => {
  const tenants = temporaryTenants(t);
  await assert.rejects(
    tenants.restore("a", "x", { overwrite: true } as object),
    /Unknown option "overwrite" for restore\(\)/,
  );
});

test("openTenants() removes the copy of a restore that was killed long ago, and no other", (t) => {
  const tenants = temporaryTenants(t);
  const [old, running] = ["old", "running"].map((name) => join(tenants.directory, `tenant-a.restoring.${name}`));
  for (const path of [old!, running!]) writeFileSync(path, "");
  const longAgoS = Date.now() / 1000 - 7200;
  utimesSync(old!, longAgoS, longAgoS);
  openTenants({ directory: tenants.directory }).close();
  assert.deepEqual(copiesIn(tenants), ["tenant-a.restoring.running"]);
});
