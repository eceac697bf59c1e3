/**
 * What everything above the engine relies on in a client, whoever made it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HonkerClient } from "../../src/honker/mod.ts";
import { createDrizzleWithAdapter } from "../../src/sqlite/adapter.ts";
import { dump, ours, outcome } from "../sqlite/adapter/fixture.ts";
import { groups, SETUP, schema } from "../sqlite/adapter/schema.ts";
import { byteWorks, modeWorks } from "../sqlite/adapter/works/modes.ts";
import { raws, rawValues, refusals } from "../sqlite/adapter/works/raw.ts";
import { relational } from "../sqlite/adapter/works/relational.ts";
import { selects } from "../sqlite/adapter/works/select.ts";
import type { Db, Works } from "../sqlite/adapter/works/work.ts";
import { writes } from "../sqlite/adapter/works/write.ts";
import { type TestScope, temporaryPath } from "../support/temporary.ts";

/** What every client carries, and what it may refuse instead. */
const carried: Works = { ...selects, ...relational, ...writes, ...modeWorks, ...raws };
const refusable: Works = { ...byteWorks, ...rawValues };

/** Integers from 2^51 on cross the native binding as REAL, which no column turns back. */
const MAY_REFUSE = new Set([...Object.keys(refusable), "write numbers of every kind"]);

