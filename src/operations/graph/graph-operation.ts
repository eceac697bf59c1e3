import { type Graph, type GraphInfo, transactionInTurn } from "../../sqlite/mod.ts";
import { CallError } from "../call-error.ts";
import type { HandlerSource } from "../handler-source.ts";
import { ignoreRejection } from "../ignore-rejection.ts";
import type { OperationContext } from "../operation-spec.ts";
import { graphNotFound } from "./graph-errors.ts";
import type { GraphVerb } from "./module-options.ts";
import type { ModulePlan } from "./module-plan.ts";

/** What every operation on graphs works with. */
export interface GraphOperation {
  readonly plan: ModulePlan;
  readonly source: HandlerSource;
  readonly id: string;
  readonly verb: GraphVerb;
}

/** The members that inputs of these operations have, each the ones of its schema. */
export interface GraphInput {
  readonly graphId: string;
  readonly key?: string;
  readonly id?: string;
  readonly type?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly expectedUpdatedAt?: number;
  readonly [member: string]: unknown;
}

/** Does an operation with an input that was checked. */
export type GraphWork = (operation: GraphOperation, input: GraphInput, context: OperationContext) => unknown;

/** Runs `work` with the graph of `input` in a transaction, when it is its turn. @throws {CallError} As {@link openGraph}. */
export function changeGraph<T>(
  operation: GraphOperation,
  input: GraphInput,
  context: OperationContext,
  work: (graph: Graph) => T,
): Promise<T> {
  return transactionInTurn(operation.source.db, (tx) => work(openGraph(operation, input.graphId, context, tx)));
}

/**
 * The graph of this type with this id, in the transaction `tx` if there is one.
 *
 * @throws {CallError} `NOT_FOUND` if there is none that the caller may see.
 */
export function openGraph(operation: GraphOperation, id: string, { identity }: OperationContext, tx?: object): Graph {
  const { plan, source, verb } = operation;
  const store = tx === undefined ? source.store() : source.store().in(tx);
  const graph = store.graph(id, plan.module);
  if (plan.graphFilter !== undefined && !isSeen(plan, identity, graph.info(), verb)) throw graphNotFound();
  return graph;
}

/**
 * What is known of a graph that was made or changed in this transaction.
 *
 * @throws {CallError} `ACCESS_DENIED` if it is none that the caller may see: what was written is undone.
 */
export function seenGraph({ plan, verb }: GraphOperation, graph: Graph, { identity }: OperationContext): GraphInfo {
  const info = graph.info();
  if (isSeen(plan, identity, info, verb)) return info;
  throw new CallError("ACCESS_DENIED", "The graph would be none that the caller may see", {});
}

/** Whether the graph filter lets the caller see a graph: by true, and by nothing else. */
export function isSeen(
  { graphFilter }: ModulePlan,
  identity: OperationContext["identity"],
  info: GraphInfo,
  verb: GraphVerb,
): boolean {
  if (graphFilter === undefined) return true;
  const seen: unknown = graphFilter(identity, info, verb);
  ignoreRejection(seen);
  return seen === true;
}

/** @throws {CallError} `CONFLICT` if what is stored is not as the caller expects it. */
export function checkExpected(stored: { readonly updatedAt: number }, { expectedUpdatedAt }: GraphInput): void {
  if (expectedUpdatedAt === undefined || expectedUpdatedAt === stored.updatedAt) return;
  throw new CallError("CONFLICT", "It was changed meanwhile", { updatedAt: stored.updatedAt });
}
