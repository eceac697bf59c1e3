import type { GraphModule, GraphTypes } from "../../graphs/mod.ts";
import type { ChangePublisher } from "./change-publisher.ts";
import type { GraphConnection } from "./graph-connection.ts";
import type { GraphLayout } from "./layout.ts";

/** What the parts that read and write one graph share. */
export interface GraphContext {
  readonly connection: GraphConnection;
  readonly layout: GraphLayout;
  readonly module: GraphModule;
  readonly types: GraphTypes;
  /** The id of the graph. */
  readonly id: string;
  readonly publisher: ChangePublisher;
}

const contexts = new WeakMap<object, GraphContext>();

/** Lets {@link contextOf} find what is below a graph. */
export function serveContext(graph: object, context: GraphContext): void {
  contexts.set(graph, context);
}

/** What is below a graph of the graph store, for the parts of this folder that read and write SQL. */
export function contextOf(graph: unknown): GraphContext | undefined {
  return typeof graph === "object" && graph !== null ? contexts.get(graph) : undefined;
}
