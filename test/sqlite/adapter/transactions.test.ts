import assert from "node:assert/strict";
import { test } from "node:test";
import { eq, TransactionRollbackError } from "drizzle-orm";
import { StorageError } from "../../../src/errors.ts";
import { open } from "../../../src/honker/mod.ts";
import { createDrizzleWithAdapter } from "../../../src/sqlite/adapter.ts";
import { startChild } from "../../support/child.ts";
import { openOurs } from "./fixture.ts";
import { comments, groups, schema } from "./schema.ts";

const listener = new URL("child/listener.ts", import.meta.url);
const group = (id: string) => ({ id, title: id });

function ids(db: ReturnType<typeof openOurs>["db"]): string[] {
  return db
    .select({ id: groups.id })
    .from(groups)
    .orderBy(groups.id)
    .all()
    .map(({ id }) => id);
}

test("transaction() commits what a synchronous callback wrote and gives its result", (t) => {
  const { db } = openOurs(t);
  const result = db.transaction((tx) => {
    tx.insert(groups).values(group("x")).run();
    assert.equal(db.$client.inTransaction, true);
    return "done";
  });
  assert.equal(result, "done");
  assert.equal(db.$client.inTransaction, false);
  assert.deepEqual(ids(db), ["g1", "g2", "x"]);
});

test("transaction() undoes all and rethrows when the callback throws", (t) => {
  const { db } = openOurs(t);
  const mine = new Error("mine");
  assert.throws(
    () =>
      db.transaction((tx) => {
        tx.insert(groups).values(group("x")).run();
        throw mine;
      }),
    (error) => error === mine,
  );
  assert.deepEqual(ids(db), ["g1", "g2"]);
  assert.equal(db.$client.inTransaction, false);
});

test("rollback() undoes all and throws Drizzle's own error", (t) => {
  const { db } = openOurs(t);
  assert.throws(
    () =>
      db.transaction((tx) => {
        tx.insert(groups).values(group("x")).run();
        tx.rollback();
      }),
    TransactionRollbackError,
  );
  assert.deepEqual(ids(db), ["g1", "g2"]);
});

test("transaction() inside a synchronous one throws at once instead of waiting for itself", (t) => {
  const { db } = openOurs(t);
  db.transaction(() => {
    assert.throws(() => db.transaction(() => {}), { code: "TRANSACTION_OPEN" });
    assert.throws(() => db.insert(groups).values(group("x")).run(), { code: "TRANSACTION_OPEN" });
  });
  assert.deepEqual(ids(db), ["g1", "g2"]);
});

test("reads outside a transaction see committed state while it is open", (t) => {
  const { db } = openOurs(t);
  db.transaction((tx) => {
    tx.delete(groups).where(eq(groups.id, "none")).run();
    tx.insert(groups).values(group("x")).run();
    assert.deepEqual(ids(db), ["g1", "g2"]);
    assert.equal(db.query.groups.findFirst({ where: eq(groups.id, "x") }).sync(), undefined);
    assert.equal(tx.query.groups.findFirst({ where: eq(groups.id, "x") }).sync()?.id, "x");
  });
  assert.deepEqual(ids(db), ["g1", "g2", "x"]);
});

test("a transaction is dead when it is used after its callback returned", async (t) => {
  const { db } = openOurs(t);
  const dead = { code: "TRANSACTION_FINISHED" };
  const tx = db.transaction((tx) => tx);
  const prepared = tx.insert(groups).values(group("x")).prepare();
  assert.throws(() => tx.insert(groups).values(group("x")).run(), dead);
  assert.throws(() => tx.select().from(groups).all(), dead);
  assert.throws(() => tx.query.groups.findMany().sync(), dead);
  assert.throws(() => tx.transaction(() => {}), dead);
  assert.throws(() => prepared.run(), dead);
  assert.throws(() => tx.$honkerTx.notify("c", 1), dead);
  await assert.rejects(async () => await tx.insert(groups).values(group("x")), dead);
  await assert.rejects(async () => await tx.$count(groups), dead);
  await assert.rejects(
    tx.transaction(async () => {}),
    dead,
  );
  assert.deepEqual(ids(db), ["g1", "g2"]);
});

