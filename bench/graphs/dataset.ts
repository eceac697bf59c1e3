import { Type } from "@sinclair/typebox";
import { type CallGraph, defineGraph, type NodeAttributes } from "../../src/graphs/mod.ts";

/** The graph type of the large graph: packages that depend on others. */
export const Dependencies = defineGraph({
  name: "dependencies",
  version: 1,
  config: { type: "directed", multi: false, allowSelfLoops: false },
  nodes: { package: Type.Object({ name: Type.String(), license: Type.String(), size: Type.Integer() }) },
  edges: {
    depends_on: {
      attributes: Type.Object({ range: Type.String(), optional: Type.Boolean(), since: Type.String() }),
      from: ["package"],
      to: ["package"],
    },
  },
});

/** How many edges leave a node, in turns: three on average. */
const OUT_DEGREES = [3, 0, 5, 1, 6, 2, 4];

/** The key of the node that comes as number `i`: in no order, as names are. */
export function keyOf(i: number): string {
  return `p${(Math.imul(i, 2654435761) >>> 0).toString(36)}`; // by an odd number: each gives another
}

export function* packages(count: number) {
  for (let i = 0; i < count; i++) {
    yield {
      type: "package",
      key: keyOf(i),
      attributes: { name: `the package ${i}`, license: "MIT", size: i },
    } as const;
  }
}

/** Grouped by their source, as exports are. A few packages are depended on by many others, most by one or two. */
export function* dependencies(count: number) {
  const random = randomNumbers(1);
  const targets: number[] = [];
  for (let i = 0; i < count; i++) {
    const source = keyOf(i);
    const degree = Math.min(OUT_DEGREES[i % OUT_DEGREES.length]!, count - 1);
    targets.length = 0;
    while (targets.length < degree) {
      const target = Math.floor(count * random() * random());
      if (target === i || targets.includes(target)) continue;
      targets.push(target);
      const attributes = { range: `^${target % 9}.${i % 20}.0`, optional: i % 10 === 0, since: "2024-01-01" };
      yield { type: "depends_on", source, target: keyOf(target), attributes } as const;
    }
  }
}

/** Calls in trees: each of eight hundred begins with one that nothing has triggered. */
export const CALLS_A_TREE = 800;
export const FIRST_START_MS = 1_700_000_000_000;

export function* calls(count: number) {
  for (let i = 0; i < count; i++) {
    const parent = parentOf(i);
    const attributes: NodeAttributes<typeof CallGraph, "call"> = {
      requestId: callId(i),
      operationId: `files/read${i % 50}`,
      status: statusOf(i),
      input: { path: `/home/user/documents/${i}.txt`, encoding: "utf-8" },
      output: { size: i, ok: true },
      identity: { id: `account-${i % 100}`, scopes: ["read", "write"] },
      startedAt: FIRST_START_MS + i,
      completedAt: FIRST_START_MS + i + 50,
      ...(parent !== undefined && { parentRequestId: callId(parent) }),
    };
    yield { type: "call", attributes } as const;
  }
}

export function* triggers(count: number) {
  for (let i = 0; i < count; i++) {
    const parent = parentOf(i);
    if (parent !== undefined) yield { type: "triggered", source: callId(parent), target: callId(i) } as const;
  }
}

export function callId(i: number): string {
  return `request-${(Math.imul(i, 2654435761) >>> 0).toString(16).padStart(8, "0")}`;
}

/** Numbers in [0, 1), the same for one seed (the generator of Numerical Recipes). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Of five hundred, one is pending, nine have failed, and the others are done. */
function statusOf(i: number) {
  if (i % 500 === 0) return "pending";
  return i % 50 === 0 ? "failed" : "completed";
}

/** Trees of three children each. */
function parentOf(i: number): number | undefined {
  const root = i - (i % CALLS_A_TREE);
  return i === root ? undefined : root + Math.floor((i - root - 1) / 3);
}
