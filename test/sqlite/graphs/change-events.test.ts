import assert from "node:assert/strict";
import { test } from "node:test";
import { AclGraph } from "../../../src/graphs/mod.ts";
import type { GraphEvents } from "../../../src/sqlite/graphs/change-publisher.ts";
import { startChild } from "../../support/child.ts";
import { Dependencies, openGraph, type openStore } from "./fixture.ts";

const child = new URL("child/store.ts", import.meta.url);

type Client = ReturnType<typeof openStore>["client"];
type Change = [name: string, payload: Record<string, unknown>];

/** What was told since the last look, oldest first. */
function listen(client: Client, events: GraphEvents): () => Change[] {
  const notify = "SELECT id, channel, payload FROM _honker_notifications WHERE id > ? ORDER BY id";
  const stream =
    "SELECT offset, key, payload FROM _honker_stream WHERE topic = 'changes' AND offset > ? ORDER BY offset";
  let last = 0;
  return () =>
    client.values(events === "notify" ? notify : stream, [last]).map(([id, name, payload]) => {
      last = id as number;
      return [name as string, JSON.parse(payload as string)];
    });
}

for (const events of ["notify", { stream: "changes" }] as const) {
  const by = events === "notify" ? "by notify" : "in a stream";

  test(`each write tells of its changes in their order, ${by}`, (t) => {
    const { graph, client } = openGraph(t, Dependencies, { events });
    const told = listen(client, events);
    const graphId = graph.id;
    assert.deepEqual(told(), [["graphs:created", { graphId, key: null, type: "dependencies" }]]);
    const node = (key: string, type = "package") => ({ graphId, key, type });

    graph.addNodes([
      { type: "package", key: "a", attributes: { license: "secret" } },
      { type: "person", key: "p", metadata: { secret: 1 } },
    ]);
    assert.deepEqual(told(), [
      ["nodes:created", node("a")],
      ["nodes:created", node("p", "person")],
    ]);
    graph.updateNode("package", { key: "a", attributes: { size: 5 } });
    graph.replaceNode("person", { key: "p", attributes: {} });
    graph.upsertNode("person", { key: "p", attributes: {} });
    graph.upsertNode("package", { key: "b", attributes: { license: "secret" } });
    assert.deepEqual(told(), [
      ["nodes:updated", node("a")],
      ["nodes:updated", node("p", "person")],
      ["nodes:updated", node("p", "person")],
      ["nodes:created", node("b")],
    ]);
    graph.renameNode("b", "c");
    assert.deepEqual(told(), [["nodes:updated", { ...node("c"), previousKey: "b" }]]);

    const edge = (key: string | null, id: string, type = "depends_on") => ({ graphId, key, type, id });
    const id = graph.addEdge("depends_on", { source: "a", target: "c", attributes: { range: "secret" } });
    const [upserted = ""] = graph.upsertEdges([{ type: "maintains", key: "pa", source: "p", target: "a" }]);
    assert.deepEqual(told(), [
      ["edges:created", edge(null, id)],
      ["edges:created", edge("pa", upserted, "maintains")],
    ]);
    graph.updateEdge("depends_on", { edge: { id }, attributes: { dev: true } });
    graph.replaceEdge("maintains", { edge: "pa", attributes: {} });
    graph.upsertEdge("maintains", { key: "pa", source: "p", target: "a" });
    graph.renameEdge({ id }, "ac");
    graph.renameEdge("ac", "k");
    assert.deepEqual(told(), [
      ["edges:updated", edge(null, id)],
      ["edges:updated", edge("pa", upserted, "maintains")],
      ["edges:updated", edge("pa", upserted, "maintains")],
      ["edges:updated", { ...edge("ac", id), previousKey: null }],
      ["edges:updated", { ...edge("k", id), previousKey: "ac" }],
    ]);
    graph.deleteEdges(["k", "none"]);
    assert.deepEqual(told(), [["edges:deleted", edge("k", id)]]);

    graph.update({ name: "new" });
    graph.archive();
    graph.activate();
    const whole = { graphId, key: null, type: "dependencies" };
    assert.deepEqual(told(), Array(3).fill(["graphs:updated", whole]));
    graph.delete();
    graph.delete();
    assert.deepEqual(told(), [["graphs:deleted", whole]]); // what was in it needs no word
  });

  test(`the deletion of a node tells of its edges, each once, ${by}`, (t) => {
    const { graph, client } = openGraph(t, Dependencies, { events });
    const graphId = graph.id;
    graph.addNodes(["a", "b", "c"].map((key) => ({ type: "package", key, attributes: { license: "" } }) as const));
    const ids = graph.addEdges(
      ["ab", "ba", "bc"].map((key) => {
        const [source = "", target = ""] = key;
        return { type: "depends_on", key, source, target, attributes: { range: "" } } as const;
      }),
    );
    const told = listen(client, events);
    told();
    graph.deleteNodes(["none", "a", "b", "a"]);
    const edge = (key: string, i: number) => ["edges:deleted", { graphId, key, type: "depends_on", id: ids[i] }];
    const node = (key: string) => ["nodes:deleted", { graphId, key, type: "package" }];
    assert.deepEqual(told(), [edge("ab", 0), edge("ba", 1), node("a"), edge("bc", 2), node("b")]);
  });

  test(`nothing is told of what is refused or rolled back, ${by}`, (t) => {
    const { graph, client, db } = openGraph(t, Dependencies, { events });
    const told = listen(client, events);
    told();
    const twice = ["a", "a"].map((key) => ({ type: "person", key }) as const);
    assert.throws(() => graph.addNodes(twice), { code: "ALREADY_EXISTS" });
    assert.throws(() => graph.renameNode("a", "b"), { code: "NOT_FOUND" });
    assert.throws(() =>
      db.transaction((tx) => {
        graph.in(tx).addNode("person", { key: "a" });
        throw new Error("stop");
      }),
    );
    assert.deepEqual(told(), []);
    db.transaction((tx) => {
      graph.in(tx).addNode("person", { key: "b" });
      assert.throws(() => graph.in(tx).addNodes(twice), { code: "ALREADY_EXISTS" });
      assert.deepEqual(told(), []); // not before the commit
    });
    assert.deepEqual(told(), [["nodes:created", { graphId: graph.id, key: "b", type: "person" }]]);
    const tx = client.transaction();
    graph.in(tx).deleteNode("b");
    tx.commit();
    assert.deepEqual(told(), [["nodes:deleted", { graphId: graph.id, key: "b", type: "person" }]]);
  });
}

