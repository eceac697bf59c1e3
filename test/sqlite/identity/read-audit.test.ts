import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { open } from "../../../src/honker/mod.ts";
import {
  type AuditEntry,
  type AuditFilter,
  appendAudit,
  createSystemDatabase,
  deleteAccount,
  readAudit,
  type SystemDatabase,
} from "../../../src/sqlite/mod.ts";
import { liveBytes } from "../../support/garbage.ts";
import { actions, system } from "./fixture.ts";

const STEP = { action: "step", actorType: "system" };
const MEBIBYTE = 2 ** 20;

/** Adds an entry `step` with each number. */
function addSteps(db: SystemDatabase, from: number, to: number): void {
  db.transaction((tx) => {
    for (let i = from; i < to; i++) appendAudit(tx, { ...STEP, details: { i } });
  });
}

const numberOf = ({ details }: AuditEntry) => details?.i as number;

test("readAudit() gives from the newest on nothing that is added meanwhile", (t) => {
  const { db } = system(t);
  addSteps(db, 0, 5);
  const seen: number[] = [];
  for (const entry of readAudit(db, { action: "step", order: "newest", batchSize: 2 })) {
    seen.push(numberOf(entry));
    addSteps(db, 10, 12);
  }
  assert.deepEqual(seen, [4, 3, 2, 1, 0]);
});

test("readAudit() reads no more at once than its batch", (t) => {
  const { db } = system(t);
  addSteps(db, 0, 4);
  const entries = readAudit(db, { action: "step", batchSize: 4 });
  entries.next();
  addSteps(db, 4, 5);
  assert.deepEqual(Array.from(entries, numberOf), [1, 2, 3, 4]); // the fifth is of the next batch
  const byOne = readAudit(db, { action: "step", batchSize: 100 });
  byOne.next();
  addSteps(db, 5, 6);
  assert.deepEqual(Array.from(byOne, numberOf), [1, 2, 3, 4]); // the only batch was short
});

test("readAudit() holds a batch of a large log, and not the log", (t) => {
  const { db } = system(t);
  const padding = "x".repeat(2000);
  db.transaction((tx) => {
    for (let i = 0; i < 8000; i++) appendAudit(tx, { ...STEP, details: { i, padding } });
  });
  const entries = readAudit(db, { action: "step", batchSize: 100 });
  const before = liveBytes();
  for (let i = 0; i < 7000; i++) entries.next();
  assert.ok(liveBytes() - before < 4 * MEBIBYTE); // of 16 and more
  assert.equal(numberOf(entries.next().value), 7000);
});

test("a loop over the log may be left, and what follows asked for later, also after a restart", (t) => {
  const { db, path } = system(t);
  addSteps(db, 0, 10);
  let last = "";
  for (const entry of readAudit(db, { action: "step", batchSize: 4 })) {
    last = entry.id;
    if (numberOf(entry) === 5) break;
  }
  db.$client.close();
  const client = open(path);
  t.after(() => client.close());
  const rest = readAudit(createSystemDatabase(client), { action: "step", after: last });
  assert.deepEqual(Array.from(rest, numberOf), [6, 7, 8, 9]);
});

test("a transaction may be read and added to while its log is gone through", (t) => {
  const { db } = system(t);
  db.transaction((tx) => {
    appendAudit(tx, STEP);
    let count = 0;
    for (const { action } of readAudit(tx, { batchSize: 1 })) {
      if (action === "step" && ++count < 5) appendAudit(tx, STEP);
    }
    assert.equal(count, 5);
  });
  assert.equal(actions(db, { action: "step" }).length, 5);
});

test("from is the first time, and to the one after the last", (t) => {
  const { db } = system(t);
  for (const at of [1000, 2000, 3000]) {
    db.$client.run("INSERT INTO audit_logs (id, action, actor_type, created_at) VALUES (?, 'step', 'system', ?)", [
      String(at),
      at,
    ]);
  }
  const ids = (filter: AuditFilter) => Array.from(readAudit(db, { ...filter, action: "step" }), ({ id }) => id);
  assert.deepEqual(ids({ from: 2000 }), ["2000", "3000"]);
  assert.deepEqual(ids({ to: 3000 }), ["1000", "2000"]);
  assert.deepEqual(ids({ from: 2000, to: 2001, order: "newest" }), ["2000"]);
  assert.deepEqual(ids({ from: 2001, to: 2001 }), []);
  assert.deepEqual(ids({ from: -8.64e15, to: 8.64e15 }), ["1000", "2000", "3000"]);
});

