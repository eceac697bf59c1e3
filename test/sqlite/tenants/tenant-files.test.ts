import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "../../../src/honker/mod.ts";
import { openTenants, type Tenants } from "../../../src/sqlite/mod.ts";
import { addNote, closeAfter, notesOf, temporaryTenants } from "./fixture.ts";
import { NOTES } from "./notes.ts";

const fileOf = (tenants: Tenants, orgId: string) => join(tenants.directory, `tenant-${orgId}.db`);
/** The names of tenants' files, whatever they are called now. */
const filesIn = (tenants: Tenants) => readdirSync(tenants.directory).filter((name) => name.startsWith("tenant-"));

test("create() makes the file of a tenant once", (t) => {
  const tenants = temporaryTenants(t);
  assert.equal(tenants.create("a"), true);
  assert.equal(tenants.create("a"), false);
  assert.deepEqual(filesIn(tenants), ["tenant-a.db"]);
});

test("create() leaves nothing when a migration fails", (t) => {
  const tenants = temporaryTenants(t, { migrations: [{ id: "0000_bad", hash: "1", statements: ["CREATE NONSENSE"] }] });
  assert.throws(() => tenants.create("a"), { code: "MIGRATION_FAILED" });
  assert.throws(() => tenants.use("a", () => {}), { code: "MIGRATION_FAILED" });
  assert.deepEqual(filesIn(tenants), []);
});

test("create() pays no heed to a log that somebody has left under the tenant's name", (t) => {
  const tenants = temporaryTenants(t);
  for (const end of ["-wal", "-shm", "-journal"]) writeFileSync(`${fileOf(tenants, "a")}${end}`, "left behind");
  tenants.create("a");
  assert.deepEqual(notesOf(tenants, "a"), []);
});

test("list() gives the tenants by status, sorted, and passes over what is none", (t) => {
  const tenants = temporaryTenants(t);
  for (const orgId of ["c", "a", "b"]) tenants.create(orgId);
  tenants.archive("b");
  for (const name of ["notes.db", "tenant-A.db", "tenant-.db", "tenant-con.db", "tenant-x.db-wal", "tenant-x.db.tmp"]) {
    writeFileSync(join(tenants.directory, name), "");
  }
  mkdirSync(fileOf(tenants, "folder"));
  assert.deepEqual(tenants.list(), ["a", "c"]);
  assert.deepEqual(tenants.list({ status: "archived" }), ["b"]);
});

test("list() refuses a status and an option that there are not", (t) => {
  const tenants = temporaryTenants(t);
  assert.throws(() => tenants.list({ status: "deleted" as "active" }), {
    name: "TypeError",
    message: "Cannot list tenants: status must be active or archived: received deleted",
  });
  assert.throws(() => tenants.list({ state: "active" } as object), /Unknown option "state" for list\(\)/);
});

test("info() tells what is known of a tenant, and nothing of one that is not there", (t) => {
  const tenants = temporaryTenants(t);
  tenants.create("a");
  const { bytes, ...info } = tenants.info("a")!;
  assert.ok(bytes > 4096);
  assert.deepEqual(info, { orgId: "a", status: "active", path: fileOf(tenants, "a"), isOpen: false, leases: 0 });
  assert.equal(tenants.info("b"), undefined);
});

test("an archived tenant is set aside with all it has, until it is brought back", (t) => {
  const tenants = temporaryTenants(t);
  addNote(tenants, "a", "kept"); // in the log still, as the file is open
  tenants.archive("a");
  assert.deepEqual(filesIn(tenants), []);
  assert.equal(tenants.has("a"), false);
  assert.equal(tenants.info("a")?.status, "archived");
  const archived = { code: "TENANT_ARCHIVED", message: /tenant "a": it is archived: unarchive it first$/ };
  assert.throws(() => tenants.acquire("a"), archived);
  assert.throws(() => tenants.create("a"), archived);
  tenants.unarchive("a");
  assert.deepEqual(notesOf(tenants, "a"), ["kept"]);
});

