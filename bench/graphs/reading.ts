/**
 * Reads the large graph: `ours` through the graph store, `node:sqlite` by the same SQL written by hand.
 *
 * Arguments: the variant, the path of the file and the number of nodes. Answers the name of a work with microseconds.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { open } from "../../src/honker/mod.ts";
import { createGraphStore, createTenantDatabase } from "../../src/sqlite/mod.ts";
import { serveWork } from "../support/variant.ts";
import { Dependencies, keyOf, randomNumbers } from "./dataset.ts";

type Work = (key: string) => unknown;
type Works = Readonly<Record<string, Work>>;
type Row = [
  key: string,
  type: string,
  metadata: string,
  createdAt: number,
  updatedAt: number,
  attributes: string,
  depth?: number,
];

const REPEAT: Readonly<Record<string, number>> = {
  neighbours: 4000,
  "neighbours-keys": 8000,
  "hop-3": 300,
  "hop-3-keys": 600,
};
const [variant, path, nodes] = process.argv.slice(2) as [string, string, string];
const works = variant === "ours" ? openOurs() : openByHand();
const seeds = new Map<string, number>(); // in each round other nodes, the same for both
for (const name of Object.keys(works)) measure(name); // warm
await serveWork((name) => measure(name));

/** Microseconds for one node. */
function measure(name: string): number {
  const [work, repeat] = [works[name]!, Math.min(REPEAT[name]!, Number(nodes))];
  const seed = (seeds.get(name) ?? 0) + 1;
  seeds.set(name, seed);
  const random = randomNumbers(seed);
  const keys = Array.from({ length: repeat }, () => keyOf(Math.floor(random() * Number(nodes))));
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeat; i++) work(keys[i]!);
  return Number(process.hrtime.bigint() - start) / 1000 / repeat;
}

function openOurs(): Works {
  const store = createGraphStore(createTenantDatabase(open(path)));
  const graph = store.graph(store.listGraphs()[0]!.id, Dependencies);
  return {
    neighbours: (key) => graph.neighbours(key, { direction: "out" }).all(),
    "neighbours-keys": (key) => graph.neighbours(key, { direction: "out" }).keys(),
    "hop-3": (key) => graph.descendants(key, { maxDepth: 3 }).all(),
    "hop-3-keys": (key) => graph.descendants(key, { maxDepth: 3 }).keys(),
  };
}

function openByHand(): Works {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA cache_size = -32000");
  const id = db.prepare("SELECT id FROM graphs").get()!.id as string;
  const prepare = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const columns = "n.key, n.type, n.metadata, n.created_at, n.updated_at, n.attributes";
  const targets = "SELECT target_node_key AS key FROM edges WHERE graph_id = ? AND source_node_key = ?";
  const walk = `WITH RECURSIVE walk(key, depth) AS (
      VALUES (?, 0)
      UNION SELECT e.target_node_key, w.depth + 1
      FROM walk w CROSS JOIN edges e ON e.graph_id = ? AND e.source_node_key = w.key WHERE w.depth < 3),
    reached(key, depth) AS (SELECT key, min(depth) FROM walk GROUP BY key HAVING min(depth) > 0)`;
  const neighbours = prepare(
    `SELECT ${columns} FROM (${targets}) t CROSS JOIN nodes n ON n.graph_id = ? AND n.key = t.key ORDER BY n.key`,
  );
  const neighbourKeys = prepare(`${targets} ORDER BY key`);
  const reached = prepare(
    `${walk} SELECT ${columns}, r.depth FROM reached r CROSS JOIN nodes n ON n.graph_id = ? AND n.key = r.key ORDER BY r.depth`,
  );
  const reachedKeys = prepare(`${walk} SELECT key FROM reached ORDER BY depth`);
  const isThere = db.prepare("SELECT 1 FROM nodes WHERE graph_id = ? AND key = ?");
  /** Where nothing is found, it is looked whether the node is there at all, as ours does. */
  const rows = (statement: StatementSync, start: string, ...params: string[]) => {
    const found = statement.all(...params) as unknown as Row[];
    if (found.length === 0 && isThere.get(id, start) === undefined) throw new Error(`there is no node ${start}`);
    return found;
  };
  return {
    neighbours: (key) => rows(neighbours, key, id, key, id).map(decode),
    "neighbours-keys": (key) => rows(neighbourKeys, key, id, key).map(([name]) => name),
    "hop-3": (key) => rows(reached, key, key, id, id).map((row) => ({ ...decode(row), depth: row[6] })),
    "hop-3-keys": (key) => rows(reachedKeys, key, key, id).map(([name]) => name),
  };
}

function decode([key, type, metadata, createdAt, updatedAt, attributes]: Row): object {
  return {
    key,
    type,
    attributes: JSON.parse(attributes),
    metadata: metadata === "{}" ? {} : JSON.parse(metadata),
    createdAt,
    updatedAt,
  };
}
