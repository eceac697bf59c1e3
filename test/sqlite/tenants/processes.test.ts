import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Tenants } from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { addNote, notesOf, temporaryTenants } from "./fixture.ts";

const user = new URL("child/use-tenant.ts", import.meta.url);
const holder = new URL("child/hold-file.ts", import.meta.url);
const fileOf = (tenants: Tenants) => join(tenants.directory, "tenant-a.db");

test("of processes that make one tenant at once one makes it, and all use it", async (t) => {
  const tenants = temporaryTenants(t);
  const others = [1, 2].map(() => startChild(t, user, [tenants.directory, "a"]));
  for (const other of others) await other.nextLine();
  for (const other of others) other.send("go");
  const made = await Promise.all(others.map((other) => other.nextLine()));
  assert.deepEqual(made.sort(), ["false", "true"]);
  const lease = tenants.acquire("a");
  for (const other of others) assert.equal(await other.nextLine(), "written");
  lease.db.$client.run("INSERT INTO notes (body) VALUES ('here')");
  assert.deepEqual(notesOf(tenants, "a"), ["by another process", "by another process", "here"]);
  assert.deepEqual(
    readdirSync(tenants.directory).filter((name) => name.includes(".new")),
    [],
  );
});

test("archive(), delete() and restore() are refused while another process has the tenant open, which goes on unharmed", async (t) => {
  const tenants = temporaryTenants(t);
  addNote(tenants, "a", "first");
  const backup = join(tenants.directory, "..", "a.backup");
  await tenants.backup("a", backup);
  const other = startChild(t, holder, [fileOf(tenants), "hold"]);
  await other.nextLine();
  const refused = {
    code: "TENANT_IN_USE",
    retryable: true,
    message: /another program or connection that has it open$/,
  };
  assert.throws(() => tenants.archive("a"), refused);
  assert.throws(() => tenants.delete("a"), refused);
  await assert.rejects(tenants.restore("a", backup), refused);
  other.send("go");
  assert.equal(await other.nextLine(), "written");
  await other.waitExit();
  assert.deepEqual(notesOf(tenants, "a"), ["first", "by another process"]);
  await tenants.restore("a", backup);
  assert.deepEqual(notesOf(tenants, "a"), ["first"]);
});

test("a tenant is free as soon as the process that had it open is killed, with what it committed", async (t) => {
  const tenants = temporaryTenants(t);
  tenants.create("a");
  const other = startChild(t, holder, [fileOf(tenants), "write-pairs"]);
  await other.nextLine();
  other.kill();
  await other.waitExit();
  tenants.archive("a"); // the log of the one that was killed goes into the file
  assert.deepEqual(
    readdirSync(join(tenants.directory, "archived")).filter((name) => name !== "tenant-a.db"),
    [],
  );
  tenants.unarchive("a");
  assert.ok(notesOf(tenants, "a").length > 2000);
});
