import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { eq, sql } from "drizzle-orm";
import { open } from "../../../src/honker/mod.ts";
import { createDrizzleWithAdapter } from "../../../src/sqlite/adapter.ts";
import { openOurs } from "./fixture.ts";
import { comments, groups, schema } from "./schema.ts";

type Db = ReturnType<typeof openOurs>["db"];
const group = (id: string) => ({ id, title: id });

/** What the tests below wait for, opened by hand. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

function ids(db: Db): string[] {
  return db
    .select({ id: groups.id })
    .from(groups)
    .all()
    .map(({ id }) => id)
    .filter((id) => !/^g\d/.test(id))
    .sort();
}

/** Rows in the order in which they were written. */
function order(db: Db): string[] {
  return db.all<{ body: string }>(sql`select body from comments where id > 4 order by id`).map(({ body }) => body);
}

const comment = (body: string) => ({ postId: 1, body });

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", onUnhandled);
});
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve)); // they are told after the microtasks
  process.off("unhandledRejection", onUnhandled);
  assert.deepEqual(unhandled, []);
});

test("an async transaction keeps the lock until its callback settles, then commits", async (t) => {
  const { db } = openOurs(t);
  const wait = gate();
  const result = db.transaction(async (tx) => {
    await tx.insert(groups).values(group("a"));
    await wait.opened;
    await tx.insert(groups).values(group("b"));
    return "done";
  });
  assert.equal(db.$client.inTransaction, true);
  assert.deepEqual(ids(db), []);
  assert.throws(() => db.insert(groups).values(group("no")).run(), { code: "TRANSACTION_OPEN" });
  assert.throws(
    () => db.run(sql`insert into groups values ('no', 'no')`),
    (error) => ((error as Error).cause as { code: string }).code === "TRANSACTION_OPEN",
  );
  assert.throws(() => db.$client.transaction(), { code: "TRANSACTION_OPEN" });
  wait.open();
  assert.equal(await result, "done");
  assert.deepEqual(ids(db), ["a", "b"]);
  assert.equal(db.$client.inTransaction, false);
});

test("an async transaction is undone when its callback rejects", async (t) => {
  const { db } = openOurs(t);
  const mine = new Error("mine");
  const result = db.transaction(async (tx) => {
    await tx.insert(groups).values(group("a"));
    throw mine;
  });
  await assert.rejects(result, (error) => error === mine);
  await assert.rejects(
    db.transaction(async (tx) => {
      await tx.insert(groups).values(group("b"));
      tx.rollback();
    }),
    { message: "Rollback" },
  );
  assert.deepEqual(ids(db), []);
  db.insert(groups).values(group("next")).run();
});

test("an async transaction that fails a constraint in the callback may go on", async (t) => {
  const { db } = openOurs(t);
  await db.transaction(async (tx) => {
    await tx.insert(groups).values(group("a"));
    await assert.rejects(async () => await tx.insert(groups).values(group("a")), {
      code: "SQLITE_CONSTRAINT_PRIMARYKEY",
    });
    await tx.insert(groups).values(group("b"));
  });
  assert.deepEqual(ids(db), ["a", "b"]);
});

