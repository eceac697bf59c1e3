import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StorageError } from "../../../src/errors.ts";
import { ALL_OPTIONS, randomGraph } from "./random-graphs.ts";
import { readAll } from "./read-all.ts";

const refused: [name: string, text: string, place: string, wanted: string, received: string][] = [
  ["nothing", "", "byte 0", "the rest of the graph", "the end of the text"],
  ["space", "  \n", "byte 3", "the rest of the graph", "the end of the text"],
  ["other text", "graph", "byte 0", "an object", "other text"],
  ["a list", " []", "byte 1", "an object", "other text"],
  ["another space", "\u00a0{}", "byte 0", "an object", "other text"],
  ["text after the graph", "{} {}", "byte 3", "the end of the text", "more text"],
  ["a name without quotes", "{nodes:[]}", "byte 6", "JSON", "other text"],
  ["a name without colon", '{"nodes",[]}', "byte 8", "a name and a colon", "other text"],
  ["a name that is no text", "{1:[]}", "byte 2", "a name and a colon", "other text"],
  ["two colons", '{"nodes"::[]}', "nodes", "an array", "other text"],
  ["a comma first", "{,}", "byte 1", "a name and a colon", "other text"],
  ["a comma last", '{"nodes":[],}', "byte 12", "a name and a colon", "other text"],
  ["no comma", '{"nodes":[]"edges":[]}', "byte 11", "a comma or a closing brace", "other text"],
  ["a wrong bracket", '{"nodes":[]]', "byte 11", "a comma or a closing brace", "other text"],
  ["a wrong bracket after a value", '{"options":{}]', "byte 13", "a comma or a closing brace", "other text"],
  ["an unknown member", '{"links":[]}', "byte 8", "options, attributes, nodes or edges", '"links"'],
  ["__proto__", '{"__proto__":{}}', "byte 12", "options, attributes, nodes or edges", '"__proto__"'],
  ["a member twice", '{"nodes":[],"nodes":[]}', "byte 19", "each member once", '"nodes" twice'],
  ["edges first", '{"edges":[],"nodes":[]}', "byte 8", "nodes before edges", "edges first"],
  ["nodes that are no list", '{"nodes":{}}', "nodes", "an array", "other text"],
  ["edges that are no list", '{"nodes":[],"edges":null}', "edges", "an array", "other text"],
  ["options that are no object", '{"options":[]}', "options", "an object", "an array of 0"],
  ["options that are no JSON", '{"options":{1}}', "options", "JSON", "other text"],
  [
    "an unknown option",
    '{"options":{"acyclic":true}}',
    "options",
    "no option but type, multi, allowSelfLoops",
    '"acyclic"',
  ],
  [
    "an inherited option",
    '{"options":{"toString":1}}',
    "options",
    "no option but type, multi, allowSelfLoops",
    '"toString"',
  ],
  [
    "a wrong type",
    '{"options":{"type":"dag"}}',
    "options.type",
    "directed, undirected or mixed",
    "a string of 3 characters",
  ],
  ["a wrong option", '{"options":{"multi":0}}', "options.multi", "true or false", "an integer"],
  ["an option twice", '{"options":{"multi":true,"multi":true}}', "options", "each member once", "one twice"],
  ["attributes that are none", '{"attributes":null}', "attributes", "an object", "null"],
  ["__proto__ in attributes", '{"attributes":{"a":[{"__proto__":1}]}}', "attributes", "no member __proto__", "one"],
  ["an attribute twice, deep", '{"attributes":{"a":[{"b":1,"b":2}]}}', "attributes", "each member once", "one twice"],
  ...inNodes("no node", ",", "JSON", "other text"),
  ...inNodes("a comma last", '{"key":"c"},', "JSON", "other text", 1),
  ...inNodes("no comma between", '{"key":"c"} {"key":"d"}', "JSON", "other text"),
  ...inNodes("a colon between", '{"key":"c"}:{"key":"d"}', "a comma or a closing bracket after it", "other text"),
  ...inNodes("a wrong bracket", '{"key":"c"}}', "a comma or a closing bracket after it", "other text"),
  ...inNodes("brackets that do not fit", '{"key":["c"}]', "JSON", "other text"),
  ...inNodes("a line break in a text", '{"key":"c\n"}', "JSON", "other text"),
  ...inNodes("a wrong escape", String.raw`{"key":"\x"}`, "JSON", "other text"),
  ...inNodes("single quotes", "{'key':'c'}", "JSON", "other text"),
  ...inNodes("a comment", '/* c */{"key":"c"}', "JSON", "other text"),
  ...inNodes("NaN", '{"key":"c","attributes":{"a":NaN}}', "JSON", "other text"),
  ...inNodes("a leading zero", '{"key":"c","attributes":{"a":01}}', "JSON", "other text"),
  ...inNodes("null", "null", "an object", "null"),
  ...inNodes("a text", '"c"', "an object", "a string of 1 characters"),
  ...inNodes("a list", '["c"]', "an object", "an array of 1"),
  ...inNodes("a member twice", '{"key":"c","key":"c"}', "each member once", "one twice"),
  ...inNodes("a member twice, once escaped", '{"key":"c","k\\u0065y":"c"}', "each member once", "one twice"),
  ...inNodes("an attribute twice", '{"key":"c","attributes":{"a":1,"a":2}}', "each member once", "one twice"),
  ...inNodes("an unknown member", '{"key":"c","x":1}', "no member but key, attributes", '"x"'),
  ...inNodes("the member of an edge", '{"key":"c","source":"a"}', "no member but key, attributes", '"source"'),
  ...inNodes("__proto__", '{"key":"c","__proto__":{}}', "no member but key, attributes", '"__proto__"'),
  ...inNodes("an attribute __proto__", '{"key":"c","attributes":{"__proto__":1}}', "no member __proto__", "one"),
  ...inNodes("it escaped", '{"key":"c","attributes":{"_\\u005Fproto__":1}}', "no member __proto__", "one"),
  ...inNodes("it deep", '{"key":"c","attributes":{"a":[{"__proto__":1}]}}', "no member __proto__", "one"),
  ["a node without key", '{"nodes":[{}]}', "nodes[0].key", "text", "undefined"],
  ["a number as key", '{"nodes":[{"key":1}]}', "nodes[0].key", "text", "an integer"],
  ["null as attributes", '{"nodes":[{"key":"a","attributes":null}]}', "nodes[0].attributes", "an object", "null"],
  [
    "a list as attributes",
    '{"nodes":[{"key":"a","attributes":[]}]}',
    "nodes[0].attributes",
    "an object",
    "an array of 0",
  ],
  ["an edge without ends", '{"nodes":[],"edges":[{"key":"e"}]}', "edges[0].source", "text", "undefined"],
  ["an edge without target", '{"nodes":[],"edges":[{"source":"a"}]}', "edges[0].target", "text", "undefined"],
  ["an edge with null as key", edge('"key":null'), "edges[0].key", "text", "null"],
  ["an edge with attributes that are none", edge('"attributes":1'), "edges[0].attributes", "an object", "an integer"],
  ["an edge with a wrong direction", edge('"undirected":null'), "edges[0].undirected", "true or false", "null"],
  ["an edge with a member twice", edge('"source":"a"'), "edges[0]", "each member once", "one twice"],
  [
    "an edge with an unknown member",
    edge('"id":1'),
    "edges[0]",
    "no member but key, source, target, attributes, undirected",
    '"id"',
  ],
  ["an edge that is none", '{"nodes":[],"edges":[[]]}', "edges[0]", "an object", "an array of 0"],
];

