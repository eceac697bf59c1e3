import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../../src/honker/mod.ts";
import { createGraphStore } from "../../../src/sqlite/graphs/graph-store.ts";
import { createTenantDatabase, tenantSchema } from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { breaks, Dependencies, openGraph, openStore } from "./fixture.ts";

const child = new URL("child/store.ts", import.meta.url);
const person = (key: string) => ({ type: "person", key }) as const;
const OPEN = { code: "TRANSACTION_OPEN" };
const FINISHED = { code: "TRANSACTION_FINISHED" };

test("a write inside a Drizzle transaction commits with it", (t) => {
  const { db, graph, store } = openGraph(t, Dependencies);
  db.transaction((tx) => {
    const inside = graph.in(tx);
    inside.addNode("person", { key: "a" });
    inside.addNode("package", { key: "b", attributes: { license: "MIT" } });
    inside.addEdge("maintains", { key: "k", source: "a", target: "b" });
    assert.deepEqual([inside.hasNode("a"), inside.hasEdge("k")], [true, true]); // sees what it wrote
    assert.deepEqual([graph.hasNode("a"), graph.hasEdge("k")], [false, false]); // others do not yet
    assert.equal(store.in(tx).graph(graph.id, Dependencies).getNode("a")?.type, "person");
    assert.equal(tx.select().from(tenantSchema.nodes).all().length, 2);
  });
  assert.deepEqual([graph.hasNode("a"), graph.hasEdge("k")], [true, true]);
});

test("a write inside a Drizzle transaction is undone with it", (t) => {
  const { db, graph, store } = openGraph(t, Dependencies);
  const stop = new Error("stop");
  assert.throws(
    () =>
      db.transaction((tx) => {
        graph.in(tx).addNode("person", { key: "a" });
        store.in(tx).createGraph(Dependencies, { name: "other" }).addNode("person", { key: "b" });
        graph.in(tx).archive();
        throw stop;
      }),
    (error) => error === stop,
  );
  assert.deepEqual([graph.hasNode("a"), store.listGraphs().length, graph.info().status], [false, 1, "active"]);
  graph.addNode("person", { key: "a" });
});

test("a write inside the client's own transaction commits or is undone with it", (t) => {
  const { db, client, graph } = openGraph(t, Dependencies);
  const first = client.transaction();
  graph.in(first).addNode("person", { key: "a" });
  assert.equal(graph.hasNode("a"), false);
  first.commit();
  assert.equal(graph.hasNode("a"), true);
  const second = client.transaction();
  graph.in(second).deleteNode("a");
  second.run("UPDATE graphs SET name = 'x'");
  second.rollback();
  assert.deepEqual([graph.hasNode("a"), graph.info().name], [true, "g"]);
  db.transaction((tx) => graph.in(tx.$honkerTx).addNode("person", { key: "b" }));
  assert.equal(graph.hasNode("b"), true);
});

test("everything a store does can be part of a transaction", (t) => {
  const { client, store } = openStore(t);
  const tx = client.transaction();
  const inside = store.in(tx);
  assert.equal(inside.register(Dependencies).outcome, "created");
  const graph = inside.createGraph(Dependencies, { name: "g" });
  graph.addNodes([person("a"), person("b")]);
  graph.renameNode("a", "c");
  graph.upsertNode("person", { key: "b", attributes: { name: "B" } });
  graph.update({ name: "h" });
  assert.deepEqual([inside.listGraphs().length, store.listGraphs().length], [1, 0]);
  assert.equal(inside.graph(graph.id).getNode("c")?.type, "person");
  assert.throws(() => store.graph(graph.id), { code: "NOT_FOUND" });
  tx.commit();
  assert.throws(() => graph.getNode("c"), FINISHED);
  const after = store.graph(graph.id, Dependencies);
  assert.deepEqual([after.getNode("b")?.attributes, after.info().name], [{ name: "B" }, "h"]);
});

test("register() inside a transaction is undone with it, indexes and all", (t) => {
  const { client, store } = openStore(t);
  const tx = client.transaction();
  store.in(tx).register(Dependencies);
  tx.rollback();
  assert.deepEqual(client.values("SELECT 1 FROM sqlite_schema WHERE name LIKE '%[%'"), []);
  assert.equal(store.register(Dependencies).outcome, "created");
});