/** Tests that the clients `openClient` opens are ones that this package can stand on. */
export function honkerClientContract(name: string, openClient: (path: string) => HonkerClient): void {
  function filled(t: TestScope): HonkerClient {
    const client = openClient(temporaryPath(t, "client.db"));
    t.after(() => client.close());
    for (const statement of SETUP) {
      const tx = client.transaction();
      tx.execute(statement);
      tx.commit();
    }
    return client;
  }

  const dumpOf = (client: HonkerClient) => dump((sql) => client.query(sql));

  test(`${name}: query() gives rows by name and takes JSON's values as parameters`, (t) => {
    const client = filled(t);
    assert.deepEqual(client.query("SELECT id, title FROM groups WHERE id = ?", ["g1"]), [
      { id: "g1", title: "Group 1" },
    ]);
    assert.deepEqual(client.query("SELECT ? AS a, ? AS b, ? AS c, ? AS d, typeof(?) AS e", [null, 1.5, "x", true, 7]), [
      { a: null, b: 1.5, c: "x", d: 1, e: "integer" },
    ]);
    assert.deepEqual(client.query("SELECT 1 WHERE 0"), []);
  });

  test(`${name}: a transaction writes, reads what it wrote, and keeps it when it commits`, (t) => {
    const client = filled(t);
    const tx = client.transaction();
    assert.equal(tx.execute("INSERT INTO groups VALUES (?, ?), ('b', 'B')", ["a", "A"]), 2);
    assert.deepEqual(tx.query("UPDATE groups SET title = 'AA' WHERE id = 'a' RETURNING title"), [{ title: "AA" }]);
    assert.deepEqual(tx.query("SELECT count(*) AS n FROM groups"), [{ n: 4 }]);
    assert.deepEqual(client.query("SELECT count(*) AS n FROM groups"), [{ n: 2 }]);
    tx.commit();
    assert.deepEqual(client.query("SELECT count(*) AS n FROM groups"), [{ n: 4 }]);
  });

  test(`${name}: a transaction keeps nothing when it rolls back and is over then`, (t) => {
    const client = filled(t);
    const tx = client.transaction();
    tx.execute("DELETE FROM members");
    tx.rollback();
    assert.deepEqual(client.query("SELECT count(*) AS n FROM members"), [{ n: 3 }]);
    tx.rollback();
    tx.commit();
    assert.throws(() => tx.execute("DELETE FROM members"), /transaction already finished/);
    assert.throws(() => tx.query("SELECT 1"), /transaction already finished/);
    client.transaction().rollback();
  });

  test(`${name}: execute() throws when the statement gives rows`, (t) => {
    const client = filled(t);
    const tx = client.transaction();
    assert.throws(() => tx.execute("SELECT 1"));
    tx.rollback();
  });

  test(`${name}: listen() gets what was notified, with a transaction when it commits and not when it rolls back`, async (t) => {
    const client = filled(t);
    const listener = client.listen("orders");
    const undone = client.transaction();
    undone.notify("orders", { n: 0 });
    undone.rollback();
    const kept = client.transaction();
    assert.equal(typeof kept.notify("orders", { n: 1 }), "number");
    kept.commit();
    assert.equal(typeof client.notify("orders", { n: 2 }), "number");
    const received: unknown[] = [];
    for await (const message of listener) {
      received.push((message as { payload: unknown }).payload);
      if (received.length === 2) break;
    }
    listener.close();
    assert.deepEqual(received, [{ n: 1 }, { n: 2 }]);
  });

  test(`${name}: $honkerTx is the client's transaction and commits with the rows`, (t) => {
    const client = filled(t);
    const db = createDrizzleWithAdapter(client, { schema });
    assert.equal(db.$client, client);
    db.transaction((tx) => {
      tx.insert(groups).values({ id: "a", title: "A" }).run();
      assert.deepEqual(tx.$honkerTx.query("SELECT title FROM groups WHERE id = 'a'"), [{ title: "A" }]);
    });
    assert.deepEqual(client.query("SELECT count(*) AS n FROM groups"), [{ n: 3 }]);
  });

  for (const [work, run] of Object.entries({ ...carried, ...refusable })) {
    test(`${name}: Drizzle gives what it gives on the engine: ${work}`, async (t) => {
      const engine = ours(t);
      const client = filled(t);
      const before = dumpOf(client);
      const found = await outcome(() => run(createDrizzleWithAdapter(client, { schema }) as unknown as Db));
      if (MAY_REFUSE.has(work) && codeOf(found) === "CLIENT_CANNOT_CARRY") {
        assert.deepEqual(dumpOf(client), before);
        return;
      }
      assert.deepEqual(found, await outcome(() => run(engine.db)));
      assert.deepEqual(dumpOf(client), engine.dump());
    });
  }

  for (const [work, run] of Object.entries(refusals)) {
    test(`${name}: Drizzle tells SQLite's reason and keeps nothing: ${work}`, async (t) => {
      const client = filled(t);
      const before = dumpOf(client);
      const found = await outcome(() => run(createDrizzleWithAdapter(client, { schema }) as unknown as Db));
      assert.deepEqual(messagesOf(found), messagesOf(await outcome(() => run(ours(t).db))));
      assert.deepEqual(dumpOf(client), before);
    });
  }

  test(`${name}: an async transaction works or is refused before it writes`, async (t) => {
    const client = filled(t);
    const db = createDrizzleWithAdapter(client, { schema });
    let began = false;
    const result = await outcome(() =>
      db.transaction(async (tx) => {
        began = true;
        await tx.insert(groups).values({ id: "a", title: "A" });
        await tx.transaction(async (nested) => void (await nested.insert(groups).values({ id: "b", title: "B" })));
      }),
    );
    const isRefused = codeOf(result) === "ASYNC_NOT_SUPPORTED";
    if (!isRefused) assert.deepEqual(result, { result: undefined });
    assert.equal(began, !isRefused);
    assert.deepEqual(client.query("SELECT count(*) AS n FROM groups"), [{ n: isRefused ? 2 : 4 }]);
    db.transaction((tx) => {
      const nested = () => tx.transaction((nested) => nested.insert(groups).values({ id: "c", title: "C" }).execute());
      if (isRefused) assert.throws(nested, { code: "ASYNC_NOT_SUPPORTED" });
    });
  });

  test(`${name}: a second transaction or a write outside is refused, not waited for, while one is open`, async (t) => {
    const client = filled(t);
    const db = createDrizzleWithAdapter(client, { schema });
    const other = createDrizzleWithAdapter(client, { schema });
    const open = { code: "TRANSACTION_OPEN" };
    const write = (on: typeof db) => on.insert(groups).values({ id: "no", title: "" });
    let awaited: Promise<unknown> = Promise.resolve();
    db.transaction((tx) => {
      for (const on of [db, other]) {
        assert.throws(() => on.transaction(() => {}), open);
        assert.throws(() => write(on).run(), open);
        assert.throws(() => write(on).returning().all(), open);
        assert.deepEqual(on.select().from(groups).all().length, 2);
      }
      tx.insert(groups).values({ id: "a", title: "A" }).run();
      awaited = outcome(() => write(db).execute());
    });
    await awaited; // refused, or done after the transaction
    assert.equal(
      db
        .select()
        .from(groups)
        .all()
        .some(({ id }) => id === "a"),
      true,
    );
    db.transaction(() => {});
  });

  test(`${name}: awaited writes run in the order of their calls`, async (t) => {
    const db = createDrizzleWithAdapter(filled(t), { schema });
    const wanted = Array.from({ length: 20 }, (_, i) => ({ id: `x${String(i).padStart(2, "0")}`, title: "" }));
    const results = await Promise.all(wanted.map((group) => db.insert(groups).values(group).returning()));
    assert.deepEqual(
      results,
      wanted.map((group) => [group]),
    );
  });
}

function codeOf(found: unknown): unknown {
  return (found as { thrown?: { code?: unknown } }).thrown?.code;
}

/** The words of an error and of what caused it; a client need not tell SQLite's codes. */
function messagesOf(found: unknown): unknown[] {
  const { message, cause } = (found as { thrown: { message?: string; cause?: { message?: string } } }).thrown;
  return [message, cause?.message];
}
