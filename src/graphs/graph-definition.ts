import type { Static, TSchema } from "@sinclair/typebox";
import type { AttributePath } from "./attribute-path.ts";

/** Whether the edges of a graph have a direction: all, none, or each for itself. */
export type GraphDirection = "directed" | "undirected" | "mixed";
/** Where graphs of a type live: in the system's file, in a tenant's, or with one user. */
export type GraphScope = "system" | "tenant" | "user";

/** The rules of structure that every graph of a type keeps. */
export interface GraphConfig {
  readonly type: GraphDirection;
  /** Whether two nodes may be joined by more than one directed edge each way, or more than one undirected edge. */
  readonly multi: boolean;
  /** Whether an edge may lead from a node to itself. */
  readonly allowSelfLoops: boolean;
  /** Whether no edge may close a cycle: for directed graphs without self loops. @default false */
  readonly acyclic?: boolean;
}

/** A TypeBox schema of objects: what the attributes of a node or an edge are. */
export interface AttributesSchema extends TSchema {
  static: { [name: string]: unknown };
}

/** An edge type: which attributes its edges have and which node types they may join. */
export interface EdgeDefinition<NodeName extends string = string> {
  /** @default no attributes */
  readonly attributes?: AttributesSchema;
  /** @default the description of `attributes` */
  readonly description?: string;
  /** The node types an edge may lead from; empty for any. @default [] */
  readonly from?: readonly NodeName[];
  /** The node types an edge may lead to; empty for any. @default [] */
  readonly to?: readonly NodeName[];
}

/** The node types of a module by name. A schema's `description` is the description of the type. */
export type NodeDefinitions = Readonly<Record<string, AttributesSchema>>;
/** The edge types of a module by name. */
export type EdgeDefinitions<NodeName extends string = string> = Readonly<Record<string, EdgeDefinition<NodeName>>>;

/** Attributes that are to have an SQL index, by type. */
export interface IndexDefinitions<Nodes extends NodeDefinitions, Edges extends EdgeDefinitions> {
  readonly nodes?: { readonly [Name in keyof Nodes]?: readonly AttributePath<Static<Nodes[Name]>>[] };
  readonly edges?: { readonly [Name in keyof Edges]?: readonly AttributePath<AttributesOf<Edges[Name]>>[] };
}

type AttributesOf<Edge> = Edge extends { readonly attributes: infer Schema extends TSchema } ? Static<Schema> : never;

/** The names of the attributes of type `T` that are required and text. */
type TextAttribute<T> = string extends keyof T
  ? string
  : { [Name in keyof T & string]: T[Name] extends string ? Name : never }[keyof T & string];

/** The {@link Transitions} that are possible in attributes of type `T`. */
export type TransitionsOf<T> = {
  [Name in TextAttribute<T>]: {
    readonly attribute: Name;
    readonly allowed: { readonly [State in T[Name & keyof T] & string]?: readonly (T[Name & keyof T] & string)[] };
  };
}[TextAttribute<T>];

/** What {@link defineGraph} takes. */
export interface GraphDefinition<Nodes extends NodeDefinitions, Edges extends EdgeDefinitions> {
  readonly name: string;
  /** Counts up from 1: graphs of different versions of a type live beside each other. */
  readonly version: number;
  /** @default "" */
  readonly description?: string;
  /** @default "system" */
  readonly scope?: GraphScope;
  readonly config: GraphConfig;
  readonly nodes: Nodes;
  /** @default no edge types */
  readonly edges?: Edges;
  /** Paths of attributes that are to have an SQL index, by type. @default none */
  readonly indexes?: IndexDefinitions<NoInfer<Nodes>, NoInfer<Edges>>;
  /** The attribute that is the key of a node, by node type: one that is required and text. @default none */
  readonly keys?: { readonly [Name in keyof NoInfer<Nodes>]?: TextAttribute<Static<NoInfer<Nodes>[Name]>> };
  /** Attributes that are states, by node type: which may follow which when a node is updated. @default none */
  readonly transitions?: { readonly [Name in keyof NoInfer<Nodes>]?: TransitionsOf<Static<NoInfer<Nodes>[Name]>> };
}