test("writes outside an async transaction queue in the order of their calls when they are awaited", async (t) => {
  const { db } = openOurs(t);
  const wait = gate();
  const one = db.$with("one").as(db.select({ n: sql<number>`1`.as("n") }).from(groups));
  const first = db.transaction(async (tx) => {
    await wait.opened;
    await tx.insert(comments).values(comment("first"));
  });
  const queued = [
    db.insert(comments).values(comment("insert")).execute(),
    db.delete(comments).where(eq(comments.body, "insert")).returning({ body: comments.body }).execute(),
    db.transaction(async (tx) => {
      await tx.insert(comments).values(comment("second"));
      await Promise.resolve();
      await tx.insert(comments).values(comment("second too"));
    }),
    db
      .update(comments)
      .set({ body: "second, changed" })
      .where(eq(comments.body, "second"))
      .returning({ body: comments.body })
      .execute(),
    db.with(one).delete(comments).where(eq(comments.body, "second too")).execute(),
    db.with(one).insert(comments).values(comment("third")).returning({ body: comments.body }).execute(),
    db.with(one).update(comments).set({ body: "third, changed" }).where(eq(comments.body, "third")).execute(),
    db
      .insert(comments)
      .select(
        db
          .select({
            id: sql<number>`100`.as("id"),
            postId: sql<number>`1`.as("post_id"),
            userId: sql<null>`null`.as("user_id"),
            body: sql<string>`group_concat(body)`.as("body"),
          })
          .from(comments)
          .where(sql`id > 4`),
      )
      .execute(),
    db.insert(comments).values(comment("last")).prepare().execute(),
  ] as const;
  assert.deepEqual(order(db), []);
  wait.open();
  await first;
  const results = await Promise.all(queued);
  assert.deepEqual(results[1], [{ body: "insert" }]);
  assert.deepEqual(results[3], [{ body: "second, changed" }]);
  assert.deepEqual(results[5], [{ body: "third" }]);
  assert.deepEqual(order(db), [
    "first",
    "second, changed",
    "third, changed",
    "first,second, changed,third, changed",
    "last",
  ]);
});

test("a thousand awaited writes and transactions run in the order of their calls", async (t) => {
  const { db } = openOurs(t);
  const bodies = Array.from({ length: 1000 }, (_, i) => `${i}`);
  await Promise.all(
    bodies.map((body, i) => {
      switch (i % 4) {
        case 0:
          return db.transaction(async (tx) => {
            await Promise.resolve();
            await tx.insert(comments).values(comment(body));
          });
        case 1:
          return db.insert(comments).values(comment(body)).execute();
        case 2:
          return db.insert(comments).values(comment(body)).returning().execute();
        default:
          return db
            .insert(comments)
            .values({ postId: sql.placeholder("post"), body })
            .prepare()
            .execute({ post: 1 })
            .then((result) => result);
      }
    }),
  );
  assert.deepEqual(order(db), bodies);
});

test("a write that waits gets its own failure when it fails, and the next still runs", async (t) => {
  const { db } = openOurs(t);
  const first = db.transaction(async (tx) => {
    await Promise.resolve();
    await tx.insert(groups).values(group("a"));
  });
  const refused = db.insert(groups).values(group("a")).execute();
  const thrown = db.transaction(async () => {
    throw new Error("mine");
  });
  const last = db.insert(groups).values(group("b")).execute();
  await first;
  await assert.rejects(refused, { code: "SQLITE_CONSTRAINT_PRIMARYKEY" });
  await assert.rejects(thrown, { message: "mine" });
  assert.deepEqual(await last, { changes: 1, lastInsertRowid: (await last).lastInsertRowid });
  assert.deepEqual(ids(db), ["a", "b"]);
});

test("transaction() throws at once when one is open and its callback is no async function", async (t) => {
  const { db } = openOurs(t);
  const wait = gate();
  let called = false;
  const open = db.transaction(async () => await wait.opened);
  const returnsPromise = () => {
    called = true;
    return Promise.resolve();
  };
  assert.throws(() => db.transaction(returnsPromise), { code: "TRANSACTION_OPEN", retryable: true });
  assert.throws(() => db.transaction(() => {}), { code: "TRANSACTION_OPEN" });
  assert.equal(called, false);
  wait.open();
  await open;
  await db.transaction(returnsPromise);
  assert.equal(called, true);
});

test("an async transaction is one when its callback is bound or returns another's promise", async (t) => {
  const { db } = openOurs(t);
  async function write(this: { id: string }, tx: Parameters<Parameters<Db["transaction"]>[0]>[0]) {
    await tx.insert(groups).values(group(this.id));
  }
  await Promise.all([db.transaction(write.bind({ id: "a" })), db.transaction(write.bind({ id: "b" }))]);
  await db.transaction((tx) => write.call({ id: "c" }, tx));
  assert.deepEqual(ids(db), ["a", "b", "c"]);
});

