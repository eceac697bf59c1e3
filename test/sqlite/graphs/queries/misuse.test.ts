import assert from "node:assert/strict";
import { test } from "node:test";
import type { Graph } from "../../../../src/sqlite/graphs/graph.ts";
import { Dependencies, openGraph } from "../fixture.ts";

/** What is refused, and what is said of it. */
type Refusal = readonly [ask: (graph: Loose) => unknown, message: string, type?: typeof TypeError | typeof RangeError];

/** A graph as a program without types sees it. */
type Loose = { [Name in keyof Graph]: (...values: unknown[]) => unknown };

const where = (filter: unknown) => (graph: Loose) => graph.nodes("package", { where: filter });
const limits = "must be an integer >= 0: received";

const refusals: readonly Refusal[] = [
  [
    where({ licens: "MIT" }),
    'Cannot query nodes: a path must lead to a declared attribute of type "package": received "licens"',
  ],
  [
    (graph) => graph.nodes({ where: { "stats.nothing": 1 } }),
    'Cannot query nodes: a path must lead to a declared attribute of any type of this graph: received "stats.nothing"',
  ],
  [
    where({ "a'.b\"": 1 }),
    `Cannot read an attribute path: names joined by dots, in double quotes where they hold a dot, without \\ and control characters: received "a'.b\\""`,
  ],
  [
    where({ license: { equals: "MIT" } }),
    'Cannot query nodes by "license": unknown operator "equals": known are eq, ne, gt, gte, lt, lte, in, notIn, like, isNull, contains',
  ],
  [
    where({ license: { notin: ["MIT"] } }),
    'Cannot query nodes by "license": unknown operator "notin": did you mean "notIn"',
  ],
  [where({ license: { constructor: 1 } }), /unknown operator "constructor"/.source],
  [
    where({ size: { gt: Number.NaN } }),
    'Cannot query nodes: gt of "size" must be text or a finite number: received NaN',
  ],
  [
    where({ size: { lt: true } }),
    'Cannot query nodes: lt of "size" must be text or a finite number: received a boolean',
  ],
  [
    where({ size: Number.POSITIVE_INFINITY }),
    'Cannot query nodes: "size" must be text, a finite number, a boolean, null or an object of operators: received Infinity',
  ],
  [
    where({ license: undefined }),
    'Cannot query nodes: "license" must be text, a finite number, a boolean, null or an object of operators: received undefined',
  ],
  [where({ license: {} }), /"license" must be .* object of operators: received an object/.source],
  [where({ license: ["MIT"] }), /"license" must be .* object of operators: received an array of 1/.source],
  [where({ license: new Date(0) }), /"license" must be .* received an instance of Date/.source],
  [where({ size: 5n }), /"size" must be .* received a bigint/.source],
  [
    where({ license: { eq: null } }),
    'Cannot query nodes: eq of "license" must be text, a finite number or a boolean: received null',
  ],
  [
    where({ license: { in: "MIT" } }),
    'Cannot query nodes: in of "license" must be an array of text, a finite number or a boolean: received a string of 3 characters',
  ],
  [where({ license: { in: ["MIT", undefined] } }), /in of "license" must be an array of .* received undefined/.source],
  [where({ license: { notIn: [null] } }), /notIn of "license" must be an array of .* received null/.source],
  [where({ license: { like: 5 } }), 'Cannot query nodes: like of "license" must be text: received an integer'],
  [where({ license: { isNull: "yes" } }), /isNull of "license" must be a boolean: received a string/.source],
  [where({ license: { contains: [] } }), /contains of "license" must be text, a finite number or a boolean/.source],
  [where("license"), "Cannot query nodes: where must be an object of conditions: received a string of 7 characters"],
  [where(null), "Cannot query nodes: where must be an object of conditions: received null"],
  [where({ AND: {} }), "Cannot query nodes: where.AND must be an array of filters: received an object"],
  [where({ OR: [5] }), "Cannot query nodes: where.OR[0] must be an object of conditions: received an integer"],
  [where({ NOT: [] }), "Cannot query nodes: where.NOT must be an object of conditions: received an array of 0"],
  [
    where({ OR: Array(500).fill({ license: "MIT" }) }),
    "Cannot query nodes: where must hold at most 400 conditions: received more",
  ],
  [where(endless()), "Cannot query nodes: where must hold at most 400 conditions: received more"],
  [
    (graph) => graph.nodes("packages"),
    'Cannot query nodes: a type of nodes of graph type "dependencies" is wanted: received "packages"',
  ],
  [(graph) => graph.nodes({ were: {} }), 'Unknown option "were" for nodes(): did you mean "where"'],
  [
    (graph) => graph.nodes({}, { limit: 1 }),
    "Cannot query nodes: the name of a type is wanted before options: received object",
  ],
  [(graph) => graph.edges("maintains", null), "Cannot call edges(): options must be an object: received null"],
  [(graph) => graph.nodes({ limit: -1 }), `Cannot query nodes: limit ${limits} -1`, RangeError],
  [(graph) => graph.nodes({ limit: 1.5 }), `Cannot query nodes: limit ${limits} 1.5`, RangeError],
  [(graph) => graph.nodes({ limit: "5" }), `Cannot query nodes: limit ${limits} 5`, RangeError],
  [(graph) => graph.nodes({ offset: Number.NaN }), `Cannot query nodes: offset ${limits} NaN`, RangeError],
  [
    (graph) => graph.nodes("package", { orderBy: "size" }),
    'Cannot query nodes: orderBy must be an object of paths and "asc" or "desc": received a string of 4 characters',
  ],
  [
    (graph) => graph.nodes("package", { orderBy: { size: "down" } }),
    'Cannot query nodes: orderBy of "size" must be "asc" or "desc": received a string of 4 characters',
  ],
  [(graph) => graph.nodes("package", { orderBy: { nothing: "asc" } }), /lead to a declared attribute/.source],
  [
    (graph) => graph.edges("uses"),
    'Cannot query edges: a type of edges of graph type "dependencies" is wanted: received "uses"',
  ],
  [(graph) => graph.edges({ source: 5 }), "Cannot query edges: source must be text: received an integer"],
  [(graph) => graph.edges({ target: null }), "Cannot query edges: target must be text: received null"],
  [(graph) => graph.edges("depends_on", { where: { license: "MIT" } }), /Cannot query edges: a path must lead/.source],
  [
    (graph) => graph.roots({ edgeTypes: "depends_on" }),
    "Cannot query roots: types of edges must be an array: received a string of 10 characters",
  ],
  [
    (graph) => graph.leaves("package", { edgeTypes: ["uses"] }),
    /Cannot query leaves: a type of edges of .* received "uses"/.source,
  ],
  [
    (graph) => graph.neighbours(5),
    "Cannot find the neighbours of a node: the key of a node must be text: received an integer",
  ],
  [
    (graph) => graph.neighbours("a", { direction: "up" }),
    'Cannot find the neighbours of a node: direction must be "out", "in" or "both": received "up"',
  ],
  [
    (graph) => graph.neighbours("a", { types: ["packages"] }),
    /a type of nodes of .* is wanted: received "packages"/.source,
  ],
  [(graph) => graph.neighbours("a", null), "Cannot call neighbours(): options must be an object: received null"],
  [(graph) => graph.degree(undefined), /the key of a node must be text: received undefined/.source],
  [(graph) => graph.degree("a", { direction: 1 }), /direction must be .* received an integer/.source],
  [(graph) => graph.degrees("a", { direction: "in" }), 'Unknown option "direction" for degrees(): known are edgeTypes'],
  [(graph) => graph.ancestors("a", { maxDepth: -1 }), `Cannot walk from a node: maxDepth ${limits} -1`, RangeError],
  [
    (graph) => graph.descendants("a", { depth: 1 }),
    'Unknown option "depth" for descendants(): known are edgeTypes, includeStart, limit, maxDepth',
  ],
  [
    (graph) => graph.descendants("a", { includeStart: 1 }),
    /includeStart must be true or false: received number/.source,
  ],
  [(graph) => graph.descendants({}), /the key of a node must be text: received an object/.source],
  [(graph) => graph.lineage("a", { maxDepth: 1 }), 'Unknown option "maxDepth" for lineage(): known are edgeTypes'],
  [(graph) => graph.componentOf("a", { limit: 1 }), 'Unknown option "limit" for componentOf(): known are edgeTypes'],
  [(graph) => graph.components({ edgeTypes: [5] }), /a type of edges of .* is wanted: received an integer/.source],
  [(graph) => graph.shortestPath("a"), "Cannot find a path: to must be text: received undefined"],
  [
    (graph) => graph.shortestPath("a", "b", { maxDepth: 0.5 }),
    `Cannot find a path: maxDepth ${limits} 0.5`,
    RangeError,
  ],
  [(graph) => graph.findCycle({ edgeTypes: ["uses"] }), /Cannot look for a cycle: a type of edges/.source],
  [(graph) => graph.hasCycle({ edgetypes: [] }), 'Unknown option "edgetypes" for hasCycle(): did you mean "edgeTypes"'],
  [(graph) => graph.topologicalOrder({ limit: -5 }), /limit must be an integer >= 0: received -5/.source, RangeError],
  [
    (graph) => graph.subgraph("a", {}),
    /Cannot read a subgraph: depth must be an integer >= 0: received undefined/.source,
    RangeError,
  ],
  [
    (graph) => graph.subgraph("a"),
    /Cannot read a subgraph: depth must be an integer >= 0: received undefined/.source,
    RangeError,
  ],
];

