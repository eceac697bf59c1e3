import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const HEAP_MIB = 64;

test("a graph larger than the heap is written and read", { timeout: 120_000 }, async () => {
  const script = fileURLToPath(new URL("child/large-graph.ts", import.meta.url));
  const flags = [
    "--experimental-strip-types",
    "--disable-warning=ExperimentalWarning",
    `--max-old-space-size=${HEAP_MIB}`,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script]);
  const { readNodes, readEdges, characters } = JSON.parse(stdout) as Record<string, number>;
  assert.deepEqual({ readNodes, readEdges }, { readNodes: 1_000_000, readEdges: 200_000 });
  assert.ok(characters! > HEAP_MIB * 2 ** 20, `${characters} characters`);
});