test("an async transaction runs the query that its callback returns without awaiting", async (t) => {
  const { db } = openOurs(t);
  const written = await db.transaction((tx) => tx.insert(groups).values(group("a")).returning());
  assert.deepEqual(written, [group("a")]);
  assert.deepEqual(
    await db.transaction(async (tx) => tx.update(groups).set({ title: "A" }).where(eq(groups.id, "a"))),
    {
      changes: 1,
      lastInsertRowid: db.$client.row("SELECT last_insert_rowid()")![0],
    },
  );
  assert.equal(await db.transaction((tx) => tx.$count(groups)), 3);
  assert.deepEqual(await db.transaction(async (tx) => tx.query.groups.findFirst({ where: eq(groups.id, "a") })), {
    id: "a",
    title: "A",
  });
  assert.equal(db.$client.inTransaction, false);
});

test("an async transaction is rolled back and dead when its callback takes longer than the deadline", async (t) => {
  const { db } = openOurs(t, { asyncTransactionTimeoutMs: 20 });
  const wait = gate();
  const late: unknown[] = [];
  let finished: () => void;
  const callbackDone = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const result = db.transaction(async (tx) => {
    await tx.insert(groups).values(group("a"));
    const nested = tx.transaction(async (nested) => {
      await wait.opened;
      await nested.insert(groups).values(group("nested"));
    });
    await nested.catch((error) => late.push(error.code));
    await tx
      .insert(groups)
      .values(group("late"))
      .catch((error) => late.push(error.code));
    try {
      tx.insert(groups).values(group("late")).run();
    } catch (error) {
      late.push((error as { code: string }).code);
    }
    try {
      tx.$honkerTx.execute("INSERT INTO groups VALUES ('late', 'late')");
    } catch (error) {
      late.push((error as { code: string }).code);
    }
    finished();
  });
  const queued = db.insert(groups).values(group("queued")).execute();
  await assert.rejects(result, {
    name: "StorageError",
    code: "TRANSACTION_TIMEOUT",
    message: "Cannot commit a transaction: its callback must settle within 20 ms: it was rolled back",
    details: { timeoutMs: 20 },
  });
  await queued;
  // the late statements meet another transaction that is open by then: they must not get into it
  await db.transaction(async (tx) => {
    wait.open();
    await callbackDone;
    await tx.insert(groups).values(group("other"));
  });
  assert.deepEqual(late, Array(4).fill("TRANSACTION_FINISHED"));
  assert.deepEqual(ids(db), ["other", "queued"]);
});

test("a callback that awaits a write of the database itself is refused at once, and nothing is kept", async (t) => {
  const { db } = openOurs(t);
  const writes = [
    () => db.insert(groups).values(group("b")),
    () => db.transaction(async () => {}),
    async () => await db.insert(groups).values(group("b")),
  ];
  for (const write of writes) {
    const result = db.transaction(async (tx) => {
      await tx.insert(groups).values(group("a"));
      await write();
    });
    await assert.rejects(result, { code: "TRANSACTION_OPEN", message: /in its own callback.*use its tx instead$/ });
  }
  assert.deepEqual(ids(db), []);
});

test("what a callback leaves running may write once its transaction is over", async (t) => {
  const { db } = openOurs(t);
  const over = Promise.withResolvers<void>();
  let later: Promise<unknown> | undefined;
  await db.transaction(async (tx) => {
    await tx.insert(groups).values(group("a"));
    later = over.promise.then(() => db.insert(groups).values(group("b")));
  });
  over.resolve();
  await later;
  assert.deepEqual(ids(db), ["a", "b"]);
});

test("a callback that rejects after the deadline leaves no unhandled rejection", async (t) => {
  const { db } = openOurs(t, { asyncTransactionTimeoutMs: 5 });
  const wait = gate();
  const result = db.transaction(async () => {
    await wait.opened;
    throw new Error("late");
  });
  await assert.rejects(result, { code: "TRANSACTION_TIMEOUT" });
  wait.open();
});

