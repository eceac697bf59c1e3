import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import {
  type AttributePath,
  type CallGraph,
  type CallStatus,
  defineGraph,
  type EdgeAttributes,
  type EdgeInput,
  type GraphModule,
  type NodeAttributes,
  type NodeInput,
  type NodeTypeName,
  validateEdge,
  validateNode,
} from "../../src/graphs/mod.ts";

const config = { type: "directed", multi: false, allowSelfLoops: false } as const;
const shared = Type.Module({
  Money: Type.Object({ amount: Type.Number(), unit: Type.Ref("Unit") }),
  Unit: Type.String(),
});
const Shop = defineGraph({
  name: "shop",
  version: 1,
  config,
  nodes: {
    item: Type.Object({ price: shared.Import("Money"), note: Type.Optional(Type.String()) }),
    box: Type.Object({}),
  },
  edges: {
    contains: { attributes: Type.Object({ count: Type.Integer() }), from: ["box"], to: ["item", "box"] },
    near: {},
  },
});
const ends = { sourceType: "box", targetType: "item" } as const;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

test("the attributes of a type are known to the compiler", () => {
  same<NodeTypeName<typeof Shop>, "item" | "box">(true);
  same<NodeAttributes<typeof Shop, "item">, { note?: string; price: { amount: number; unit: string } }>(true);
  same<EdgeAttributes<typeof Shop, "contains">, { count: number }>(true);
  same<EdgeAttributes<typeof Shop, "near">, { [name: string]: never }>(true);
  same<NodeAttributes<GraphModule, string>, { [name: string]: unknown }>(true);
  same<EdgeAttributes<GraphModule, string>, { [name: string]: unknown }>(true);

  const item = validateNode(Shop, "item", { price: { amount: 1, unit: "EUR" } });
  item.price.amount.toFixed(2);
  // @ts-expect-error: no such attribute
  item.prize;
  validateEdge(Shop, "contains", { count: 1 }, ends).count.toFixed();
});

test("misuse of a module is an error to the compiler", () => {
  const calls = [
    // @ts-expect-error: no such node type
    () => validateNode(Shop, "itme", {}),
    // @ts-expect-error: no such edge type
    () => validateEdge(Shop, "contain", {}, ends),
    // @ts-expect-error: no such node type
    () => validateEdge(Shop, "near", {}, { sourceType: "box", targetType: "boxx" }),
    // @ts-expect-error: an endpoint that is no node type
    () => defineGraph({ name: "g", version: 1, config, nodes: { n: Type.Object({}) }, edges: { e: { from: ["m"] } } }),
    // @ts-expect-error: a schema of something else than objects
    () => defineGraph({ name: "g", version: 1, config, nodes: { n: Type.String() } }),
    // @ts-expect-error: a schema of something else than objects
    () => defineGraph({ name: "g", version: 1, config, nodes: { n: Type.Array(Type.Object({})) } }),
    // @ts-expect-error: a misspelled option
    () => defineGraph({ name: "g", version: 1, config, nodes: { n: Type.Object({}) }, scop: "system" }),
    // @ts-expect-error: no such direction
    () => defineGraph({ name: "g", version: 1, config: { ...config, type: "up" }, nodes: { n: Type.Object({}) } }),
  ];
  void calls; // never called: this is about types
  const wide: GraphModule = Shop; // a module fits wherever any module is wanted
  validateNode(wide, "box", {});
});

