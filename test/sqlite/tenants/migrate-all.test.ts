import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Migration, openTenants, type Tenants } from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import type { TestScope } from "../../support/temporary.ts";
import { addNote, closeAfter, notesOf, temporaryTenants } from "./fixture.ts";
import { NOTES } from "./notes.ts";

const child = new URL("child/migrate-all.ts", import.meta.url);
const TITLES: Migration = { id: "0001_titles", hash: "1", statements: ["ALTER TABLE notes ADD title TEXT"] };

/** A directory of `count` tenants that lack the migration of titles, with the tenants as the new version opens them. */
function outdated(t: TestScope, count: number): Tenants {
  const old = temporaryTenants(t);
  const orgIds = Array.from({ length: count }, (_, i) => `t${String(i).padStart(3, "0")}`);
  old.create(orgIds[0]!);
  for (const orgId of orgIds.slice(1)) {
    copyFileSync(join(old.directory, `tenant-${orgIds[0]}.db`), join(old.directory, `tenant-${orgId}.db`));
  }
  old.close();
  return closeAfter(t, openTenants({ directory: old.directory, migrations: [NOTES, TITLES] }));
}

const titlesOf = (tenants: Tenants, orgId: string) =>
  tenants.use(orgId, (db) => db.$client.values("SELECT title FROM notes"));

test("migrateAll() brings every file up to date, and finds them so the next time", async (t) => {
  const tenants = outdated(t, 5);
  assert.deepEqual(await tenants.migrateAll(), { migrated: 5, upToDate: 0, failed: [] });
  assert.deepEqual(await tenants.migrateAll(), { migrated: 0, upToDate: 5, failed: [] });
  for (const orgId of tenants.list()) assert.deepEqual(titlesOf(tenants, orgId), []);
});

test("migrateAll() counts those that were opened, and so migrated, before as up to date", async (t) => {
  const tenants = outdated(t, 2);
  const lease = tenants.acquire("t000");
  assert.deepEqual(await tenants.migrateAll(), { migrated: 1, upToDate: 1, failed: [] });
  lease.db.$client.row("SELECT title FROM notes");
});

test("migrateAll() goes on after a file that can't be migrated, and names it", async (t) => {
  const tenants = outdated(t, 3);
  writeFileSync(join(tenants.directory, "tenant-broken.db"), "no database at all".repeat(100));
  const { migrated, failed } = await tenants.migrateAll();
  assert.equal(migrated, 3);
  assert.deepEqual(
    failed.map(({ orgId, error }) => [orgId, (error as { code?: string }).code]),
    [["broken", "NOT_A_DATABASE"]],
  );
});

test("migrateAll() leaves a file as it is when its migration fails", async (t) => {
  const old = temporaryTenants(t);
  addNote(old, "a", "kept");
  old.close();
  const bad: Migration = { id: "0001_bad", hash: "1", statements: ["DELETE FROM notes", "CREATE NONSENSE"] };
  const tenants = closeAfter(t, openTenants({ directory: old.directory, migrations: [NOTES, bad] }));
  const { failed } = await tenants.migrateAll();
  assert.deepEqual(
    failed.map(({ error }) => (error as { code?: string }).code),
    ["MIGRATION_FAILED"],
  );
  const again = closeAfter(t, openTenants({ directory: old.directory, migrations: [NOTES] }));
  assert.deepEqual(notesOf(again, "a"), ["kept"]);
});

test("migrateAll() tells how far it is, and lets others run between two files", async (t) => {
  const tenants = outdated(t, 4);
  const told: unknown[] = [];
  let turns = 0;
  const count = () => {
    turns++;
    if (told.length < 4) setImmediate(count);
  };
  setImmediate(count);
  await tenants.migrateAll({ onProgress: (progress) => void told.push(progress) });
  assert.deepEqual(
    told,
    [1, 2, 3, 4].map((done) => ({ total: 4, done, orgId: `t00${done - 1}` })),
  );
  assert.ok(turns >= 3);
});

test("migrateAll() ends after the file at hand when its signal aborts, and is carried on by the next call", async (t) => {
  const tenants = outdated(t, 4);
  const controller = new AbortController();
  const reason = new Error("enough");
  const onProgress = ({ done }: { done: number }) => {
    if (done === 2) controller.abort(reason);
  };
  await assert.rejects(tenants.migrateAll({ onProgress, signal: controller.signal }), reason);
  assert.deepEqual(await tenants.migrateAll(), { migrated: 2, upToDate: 2, failed: [] });
});

test("migrateAll() ends when the tenants are closed meanwhile", async (t) => {
  const tenants = outdated(t, 3);
  await assert.rejects(tenants.migrateAll({ onProgress: () => tenants.close() }), { code: "DATABASE_CLOSED" });
});

test("migrateAll() passes over what is archived or deleted meanwhile", async (t) => {
  const tenants = outdated(t, 4);
  const onProgress = ({ done }: { done: number }) => {
    if (done === 1) tenants.archive("t002");
    if (done === 1) tenants.delete("t003");
  };
  assert.deepEqual(await tenants.migrateAll({ onProgress }), { migrated: 2, upToDate: 0, failed: [] });
  tenants.unarchive("t002");
  assert.deepEqual(titlesOf(tenants, "t002"), []);
});

test("migrateAll() refuses what is no option, no function and no signal", async (t) => {
  const tenants = temporaryTenants(t);
  const wrong: [object, RegExp][] = [
    [{ onprogress: () => {} }, /Unknown option "onprogress" for migrateAll\(\): did you mean "onProgress"/],
    [{ onProgress: 1 }, /Cannot migrate all tenants: onProgress must be a function: received number/],
    [{ signal: 1 }, /signal must be an AbortSignal/],
  ];
  for (const [options, message] of wrong)
    await assert.rejects(tenants.migrateAll(options), { name: "TypeError", message });
});

test("migrateAll() is carried on by another process when its own is killed at any moment", async (t) => {
  const tenants = outdated(t, 60);
  for (let round = 0; round < 2; round++) {
    const process = startChild(t, child, [tenants.directory]);
    for (let line = 0; line < 1 + Math.random() * 6; line++) await process.nextLine();
    process.kill();
    await process.waitExit();
  }
  const { migrated, upToDate, failed } = await tenants.migrateAll();
  assert.deepEqual(failed, []);
  assert.equal(migrated + upToDate, 60);
  assert.ok(upToDate >= 2, `${upToDate} were done before`);
  for (const orgId of tenants.list()) {
    assert.equal(
      tenants.use(orgId, (db) => db.$client.row("PRAGMA quick_check")?.[0]),
      "ok",
    );
    assert.deepEqual(titlesOf(tenants, orgId), []);
  }
});
