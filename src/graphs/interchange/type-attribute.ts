import { describeKind, type JsonObject, quote } from "../../json-values.ts";
import { formatError, type SerializedEdge, type SerializedNode } from "./serialized-graph.ts";

/** The attribute that carries the type of a node or an edge where there is no other place for it. */
export const TYPE_ATTRIBUTE = "@type";

/**
 * `element` with `type` among its attributes.
 *
 * @param typeAttribute The attribute that carries it. @default "@type"
 * @throws {StorageError} `INVALID_GRAPH` if there is an attribute of that name.
 */
export function tagType<Element extends SerializedNode | SerializedEdge>(
  element: Element,
  type: string,
  typeAttribute: string = TYPE_ATTRIBUTE,
): Element {
  const { attributes } = element;
  if (attributes !== undefined && Object.hasOwn(attributes, typeAttribute)) {
    throw formatError(
      "write",
      placeOf(element),
      `no attribute ${quote(typeAttribute)}, which is to carry the type,`,
      "one",
    );
  }
  return { ...element, attributes: { [typeAttribute]: type, ...attributes } };
}

/**
 * The type that {@link tagType} put among the attributes of `element`, undefined where there is none, and the other
 * attributes.
 *
 * @throws {StorageError} `INVALID_GRAPH` if the attribute is no text.
 */
export function untagType(
  element: SerializedNode | SerializedEdge,
  typeAttribute: string = TYPE_ATTRIBUTE,
): { type: string | undefined; attributes: JsonObject } {
  const { [typeAttribute]: type, ...attributes } = element.attributes ?? {};
  if (type === undefined || typeof type === "string") return { type, attributes };
  throw formatError("read", `attribute ${quote(typeAttribute)} of ${placeOf(element)}`, "text", describeKind(type));
}

function placeOf(element: SerializedNode | SerializedEdge): string {
  if ("source" in element && element.key === undefined) {
    return `the edge from ${quote(element.source)} to ${quote(element.target)}`;
  }
  return `${"source" in element ? "edge" : "node"} ${quote(element.key ?? "")}`;
}