function endless(): object {
  const filter: Record<string, unknown> = {};
  filter.NOT = filter;
  return filter;
}

test("what a question can't be is refused at once, by a message that says what is wanted", (t) => {
  const { graph } = openGraph(t, Dependencies);
  graph.addNode("package", { key: "a", attributes: { license: "MIT" } });
  for (const [ask, message, type = TypeError] of refusals) {
    assert.throws(
      () => ask(graph as unknown as Loose),
      (error: Error) => {
        assert.ok(error instanceof type, error.stack);
        if (error.message !== message) assert.match(error.message, new RegExp(message));
        return true;
      },
    );
  }
});

test("values and names stay what they are, whatever they look like in SQL", (t) => {
  const { graph } = openGraph(t, Dependencies);
  const odd = `'; DROP TABLE nodes; -- " ? %`;
  graph.addNode("package", { key: odd, attributes: { license: odd } });
  graph.addNode("package", { key: "b", attributes: { license: "a_c%" } });
  graph.addEdge("depends_on", { source: odd, target: "b", attributes: { range: odd } });
  assert.deepEqual(graph.nodes("package", { where: { license: odd } }).keys(), [odd]);
  assert.deepEqual(graph.nodes("package", { where: { license: { in: [odd, "x"] } } }).keys(), [odd]);
  assert.deepEqual(graph.neighbours("b").keys(), [odd]);
  assert.deepEqual(graph.ancestors("b").keys(), [odd]);
  assert.deepEqual(graph.edges("depends_on", { where: { range: odd } }).first()?.target, "b");
  const like = (pattern: string) => graph.nodes("package", { where: { license: { like: pattern } } }).keys();
  assert.deepEqual(like("A\\_C\\%"), ["b"]);
  assert.deepEqual(like("%drop table%"), [odd]);
  assert.deepEqual(like("A_"), []);
  assert.deepEqual(like("a\\"), []);
});
