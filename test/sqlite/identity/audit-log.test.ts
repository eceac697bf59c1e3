import assert from "node:assert/strict";
import { test } from "node:test";
import { appendAudit, readAudit } from "../../../src/sqlite/mod.ts";
import { actions, system } from "./fixture.ts";

test("appendAudit() adds an entry that readAudit() gives", (t) => {
  const { db, ann } = system(t);
  const entry = {
    action: "graph.exported",
    actorType: "account",
    actorId: ann.id,
    resource: "graph:1",
    details: { rows: 3 },
  };
  const id = appendAudit(db, entry);
  const [read] = readAudit(db, { action: "graph.exported" });
  assert.ok(read);
  const { createdAt, ...rest } = read;
  assert.deepEqual(rest, { ...entry, id, ownerId: null, orgId: null, credentialId: null, credentialType: null });
  assert.ok(Math.abs(createdAt - Date.now()) < 60_000);
});

test("an entry in a transaction which rolls back is none", (t) => {
  const { db } = system(t);
  assert.throws(() =>
    db.transaction((tx) => {
      appendAudit(tx, { action: "x", actorType: "system" });
      throw new Error("no");
    }),
  );
  assert.deepEqual(actions(db, { action: "x" }), []);
});

const FORGERIES: Readonly<Record<string, string>> = {
  UPDATE: "UPDATE audit_logs SET action = 'y'",
  "UPDATE of the rowid": "UPDATE audit_logs SET rowid = rowid + 100",
  DELETE: "DELETE FROM audit_logs",
  "INSERT OR REPLACE by id":
    "INSERT OR REPLACE INTO audit_logs (id, action, actor_type) SELECT id, 'y', 'z' FROM audit_logs",
  "INSERT OR REPLACE by rowid":
    "INSERT OR REPLACE INTO audit_logs (rowid, id, action, actor_type) SELECT rowid, 'new', 'y', 'z' FROM audit_logs",
  UPSERT:
    "INSERT INTO audit_logs (id, action, actor_type) SELECT id, 'y', 'z' FROM audit_logs WHERE true ON CONFLICT DO UPDATE SET action = 'y'",
  "UPDATE OR REPLACE": "UPDATE OR REPLACE audit_logs SET id = 'y'",
  "an INSERT far behind the last":
    "INSERT INTO audit_logs (rowid, id, action, actor_type) VALUES (9000, 'new', 'y', 'z')",
  "an INSERT before the first": "INSERT INTO audit_logs (rowid, id, action, actor_type) VALUES (-5, 'new', 'y', 'z')",
};
for (const [what, sql] of Object.entries(FORGERIES)) {
  test(`the audit log refuses ${what} from who writes SQL`, (t) => {
    const { db } = system(t);
    const before = [...readAudit(db)];
    assert.equal(before.length, 1);
    assert.throws(() => db.$client.run(sql), /audit_logs_append_only/);
    assert.deepEqual([...readAudit(db)], before);
  });
}

test("readAudit() filters by each member, by kind of action and by time", (t) => {
  const { db } = system(t);
  const base = { actorType: "account" };
  appendAudit(db, { ...base, action: "a.one", actorId: "ann", orgId: "acme", resource: "graph:1" });
  appendAudit(db, { ...base, action: "a.two", actorId: "bob", ownerId: "own", credentialId: "key" });
  appendAudit(db, { ...base, action: "ab.one", actorId: "ann" });
  assert.deepEqual(actions(db, { action: "a.*" }), ["a.one", "a.two"]);
  assert.deepEqual(actions(db, { action: "a.two" }), ["a.two"]);
  assert.deepEqual(actions(db, { actorId: "ann" }), ["a.one", "ab.one"]);
  assert.deepEqual(actions(db, { orgId: "acme" }), ["a.one"]);
  assert.deepEqual(actions(db, { resource: "graph:1" }), ["a.one"]);
  assert.deepEqual(actions(db, { ownerId: "own" }), ["a.two"]);
  assert.deepEqual(actions(db, { credentialId: "key" }), ["a.two"]);
  assert.deepEqual(actions(db, { actorId: "ann", action: "ab.*" }), ["ab.one"]);
  assert.deepEqual(actions(db, { from: Date.now() + 60_000 }), []);
  assert.equal(actions(db, { from: 0, to: Date.now() + 60_000 }).length, 4);
  assert.deepEqual(actions(db, { to: 5 }), []);
});

for (const order of ["oldest", "newest"] as const) {
  test(`readAudit() gives entries of one millisecond as they were added, ${order} first, in batches of any size`, (t) => {
    const { db } = system(t);
    db.transaction((tx) => {
      for (let i = 0; i < 25; i++) appendAudit(tx, { action: `step.${i}`, actorType: "system" });
    });
    const wanted = Array.from({ length: 25 }, (_, i) => `step.${i}`);
    if (order === "newest") wanted.reverse();
    for (const batchSize of [1, 7, 25, 1000]) {
      assert.deepEqual(actions(db, { action: "step.*", order, batchSize }), wanted);
    }
    const [, second] = readAudit(db, { action: "step.*", order });
    assert.deepEqual(actions(db, { action: "step.*", order, after: second!.id }), wanted.slice(2));
  });
}

test("readAudit() goes on with what is added while it is read, and gives nothing twice", (t) => {
  const { db } = system(t);
  for (let i = 0; i < 5; i++) appendAudit(db, { action: "step", actorType: "system", details: { i } });
  const seen: unknown[] = [];
  for (const { details } of readAudit(db, { action: "step", batchSize: 2 })) {
    seen.push(details?.i);
    if (seen.length <= 5) appendAudit(db, { action: "step", actorType: "system", details: { i: 4 + seen.length } });
  }
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("readAudit() and appendAudit() refuse wrong input, and say what is wanted", (t) => {
  const { db } = system(t);
  assert.throws(() => appendAudit(db, { action: "", actorType: "system" }), TypeError);
  assert.throws(
    () => appendAudit(db, { action: "x", actorType: "system", detail: {} } as never),
    /did you mean "details"/,
  );
  assert.throws(() => appendAudit(db, { action: "x", actorType: "system", details: { n: Number.NaN } }), TypeError);
  assert.throws(() => readAudit(db, { order: "up" as never }), TypeError);
  assert.throws(() => readAudit(db, { batchSize: 0 }), RangeError);
  assert.throws(() => readAudit(db, { actor: "ann" } as never), /Unknown option "actor"/);
  assert.throws(() => [...readAudit(db, { after: "none" })], { code: "NOT_FOUND" });
});
