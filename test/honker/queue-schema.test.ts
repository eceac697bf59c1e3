import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import type { Database, Job } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const Mail = Type.Object({ to: Type.String(), count: Type.Optional(Type.Integer({ minimum: 1 })) });

function withQueue(t: { after(fn: () => void): void }) {
  const db = temporaryDatabase(t);
  return { db, queue: db.queue("q", { schema: Mail }) };
}

const rows = (db: Database) => db.row("SELECT count(*) FROM _honker_live")?.[0];
const insert = (db: Database, payload: string) =>
  db.run("INSERT INTO _honker_live(queue, payload) VALUES ('q', ?)", [payload]);

for (const [payload, expected] of [
  [{ to: 5 }, /Cannot enqueue to "q": expected string at \$\.to: received an integer/],
  [{}, /at \$\.to: received nothing/],
  [{ to: "a", count: 0 }, /at \$\.count: received an integer/],
  ["secret text", /expected object at \$: received a string of 11 characters/],
  [null, /at \$: received null/],
  [new Date(0), /at \$: received a string/],
] as const) {
  test(`a queue with a schema refuses ${JSON.stringify(payload)} before anything is written`, (t) => {
    const { db, queue } = withQueue(t);
    const good = { to: "a" };
    const bad = payload as unknown as { to: string };
    const tx = db.transaction();
    for (const enqueue of [
      () => queue.enqueue(bad, { tx }),
      () => queue.enqueueTx(tx, bad),
      () => queue.enqueueBatch([good, bad, good], { tx }),
    ]) {
      assert.throws(enqueue, { name: "TypeError", message: expected });
    }
    tx.commit();
    assert.throws(
      () => queue.enqueue(bad),
      (error: Error) => !error.message.includes("secret"),
    );
    assert.throws(() => queue.enqueueBatch([good, bad]), { name: "TypeError" });
    assert.equal(rows(db), 0);
  });
}

test("a queue with a schema checks what is stored, not what it is made of", (t) => {
  const { db, queue } = withQueue(t);
  queue.enqueue({ to: "a", count: undefined } as unknown as { to: string });
  queue.enqueue({ toJSON: () => ({ to: "b", count: 2 }) } as unknown as { to: string });
  assert.deepEqual(
    queue.claimBatch("w", -1).map(({ payload }) => payload),
    [{ to: "a" }, { to: "b", count: 2 }],
  );
  assert.equal(rows(db), 2);
});

test("claims set payloads aside that are not what the schema wants, with the reason, and go on", (t) => {
  const { db, queue } = withQueue(t);
  for (const payload of ['{"to":5}', "not json", '{"to":"good"}', "null", '{"to":"also good","count":3}']) {
    insert(db, payload);
  }
  assert.deepEqual(
    [queue.claimOne("w"), queue.claimOne("w"), queue.claimOne("w")].map((job) => job?.payload.to),
    ["good", "also good", undefined],
  );
  assert.deepEqual(
    queue.deadJobs().map(({ id, lastError, attempts }) => [id, lastError, attempts]),
    [
      [1, "invalid payload: expected string at $.to: received an integer", 1],
      [2, "invalid row: payload is not JSON", 1],
      [4, "invalid payload: expected object at $: received null", 1],
    ],
  );
});

test("claimBatch() gives as many as asked where some are set aside", (t) => {
  const { db, queue } = withQueue(t);
  for (let i = 0; i < 700; i++) insert(db, i % 2 ? '{"to":"good"}' : "5");
  assert.equal(queue.claimBatch("w", 10).length, 10);
  assert.equal(queue.claimBatch("w", -1).length, 340);
  assert.deepEqual([queue.stats().dead, queue.stats().processing, queue.stats().pending], [350, 350, 0]);
});

test("a worker gets no payload that is not what the schema wants", async (t) => {
  const { db, queue } = withQueue(t);
  for (const payload of ["5", '{"to":"a"}', "[]", '{"to":"b"}']) insert(db, payload);
  const done: unknown[] = [];
  const handle = ({ payload }: Job<{ to: string }>) => void done.push(payload.to);
  queue.work(handle, { concurrency: 2 });
  await until(() => rows(db) === 0);
  assert.deepEqual([done.sort(), queue.stats().dead], [["a", "b"], 2]);
});

test("a wait for a job goes on over one that is set aside", async (t) => {
  const { db, queue } = withQueue(t);
  const waker = queue.claimWaker({ idlePollS: null });
  const next = waker.next("w");
  insert(db, "5");
  await until(() => queue.stats().dead === 1);
  queue.enqueue({ to: "a" });
  assert.deepEqual((await next)?.payload, { to: "a" });
});

test("a negative zero of another writer is a number", (t) => {
  const db = temporaryDatabase(t);
  const queue = db.queue("q", { schema: Type.Number() });
  insert(db, "-0.0"); // as Python writes it
  assert.equal(queue.claimOne("w")?.payload, -0);
});

test("queue() refuses a schema that is none", (t) => {
  const db = temporaryDatabase(t);
  for (const schema of [null, 5, "string", true]) {
    assert.throws(() => db.queue("q", { schema: schema as never }), {
      name: "TypeError",
      message: /schema must be a TypeBox schema/,
    });
  }
});