test("a nested transaction is dead when it is used after its callback returned", (t) => {
  const { db } = openOurs(t);
  db.transaction((tx) => {
    const nested = tx.transaction((nested) => nested);
    assert.throws(() => nested.insert(groups).values(group("x")).run(), { code: "TRANSACTION_FINISHED" });
    assert.throws(() => nested.transaction(() => {}), { code: "TRANSACTION_FINISHED" });
    tx.insert(groups).values(group("y")).run();
  });
  assert.deepEqual(ids(db), ["g1", "g2", "y"]);
});

test("a nested transaction is undone alone when it throws, three deep", (t) => {
  const { db } = openOurs(t);
  db.transaction((tx) => {
    tx.insert(groups).values(group("a")).run();
    tx.transaction((second) => {
      second.insert(groups).values(group("b")).run();
      assert.throws(() =>
        second.transaction((third) => {
          third.insert(groups).values(group("c")).run();
          third.transaction((fourth) => fourth.insert(groups).values(group("d")).run());
          third.rollback();
        }),
      );
      second.transaction((third) => third.insert(groups).values(group("e")).run());
    });
    assert.throws(() =>
      tx.transaction((second) => {
        second.transaction((third) => third.insert(groups).values(group("f")).run());
        throw new Error("undo f as well");
      }),
    );
  });
  assert.deepEqual(ids(db), ["a", "b", "e", "g1", "g2"]);
});

test("a nested transaction that committed is undone when the outer one rolls back", (t) => {
  const { db } = openOurs(t);
  assert.throws(() =>
    db.transaction((tx) => {
      tx.transaction((nested) => nested.insert(groups).values(group("x")).run());
      tx.rollback();
    }),
  );
  assert.deepEqual(ids(db), ["g1", "g2"]);
});

test("transaction() throws and keeps nothing when SQLite itself ended it", (t) => {
  const { db, client } = openOurs(t);
  client.run(`CREATE TRIGGER refuse BEFORE INSERT ON groups WHEN NEW.id = 'bad'
    BEGIN SELECT RAISE(ROLLBACK, 'not this one'); END`);
  assert.throws(
    () =>
      db.transaction((tx) => {
        tx.insert(groups).values(group("x")).run();
        tx.insert(groups).values(group("bad")).run();
      }),
    { code: "SQLITE_CONSTRAINT_TRIGGER", message: "not this one" },
  );
  assert.throws(
    () =>
      db.transaction((tx) => {
        tx.insert(groups).values(group("x")).run();
        assert.throws(() => tx.transaction((nested) => nested.insert(groups).values(group("bad")).run()), {
          code: "SQLITE_CONSTRAINT_TRIGGER",
        });
        assert.throws(() => tx.insert(groups).values(group("y")).run(), { code: "TRANSACTION_FINISHED" });
      }),
    { code: "TRANSACTION_FINISHED" },
  );
  assert.deepEqual(ids(db), ["g1", "g2"]);
  assert.equal(
    db.transaction(() => "next"),
    "next",
  );
});

test("transaction() throws and keeps nothing when a deferred foreign key fails at its commit", (t) => {
  const { db } = openOurs(t);
  assert.throws(
    () =>
      db.transaction((tx) => {
        tx.insert(groups).values(group("x")).run();
        tx.insert(comments).values({ postId: 1, userId: 99, body: "nobody" }).run();
      }),
    { code: "SQLITE_CONSTRAINT_FOREIGNKEY" },
  );
  assert.deepEqual(ids(db), ["g1", "g2"]);
  assert.equal(db.$client.inTransaction, false);
});

test("transaction() throws when its callback has ended it by $honkerTx", (t) => {
  const { db } = openOurs(t);
  const rollBack = () =>
    db.transaction((tx) => {
      tx.insert(groups).values(group("x")).run();
      tx.$honkerTx.rollback();
    });
  assert.throws(rollBack, { code: "TRANSACTION_FINISHED" });
  assert.deepEqual(ids(db), ["g1", "g2"]);
});