test("an async transaction throws and keeps nothing when SQLite itself ended it", async (t) => {
  const { db, client } = openOurs(t);
  client.run(`CREATE TRIGGER refuse BEFORE INSERT ON groups WHEN NEW.id = 'bad'
    BEGIN SELECT RAISE(ROLLBACK, 'not this one'); END`);
  const bad = async (tx: Parameters<Parameters<Db["transaction"]>[0]>[0]) => {
    await tx.insert(groups).values(group("a"));
    await tx.insert(groups).values(group("bad"));
  };
  await assert.rejects(db.transaction(bad), { message: "not this one" });
  await assert.rejects(
    db.transaction(async (tx) => {
      await tx.transaction(bad).catch(() => {});
      await assert.rejects(async () => await tx.insert(groups).values(group("b")), { code: "TRANSACTION_FINISHED" });
    }),
    { code: "TRANSACTION_FINISHED" },
  );
  assert.deepEqual(ids(db), []);
});

test("an async transaction rejects and keeps nothing when a deferred foreign key fails at its commit", async (t) => {
  const { db } = openOurs(t);
  const result = db.transaction(async (tx) => {
    await tx.insert(comments).values({ postId: 1, userId: 99, body: "nobody" });
  });
  const queued = db.insert(groups).values(group("queued")).execute();
  await assert.rejects(result, { code: "SQLITE_CONSTRAINT_FOREIGNKEY" });
  await queued;
  assert.deepEqual(order(db), []);
  assert.deepEqual(ids(db), ["queued"]);
});

test("a nested async transaction is undone alone when it rejects, three deep", async (t) => {
  const { db } = openOurs(t);
  await db.transaction(async (tx) => {
    await tx.insert(groups).values(group("a"));
    await tx.transaction(async (second) => {
      await second.insert(groups).values(group("b"));
      await assert.rejects(
        second.transaction(async (third) => {
          await third.insert(groups).values(group("c"));
          await third.transaction(async (fourth) => void (await fourth.insert(groups).values(group("d"))));
          third.rollback();
        }),
      );
      assert.throws(() =>
        second.transaction((third) => {
          third.insert(groups).values(group("e")).run();
          throw new Error("sync in async");
        }),
      );
      await second.insert(groups).values(group("f"));
    });
  });
  assert.deepEqual(ids(db), ["a", "b", "f"]);
});

test("a second nested transaction is refused when one still waits in the same transaction", async (t) => {
  const { db } = openOurs(t);
  await db.transaction(async (tx) => {
    const wait = gate();
    const first = tx.transaction(async (nested) => {
      await wait.opened;
      await nested.insert(groups).values(group("a"));
    });
    await assert.rejects(
      tx.transaction(async () => {}),
      { code: "TRANSACTION_OPEN" },
    );
    assert.throws(() => tx.transaction(() => {}), { code: "TRANSACTION_OPEN" });
    wait.open();
    await first;
    await tx.transaction(async (nested) => void (await nested.insert(groups).values(group("b"))));
  });
  const together = db.transaction(async (tx) => {
    const one = async (nested: typeof tx) => {
      await Promise.resolve();
      await nested.insert(groups).values(group("c"));
    };
    await Promise.all([tx.transaction(one), tx.transaction(one)]);
  });
  await assert.rejects(together, { code: "TRANSACTION_OPEN" });
  assert.deepEqual(ids(db), ["a", "b"]);
});

test("transaction() refuses to commit when a nested transaction still waits", async (t) => {
  const { db } = openOurs(t);
  for (const callback of ["async", "sync"]) {
    const wait = gate();
    let inner: unknown;
    const body = (tx: Parameters<Parameters<Db["transaction"]>[0]>[0]) => {
      tx.insert(groups).values(group("outer")).run();
      void tx.transaction(async (nested) => {
        nested.insert(groups).values(group("half")).run();
        await wait.opened;
        try {
          nested.insert(groups).values(group("late")).run();
        } catch (error) {
          inner = (error as { code: string }).code;
        }
      });
    };
    const refused = { code: "TRANSACTION_OPEN", message: /a nested one is still open in it: await it first$/ };
    if (callback === "async")
      await assert.rejects(
        db.transaction(async (tx) => body(tx)),
        refused,
      );
    else assert.throws(() => db.transaction(body), refused);
    wait.open();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(inner, "TRANSACTION_FINISHED");
    assert.deepEqual(ids(db), []);
  }
});

