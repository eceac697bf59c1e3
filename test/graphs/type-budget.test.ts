import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(ROOT, "node_modules/.bin/tsc");

/** What one more node type, with a quarter of an edge type and a use of each function, may cost. */
const BUDGET = { types: 400, instantiations: 3000 };

const directory = mkdtempSync(join(tmpdir(), "type-budget-"));
after(() => rmSync(directory, { recursive: true }));
symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));

/** A program with a graph type of so many node types, and a quarter as many edge types, that uses each of them. */
function program(nodeTypes: number): string {
  const nodes = Array.from({ length: nodeTypes }, (_, i) => `n${i}`);
  const edges = Array.from({ length: nodeTypes / 4 }, (_, i) => `e${i}`);
  const to = (i: number) => `n${(i * 7) % nodeTypes}`;
  return `
import { Type } from "@sinclair/typebox";
import {
  type AttributePath, defineGraph, type EdgeAttributes, type NodeAttributes, validateEdge, validateNode,
} from "${ROOT}src/graphs/mod.ts";
import type { Graph } from "${ROOT}src/sqlite/graphs/graph.ts";

const Big = defineGraph({
  name: "big",
  version: 1,
  config: { type: "directed", multi: false, allowSelfLoops: false },
  nodes: {
${nodes.map((name, i) => `    ${name}: Type.Object({ id: Type.String(), of${i}: Type.Integer(), state: Type.Union([Type.Literal("on"), Type.Literal("off")]), inner: Type.Object({ size: Type.Number() }), tags: Type.Optional(Type.Array(Type.String())) }),`).join("\n")}
  },
  edges: {
${edges.map((name, i) => `    ${name}: { attributes: Type.Object({ weight${i}: Type.Number() }), from: ["n${i}"], to: ["${to(i)}"] },`).join("\n")}
  },
  indexes: { nodes: { ${nodes.map((name) => `${name}: ["inner.size"]`).join(", ")} } },
  keys: { ${nodes.map((name) => `${name}: "id"`).join(", ")} },
  transitions: { ${nodes.map((name) => `${name}: { attribute: "state", allowed: { on: ["off"] } }`).join(", ")} },
});
declare const graph: Graph<typeof Big>;

${nodes
  .map(
    (name, i) => `
export const of${i}: NodeAttributes<typeof Big, "${name}">["of${i}"] = 1;
export const path${i}: AttributePath<NodeAttributes<typeof Big, "${name}">> = "inner.size";
validateNode(Big, "${name}", {}).inner.size.toFixed();
graph.addNode("${name}", { attributes: { id: "k", of${i}: 1, state: "on", inner: { size: 1 } } });
// @ts-expect-error: no such attribute
graph.addNode("${name}", { attributes: { id: "k", of${i}: 1, state: "on", inner: { size: 1 }, other: 1 } });
// @ts-expect-error: an attribute of another type
graph.addNode("${name}", { attributes: { id: "k", of${i}: "1", state: "on", inner: { size: 1 } } });`,
  )
  .join("\n")}
${edges
  .map(
    (name, i) => `
export const weight${i}: EdgeAttributes<typeof Big, "${name}">["weight${i}"] = 1;
validateEdge(Big, "${name}", {}, { sourceType: "n${i}", targetType: "${to(i)}" }).weight${i}.toFixed();
graph.addEdge("${name}", { source: "a", target: "b", attributes: { weight${i}: 1 } });
// @ts-expect-error: an attribute is required
graph.addEdge("${name}", { source: "a", target: "b" });`,
  )
  .join("\n")}
`;
}

/** What the project's compiler needs for the program; one thread, so that the counts are the same in every run. */
function costOf(nodeTypes: number): { types: number; instantiations: number } {
  const output = compile(`types-${nodeTypes}`, program(nodeTypes));
  const count = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(output)?.[1]);
  return { types: count("Types"), instantiations: count("Instantiations") };
}

/** What the compiler prints of the program. @throws {Error} If the program has an error. */
function compile(name: string, text: string): string {
  const file = join(directory, `${name}.mts`);
  const config = join(directory, `${name}.json`);
  const compilerOptions = { rewriteRelativeImportExtensions: false, typeRoots: [join(ROOT, "node_modules/@types")] };
  writeFileSync(file, text);
  writeFileSync(
    config,
    JSON.stringify({ extends: join(ROOT, "tsconfig.json"), files: [file], include: [], compilerOptions }),
  );
  const options = ["-p", config, "--noEmit", "--extendedDiagnostics", "--singleThreaded"];
  return execFileSync(TSC, options, { encoding: "utf8" });
}

test("a graph type of 200 node types and 50 edge types stays within the budget of types", () => {
  const small = costOf(40);
  const large = costOf(200);
  const types = (large.types - small.types) / 160;
  const instantiations = (large.instantiations - small.instantiations) / 160;
  assert.ok(types < BUDGET.types, `${types} types for each node type`);
  assert.ok(instantiations < BUDGET.instantiations, `${instantiations} instantiations for each node type`);
});