test("transaction() throws when the database is closed inside it", (t) => {
  const { db, client } = openOurs(t);
  const path = client.path;
  assert.throws(
    () =>
      db.transaction((tx) => {
        tx.insert(groups).values(group("x")).run();
        client.close();
      }),
    StorageError,
  );
  const again = open(path);
  t.after(() => again.close());
  assert.equal(again.row("SELECT count(*) FROM groups")?.[0], 2);
});

test("$honkerTx.notify() is delivered with the rows, here and in another process, when the transaction commits", async (t) => {
  const { db, client } = openOurs(t);
  const child = startChild(t, listener, [client.path, "orders", "2"]);
  assert.equal(await child.nextLine(), "listening");
  const here = client.listen("orders");
  assert.throws(() =>
    db.transaction((tx) => {
      tx.insert(groups).values(group("lost")).run();
      tx.$honkerTx.notify("orders", "lost");
      tx.rollback();
    }),
  );
  db.transaction((tx) => {
    tx.insert(groups).values(group("x")).run();
    tx.$honkerTx.notify("orders", { id: "x" });
    assert.throws(() =>
      tx.transaction((nested) => {
        nested.$honkerTx.notify("orders", "nested and lost");
        nested.rollback();
      }),
    );
  });
  await db.transaction(async (tx) => {
    await tx.insert(groups).values(group("y"));
    tx.$honkerTx.notify("orders", { id: "y" });
  });
  for (const id of ["x", "y"]) {
    assert.deepEqual((await here.next()).value?.payload, { id });
    // the other process reads the row that came with the message
    assert.deepEqual(JSON.parse(await child.nextLine()), { payload: { id }, found: true });
  }
  here.close();
  assert.deepEqual(await child.waitExit(), { code: 0, signal: null });
});

test("$honkerTx publishes to a stream in the commit of the rows", (t) => {
  const { db, client } = openOurs(t);
  const stream = client.stream("orders");
  assert.throws(() =>
    db.transaction((tx) => {
      stream.publishTx(tx.$honkerTx, { id: "lost" });
      tx.rollback();
    }),
  );
  db.transaction((tx) => {
    tx.insert(groups).values(group("x")).run();
    stream.publishTx(tx.$honkerTx, { id: "x" });
  });
  assert.deepEqual(
    stream.readSince(0, 10).map(({ payload }) => payload),
    [{ id: "x" }],
  );
});

test("two Drizzle databases share the lock when they are on one file", async (t) => {
  const { db, client } = openOurs(t);
  const sameClient = createDrizzleWithAdapter(client, { schema });
  const otherClient = open(client.path);
  t.after(() => otherClient.close());
  const otherDb = createDrizzleWithAdapter(otherClient, { schema });
  for (const other of [sameClient, otherDb]) {
    const id = other === otherDb ? "other" : "same";
    const waits = Promise.withResolvers<void>();
    const running = db.transaction(async (tx) => {
      await tx.insert(groups).values(group(`${id}-1`));
      assert.throws(() => other.insert(groups).values(group("no")).run(), { code: "TRANSACTION_OPEN" });
      assert.throws(() => other.transaction(() => {}), { code: "TRANSACTION_OPEN" });
      assert.equal(
        other
          .select()
          .from(groups)
          .where(eq(groups.id, `${id}-1`))
          .get(),
        undefined,
      );
      await waits.promise;
    });
    const waiting = other
      .insert(groups)
      .values(group(`${id}-2`))
      .execute();
    waits.resolve();
    await running;
    await waiting;
    assert.deepEqual(
      ids(db).filter((found) => found.startsWith(id)),
      [`${id}-1`, `${id}-2`],
    );
    assert.equal(
      other
        .select()
        .from(groups)
        .where(eq(groups.id, `${id}-2`))
        .get()?.id,
      `${id}-2`,
    );
  }
});

test("a prepared write of the database is refused when it is run inside a transaction", (t) => {
  const { db } = openOurs(t);
  const insert = db.insert(groups).values(group("x")).prepare();
  db.transaction(() => assert.throws(() => insert.run(), { code: "TRANSACTION_OPEN" }));
  insert.run();
  assert.deepEqual(ids(db), ["g1", "g2", "x"]);
});
