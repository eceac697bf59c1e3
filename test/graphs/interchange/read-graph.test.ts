import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ReadSerializedGraphOptions, readSerializedGraph } from "../../../src/graphs/interchange/read-graph.ts";
import { writeSerializedGraph } from "../../../src/graphs/interchange/write-graph.ts";
import { Graph } from "../../support/graphology.ts";
import { ALL_OPTIONS, randomGraph } from "./random-graphs.ts";
import { readAll } from "./read-all.ts";

const RUNS = 60;

for (const options of ALL_OPTIONS) {
  test(`readSerializedGraph() reads what graphology exports of a graph with ${JSON.stringify(options)}`, async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph(options), fc.constantFrom(undefined, 2), async (graph, indent) => {
        const exported = graph.export();
        const whole = await readAll(JSON.stringify(graph, null, indent));
        assert.deepEqual(whole, exported);
        assert.deepEqual(Graph.from(whole as never).export(), exported);
        assert.deepEqual(await readAll(writeSerializedGraph(exported)), exported);
      }),
      { numRuns: RUNS },
    );
  });
}

test("readSerializedGraph() takes text and bytes, whole or in chunks, from iterables and streams", async () => {
  const text = '{"nodes":[{"key":"é😀"},{"key":"b"}],"edges":[{"source":"b","target":"é😀"}]}';
  const bytes = new TextEncoder().encode(text);
  const wanted = JSON.parse(text);
  async function* slowly() {
    for (const byte of bytes) {
      await Promise.resolve();
      yield Uint8Array.of(byte);
    }
  }
  const sources = [text, bytes, Buffer.from(bytes), [text], [bytes], slowly(), new Blob([bytes]).stream(), [...text]];
  for (const source of sources) assert.deepEqual(await readAll(source), wanted);
  assert.deepEqual(await readAll([text.slice(0, 30), bytes.subarray(Buffer.byteLength(text.slice(0, 30)))]), wanted);
});

test("readSerializedGraph() reads members in any order that has nodes before edges, and tells them in that order", async () => {
  const text = '{"attributes":{"a":1},"nodes":[{"key":"n"}],"edges":[{"source":"n","target":"n"}],"options":{}}';
  const kinds: string[] = [];
  for await (const part of readSerializedGraph(text)) kinds.push(part.kind);
  assert.deepEqual(kinds, ["attributes", "nodes", "edges", "options"]);
});

test("readSerializedGraph() fills in graphology's options, and tells nothing of members that are missing", async () => {
  assert.deepEqual(await readAll('{"options":{}}'), { options: new Graph().export().options, nodes: [], edges: [] });
  assert.deepEqual(await readAll(" \t\r\n{ } \n"), { nodes: [], edges: [] });
  assert.deepEqual(await readAll('{"nodes":[ ],"edges":[]}'), { nodes: [], edges: [] });
});

test("readSerializedGraph() accepts a byte order mark, as text and as bytes in any chunks", async () => {
  const text = '\uFEFF{"nodes":[{"key":"a"}]}';
  const wanted = { nodes: [{ key: "a" }], edges: [] };
  assert.deepEqual(await readAll(text), wanted);
  assert.deepEqual(await readAll(Array.from(new TextEncoder().encode(text), (byte) => Uint8Array.of(byte))), wanted);
  await assert.rejects(readAll(`\uFEFF${text}`), { code: "INVALID_GRAPH" });
});

test("readSerializedGraph() reads escaped names, and names that begin like a forbidden one", async () => {
  const text = String.raw`{"n\u006fdes":[{"k\u0065y":"__proto__","attributes":{"__proto":1,"a\"b\\":"\u005fx"}}]}`;
  assert.deepEqual(await readAll(text), {
    nodes: [{ key: "__proto__", attributes: { __proto: 1, 'a"b\\': "_x" } }],
    edges: [],
  });
});

test("readSerializedGraph() reads attributes of 100 levels and refuses more", async () => {
  const nest = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const node = (levels: number) => `{"nodes":[{"key":"b"},{"key":"a","attributes":${nest(levels)}}]}`;
  const { nodes } = await readAll(node(100));
  assert.equal(JSON.stringify(nodes[1]?.attributes), nest(100));
  assert.equal((await readAll(writeSerializedGraph({ nodes, edges: [] }))).nodes.length, 2);
  for (const levels of [102, 100_000]) {
    await assert.rejects(readAll(node(levels)), {
      message: "Cannot read a graph: at most 102 levels is wanted at nodes[1]: received more",
    });
  }
  await assert.rejects(readAll(`{"attributes":${nest(103)}}`), {
    message: "Cannot read a graph: at most 102 levels is wanted at attributes: received more",
  });
});