for (const [name, text, place, wanted, received] of refused) {
  test(`readSerializedGraph() refuses ${name}: ${text.slice(0, 50)}`, async () => {
    await assert.rejects(readAll(text), {
      code: "INVALID_GRAPH",
      message: `Cannot read a graph: ${wanted} is wanted at ${place}: received ${received}`,
      details: { rule: "format", place, wanted, received },
    });
  });
}

test("readSerializedGraph() refuses what is no UTF-8, with its place", async () => {
  const bad = [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]];
  for (const bytes of bad) {
    const text = Buffer.from('{"attributes":{},"nodes":[{"key":"a"},{"key":"?"},{"key":"c"}]}');
    const at = text.indexOf("?");
    for (const [place, start] of [
      ["nodes[1]", text.subarray(0, at)],
      ["attributes", Buffer.from('{"attributes":{"')],
    ] as const) {
      await assert.rejects(readAll([start, Uint8Array.from(bytes), text.subarray(at + 1)]), {
        message: `Cannot read a graph: UTF-8 is wanted at ${place}: received other bytes`,
      });
    }
  }
});

test("readSerializedGraph() says which element is wrong in a long list", async () => {
  const nodes = Array.from({ length: 20_000 }, (_, i) => `{"key":${i === 12_345 ? i : `"${i}"`}}`);
  await assert.rejects(readAll(`{"nodes":[${nodes}]}`), { message: /text is wanted at nodes\[12345\]\.key:/ });
});

test("readSerializedGraph() says nothing of the content", async () => {
  const secret = "hunter2";
  for (const text of [
    `{"nodes":[{"key":"a","attributes":{"p":"${secret}" x}}]}`,
    `{"nodes":[{"key":{"p":"${secret}"}}]}`,
  ]) {
    await assert.rejects(
      readAll(text),
      (error: StorageError) => !JSON.stringify([error, error.stack, error.cause]).includes(secret),
    );
  }
});

test("readSerializedGraph() reads what JSON.parse reads, or refuses, whatever was done to the text", async () => {
  const graphs = fc.constantFrom(...ALL_OPTIONS).chain(randomGraph);
  const cut = fc.record({
    at: fc.nat(),
    length: fc.nat(3),
    put: fc.constantFrom("", ...'"\\{}[],:_ 0\n', '"a":1,', "{}", "null", "é"),
  });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(graphs, fc.array(cut, { minLength: 1, maxLength: 3 }), async (graph, cuts) => {
      let text = JSON.stringify(graph);
      for (const { at, length, put } of cuts) {
        const from = at % (text.length + 1);
        text = text.slice(0, from) + put + text.slice(from + length);
      }
      try {
        const { nodes, edges, ...whole } = await readAll(text);
        const parsed = { nodes: [], edges: [], ...(JSON.parse(text) as object) };
        assert.deepEqual({ ...parsed, ...whole, nodes, edges }, { ...parsed, ...whole });
        assert.deepEqual(whole.attributes, (parsed as typeof whole).attributes);
        read++;
      } catch (error) {
        assert.ok(error instanceof StorageError && error.code === "INVALID_GRAPH", String(error));
      }
    }),
    { numRuns: 600 },
  );
  assert.ok(read > 5, `${read} were still graphs`);
});

function inNodes(name: string, text: string, wanted: string, received: string, at = 0): typeof refused {
  const first = 2 + at;
  return [
    [`${name}, alone`, `{"nodes":[${text}]}`, `nodes[${at}]`, wanted, received],
    [`${name}, after others`, `{"nodes":[{"key":"a"},{"key":"b"},${text}]}`, `nodes[${first}]`, wanted, received],
  ];
}

function edge(member: string): string {
  return `{"nodes":[],"edges":[{"source":"a","target":"a",${member}}]}`;
}