test("archive() and unarchive() refuse a tenant that is not there, or there already", (t) => {
  const tenants = temporaryTenants(t);
  assert.throws(() => tenants.archive("a"), { code: "NOT_FOUND", message: /^Cannot archive tenant "a"/ });
  assert.throws(() => tenants.unarchive("a"), { code: "NOT_FOUND" });
  tenants.create("a");
  assert.throws(() => tenants.unarchive("a"), { code: "ALREADY_EXISTS", message: /it is active already$/ });
  tenants.archive("a");
  assert.throws(() => tenants.archive("a"), { code: "ALREADY_EXISTS", message: /it is archived already$/ });
  writeFileSync(fileOf(tenants, "a"), "");
  assert.throws(() => tenants.archive("a"), { code: "ALREADY_EXISTS", message: /a file is at ".*" already$/ });
});

test("archive() and delete() are refused while the tenant is in use here, and leave it as it is", (t) => {
  const tenants = temporaryTenants(t);
  const lease = tenants.acquire("a");
  for (const call of [() => tenants.archive("a"), () => tenants.delete("a")]) {
    assert.throws(call, {
      code: "TENANT_IN_USE",
      retryable: true,
      message: /must not be in use: received a lease in this process$/,
    });
  }
  lease.db.$client.run("INSERT INTO notes (body) VALUES ('kept')");
  assert.deepEqual(notesOf(tenants, "a"), ["kept"]);
});

test("archive() and delete() are refused while another connection has the file open", (t) => {
  const tenants = temporaryTenants(t);
  tenants.create("a");
  const other = closeAfter(t, open(fileOf(tenants, "a")));
  for (const call of [() => tenants.archive("a"), () => tenants.delete("a")]) {
    assert.throws(call, {
      code: "TENANT_IN_USE",
      retryable: true,
      message: /received another program or connection that has it open$/,
    });
  }
  other.run("INSERT INTO notes (body) VALUES ('kept')");
  assert.deepEqual(notesOf(tenants, "a"), ["kept"]);
});

test("delete() removes the file and its log, active or archived", (t) => {
  const tenants = temporaryTenants(t);
  for (const orgId of ["a", "b"]) addNote(tenants, orgId, "x");
  tenants.archive("b");
  assert.equal(tenants.delete("a"), true);
  assert.equal(tenants.delete("b"), true);
  assert.equal(tenants.delete("a"), false);
  assert.deepEqual([...filesIn(tenants), ...readdirSync(join(tenants.directory, "archived"))], []);
});

test("delete() removes a file that is damaged, with its log", (t) => {
  const tenants = temporaryTenants(t);
  for (const end of ["", "-wal"]) writeFileSync(`${fileOf(tenants, "a")}${end}`, "no database at all".repeat(100));
  assert.throws(() => tenants.acquire("a"), { code: "NOT_A_DATABASE" });
  assert.throws(() => tenants.archive("a"), { code: "NOT_A_DATABASE" });
  assert.equal(tenants.delete("a"), true);
  assert.deepEqual(filesIn(tenants), []);
});

for (const [what, make] of [
  ["a symbolic link", (path: string) => symlinkSync("/etc/hostname", path)],
  ["a directory", (path: string) => mkdirSync(path)],
] as const) {
  test(`what has the name of a tenant and is ${what} is refused, and not followed`, (t) => {
    const tenants = temporaryTenants(t);
    make(fileOf(tenants, "a"));
    const refused = {
      code: "OPEN_FAILED",
      message: `Cannot use tenant "a": a file is wanted: received ${what}`,
    };
    for (const call of [
      () => tenants.acquire("a"),
      () => tenants.has("a"),
      () => tenants.create("a"),
      () => tenants.archive("a"),
      () => tenants.delete("a"),
    ]) {
      assert.throws(call, refused);
    }
    assert.deepEqual(tenants.list(), []);
    assert.equal(existsSync(fileOf(tenants, "a")), true);
  });
}

test("openTenants() removes what a creation that was killed has left", (t) => {
  const tenants = temporaryTenants(t);
  const left = `${fileOf(tenants, "a")}.new`;
  open(left).close();
  writeFileSync(`${left}-wal`, "left behind");
  const again = closeAfter(t, openTenants({ directory: tenants.directory, migrations: [NOTES] }));
  assert.deepEqual(filesIn(again), []);
  assert.deepEqual(again.list(), []);
});

test("a creation makes anew what one that was killed has left", (t) => {
  const tenants = temporaryTenants(t);
  writeFileSync(`${fileOf(tenants, "a")}.new`, "half a file");
  addNote(tenants, "a", "x");
  assert.deepEqual(
    filesIn(tenants).filter((name) => name.includes("new")),
    [],
  );
});