test("readSerializedGraph() refuses an element beyond maxElementBytes before it is complete", async () => {
  let taken = 0;
  let closed = false;
  function* endless(start: string) {
    try {
      yield start;
      for (; taken < 1000; taken++) yield "x".repeat(1000);
    } finally {
      closed = true;
    }
  }
  const starts = {
    "nodes[1]": '{"nodes":[{"key":"a"},{"key":"',
    attributes: '{"attributes":{"a":"',
    "byte 0": '{"no',
  };
  for (const [place, start] of Object.entries(starts)) {
    taken = 0;
    await assert.rejects(readAll(endless(start), { maxElementBytes: 5000 }), {
      code: "INVALID_GRAPH",
      message: `Cannot read a graph: at most 5000 bytes is wanted at ${place}: received more`,
    });
    assert.ok(taken < 100, `${taken} chunks were taken`);
    assert.ok(closed);
  }
});

test("readSerializedGraph() measures each element, wherever blocks end", async () => {
  const graph = (size: number) => ({
    nodes: Array.from({ length: 300 }, (_, i) => ({ key: "k".repeat(i === 271 ? size : 990) })),
    edges: [],
  });
  const maxElementBytes = '{"key":""}'.length + 1000;
  assert.equal((await readAll(JSON.stringify(graph(1000)), { maxElementBytes })).nodes.length, 300);
  await assert.rejects(readAll(JSON.stringify(graph(1001)), { maxElementBytes }), { message: /at nodes\[271\]/ });
});

test("readSerializedGraph() takes no chunk before all parts of the former were taken", async () => {
  let taken = 0;
  async function* source() {
    yield '{"nodes":[{"key":"first"}';
    for (; taken < 1000; taken++) yield `,{"key":"${"k".repeat(1000)}"}`;
    yield "]}";
  }
  let read = 0;
  for await (const part of readSerializedGraph(source())) {
    if (part.kind !== "nodes") continue;
    read += part.nodes.length;
    assert.ok(taken - read < 2, `${taken} taken, ${read} read`);
    assert.ok(part.nodes.length < 70, `${part.nodes.length} at once`);
  }
  assert.equal(read, 1001);
});

test("readSerializedGraph() reads one chunk of any size in parts of bounded size", async () => {
  const text = JSON.stringify({ nodes: Array.from({ length: 50_000 }, (_, i) => ({ key: `é${i}` })) });
  for (const source of [text, new TextEncoder().encode(text)]) {
    let most = 0;
    let read = 0;
    for await (const part of readSerializedGraph(source)) {
      if (part.kind !== "nodes") continue;
      most = Math.max(most, part.nodes.length);
      read += part.nodes.length;
    }
    assert.equal(read, 50_000);
    assert.ok(most < 7000, `${most} at once`);
  }
});

test("readSerializedGraph() closes its source when the reader stops, and lets an error of the source through", async () => {
  let closed = false;
  async function* source(error?: Error) {
    try {
      yield `{"nodes":[${'{"key":"k"},'.repeat(10_000)}`;
      if (error !== undefined) throw error;
      for (;;) yield " ";
    } finally {
      closed = true;
    }
  }
  for await (const _ of readSerializedGraph(source())) break;
  assert.ok(closed);
  const error = new Error("the network is down");
  await assert.rejects(readAll(source(error)), error);
});

test("readSerializedGraph() refuses misuse at once", async () => {
  const options = (value: unknown) => () => readSerializedGraph("{}", value as ReadSerializedGraphOptions);
  assert.throws(options({ maxElementBites: 1 }), { message: /did you mean "maxElementBytes"/ });
  assert.throws(options({ maxElementBytes: 0 }), RangeError);
  for (const source of [undefined, null, 1, {}, new ArrayBuffer(1)]) {
    assert.throws(() => readSerializedGraph(source as never), {
      name: "TypeError",
      message: /^Cannot read a graph: the source must be text, bytes or an iterable of them: received /,
    });
  }
  for (const chunk of [undefined, null, 1, {}, new ArrayBuffer(1), ["{}"]]) {
    await assert.rejects(readAll([chunk] as never), {
      name: "TypeError",
      message: /^Cannot read a graph: a chunk must be text or bytes: received /,
    });
  }
});
