import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import { defineGraph } from "../../src/graphs/mod.ts";
import {
  type OperationHandler,
  type OperationSpec,
  OperationType,
  operationsFromModule,
  operationsFromTable,
} from "../../src/operations/mod.ts";
import { items } from "./fixture.ts";

test("the types of operations hold columns, verbs and attributes to what there is", () => {
  operationsFromTable(items, { hidden: { input: ["ownerId"], output: ["secret"] }, assign: () => ({ ownerId: "x" }) });
  const wrong = () => {
    // @ts-expect-error -- no such column
    operationsFromTable(items, { hidden: { output: ["nobody"] } });
    // @ts-expect-error -- no such verb
    operationsFromTable(items, { verbs: ["read"] });
    // @ts-expect-error -- a number is no owner
    operationsFromTable(items, { assign: () => ({ ownerId: 1 }) });
    const Module = defineGraph({
      name: "m",
      version: 1,
      config: { type: "directed", multi: false, allowSelfLoops: false },
      nodes: { thing: Type.Object({ a: Type.String() }) },
    });
    // @ts-expect-error -- no such type
    operationsFromModule(Module, { hidden: { output: { nodes: { other: ["a"] } } } });
  };
  void wrong;
});

test("the type of an operation is a member of OperationType, or its bare text", () => {
  const types: OperationSpec["type"][] = [OperationType.QUERY, "mutation", "subscription"];
  // @ts-expect-error -- none of them
  const wrong: OperationSpec["type"] = "event";
  const handler: OperationHandler = (input: { id: string }, { identity }) => [input.id, identity?.scopes];
  void [types, wrong, handler];
});
