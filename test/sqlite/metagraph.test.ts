import assert from "node:assert/strict";
import { test } from "node:test";
import { eq } from "drizzle-orm";
import { Metagraph, moduleToDbSchema } from "../../src/graphs/mod.ts";
import type { Database } from "../../src/honker/mod.ts";
import { createTenantDatabase, tenantSchema } from "../../src/sqlite/mod.ts";
import { type TestScope, temporaryDatabase } from "../support/temporary.ts";

const { graphTypes, nodeTypes, edgeTypes, graphs, nodes, edges } = tenantSchema;
const config = { type: "directed", multi: false, allowSelfLoops: false } as const;

/** A tenant file with one graph of the nodes a and b, joined by an edge. */
function graphDatabase(t: TestScope) {
  const client = temporaryDatabase(t);
  const db = createTenantDatabase(client);
  const type = db.insert(graphTypes).values({ name: "g", config }).returning().get();
  const graph = db.insert(graphs).values({ graphTypeId: type.id, name: "one" }).returning().get();
  const graphId = graph.id;
  db.insert(nodes)
    .values([
      { graphId, key: "a", type: "n" },
      { graphId, key: "b", type: "n" },
    ])
    .run();
  const edge = { graphId, type: "e", sourceNodeKey: "a", targetNodeKey: "b" };
  db.insert(edges).values(edge).run();
  return { client, db, type, graph, edge };
}

function refused(work: () => unknown, kind: string): void {
  assert.throws(work, { code: `SQLITE_CONSTRAINT_${kind}` });
}

function count(client: Database, table: string): unknown {
  return client.values(`SELECT count(*) FROM ${table}`)[0]?.[0];
}

