import assert from "node:assert/strict";
import { test } from "node:test";
import { instance } from "@viz-js/viz";
import fc from "fast-check";
import type { SerializedGraph } from "../../../src/graphs/interchange/serialized-graph.ts";
import { type WriteDotOptions, writeDot } from "../../../src/graphs/interchange/write-dot.ts";
import { ALL_OPTIONS, randomGraph } from "./random-graphs.ts";

/** What Graphviz says of a graph (https://graphviz.org/docs/outputs/json/), as far as it is asked for. */
interface DotJson {
  readonly name: string;
  readonly directed: boolean;
  readonly objects?: readonly { readonly name: string; readonly label: string }[];
  readonly edges?: readonly { readonly tail: number; readonly head: number; readonly dir?: string }[];
}

const graphviz = await instance(); // the real one, as WebAssembly
const TRICKY = [
  ...["", " ", "a", "_", "é😀", "1", "-.5", "1.5.2", "a b", "a:b:c", "a->b", "--", "{", "}", "[", ";", "=", "\ufeff"],
  ...["node", "EDGE", "Graph", "digraph", "subGraph", "strict", "<b>bold</b>", "<", "&lt;", "&amp;", "&#65;", "&"],
  ...['"', '\\"', "\\", "\\\\", "\\n", "\\N", "\\G", "\\l", "a\\", "a\nb", "\\\nb", "a\n#c", "\r", "\t"],
  ...["// c", "/* c */", "#c", "%", "'", "__proto__", "toString"],
];

test("writeDot() writes what one expects to read", () => {
  const graph: SerializedGraph = {
    options: { type: "mixed" },
    nodes: [{ key: "a" }, { key: "b c" }],
    edges: [
      { source: "a", target: "b c", attributes: { range: "^1.0" } },
      { source: "a", target: "a", undirected: true },
    ],
  };
  const options: WriteDotOptions = {
    name: "app",
    graph: { rankdir: "LR", "K size": 1.5 },
    node: { shape: "box", label: undefined },
    edge: ({ attributes }) => (attributes === undefined ? {} : { label: attributes.range as string, weight: 2 }),
  };
  assert.equal(
    write(graph, options),
    `digraph app {
  graph [rankdir=LR, "K size"="1.5"];
  node [shape=box];
  a;
  "b c";
  a -> "b c" [label="^1.0", weight="2"];
  a -> a [dir=none];
}
`,
  );
  assert.equal(
    write({ options: { type: "undirected" }, nodes: [], edges: [{ source: "a", target: "b" }] }),
    "graph {\n  a -- b;\n}\n",
  );
});

for (const options of ALL_OPTIONS) {
  test(`writeDot() writes what Graphviz reads as the same graph, with ${JSON.stringify(options)}`, () => {
    fc.assert(
      fc.property(randomGraph(options).filter(canBeDot), (graph) => {
        const exported = graph.export();
        const { directed, objects = [], edges = [] } = read(write(exported));
        assert.equal(directed, options.type !== "undirected");
        assert.deepEqual(
          objects.map(nameOf),
          exported.nodes.map(({ key }) => key),
        );
        const numbers = new Map(exported.nodes.map(({ key }, number) => [key, number]));
        assert.deepEqual(
          edges.map(({ tail, head, dir }) => [tail, head, dir]),
          exported.edges.map(({ source, target, undirected }) => [
            numbers.get(source),
            numbers.get(target),
            undirected === true ? "none" : undefined,
          ]),
        );
      }),
      { numRuns: 25 },
    );
  });
}

test("writeDot() keeps the names of nodes and of the graph, whatever they are", () => {
  for (const text of TRICKY.filter(isName)) {
    const { name, objects } = read(write({ nodes: [{ key: text }, { key: "other" }], edges: [] }, { name: text }));
    assert.equal(nameOf({ name }), text);
    assert.deepEqual(objects?.map(nameOf), [text, "other"]);
  }
});

test("writeDot() shows keys and labels as they stand", () => {
  const shown = TRICKY.filter((text) => !/[\r\t]/.test(text) && text.trim() !== "" && !hasEmptyLine(text));
  const nodes = shown.map((key) => ({ key }));
  const asKeys = render(write({ nodes, edges: [] }), "svg", "dot");
  const asLabels = render(write({ nodes, edges: [] }, { node: ({ key }) => ({ label: key }) }), "svg", "dot");
  const lines = shown.map((text) => text.split("\n"));
  assert.deepEqual(drawnIn(asKeys), lines);
  assert.deepEqual(drawnIn(asLabels), lines);
});

test("writeDot() keeps nodes apart whose names Graphviz replaces by its own", () => {
  const keys = ["%1", "%3", "a", "%", "%a"];
  const graph = { nodes: keys.map((key) => ({ key })), edges: keys.map((key) => ({ source: key, target: "%1" })) };
  const { objects, edges } = read(write(graph));
  assert.deepEqual(
    objects?.map(({ label }) => label),
    ["%1", "%3", "\\N", "%", "%a"],
  );
  assert.deepEqual(
    edges?.map(({ tail, head }) => [tail, head]),
    [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 0],
    ],
  );
});

test("writeDot() lets a style of all nodes decide about labels", () => {
  assert.match(write({ nodes: [{ key: "&" }], edges: [] }), /^ {2}"&" \[label="&amp;"\];$/m);
  assert.match(write({ nodes: [{ key: "&" }], edges: [] }, { node: { label: "" } }), /^ {2}"&";$/m);
  assert.match(
    write({ nodes: [{ key: "&" }], edges: [] }, { node: () => ({ label: "x" }) }),
    /^ {2}"&" \[label=x\];$/m,
  );
});