test("a call that is refused undoes itself alone, and the transaction goes on", (t) => {
  const { db, client, graph } = openGraph(t, Dependencies);
  const work = (inside: typeof graph) => {
    inside.addNode("person", { key: "a" });
    assert.throws(() => inside.addNodes([person("b"), person("a")]), { code: "ALREADY_EXISTS" });
    breaks(
      () => inside.addNodes([person("c"), { type: "package", key: "d", attributes: {} as never }]),
      "attributes",
      /"d"/,
    );
    assert.throws(() => inside.addEdge("maintains", { source: "a", target: "none" }), { code: "NOT_FOUND" });
    assert.throws(
      () =>
        inside.deleteNodes({
          *[Symbol.iterator]() {
            yield "a";
            throw new Error("stop");
          },
        }),
      { message: "stop" },
    );
    inside.addNode("person", { key: "e" });
  };
  const keys = () => client.values("SELECT key FROM nodes ORDER BY key").flat().join("");
  db.transaction((tx) => work(graph.in(tx)));
  assert.equal(keys(), "ae");
  graph.deleteNodes("ae".split(""));
  const tx = client.transaction();
  work(graph.in(tx));
  tx.commit();
  assert.equal(keys(), "ae");
});

test("a write inside a nested transaction is undone with that alone", (t) => {
  const { db, graph } = openGraph(t, Dependencies);
  db.transaction((tx) => {
    graph.in(tx).addNode("person", { key: "a" });
    assert.throws(() =>
      tx.transaction((nested) => {
        graph.in(nested).addNode("person", { key: "b" });
        nested.transaction((deeper) => graph.in(deeper).addNode("person", { key: "c" }));
        assert.equal(graph.in(nested).hasNode("c"), true);
        throw new Error("stop");
      }),
    );
    assert.deepEqual(
      [graph.in(tx).hasNode("a"), graph.in(tx).hasNode("b"), graph.in(tx).hasNode("c")],
      [true, false, false],
    );
    tx.transaction((nested) => graph.in(nested).addNode("person", { key: "d" }));
  });
  assert.deepEqual([graph.hasNode("a"), graph.hasNode("c"), graph.hasNode("d")], [true, false, true]);
});

test("the outer transaction is not written to while a nested one is open", (t) => {
  const { db, graph } = openGraph(t, Dependencies);
  db.transaction((tx) => {
    tx.transaction((nested) => {
      graph.in(nested).addNode("person", { key: "a" });
      assert.throws(() => graph.in(tx).addNode("person", { key: "b" }), OPEN);
    });
    graph.in(tx).addNode("person", { key: "c" });
  });
  assert.deepEqual([graph.hasNode("a"), graph.hasNode("b"), graph.hasNode("c")], [true, false, true]);
});

test("a write outside is refused while a transaction is open, and reads see what is committed", (t) => {
  const { db, client, graph, store } = openGraph(t, Dependencies);
  const refusals = () => {
    assert.throws(() => graph.addNode("person", {}), OPEN);
    assert.throws(() => graph.update({ name: "x" }), OPEN);
    assert.throws(() => graph.delete(), OPEN);
    assert.throws(() => store.createGraph(Dependencies, { name: "x" }), OPEN);
    assert.equal(store.register(Dependencies).outcome, "unchanged"); // only reads
    assert.equal(store.graph(graph.id).hasNode("a"), false);
  };
  db.transaction((tx) => {
    graph.in(tx).addNode("person", { key: "a" });
    refusals();
  });
  graph.deleteNode("a");
  const tx = client.transaction();
  graph.in(tx).addNode("person", { key: "a" });
  refusals();
  tx.rollback();
  graph.addNode("person", { key: "a" });
});

test("a graph inside an async transaction may be used across awaits", async (t) => {
  const { db, graph } = openGraph(t, Dependencies);
  const done = db.transaction(async (tx) => {
    const inside = graph.in(tx);
    inside.addNode("person", { key: "a" });
    await Promise.resolve();
    assert.throws(() => graph.addNode("person", { key: "b" }), OPEN);
    inside.addNode("person", { key: "c" });
    await tx.select().from(tenantSchema.nodes);
    return inside;
  });
  assert.equal(graph.hasNode("a"), false);
  assert.throws(() => graph.addNode("person", { key: "d" }), OPEN);
  const inside = await done;
  assert.deepEqual([graph.hasNode("a"), graph.hasNode("c")], [true, true]);
  assert.throws(() => inside.addNode("person", {}), FINISHED);
  await assert.rejects(
    db.transaction(async (tx) => {
      graph.in(tx).deleteNode("a");
      await Promise.resolve();
      throw new Error("stop");
    }),
    { message: "stop" },
  );
  assert.equal(graph.hasNode("a"), true);
});

