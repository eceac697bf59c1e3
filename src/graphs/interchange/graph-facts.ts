import { describeKind, type JsonObject, quote } from "../../json-values.ts";
import { formatError, isObject } from "./serialized-graph.ts";

/** What a stored graph is beside its nodes and edges. */
export interface GraphFacts {
  /** The name of the graph type. */
  readonly graphType: string;
  /** The version of the graph type. */
  readonly version: number;
  readonly name?: string;
  readonly description?: string;
  readonly status?: string;
  readonly ownerId?: string;
  readonly projectId?: string;
}

/** The attribute of a graph that carries its facts. */
export const FACTS_ATTRIBUTE = "@graph";

const TEXTS = ["graphType", "name", "description", "status", "ownerId", "projectId"];
const KNOWN = [...TEXTS, "version"];

/**
 * `attributes` of a graph, with its facts among them as `@graph`. Facts that are undefined are left out.
 *
 * @throws {StorageError} `INVALID_GRAPH` if there is an attribute of that name.
 */
export function tagFacts(facts: GraphFacts, attributes: JsonObject = {}): JsonObject {
  if (Object.hasOwn(attributes, FACTS_ATTRIBUTE)) {
    throw formatError(
      "write",
      "attributes",
      `no attribute ${quote(FACTS_ATTRIBUTE)}, which is to carry the facts,`,
      "one",
    );
  }
  const present = Object.entries(facts).filter(([, fact]) => fact !== undefined);
  return { [FACTS_ATTRIBUTE]: Object.fromEntries(present), ...attributes };
}

/**
 * The facts that {@link tagFacts} put among the attributes of a graph, undefined where there are none, and the other
 * attributes.
 *
 * @throws {StorageError} `INVALID_GRAPH` if there is something else in their place.
 */
export function untagFacts(attributes: JsonObject): { facts: GraphFacts | undefined; attributes: JsonObject } {
  const { [FACTS_ATTRIBUTE]: facts, ...others } = attributes;
  if (facts !== undefined) checkFacts(facts);
  return { facts, attributes: others };
}

function checkFacts(facts: unknown): asserts facts is GraphFacts {
  const place = `attributes.${FACTS_ATTRIBUTE}`;
  if (!isObject(facts)) throw formatError("read", place, "an object", describeKind(facts));
  const unknown = Object.keys(facts).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw formatError("read", place, `no member but ${KNOWN.join(", ")}`, quote(unknown));
  for (const name of TEXTS) {
    if (typeof facts[name] === "string" || (facts[name] === undefined && name !== "graphType")) continue;
    throw formatError("read", `${place}.${name}`, "text", describeKind(facts[name]));
  }
  const { version } = facts;
  if (!Number.isSafeInteger(version) || (version as number) < 1) {
    throw formatError("read", `${place}.version`, "an integer >= 1", describeKind(version));
  }
}