test("writeDot() takes nodes and edges only when the text before is taken", () => {
  let taken = 0;
  let ended = false;
  function* nodes() {
    try {
      for (;;) yield { key: `${"k".repeat(100)}${taken++}` };
    } finally {
      ended = true;
    }
  }
  for (const chunk of writeDot({ nodes: nodes(), edges: [] })) {
    assert.ok(chunk.length < 64 * 1024 + 200);
    assert.ok(taken < 700, `${taken} taken`);
    break;
  }
  assert.ok(ended);
});

test("writeDot() refuses what DOT can't hold", () => {
  const text = "Unicode text without NUL";
  const some = { nodes: [{ key: "a" }], edges: [{ source: "a", target: "a" }] };
  const refused: [place: string, wanted: string, received: string, graph: unknown, options?: WriteDotOptions][] = [
    ["name", text, "a string of 1 characters", some, { name: "\0" }],
    ["graph.label", text, "a string of 1 characters", some, { graph: { label: "\0" } }],
    ["graph", text, "a string of 1 characters", some, { graph: { "\0": "label" } }],
    ["nodes[0].key", text, "a string of 1 characters", { nodes: [{ key: "\0" }], edges: [] }],
    ["nodes[0].key", text, "a string of 1 characters", { nodes: [{ key: "\ud800" }], edges: [] }],
    ["nodes[0].key", "text", "an integer", { nodes: [{ key: 1 }], edges: [] }],
    ["nodes[0].label", text, "a string of 1 characters", some, { node: () => ({ label: "\0" }) }],
    ["nodes[0].label", "text, a number or a boolean", "null", some, { node: () => ({ label: null as never }) }],
    ["edges[0].source", text, "a string of 1 characters", { nodes: [], edges: [{ source: "\0", target: "" }] }],
    ["edges[0].target", text, "a string of 1 characters", { nodes: [], edges: [{ source: "", target: "\0" }] }],
    ["edges[0].label", "text, a number or a boolean", "an object", some, { edge: () => ({ label: {} as never }) }],
    [
      "edges[0]",
      "an edge of a graph that is undirected",
      "directed",
      { options: { type: "undirected" }, nodes: [], edges: [{ source: "a", target: "a", undirected: false }] },
    ],
  ];
  for (const [place, wanted, received, graph, options] of refused) {
    assert.throws(() => write(graph as SerializedGraph, options), {
      code: "INVALID_GRAPH",
      message: `Cannot write a graph: ${wanted} is wanted at ${place}: received ${received}`,
      details: { rule: "format", place, wanted, received },
    });
  }
});

test("writeDot() refuses misuse at once", () => {
  const call = (options: unknown) => () => writeDot({ nodes: [], edges: [] }, options as WriteDotOptions);
  assert.throws(call({ nodes: {} }), { message: 'Unknown option "nodes" for writeDot(): did you mean "node"' });
  assert.throws(call({ name: 1 }), {
    name: "TypeError",
    message: "Cannot write DOT: name must be text: received an integer",
  });
  for (const options of [{ graph: () => ({}) }, { node: null }, { edge: "red" }]) {
    assert.throws(call(options), { name: "TypeError", message: /must be an object of attributes: received / });
  }
  assert.throws(() => write({ nodes: [{ key: "a" }], edges: [] }, { node: (() => "red") as never }), {
    name: "TypeError",
    message: "Cannot write DOT: node() must return attributes: received a string of 3 characters",
  });
});

function write(graph: SerializedGraph, options?: WriteDotOptions): string {
  return [...writeDot(graph, options)].join("");
}

/** Graphviz leaves control characters in its JSON as they are: all but the line breaks of its own. */
function read(dot: string): DotJson {
  const escaped = Array.from(render(dot, "dot_json", "nop"), (unit) =>
    unit < " " && unit !== "\n" ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : unit,
  );
  return JSON.parse(escaped.join("")) as DotJson;
}

/** @throws {Error} If Graphviz can't read `dot`. */
function render(dot: string, format: "dot_json" | "svg", engine: "nop" | "dot"): string {
  const { output, errors } = graphviz.render(dot, { format, engine });
  if (output === undefined) throw new Error(`Graphviz: ${JSON.stringify(errors)}: ${dot}`);
  return output;
}

/** To a name belong two backslashes for each of the text: see `writeDot()`. */
function nameOf({ name }: { readonly name: string }): string {
  return name.replaceAll("\\\\", "\\");
}

/** The lines of text in each node of a drawing. */
function drawnIn(svg: string): string[][] {
  const drawn = svg.matchAll(/class="node">([\s\S]*?)<\/g>/g);
  return Array.from(drawn, ([, node = ""]) =>
    Array.from(node.matchAll(/<text[^>]*>([\s\S]*?)<\/text>/g), ([, text = ""]) => fromXml(text)),
  );
}

function fromXml(text: string): string {
  const names: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code?: string, name = "") =>
    code === undefined ? (names[name] ?? "?") : String.fromCodePoint(Number(code)),
  );
}

function canBeDot(graph: { nodes(): string[] }): boolean {
  return graph.nodes().every((key) => !/\0|\p{Surrogate}/u.test(key) && isName(key) && !hasEmptyLine(key));
}

/** Names that begin with a `%` are Graphviz's own. */
function isName(text: string): boolean {
  return !text.startsWith("%");
}

/** Graphviz 16.1 itself crashes at times where a label has an empty line. */
function hasEmptyLine(text: string): boolean {
  return text.includes("\n") && text.split("\n").includes("");
}
