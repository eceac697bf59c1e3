import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import {
  defineGraph,
  type EdgeAttributes,
  type GraphModule,
  type NodeAttributes,
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
