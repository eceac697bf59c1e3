/**
 * A process that has the graph store of a tenant file open: each line on stdin is a JSON array of a method's name and its
 * arguments, each answer a line of JSON. `graph` opens a graph; methods of it have the prefix `graph.`.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open } from "../../../../src/honker/mod.ts";
import type { Graph } from "../../../../src/sqlite/graphs/graph.ts";
import { createGraphStore } from "../../../../src/sqlite/graphs/graph-store.ts";
import { createTenantDatabase } from "../../../../src/sqlite/mod.ts";
import { Dependencies } from "../fixture.ts";

type Call = (...args: unknown[]) => unknown;

const [path = "", options = "{}"] = process.argv.slice(2);
const store = createGraphStore(createTenantDatabase(open(path)), JSON.parse(options));
let graph: Graph | undefined;

const commands: Record<string, Call> = {
  register: () => store.register(Dependencies),
  graph: (id) => {
    graph = store.graph(id as string);
  },
};

console.log('"ready"');
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...args] = JSON.parse(line) as [string, ...unknown[]];
  try {
    const methods = graph as unknown as Record<string, Call> | undefined;
    const call = commands[name] ?? methods?.[name.slice("graph.".length)]?.bind(graph);
    console.log(JSON.stringify(call?.(...args) ?? null));
  } catch (error) {
    console.log(JSON.stringify({ error: (error as { code?: string }).code ?? String(error) }));
  }
}
