import type { TSchema } from "@sinclair/typebox";
import { type JsonObject, quote } from "../json-values.ts";
import { checkTexts, checkType, invalid, refuseFor } from "./definition-checks.ts";
import { fromJsonSchema } from "./from-json-schema.ts";
import { hasLooseAttribute } from "./loose-attributes.ts";
import { toJsonSchema } from "./schema-json.ts";
import type { Transitions } from "./transitions.ts";
import { toIndexes, toKeyAttribute, toTransitions } from "./type-rules.ts";

/** What node types and edge types have in common. */
interface ElementType {
  readonly name: string;
  readonly description: string;
  /** The schema by which attributes are checked. */
  readonly attributes: TSchema;
  /** The JSON Schema by which they are checked. */
  readonly schema: JsonObject;
  /** Paths of attributes that are to have an SQL index. */
  readonly indexes: readonly string[];
}

/** A node type as it is checked and stored. */
export interface NodeType extends ElementType {
  /** The attribute that is the key of its nodes. */
  readonly keyAttribute: string | undefined;
  readonly transitions: Transitions | undefined;
}

/** An edge type as it is checked and stored. */
export interface EdgeType extends ElementType {
  /** Names of node types; empty for any. */
  readonly from: readonly string[];
  /** Names of node types; empty for any. */
  readonly to: readonly string[];
}

/** The types of a module by name, in the order of their definition. */
export interface GraphTypes {
  readonly nodes: ReadonlyMap<string, NodeType>;
  readonly edges: ReadonlyMap<string, EdgeType>;
}

/** A type before its check. */
interface ElementParts {
  readonly name: string;
  readonly attributes: TSchema;
  /** @default that of `attributes` */
  readonly description?: string | undefined;
  /** @default made from `attributes` */
  readonly schema?: JsonObject | undefined;
  readonly indexes?: unknown;
}

/** A node type before its check. */
export interface NodeParts extends ElementParts {
  readonly key?: unknown;
  readonly transitions?: unknown;
}

/** An edge type before its check. */
export interface EdgeParts extends ElementParts {
  readonly from?: unknown;
  readonly to?: unknown;
}

/** @throws {StorageError} `INVALID_MODULE` if the parts don't fit together. */
export function toNodeType(parts: NodeParts, what: string): NodeType {
  const type = toElementType(parts, what);
  return Object.freeze({
    ...type,
    keyAttribute: toKeyAttribute(parts.key, type.schema, what),
    transitions: toTransitions(parts.transitions, type.schema, what),
  });
}

/** @throws {StorageError} `INVALID_MODULE` if the parts don't fit together, or not to the node types `nodes`. */
export function toEdgeType(parts: EdgeParts, nodes: ReadonlyMap<string, NodeType>, what: string): EdgeType {
  return Object.freeze({
    ...toElementType(parts, what),
    from: toEnds(parts.from, "from", nodes, what),
    to: toEnds(parts.to, "to", nodes, what),
  });
}

function toElementType({ name, indexes, ...given }: ElementParts, what: string): ElementType {
  const refuse = refuseFor(what);
  const schema = deepFreeze(given.schema ?? toJsonSchema(given.attributes, refuse));
  const attributes = hasLooseAttribute(schema) ? fromJsonSchema(schema, refuse, true) : given.attributes;
  const description = given.description ?? schema.description ?? "";
  checkType(description, "string", "description", what);
  return { name, description: description as string, attributes, schema, indexes: toIndexes(indexes, schema, what) };
}

function toEnds(ends: unknown = [], side: string, nodes: ReadonlyMap<string, NodeType>, what: string) {
  checkTexts(ends, side, "node type", what);
  const unknown = ends.find((end) => !nodes.has(end));
  if (unknown !== undefined) throw invalid(what, `${side} must name node types of this module`, quote(unknown));
  return Object.freeze([...ends]);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null)
    for (const inner of Object.values(Object.freeze(value))) deepFreeze(inner);
  return value;
}
