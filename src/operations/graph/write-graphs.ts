import { type Graph, transactionInTurn } from "../../sqlite/mod.ts";
import { invalidInput } from "../validate-input.ts";
import { edgeOutput, nodeOutput } from "./element-output.ts";
import { graphNotFound } from "./graph-errors.ts";
import {
  changeGraph,
  checkExpected,
  type GraphInput,
  type GraphOperation,
  type GraphWork,
  seenGraph,
} from "./graph-operation.ts";
import { hiddenNames } from "./module-plan.ts";

type Attributes = Record<string, unknown>;

/** The operations on graphs that write: each is one transaction, with the change that it tells. */
export const WRITE_GRAPHS = {
  createGraph(operation, input, context) {
    const { plan, source } = operation;
    const { module, ownerOf } = plan;
    const graph = { ...input, ownerId: ownerOf?.(context.identity) ?? null } as unknown as { name: string };
    return transactionInTurn(source.db, (tx) =>
      seenGraph(operation, source.store().in(tx).createGraph(module, graph) as unknown as Graph, context),
    );
  },
  updateGraph(operation, input, context) {
    const { status, ...changes } = input.set as { status?: "active" | "archived"; name?: string };
    return changeGraph(operation, input, context, (graph) => {
      checkExpected(graph.info(), input);
      if (status === "active") graph.activate();
      if (Object.keys(changes).length > 0) graph.update(changes);
      if (status === "archived") graph.archive();
      return seenGraph(operation, graph, context);
    });
  },
  deleteGraph(operation, input, context) {
    return changeGraph(operation, input, context, (graph) => {
      checkExpected(graph.info(), input);
      if (!graph.delete()) throw graphNotFound();
      return { deleted: true };
    });
  },
  addNode(operation, input, context) {
    const { graphId: _, type, ...node } = input;
    return changeGraph(operation, input, context, (graph) => {
      const key = graph.addNode(type!, node as never);
      return nodeOutput(operation.plan, graph.getNode(key)!);
    });
  },
  updateNode(operation, input, context) {
    const { type, key } = input;
    return changeGraph(operation, input, context, (graph) => {
      const stored = graph.getNode(key!);
      if (stored === undefined) throw graphNotFound();
      checkExpected(stored, input);
      graph.updateNode(type!, { key, ...patchOf(operation, "nodes", input) } as never);
      return nodeOutput(operation.plan, graph.getNode(key!)!);
    });
  },
  deleteNode(operation, input, context) {
    return changeGraph(operation, input, context, (graph) => {
      const stored = graph.getNode(input.key!);
      if (stored === undefined) throw graphNotFound();
      checkExpected(stored, input);
      graph.deleteNode(input.key!);
      return { deleted: true };
    });
  },
  addEdge(operation, input, context) {
    const { graphId: _, type, ...edge } = input;
    return changeGraph(operation, input, context, (graph) => {
      const id = graph.addEdge(type!, edge as never);
      return edgeOutput(operation.plan, graph.getEdge({ id })!);
    });
  },
  updateEdge(operation, input, context) {
    const edge = { id: input.id! };
    return changeGraph(operation, input, context, (graph) => {
      const stored = graph.getEdge(edge);
      if (stored === undefined) throw graphNotFound();
      checkExpected(stored, input);
      graph.updateEdge(input.type!, { edge, ...patchOf(operation, "edges", input) } as never);
      return edgeOutput(operation.plan, graph.getEdge(edge)!);
    });
  },
  deleteEdge(operation, input, context) {
    const edge = { id: input.id! };
    return changeGraph(operation, input, context, (graph) => {
      const stored = graph.getEdge(edge);
      if (stored === undefined) throw graphNotFound();
      checkExpected(stored, input);
      graph.deleteEdge(edge);
      return { deleted: true };
    });
  },
} as const satisfies Record<string, GraphWork>;

/** What is to change: JSON can't say undefined, by which the store takes an attribute away. */
function patchOf({ plan, id }: GraphOperation, kind: "nodes" | "edges", input: GraphInput) {
  const {
    attributes = {},
    unset = [],
    metadata,
  } = input as { attributes?: Attributes; unset?: string[]; metadata?: unknown };
  const hidden = hiddenNames(plan.hiddenInput[kind], input.type!);
  if (unset.some((name) => hidden.has(name))) {
    throw invalidInput(id, { expected: "names of attributes that may be sent", path: "$.unset", received: "another" });
  }
  const removed = Object.fromEntries(unset.map((name) => [name, undefined]));
  const patch = { attributes: { ...attributes, ...removed } };
  return metadata === undefined ? patch : { ...patch, metadata };
}