test("what lies in a nested transaction is dead when the outer one was undone alone", async (t) => {
  const { db } = openOurs(t);
  let late: unknown;
  await db.transaction(async (tx) => {
    const wait = gate();
    let inner: Promise<unknown> = Promise.resolve();
    await assert.rejects(
      tx.transaction(async (second) => {
        inner = second.transaction(async (third) => {
          await wait.opened;
          await third.insert(groups).values(group("late"));
        });
        throw new Error("before it");
      }),
      { message: "before it" },
    );
    wait.open();
    await inner.catch((error) => {
      late = error.code;
    });
    await tx.insert(groups).values(group("a"));
  });
  assert.equal(late, "TRANSACTION_FINISHED");
  assert.deepEqual(ids(db), ["a"]);
});

test("an async transaction and what queues behind it reject when the database is closed", async (t) => {
  const { db, client } = openOurs(t);
  const path = client.path;
  const wait = gate();
  const settled = gate();
  const waiting = db.transaction(async (tx) => {
    tx.insert(groups).values(group("a")).run();
    await wait.opened;
    settled.open();
  });
  const queued = db.insert(groups).values(group("b")).execute();
  const transaction = db.transaction(async () => {});
  const rejected = Promise.allSettled([waiting, queued, transaction]);
  client.close();
  wait.open();
  await settled.opened;
  const codes = (await rejected).map((result) => (result.status === "rejected" ? result.reason.code : "resolved"));
  assert.deepEqual(codes, ["TRANSACTION_FINISHED", "DATABASE_CLOSED", "DATABASE_CLOSED"]);
  const again = open(path);
  t.after(() => again.close());
  assert.equal(again.row("SELECT count(*) FROM groups")?.[0], 2);
});

test("reads outside an async transaction see committed state when they are awaited or prepared", async (t) => {
  const { db } = openOurs(t);
  const prepared = db
    .select({ id: groups.id })
    .from(groups)
    .where(eq(groups.id, sql.placeholder("id")))
    .prepare();
  await db.transaction(async (tx) => {
    await tx.insert(groups).values(group("a"));
    assert.deepEqual(await db.select().from(groups).where(eq(groups.id, "a")), []);
    assert.equal(await db.$count(groups), 2);
    assert.equal(await tx.$count(groups), 3);
    assert.deepEqual(await db.query.groups.findFirst({ where: eq(groups.id, "a") }), undefined);
    assert.deepEqual(await prepared.execute({ id: "a" }), []);
    assert.deepEqual(
      await db.all(sql`with replaced as (select replace(id, 'g', 'h') as id from groups) select * from replaced`),
      [{ id: "h1" }, { id: "h2" }],
    );
  });
  assert.deepEqual(await prepared.execute({ id: "a" }), [{ id: "a" }]);
});

test("a prepared write waits its turn when it is awaited and throws when it is run by sync()", async (t) => {
  const { db } = openOurs(t);
  const insert = db
    .insert(groups)
    .values({ id: sql.placeholder("id"), title: "x" })
    .returning({ id: groups.id })
    .prepare();
  const wait = gate();
  const transaction = db.transaction(async () => await wait.opened);
  const awaited = insert.execute({ id: "a" });
  assert.throws(() => insert.execute({ id: "b" }).sync(), { code: "TRANSACTION_OPEN" });
  assert.throws(() => insert.all({ id: "b" }), { code: "TRANSACTION_OPEN" });
  const result = awaited.then((rows) => rows);
  wait.open();
  await transaction;
  assert.deepEqual(await result, [{ id: "a" }]);
  assert.deepEqual(insert.execute({ id: "c" }).sync(), [{ id: "c" }]);
});

test("createDrizzleWithAdapter() refuses a deadline that no timer can keep", (t) => {
  const { client } = openOurs(t);
  for (const asyncTransactionTimeoutMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
    assert.throws(() => createDrizzleWithAdapter(client, { schema, asyncTransactionTimeoutMs }), RangeError);
  }
});