test("a store without events tells nothing", (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  graph.addNode("person", { key: "a" });
  graph.delete();
  for (const events of ["notify", { stream: "changes" }] as const) assert.deepEqual(listen(client, events)(), []);
});

test("the changes of an access control graph are told on a channel of their own, whatever the store says", (t) => {
  for (const events of [undefined, { stream: "changes" }] as const) {
    const { graph, client, store } = openGraph(t, AclGraph, events && { events });
    store.register(Dependencies);
    const told = listen(client, "notify");
    told();
    graph.addNodes(
      ["x", "y"].map((resourceId) => ({ type: "resource", attributes: { resourceType: "t", resourceId } }) as const),
    );
    assert.deepEqual(told(), [["acl:changed", { graphId: graph.id }]]); // once a write
    graph.archive();
    store.createGraph(Dependencies, { name: "g" }).addNode("person", {});
    assert.deepEqual(told(), [["acl:changed", { graphId: graph.id }]]);
  }
});

test("another process hears of a change", async (t) => {
  const { graph, client } = openGraph(t, Dependencies);
  const changes = client.listen("nodes:created");
  const events = client.stream("changes").subscribe("test");
  for (const options of [{ events: "notify" }, { events: { stream: "changes" } }]) {
    const other = startChild(t, child, [client.path, JSON.stringify(options)]);
    assert.equal(await other.nextLine(), '"ready"');
    other.send(JSON.stringify(["graph", graph.id]));
    await other.nextLine();
    const key = JSON.stringify(options);
    other.send(JSON.stringify(["graph.addNode", "person", { key }]));
    const next = options.events === "notify" ? await changes.next() : await events.next();
    assert.deepEqual((next.value as { payload: unknown }).payload, { graphId: graph.id, key, type: "person" });
  }
});
