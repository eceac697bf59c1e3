/**
 * One call graph in one layout: `native` or `metagraph`, in a file of its own.
 *
 * Arguments: the layout, the path of the file and the number of calls. Answers the name of a work with microseconds.
 *
 * @module
 */
import { CallGraph } from "../../src/graphs/mod.ts";
import { open } from "../../src/honker/mod.ts";
import { createGraphStore, createTenantDatabase } from "../../src/sqlite/mod.ts";
import { serveWork } from "../support/variant.ts";
import { CALLS_A_TREE, callId, calls, FIRST_START_MS, randomNumbers, triggers } from "./dataset.ts";

interface Work {
  readonly repeat: number;
  readonly run: (random: () => number) => unknown;
}

const [layout, path, size] = process.argv.slice(2) as ["native" | "metagraph", string, string];
const count = Number(size);
const client = open(path);
const store = createGraphStore(createTenantDatabase(client));
store.register(CallGraph);
const graph = store.createGraph(CallGraph, { name: "calls", layout });
graph.import({ nodes: calls(count), edges: triggers(count) });
const some = (random: () => number) => Math.floor(random() * count);
const works: Readonly<Record<string, Work>> = {
  "call-filter": { repeat: 400, run: () => graph.nodes("call", { where: { status: "failed" }, limit: 100 }).all() },
  "call-children": {
    repeat: 4000,
    run: (random) => graph.neighbours(callId(some(random)), { direction: "out", edgeTypes: ["triggered"] }).all(),
  },
  "call-descendants": {
    repeat: 100,
    run(random) {
      const root = some(random);
      return graph.descendants(callId(root - (root % CALLS_A_TREE)), { maxDepth: 5 }).all();
    },
  },
  "call-scan": {
    repeat: 3,
    run: (random) => graph.nodes("call", { where: { completedAt: { gte: FIRST_START_MS + some(random) } } }).count(),
  },
  "call-update": {
    repeat: 1000,
    run(random) {
      const key = callId(some(random));
      return graph.updateNode("call", { key, attributes: { output: { ok: false } } });
    },
  },
};
let seed = 1; // in each round other calls, the same for both
for (const work of Object.values(works)) measure(work); // warm
await serveWork((name) => measure(works[name]!));
client.close();

/** Microseconds a repetition. */
function measure({ repeat: most, run }: Work): number {
  const repeat = Math.min(most, count);
  const random = randomNumbers(seed++);
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeat; i++) run(random);
  return Number(process.hrtime.bigint() - start) / 1000 / repeat;
}
