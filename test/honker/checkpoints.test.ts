import assert from "node:assert/strict";
import { test } from "node:test";
import { StorageError } from "../../src/errors.ts";
import { CheckpointMigrationError, type Database } from "../../src/honker/mod.ts";
import { temporaryDatabase } from "../support/temporary.ts";

/** Two events of the stream "a" and one of "b"; consumer and topic stored as Node bindings up to 0.4.6 did: swapped. */
function withSwapped(t: { after(fn: () => void): void }, offset: number): Database {
  const db = temporaryDatabase(t);
  for (const topic of ["a", "b", "a"]) db.stream(topic).publish(topic);
  db.run("INSERT INTO _honker_stream_consumers (name, topic, offset) VALUES ('a', 'c', ?)", [offset]);
  return db;
}

const stored = (db: Database) => db.values("SELECT name, topic, offset FROM _honker_stream_consumers ORDER BY name");

for (const offset of [0, 1, 3]) {
  test(`a swapped offset of ${offset} is taken over, and the old row left in place`, (t) => {
    const db = withSwapped(t, offset);
    assert.equal(db.stream("a").getOffset("c"), offset);
    assert.deepEqual(stored(db), [
      ["a", "c", offset],
      ["c", "a", offset],
    ]);
    db.run("DELETE FROM _honker_stream"); // what proved it may go
    assert.equal(db.stream("a").getOffset("c"), offset);
  });
}

for (const [offset, why] of [
  [2, "is of another stream"],
  [99, "was never published"],
] as const) {
  test(`a swapped offset whose event ${why} is refused by reads until one is saved`, (t) => {
    const db = withSwapped(t, offset);
    const stream = db.stream("a");
    for (const read of [
      () => stream.getOffset("c"),
      () => stream.readFromConsumer("c", 1),
      () => stream.subscribe("c"),
    ]) {
      assert.throws(read, (error) => {
        assert.ok(error instanceof CheckpointMigrationError && error instanceof StorageError);
        assert.equal(error.name, "CheckpointMigrationError");
        assert.equal(error.code, "HONKER_CHECKPOINT_MIGRATION_UNVERIFIABLE");
        assert.deepEqual([error.stream, error.consumer, error.offset], ["a", "c", offset]);
        assert.deepEqual(error.details, { stream: "a", consumer: "c", offset });
        return true;
      });
    }
    assert.deepEqual(stored(db), [["a", "c", offset]]);
    assert.equal(stream.saveOffset("c", 1), true);
    assert.equal(stream.getOffset("c"), 1);
  });
}

test("an explicit saveOffsetTx() settles a swapped offset, too", (t) => {
  const db = withSwapped(t, 99);
  const tx = db.transaction();
  db.stream("a").saveOffsetTx(tx, "c", 0);
  tx.commit();
  assert.equal(db.stream("a").getOffset("c"), 0);
});

test("the right row wins over a swapped one", (t) => {
  const db = withSwapped(t, 99);
  db.run("INSERT INTO _honker_stream_consumers (name, topic, offset) VALUES ('c', 'a', 1)");
  assert.equal(db.stream("a").getOffset("c"), 1);
});

test("a swapped offset is read, and taken over later, while a transaction is open", (t) => {
  const db = withSwapped(t, 3);
  const tx = db.transaction();
  assert.equal(db.stream("a").getOffset("c"), 3);
  tx.rollback();
  assert.equal(stored(db).length, 1);
  assert.equal(db.stream("a").getOffset("c"), 3);
  assert.equal(stored(db).length, 2);
});

test("a consumer called as its stream is no swapped one", (t) => {
  const db = temporaryDatabase(t);
  db.stream("a").saveOffset("a", 99);
  assert.equal(db.stream("a").getOffset("a"), 99);
});