test("a row gets a UUID of version 7, empty metadata and its times", (t) => {
  const before = Date.now();
  const { graph, type } = graphDatabase(t);
  assert.match(graph.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(type.id < graph.id, "ids sort by age");
  assert.deepEqual(graph.metadata, {});
  for (const time of [graph.createdAt, graph.updatedAt]) {
    assert.ok(time.getTime() >= before - 1 && time.getTime() <= Date.now(), time.toISOString());
  }
  assert.deepEqual([graph.status, graph.description, type.scope, type.version], ["draft", "", "system", 1]);
});

test("a row written by hand gets whole milliseconds and empty JSON", (t) => {
  const { client, graph } = graphDatabase(t);
  client.run("INSERT INTO nodes (id, graph_id, key, type) VALUES ('x', ?, 'x', 'n')", [graph.id]);
  const sql = `SELECT metadata, attributes, typeof(created_at), typeof(updated_at), abs(created_at - ?) < 60000
    FROM nodes WHERE id = 'x'`;
  assert.deepEqual(client.values(sql, [Date.now()]), [["{}", "{}", "integer", "integer", 1]]);
});

test("an update through Drizzle sets updated_at and leaves created_at", (t) => {
  const { client, db, graph } = graphDatabase(t);
  client.run("UPDATE graphs SET created_at = 5, updated_at = 5");
  db.update(graphs).set({ status: "active" }).where(eq(graphs.id, graph.id)).run();
  const row = db.select().from(graphs).get();
  assert.equal(row?.createdAt.getTime(), 5);
  assert.ok(row.updatedAt.getTime() > 5);
});

test("SQLite itself refuses unknown scopes, states, versions and flags", (t) => {
  const { client } = graphDatabase(t);
  refused(() => client.run("UPDATE graphs SET status = 'gone'"), "CHECK");
  refused(() => client.run("UPDATE graph_types SET scope = 'world'"), "CHECK");
  refused(() => client.run("UPDATE graph_types SET version = 0"), "CHECK");
  refused(() => client.run("UPDATE edges SET undirected = 2"), "CHECK");
});

test("a graph type is unique by name and version, and stays while it has graphs", (t) => {
  const { db, type } = graphDatabase(t);
  refused(() => db.insert(graphTypes).values({ name: "g", config }).run(), "UNIQUE");
  db.insert(graphTypes).values({ name: "g", config, version: 2 }).run();
  assert.throws(() => db.delete(graphTypes).where(eq(graphTypes.id, type.id)).run(), { code: /^SQLITE_CONSTRAINT/ });
  db.delete(graphTypes).where(eq(graphTypes.version, 2)).run();
});

test("an edge joins nodes of its own graph only", (t) => {
  const { db, graph, edge } = graphDatabase(t);
  const other = db.insert(graphs).values({ graphTypeId: graph.graphTypeId, name: "two" }).returning().get();
  refused(
    () =>
      db
        .insert(edges)
        .values({ ...edge, graphId: other.id })
        .run(),
    "FOREIGNKEY",
  );
  refused(
    () =>
      db
        .insert(edges)
        .values({ ...edge, targetNodeKey: "c" })
        .run(),
    "FOREIGNKEY",
  );
});

test("a key is unique in its graph, and any number of edges has none", (t) => {
  const { db, graph, edge } = graphDatabase(t);
  refused(() => db.insert(nodes).values({ graphId: graph.id, key: "a", type: "n" }).run(), "UNIQUE");
  db.insert(edges)
    .values([edge, edge, { ...edge, key: "k" }])
    .run();
  refused(
    () =>
      db
        .insert(edges)
        .values({ ...edge, key: "k" })
        .run(),
    "UNIQUE",
  );
});

test("an edge follows its nodes when they are renamed, self loops too, and goes with them", (t) => {
  const { client, db, edge } = graphDatabase(t);
  db.insert(edges)
    .values({ ...edge, targetNodeKey: "a" })
    .run();
  db.update(nodes).set({ key: "z" }).where(eq(nodes.key, "a")).run();
  const ends = client.values("SELECT source_node_key, target_node_key FROM edges ORDER BY 2");
  assert.deepEqual(ends, [
    ["z", "b"],
    ["z", "z"],
  ]);
  db.delete(nodes).where(eq(nodes.key, "z")).run();
  assert.equal(count(client, "edges"), 0);
});

test("a graph takes its nodes and edges along", (t) => {
  const { client, db } = graphDatabase(t);
  db.delete(graphs).run();
  assert.deepEqual([count(client, "nodes"), count(client, "edges")], [0, 0]);
});

test("the queries of a graph use its indexes", (t) => {
  const { client } = graphDatabase(t);
  const plan = (where: string) => String(client.values(`EXPLAIN QUERY PLAN SELECT * FROM ${where}`)[0]?.[3]);
  assert.match(plan("nodes WHERE graph_id = 1 AND type = 1"), /nodes_graph_type/);
  assert.match(plan("nodes WHERE graph_id = 1 AND key = 1"), /nodes_graph_key/);
  assert.match(plan("edges WHERE graph_id = 1 AND source_node_key = 1 AND type = 1"), /edges_graph_source \(/);
  assert.match(plan("edges WHERE graph_id = 1 AND target_node_key = 1"), /edges_graph_target \(/);
  assert.match(plan("graphs WHERE owner_id = 1"), /graphs_owner_project/);
  assert.match(plan("graphs WHERE project_id = 1"), /graphs_project/);
});

test("the rows of a module go into the tables as they are, and come back the same", (t) => {
  const { db } = graphDatabase(t);
  const rows = moduleToDbSchema(Metagraph);
  const { id: graphTypeId } = db.insert(graphTypes).values(rows.graphType).returning().get();
  db.insert(nodeTypes)
    .values(rows.nodeTypes.map((type) => ({ ...type, graphTypeId })))
    .run();
  db.insert(edgeTypes)
    .values(rows.edgeTypes.map((type) => ({ ...type, graphTypeId })))
    .run();
  const typeColumns = { name: true, description: true, schema: true, metadata: true } as const;
  const stored = db.query.graphTypes.findFirst({
    where: eq(graphTypes.id, graphTypeId),
    columns: { name: true, description: true, config: true, version: true, scope: true },
    with: {
      nodeTypes: { columns: typeColumns },
      edgeTypes: { columns: { ...typeColumns, allowedSourceTypes: true, allowedTargetTypes: true } },
    },
  });
  const { nodeTypes: storedNodes, edgeTypes: storedEdges, ...storedType } = stored.sync() ?? assert.fail();
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  assert.deepEqual(storedType, rows.graphType);
  assert.deepEqual(storedNodes.sort(byName), [...rows.nodeTypes].sort(byName));
  assert.deepEqual(storedEdges.sort(byName), [...rows.edgeTypes].sort(byName));
});

test("relations lead from a graph to its nodes and along its edges", (t) => {
  const { db } = graphDatabase(t);
  const graph = db.query.graphs.findFirst({
    with: { graphType: true, nodes: { with: { outgoing: true, incoming: true } } },
  });
  const { graphType, nodes: found } = graph.sync() ?? assert.fail();
  assert.equal(graphType.name, "g");
  const links = found.map(({ key, outgoing, incoming }) => [key, outgoing.length, incoming.length]);
  assert.deepEqual(links.sort(), [
    ["a", 1, 0],
    ["b", 0, 1],
  ]);
  const edge = db.query.edges.findFirst({ with: { source: true, target: true } }).sync();
  assert.deepEqual([edge?.source.key, edge?.target.key], ["a", "b"]);
});

test("a walk along edges of any type reads an index only", (t) => {
  const { client } = graphDatabase(t);
  for (const [from, to] of [
    ["source", "target"],
    ["target", "source"],
  ]) {
    const columns = `${to}_node_key, type, undirected`;
    const sql = `EXPLAIN QUERY PLAN SELECT ${columns} FROM edges WHERE graph_id = ? AND ${from}_node_key = ?`;
    assert.match(
      String(client.values(sql, ["g", "a"])[0]?.[3]),
      new RegExp(`USING COVERING INDEX edges_graph_${from} `),
    );
  }
});

test("an anonymous edge is in no index of keys", (t) => {
  const { client } = graphDatabase(t);
  const plan = client.values("EXPLAIN QUERY PLAN SELECT * FROM edges WHERE graph_id = ? AND key = ?", ["g", "k"]);
  assert.match(String(plan[0]?.[3]), /USING INDEX edges_graph_key \(graph_id=\? AND key=\?\)/);
  const [index] = client.values("SELECT sql FROM sqlite_schema WHERE name = 'edges_graph_key'");
  assert.match(String(index?.[0]), /WHERE "edges"\."key" is not null$/);
});

test("JSON columns take JSON only", (t) => {
  const { client } = graphDatabase(t);
  for (const statement of [
    "UPDATE nodes SET attributes = 'no'",
    "UPDATE edges SET attributes = '{'",
    "UPDATE graph_types SET config = ''",
  ]) {
    refused(() => client.run(statement), "CHECK");
  }
});
