import { declaredAt, type EdgeType, type NodeType, parsePath } from "../../../graphs/mod.ts";
import { quote } from "../../../json-values.ts";
import { type AttributeSql, type ElementLayout, jsonPath } from "../layout.ts";

/** What the attributes in a question belong to. */
export interface AttributeOwner {
  /** What the question is about. */
  readonly kind: "nodes" | "edges";
  /** The types it is about: a path must lead to an attribute of one of them. */
  readonly types: readonly (NodeType | EdgeType)[];
  readonly layout: ElementLayout;
  /** The table in the statement. */
  readonly alias: string;
}

/** An attribute that is asked for. */
export interface AskedAttribute extends AttributeSql {
  /** Whether the module declares an SQL index on it for the one type the question is about. */
  readonly isIndexed: boolean;
}

/** Names that are known to be of types of nodes or edges; undefined for all types. */
export type TypeNames = readonly string[] | undefined;

const MOST = 1000; // paths of one type: below an attribute that may be anything there is no end of them
const declared = new WeakMap<NodeType | EdgeType, Map<string, readonly string[]>>();

/** @throws {TypeError} If `path` leads to no attribute that a type of `owner` declares. */
export function attributeAt({ kind, types, layout, alias }: AttributeOwner, path: string): AskedAttribute {
  for (const type of types) {
    const names = namesAt(type, path);
    if (names === undefined) continue;
    const isIndexed = types.length === 1 && isIndexedAt(type, names);
    return { ...layout.attribute(alias, names), isIndexed };
  }
  const of = types.length === 1 ? `of type ${quote(types[0]!.name)}` : "of any type of this graph";
  throw new TypeError(
    `Cannot query ${kind}: a path must lead to a declared attribute ${of}: received ${quote(String(path))}`,
  );
}

/** The types of nodes or edges with these names. */
export function typesNamed(types: ReadonlyMap<string, NodeType | EdgeType>, names: TypeNames) {
  return names === undefined ? [...types.values()] : names.map((name) => types.get(name)!);
}

/** The type that all have, where the module has only one: its indexes can be used then. */
export function onlyType(types: ReadonlyMap<string, NodeType | EdgeType>): TypeNames {
  return types.size === 1 ? [...types.keys()] : undefined;
}

function namesAt(type: NodeType | EdgeType, path: string): readonly string[] | undefined {
  let known = declared.get(type);
  const found = known?.get(path);
  if (found !== undefined) return found;
  const names = parsePath(path);
  if (declaredAt(type.schema, names).length === 0) return undefined;
  if (known === undefined || known.size >= MOST) {
    known = new Map();
    declared.set(type, known);
  }
  known.set(path, names);
  return names;
}

function isIndexedAt({ indexes }: NodeType | EdgeType, names: readonly string[]): boolean {
  return indexes.some((index) => jsonPath(parsePath(index)) === jsonPath(names));
}
