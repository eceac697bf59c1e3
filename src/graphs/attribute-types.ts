import type { Static } from "@sinclair/typebox";
import type { JsonObject } from "../json-values.ts";
import type { AttributesSchema } from "./graph-definition.ts";
import type { GraphModule } from "./graph-module.ts";

/** The names of the node types of a module. */
export type NodeTypeName<M extends GraphModule> = keyof M["nodes"] & string;
/** The names of the edge types of a module. */
export type EdgeTypeName<M extends GraphModule> = keyof M["edges"] & string;

/** The attributes of a node of one type. */
export type NodeAttributes<M extends GraphModule, Name extends NodeTypeName<M>> = Static<M["nodes"][Name]>;

/** The attributes of an edge of one type. */
export type EdgeAttributes<M extends GraphModule, Name extends EdgeTypeName<M>> = M["edges"][Name] extends {
  readonly attributes: infer Schema extends AttributesSchema;
}
  ? Static<Schema>
  : string extends keyof M["edges"]
    ? { [name: string]: unknown } // a module of which nothing is known but that it is one
    : { [name: string]: never };

/** The member `attributes` of something new: it may be left out where all attributes are optional. */
export type AttributesMember<A> =
  Record<never, never> extends A ? { readonly attributes?: A } : { readonly attributes: A };

/** A node that is to be added. */
export type NodeInput<M extends GraphModule, Name extends NodeTypeName<M>> = {
  /** @default the attribute that the type names as its key; else a UUID of version 7 */
  readonly key?: string;
  readonly metadata?: JsonObject;
} & AttributesMember<NodeAttributes<M, Name>>;

/** An edge that is to be added. */
export type EdgeInput<M extends GraphModule, Name extends EdgeTypeName<M>> = {
  /** Null for an edge without a key. */
  readonly key?: string | null;
  /** The key of the node it leads from. */
  readonly source: string;
  /** The key of the node it leads to. */
  readonly target: string;
  /** @default what the graph type says; false in a mixed one */
  readonly undirected?: boolean;
  readonly metadata?: JsonObject;
} & AttributesMember<EdgeAttributes<M, Name>>;
