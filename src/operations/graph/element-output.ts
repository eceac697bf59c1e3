import type { JsonObject } from "../../graphs/mod.ts";
import type { GraphEdge, GraphNode } from "../../sqlite/mod.ts";
import { hiddenNames, type ModulePlan } from "./module-plan.ts";

/** A node as it is put out. */
export function nodeOutput<Node extends GraphNode>({ hiddenOutput }: ModulePlan, node: Node): Node {
  return visible(node, hiddenNames(hiddenOutput.nodes, node.type));
}

/** An edge as it is put out. */
export function edgeOutput<Edge extends GraphEdge>({ hiddenOutput }: ModulePlan, edge: Edge): Edge {
  return visible(edge, hiddenNames(hiddenOutput.edges, edge.type));
}

function visible<Element extends { readonly attributes: unknown }>(
  element: Element,
  hidden: ReadonlySet<string>,
): Element {
  if (hidden.size === 0) return element;
  const attributes = Object.entries(element.attributes as JsonObject).filter(([name]) => !hidden.has(name));
  return { ...element, attributes: Object.fromEntries(attributes) };
}