test("the rules of a module are typed by its schemas", () => {
  const State = Type.Union([Type.Literal("open"), Type.Literal("done")]);
  const Stats = Type.Object({ size: Type.Integer(), "by.day": Type.Optional(Type.Object({ mean: Type.Number() })) });
  const Task = Type.Object({ id: Type.String(), state: State, due: Type.Optional(Type.String()), stats: Stats });
  const good = { name: "g", version: 1, config, nodes: { task: Task, other: Type.Object({}) } } as const;
  const edges = { next: { attributes: Type.Object({ weight: Type.Number() }) }, plain: {} } as const;
  defineGraph({
    ...good,
    edges,
    indexes: { nodes: { task: ["due", "stats.size", 'stats."by.day".mean'] }, edges: { next: ["weight"] } },
    keys: { task: "id" },
    transitions: { task: { attribute: "state", allowed: { open: ["done"] } } },
  });
  const calls = [
    // @ts-expect-error: no such attribute
    () => defineGraph({ ...good, indexes: { nodes: { task: ["dew"] } } }),
    // @ts-expect-error: nothing below a text
    () => defineGraph({ ...good, indexes: { nodes: { task: ["due.length"] } } }),
    // @ts-expect-error: no such node type
    () => defineGraph({ ...good, indexes: { nodes: { tusk: ["due"] } } }),
    // @ts-expect-error: an edge type without attributes
    () => defineGraph({ ...good, edges, indexes: { edges: { plain: ["weight"] } } }),
    // @ts-expect-error: not text
    () => defineGraph({ ...good, keys: { task: "stats" } }),
    // @ts-expect-error: not required
    () => defineGraph({ ...good, keys: { task: "due" } }),
    // @ts-expect-error: no such attribute
    () => defineGraph({ ...good, transitions: { task: { attribute: "status", allowed: {} } } }),
    // @ts-expect-error: no such state
    () => defineGraph({ ...good, transitions: { task: { attribute: "state", allowed: { open: ["shut"] } } } }),
    // @ts-expect-error: no such state
    () => defineGraph({ ...good, transitions: { task: { attribute: "state", allowed: { shut: ["done"] } } } }),
  ];
  void calls; // never called: this is about types
});

test("an attribute path is a name or names joined by dots", () => {
  type Deep = {
    a: { b: { c: { d: { e: 1 } } } };
    list: { x: 1 }[];
    "x.y": { z: 1 };
    free: { [name: string]: { w: 1 } };
  };
  type Paths = "a" | "a.b" | "a.b.c" | "a.b.c.d" | "list" | '"x.y"' | '"x.y".z' | "free" | `free.${string}`;
  same<AttributePath<Deep>, Paths>(true);
  same<AttributePath<{ a: 1 } | { b?: { c: 1 } }>, "a" | "b" | "b.c">(true);
  same<AttributePath<NodeAttributes<GraphModule, string>>, string>(true);
  type Tree = { text: string; parts?: Tree };
  same<AttributePath<Tree>, "text" | `parts${"" | ".parts" | ".parts.parts"}${"" | ".text" | ".parts"}`>(true);
});

test("what is to be added may be without attributes where all are optional", () => {
  const box: NodeInput<typeof Shop, "box"> = {};
  const near: EdgeInput<typeof Shop, "near"> = { source: "a", target: "b", key: null };
  const item: NodeInput<typeof Shop, "item"> = { key: "i", attributes: { price: { amount: 1, unit: "EUR" } } };
  const wide: NodeInput<GraphModule, string> = { attributes: { anything: 1 } };
  // @ts-expect-error: an attribute is required
  const noItem: NodeInput<typeof Shop, "item"> = { key: "i" };
  // @ts-expect-error: no such attribute
  const wrongBox: EdgeInput<typeof Shop, "near"> = { source: "a", target: "b", attributes: { x: 1 } };
  // @ts-expect-error: both ends are wanted
  const noEnd: EdgeInput<typeof Shop, "near"> = { source: "a" };
  void [box, near, item, wide, noItem, wrongBox, noEnd];
});

test("the attributes of a call are known to the compiler", () => {
  same<NodeAttributes<typeof CallGraph, "call">["status"], CallStatus>(true);
  same<CallStatus, "pending" | "running" | "completed" | "failed" | "aborted">(true);
  same<EdgeAttributes<typeof CallGraph, "triggered">, { [name: string]: never }>(true);
});
