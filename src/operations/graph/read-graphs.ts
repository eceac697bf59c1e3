import { type GraphModule, parsePath } from "../../graphs/mod.ts";
import { describeKind } from "../../json-values.ts";
import type { EdgeOptions, EdgePlace, GraphInfo, NodeOptions, OpenFilter } from "../../sqlite/mod.ts";
import type { OperationContext } from "../operation-spec.ts";
import { cursorUse, type Position } from "../paging/cursor.ts";
import { invalidInput } from "../validate-input.ts";
import { edgeOutput, nodeOutput } from "./element-output.ts";
import { graphNotFound } from "./graph-errors.ts";
import { type GraphInput, type GraphOperation, type GraphWork, isSeen, openGraph } from "./graph-operation.ts";
import { hiddenNames } from "./module-plan.ts";

type Loose = Parameters<ReturnType<typeof openGraph>["neighbours"]>[1];

/** The operations on graphs that only read. */
export const READ_GRAPHS = {
  getGraph: (operation, { graphId }, context) => openGraph(operation, graphId, context).info(),
  listGraphs,
  getNode(operation, { graphId, key }, context) {
    const node = openGraph(operation, graphId, context).getNode(key!);
    if (node === undefined) throw graphNotFound();
    return nodeOutput(operation.plan, node);
  },
  async listNodes(operation, input, context) {
    const graph = openGraph(operation, input.graphId, context);
    return page(operation, input, context, 1, (position, most) => {
      const after = position === undefined ? null : (position[0] as string);
      const options = { ...filterOf(operation, "nodes", input), after, limit: most } as NodeOptions<
        GraphModule,
        string
      >;
      const query = refusing(operation, () =>
        input.type === undefined ? graph.nodes(options) : graph.nodes(input.type, options),
      );
      return query.all().map((node) => ({ item: nodeOutput(operation.plan, node), position: [node.key] }));
    });
  },
  getEdge(operation, { graphId, id }, context) {
    const edge = openGraph(operation, graphId, context).getEdge({ id: id! });
    if (edge === undefined) throw graphNotFound();
    return edgeOutput(operation.plan, edge);
  },
  async listEdges(operation, input, context) {
    const graph = openGraph(operation, input.graphId, context);
    return page(operation, input, context, 3, (position, most) => {
      const [source, target, id] = (position ?? []) as string[];
      const after = position === undefined ? null : ({ source, target, id } as EdgePlace);
      const ends = only(input, ["source", "target"]);
      const asked = { ...filterOf(operation, "edges", input), ...ends, after, limit: most };
      const options = asked as EdgeOptions<GraphModule, string>;
      const query = refusing(operation, () =>
        input.type === undefined ? graph.edges(options) : graph.edges(input.type, options),
      );
      return query.all().map((edge) => ({
        item: edgeOutput(operation.plan, edge),
        position: [edge.source, edge.target, edge.id],
      }));
    });
  },
  neighbours(operation, input, context) {
    const graph = openGraph(operation, input.graphId, context);
    const options = only(input, ["direction", "edgeTypes", "types"]) as Loose;
    const found = graph.neighbours(input.key!, { ...options, limit: limitOf(operation, input) });
    return { items: found.all().map((node) => nodeOutput(operation.plan, node)) };
  },
  ancestors: (operation, input, context) => walk(operation, input, context, "ancestors"),
  descendants: (operation, input, context) => walk(operation, input, context, "descendants"),
  shortestPath(operation, input, context) {
    const { from, to } = input as { from?: string; to?: string };
    const options = only(input, ["direction", "edgeTypes", "maxDepth"]);
    const path = openGraph(operation, input.graphId, context).shortestPath(from!, to!, options);
    return { nodes: path?.map((node) => nodeOutput(operation.plan, node)) ?? null };
  },
} as const satisfies Record<string, GraphWork>;

const BATCH = 200; // graphs that are read at once, where a graph filter leaves some out

