/**
 * Imports without end into a graph, and says "dropped" once many rows are written, without their indexes.
 *
 * Arguments: the path of the file, the id of the graph, and which of its lists has no end: `nodes` or `edges`.
 *
 * @module
 */
import { open } from "../../../../src/honker/mod.ts";
import { createGraphStore } from "../../../../src/sqlite/graphs/graph-store.ts";
import { createTenantDatabase } from "../../../../src/sqlite/mod.ts";

const [path, id, endless] = process.argv.slice(2) as [string, string, "nodes" | "edges"];
const store = createGraphStore(createTenantDatabase(open(path)));
const MANY = 150_000;

store.graph(id).import(
  {
    nodes: rows(endless === "nodes", (i) => ({ type: "n", key: `new${i}` })),
    edges: rows(endless === "edges", (i) => ({ type: "e", source: `new${i}`, target: `new${i + 1}` })),
  },
  { onProgress: (counts) => counts[endless] === MANY && console.log("dropped") },
);

function* rows<Row>(isEndless: boolean, row: (i: number) => Row): Iterable<Row> {
  for (let i = 0; isEndless || i < 10; i++) yield row(i);
}
