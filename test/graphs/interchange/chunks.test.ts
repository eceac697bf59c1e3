import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createGraphParser } from "../../../src/graphs/interchange/graph-parser.ts";
import { makeBlocks } from "../../../src/graphs/interchange/json-blocks.ts";
import type { GraphPart } from "../../../src/graphs/interchange/serialized-graph.ts";
import { ALL_OPTIONS, randomGraph } from "./random-graphs.ts";
import { joinParts } from "./read-all.ts";

const graph = {
  options: { type: "mixed", multi: true, allowSelfLoops: false },
  attributes: { 'a"\\': ["}]", { "é:,": "\u0000\ud800" }], empty: {}, text: "\\" },
  nodes: [{ key: "\\" }, { key: '"' }, { key: "]", attributes: { "😀": "\\\\", deep: { a: [{ b: [[], {}] }] } } }],
  edges: [
    { source: "\\", target: '"', undirected: true, attributes: { x: null, y: [true, -1.5e-7] } },
    { key: "e,", source: "]", target: "\\" },
  ],
};
const texts = [JSON.stringify(graph), JSON.stringify(graph, null, "\t"), escapeAll(JSON.stringify(graph))];

test("createGraphParser() reads the same wherever its blocks are divided", () => {
  for (const text of texts) {
    const bytes = new TextEncoder().encode(text);
    const each = Array.from(bytes, (byte) => Uint8Array.of(byte));
    assert.deepEqual(parse(each), JSON.parse(text));
    for (let i = 0; i <= bytes.length; i++) {
      assert.deepEqual(parse([bytes.subarray(0, i), bytes.subarray(i)]), JSON.parse(text));
    }
  }
});

test("createGraphParser() keeps nothing of a block", () => {
  const bytes = new TextEncoder().encode(texts[0]);
  const block = new Uint8Array(7);
  function* reused() {
    for (let i = 0; i < bytes.length; i += block.length) {
      block.fill(0xff);
      block.set(bytes.subarray(i, i + block.length));
      yield block.subarray(0, bytes.length - i);
    }
  }
  assert.deepEqual(parse(reused()), graph);
});

test("createGraphParser() reads random graphs in random blocks", () => {
  const graphs = fc.constantFrom(...ALL_OPTIONS).chain(randomGraph);
  fc.assert(
    fc.property(graphs, fc.array(fc.nat(50), { minLength: 1 }), (graph, sizes) => {
      const bytes = new TextEncoder().encode(JSON.stringify(graph));
      function* blocks() {
        for (let from = 0, i = 0; from < bytes.length; i++) {
          const size = Math.max(1, sizes[i % sizes.length]!);
          yield bytes.subarray(from, from + size);
          from += size;
        }
      }
      assert.deepEqual(parse(blocks()), graph.export());
    }),
    { numRuns: 200 },
  );
});

test("createGraphParser() says that the text is not complete, wherever it ends", () => {
  const bytes = new TextEncoder().encode(texts[0]);
  for (let i = 0; i < bytes.length; i++) {
    assert.throws(() => parse([bytes.subarray(0, i)]), { message: /the rest of the graph is wanted at .*the end of/ });
  }
});

test("makeBlocks() makes UTF-8 of text divided anywhere, in blocks of one size", () => {
  const text = "aé€😀\u0000".repeat(3);
  for (let size = 5; size < 20; size++) {
    for (let i = 0; i <= text.length; i++) {
      assert.equal(blocksOf(size, [text.slice(0, i), text.slice(i)]), text, `${size} ${i}`);
    }
    assert.equal(blocksOf(size, text.split("")), text);
    const bytes = new TextEncoder().encode(text);
    for (let i = 0; i <= bytes.length; i++) {
      assert.equal(blocksOf(size, [bytes.subarray(0, i), bytes.subarray(i)]), text);
    }
  }
});

test("makeBlocks() refuses half of a surrogate pair", () => {
  const halves: (string | Uint8Array)[][] = [["\ud800"], ["a\udc00"], ["\ud800", "a"], ["\ud83d", new Uint8Array(1)]];
  for (const chunks of halves) {
    assert.throws(() => blocksOf(16, chunks), {
      code: "INVALID_GRAPH",
      message: "Cannot read a graph: Unicode is wanted at the text: received half of a surrogate pair",
    });
  }
});

function parse(blocks: Iterable<Uint8Array>) {
  const parser = createGraphParser(100_000);
  const parts: GraphPart[] = [];
  for (const block of blocks) parts.push(...parser.push(block));
  parser.end();
  return joinParts(parts);
}

function blocksOf(size: number, chunks: (string | Uint8Array)[]): string {
  const maker = makeBlocks(size);
  const made: Uint8Array[] = [];
  for (const chunk of chunks) for (const block of maker.add(chunk)) made.push(block.slice());
  for (const block of made) assert.ok(block.length <= size && block.length >= size - 3);
  made.push(maker.end().slice());
  return Buffer.concat(made).toString();
}

/** The same JSON with each letter of each text as an escape sequence. */
function escapeAll(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, (text) => {
    const units = (JSON.parse(text) as string).split("");
    return `"${units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;
  });
}