test("in() refuses what is no transaction of this database", (t) => {
  const { db, client, graph, store } = openGraph(t, Dependencies);
  const other = openGraph(t, Dependencies);
  const refusal = (received: string) => ({
    name: "TypeError",
    message: `Cannot work in a transaction: tx must be the open transaction of this database: received ${received}`,
  });
  for (const wrong of [undefined, null, {}, client, db, "tx"]) {
    assert.throws(() => graph.in(wrong), refusal(typeof wrong));
    assert.throws(() => store.in(wrong), refusal(typeof wrong));
  }
  other.db.transaction((tx) => {
    assert.throws(() => graph.in(tx), refusal("one of another database"));
    assert.throws(() => graph.in(tx.$honkerTx), refusal("one of another database"));
  });
});

test("in() refuses nothing of a transaction that is over, whose every use throws", (t) => {
  const { db, client, graph } = openGraph(t, Dependencies);
  let kept: unknown;
  db.transaction((tx) => {
    kept = tx;
  });
  const over = client.transaction();
  over.rollback();
  for (const tx of [kept, over]) {
    const inside = graph.in(tx);
    assert.throws(() => inside.addNode("person", {}), FINISHED);
    assert.throws(() => inside.getNode("a"), FINISHED);
    assert.throws(() => inside.delete(), FINISHED);
  }
});

test("a file that is open twice has one transaction, which stores of both may use", (t) => {
  const { client, graph } = openGraph(t, Dependencies);
  const second = open(client.path);
  t.after(() => second.close());
  const same = createGraphStore(createTenantDatabase(second)).graph(graph.id, Dependencies);
  const tx = client.transaction();
  same.in(tx).addNode("person", { key: "a" });
  assert.throws(() => same.addNode("person", { key: "b" }), OPEN);
  tx.commit();
  assert.deepEqual([same.hasNode("a"), graph.hasNode("a")], [true, true]);
});

test("a constraint that ends the whole transaction leaves nothing behind", (t) => {
  const { db, client, graph } = openGraph(t, Dependencies);
  client.run("CREATE TRIGGER no_b BEFORE INSERT ON nodes WHEN NEW.key = 'b' BEGIN SELECT RAISE(ROLLBACK, 'no'); END");
  assert.throws(() => graph.addNodes([person("a"), person("b")]), /no/);
  assert.throws(() =>
    db.transaction((tx) => {
      graph.in(tx).addNode("person", { key: "a" });
      assert.throws(() => graph.in(tx).addNode("person", { key: "b" }), /no/);
      graph.in(tx).addNode("person", { key: "c" });
    }),
  );
  assert.deepEqual(client.values("SELECT key FROM nodes"), []);
  assert.equal(client.inTransaction, false);
  client.run("CREATE UNIQUE INDEX names ON nodes (attributes ->> 'name')"); // what others refuse is no taken key
  graph.addNode("person", { key: "a", attributes: { name: "A" } });
  assert.throws(() => graph.addNode("person", { key: "c", attributes: { name: "A" } }), {
    code: "SQLITE_CONSTRAINT_UNIQUE",
  });
});

test("a loop over nodes in a transaction may delete what it has not come to, and add more", (t) => {
  const { db, graph } = openGraph(t, Dependencies);
  const keys = Array.from({ length: 1000 }, (_, i) => `k${i}`);
  graph.addNodes(keys.map((key) => ({ type: "package", key, attributes: { license: "MIT" } })));
  db.transaction((tx) => {
    const inside = graph.in(tx);
    let seen = 0;
    for (const { key } of inside.nodes("package", { where: { license: "MIT" } })) {
      if (seen++ === 0) inside.deleteNodes(keys.slice(550, 950));
      inside.addNode("package", { key: `new ${key}`, attributes: { license: "MIT" } });
    }
    assert.ok(seen >= 600 && seen < 1000, `${seen}`);
    for (const { key } of inside.nodes()) inside.addNode("person", { key: `of ${key}` });
    assert.equal(inside.nodes("person").count(), 600 + seen);
  });
});

test("what a process writes to a graph is seen by others once it is committed", async (t) => {
  const { client, graph } = openGraph(t, Dependencies);
  const other = startChild(t, child, [client.path]);
  const call = async (...line: unknown[]) => {
    other.send(JSON.stringify(line));
    return JSON.parse(await other.nextLine()) as unknown;
  };
  assert.equal(JSON.parse(await other.nextLine()), "ready");
  await call("graph", graph.id);
  const tx = client.transaction();
  graph.in(tx).addNode("person", { key: "a" });
  assert.equal(await call("graph.hasNode", "a"), false);
  tx.commit();
  assert.equal(await call("graph.hasNode", "a"), true);
  assert.equal(await call("graph.addNode", "person", { key: "b" }), "b");
  assert.deepEqual(await call("graph.addNode", "person", { key: "a" }), { error: "ALREADY_EXISTS" });
  assert.equal(graph.hasNode("b"), true);
});