test("readAudit() takes a filter as it is, whatever signs are in it", (t) => {
  const { db } = system(t);
  for (const action of ["a%", "a*", "a.b", "a/b", "a.", "A.b"]) appendAudit(db, { action, actorType: "system" });
  assert.deepEqual(actions(db, { action: "a%" }), ["a%"]);
  assert.deepEqual(actions(db, { action: "a*" }), ["a*"]);
  assert.deepEqual(actions(db, { action: "a.*" }), ["a.b", "a."]);
  assert.deepEqual(actions(db, { action: "'; DROP TABLE audit_logs" }), []);
});

test("readAudit() gives what a plain filter and sort would, whatever is asked for", (t) => {
  const { db } = system(t);
  db.transaction((tx) => {
    for (let i = 0; i < 200; i++) {
      const [actorId, orgId] = [`actor-${i % 3}`, i % 5 === 0 ? null : `org-${i % 2}`];
      const action = ["a.one", "a.two", "b.one"][(i % 7) % 3]!;
      appendAudit(tx, { action, actorType: "account", actorId, orgId, resource: `graph:${i % 4}` });
    }
  });
  const all = [...readAudit(db)];
  const one = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
  const wanted = fc.record({
    action: one("a.*", "a.one", "b.one", "c.*"),
    actorId: one("actor-0", "actor-1"),
    orgId: one("org-0", "org-1"),
    resource: one("graph:0", "graph:3"),
    after: one(...all.map(({ id }) => id)),
    order: one("oldest" as const, "newest" as const),
    batchSize: one(1, 3, 200),
  });
  fc.assert(
    fc.property(wanted, (filter) => {
      const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
      const { action, actorId, orgId, resource, after, order } = filter;
      const sorted = order === "newest" ? all.toReversed() : all;
      const rest = sorted.slice(sorted.findIndex(({ id }) => id === after) + 1);
      const expected = rest.filter(
        (entry) =>
          (action === undefined ||
            entry.action === action ||
            (action.endsWith(".*") && entry.action.startsWith(action.slice(0, -1)))) &&
          (actorId === undefined || entry.actorId === actorId) &&
          (orgId === undefined || entry.orgId === orgId) &&
          (resource === undefined || entry.resource === resource),
      );
      assert.deepEqual([...readAudit(db, given as AuditFilter)], expected);
    }),
  );
});

test("an entry that is named by after needs not fit the rest of the filter", (t) => {
  const { db } = system(t);
  const [created] = readAudit(db);
  addSteps(db, 0, 2);
  assert.deepEqual(Array.from(readAudit(db, { action: "step", after: created!.id }), numberOf), [0, 1]);
});

test("the log outlives what it names", (t) => {
  const { db, ann } = system(t);
  deleteAccount(db, ann.id, { actor: { type: "account", id: ann.id } });
  const found = db.query.auditLogs.findMany({ with: { actor: true, owner: true } }).sync();
  assert.deepEqual(
    found.map(({ action, ownerId, owner }) => [action, ownerId, owner]),
    [
      ["account.created", ann.id, null],
      ["account.deleted", ann.id, null],
    ],
  );
});

test("appendAudit() refuses an id that is no text, and details that JSON would change", (t) => {
  const { db } = system(t);
  const wrong: Record<string, unknown>[] = [
    { actorId: 5 },
    { orgId: "a\0b" },
    { resource: "\ud800" },
    { details: [] },
    { details: new Date() },
    { details: { at: new Date() } },
    { details: { a: undefined } },
    { action: " " },
    { actorType: "" },
  ];
  for (const change of wrong)
    assert.throws(() => appendAudit(db, { ...STEP, ...change } as never), { name: "TypeError" });
  assert.throws(() => appendAudit(db, undefined as never), { name: "TypeError" });
  assert.deepEqual(actions(db, { action: "step" }), []);
});

test("readAudit() refuses a wrong filter when it is called, and not when it is gone through", (t) => {
  const { db } = system(t);
  const wrong = [
    [{ from: Number.NaN }, "RangeError"],
    [{ from: 1.5 }, "RangeError"],
    [{ to: 9e15 }, "RangeError"],
    [{ batchSize: 10_001 }, "RangeError"],
    [{ batchSize: "5" }, "RangeError"],
    [{ action: 5 }, "TypeError"],
    [{ after: null }, "TypeError"],
    [{ orgId: null }, "TypeError"],
    [[], "TypeError"],
  ] as const;
  for (const [filter, name] of wrong) assert.throws(() => readAudit(db, filter as never), { name });
});

test("the table takes no entry without action, kind of actor, or with details that are no object", (t) => {
  const { db } = system(t);
  for (const values of ["'x', '', 'a', NULL", "'x', 'a', '', NULL", "'x', 'a', 'a', '[]'", "'x', 'a', 'a', '{'"]) {
    const sql = `INSERT INTO audit_logs (id, action, actor_type, details) VALUES (${values})`;
    assert.throws(() => db.$client.run(sql), /constraint|malformed JSON/i);
  }
});