/** Graphs in the order of their ids, as far as the caller may see them. */
async function listGraphs(operation: GraphOperation, input: GraphInput, context: OperationContext) {
  const { plan, source, verb } = operation;
  const { name: type, version } = plan.module;
  return page(operation, input, context, 1, (position, most) => {
    const found: GraphInfo[] = [];
    let after = position === undefined ? undefined : (position[0] as string);
    while (found.length < most) {
      const filter = { type, version, ...only(input, ["status"]), limit: Math.max(most, BATCH) };
      const graphs = source.store().listGraphs(after === undefined ? filter : { ...filter, after });
      found.push(...graphs.filter((graph) => isSeen(plan, context.identity, graph, verb)));
      if (graphs.length < filter.limit) break;
      after = graphs.at(-1)!.id;
    }
    return found.slice(0, most).map((item) => ({ item, position: [item.id] }));
  });
}

function walk(
  operation: GraphOperation,
  input: GraphInput,
  context: OperationContext,
  way: "ancestors" | "descendants",
) {
  const options = { ...only(input, ["edgeTypes", "maxDepth"]), limit: limitOf(operation, input) };
  const found = openGraph(operation, input.graphId, context)[way](input.key!, options);
  return { items: found.all().map((node) => nodeOutput(operation.plan, node)) };
}

/** A page of what `read` gives behind a position, and where the next one begins. */
async function page<Item>(
  operation: GraphOperation,
  input: GraphInput,
  { identity }: OperationContext,
  parts: number,
  read: (behind: Position | undefined, most: number) => readonly { item: Item; position: Position }[],
): Promise<{ items: Item[]; nextCursor?: string }> {
  const { source, id } = operation;
  const { limit: _limit, cursor, ...asked } = input;
  const limit = limitOf(operation, input);
  const use = () => cursorUse(id, identity?.id ?? null, asked);
  let behind: Position | undefined;
  if (cursor !== undefined) {
    behind = (await source.sealer()).unseal(cursor, use());
    if (behind?.length !== parts) {
      const expected = "the nextCursor of a page with the same filter";
      throw invalidInput(id, { expected, path: "$.cursor", received: "another text" });
    }
  }
  const found = read(behind, limit + 1);
  const items = found.slice(0, limit).map(({ item }) => item);
  if (found.length <= limit) return { items };
  return { items, nextCursor: (await source.sealer()).seal(found[limit - 1]!.position, use()) };
}

function limitOf({ plan }: GraphOperation, { limit = plan.defaultLimit }: GraphInput): number {
  return limit;
}

/** The filter of `input`, if it has one: it may not tell of hidden attributes by what it finds. */
function filterOf({ plan, id }: GraphOperation, kind: "nodes" | "edges", { filter, type }: GraphInput) {
  if (filter === undefined) return {};
  const types = type === undefined ? [...plan.types[kind].keys()] : [type];
  const hidden = new Set(types.flatMap((name) => [...hiddenNames(plan.hiddenOutput[kind], name)]));
  if (hidden.size > 0) checkPaths(filter as OpenFilter, hidden, id);
  return { where: filter };
}

function checkPaths(filter: OpenFilter, hidden: ReadonlySet<string>, id: string): void {
  for (const [path, asked] of Object.entries(filter)) {
    if (path === "AND" || path === "OR") for (const one of asked as OpenFilter[]) checkPaths(one, hidden, id);
    else if (path === "NOT") checkPaths(asked as OpenFilter, hidden, id);
    else if (isHidden(path, hidden)) {
      const mismatch = { expected: "a path to an attribute that is put out", path: "$.filter", received: "another" };
      throw invalidInput(id, mismatch);
    }
  }
}

/** A path that can't be read leads nowhere: the store says so. */
function isHidden(path: string, hidden: ReadonlySet<string>): boolean {
  try {
    return hidden.has(parsePath(path)[0] ?? "");
  } catch {
    return false;
  }
}

/** Runs `ask`; that the store takes no such filter is a mistake of the caller. */
function refusing<T>({ id }: GraphOperation, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const expected = "a filter over attributes that the type has, with values of their kind";
    throw invalidInput(id, { expected, path: "$.filter", received: describeKind({}) });
  }
}

/** Those of `names` that the input has. */
function only(input: GraphInput, names: readonly string[]): Record<string, never> {
  return Object.fromEntries(names.filter((name) => name in input).map((name) => [name, input[name] as never]));
}
