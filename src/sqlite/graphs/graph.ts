import { checkName } from "../../arguments.ts";
import type {
  EdgeAttributes,
  EdgeInput,
  EdgeTypeName,
  GraphModule,
  JsonObject,
  NodeAttributes,
  NodeInput,
  NodeTypeName,
} from "../../graphs/mod.ts";
import { quote } from "../../json-values.ts";
import { decodeEdge, decodeNode, edgeColumns, type GraphEdge, type GraphNode, nodeColumns } from "./elements.ts";
import type { GraphContext } from "./graph-context.ts";
import { serveContext } from "./graph-context.ts";
import { decodeInfo, type GraphInfo, INFO_COLUMNS, SELECT_INFO } from "./graph-info.ts";
import { GraphQueries } from "./graph-queries.ts";
import { deleteGraph, type GraphChanges, setStatus, updateGraph } from "./graph-rows.ts";
import { notFound } from "./refusals.ts";
import { bulkLoad, type ImportCounts, type ImportOptions, type SourceToImport } from "./writes/bulk-load.ts";
import { checkList } from "./writes/element-values.ts";
import { type EdgeRef, edgeCondition } from "./writes/stored-edges.ts";
import {
  deleteEdges,
  type EdgeToUpdate,
  type EdgeToWrite,
  insertEdges,
  renameEdges,
  updateEdges,
  upsertEdges,
} from "./writes/write-edges.ts";
import {
  deleteNodes,
  insertNodes,
  type NodeToWrite,
  renameNodes,
  updateNodes,
  upsertNodes,
} from "./writes/write-nodes.ts";
import { writeGraph } from "./writes/write-session.ts";

/** A node among others of a bulk write. */
export type NodeEntry<M extends GraphModule> = {
  [Name in NodeTypeName<M>]: { readonly type: Name } & NodeInput<M, Name>;
}[NodeTypeName<M>];
/** An edge among others of a bulk write. */
export type EdgeEntry<M extends GraphModule> = {
  [Name in EdgeTypeName<M>]: { readonly type: Name } & EdgeInput<M, Name>;
}[EdgeTypeName<M>];

/** What is imported: each list is read once, in its order, the nodes first. */
export interface NewElements<M extends GraphModule> {
  /** @default none */
  readonly nodes?: Iterable<NodeEntry<M>>;
  /** @default none */
  readonly edges?: Iterable<EdgeEntry<M>>;
}

/** Some of the attributes; one that is undefined is taken away. */
type Patch<A> = { readonly [Name in keyof A]?: A[Name] | undefined };

/** New attributes for a node: those that are not given stay. */
export interface NodePatch<Attributes> {
  readonly key: string;
  readonly attributes?: Patch<Attributes>;
  /** Takes the place of the whole metadata. */
  readonly metadata?: JsonObject;
}

/** New attributes for an edge: those that are not given stay. */
export interface EdgePatch<Attributes> {
  /** Its key, or the id of an anonymous one. */
  readonly edge: EdgeRef;
  readonly attributes?: Patch<Attributes>;
  /** Takes the place of the whole metadata. */
  readonly metadata?: JsonObject;
}

/** All attributes of an edge anew. */
export interface EdgeReplacement<Attributes> {
  /** Its key, or the id of an anonymous one. */
  readonly edge: EdgeRef;
  readonly attributes: Attributes;
  readonly metadata?: JsonObject;
}

/** A node patch among others of a bulk write. */
export type NodePatchEntry<M extends GraphModule> = {
  [Name in NodeTypeName<M>]: { readonly type: Name } & NodePatch<NodeAttributes<M, Name>>;
}[NodeTypeName<M>];
/** An edge patch among others of a bulk write. */
export type EdgePatchEntry<M extends GraphModule> = {
  [Name in EdgeTypeName<M>]: { readonly type: Name } & EdgePatch<EdgeAttributes<M, Name>>;
}[EdgeTypeName<M>];

/**
 * A stored graph: its nodes and edges are added, changed and deleted here, and asked for.
 *
 * Each call that writes is one transaction, all or nothing, however many nodes or edges it is given: the rules of the graph
 * type are checked in it, and the changes are told with its commit. What a rule refuses is a `StorageError`
 * `INVALID_GRAPH` that names the node or edge, the rule and the value. Attributes are checked as they are written, never as
 * they are read.
 *
 * ```ts
 * const graph = store.createGraph(Dependencies, { name: "app" });
 * graph.addNode("package", { key: "app", attributes: { license: "MIT" } });
 * graph.addNode("package", { key: "lib", attributes: { license: "ISC" } });
 * graph.addEdge("depends_on", { source: "app", target: "lib", attributes: { range: "^1.0" } });
 * graph.neighbours("app", { direction: "out" }).keys(); // ["lib"]
 * ```
 */
export class Graph<M extends GraphModule = GraphModule> extends GraphQueries<M> {
  readonly id: string;
  readonly #context: GraphContext;

  /** Made by the graph store. */
  constructor(context: GraphContext) {
    super(context);
    this.id = context.id;
    this.#context = context;
    serveContext(this, context);
  }

  /** The graph type that its rules come from. */
  get module(): M {
    return this.#context.module as M;
  }

  /** The same graph inside the open transaction `tx`, Drizzle's or the client's own: it sees and adds to what that wrote. */
  in(tx: unknown): Graph<M> {
    return new Graph<M>({ ...this.#context, connection: this.#context.connection.in(tx) });
  }

  /** What is known of the graph now. @throws {StorageError} `NOT_FOUND` if it was deleted. */
  info(): GraphInfo {
    const row = this.#context.connection.reader.row(`${SELECT_INFO} WHERE g."id" = ?`, [this.id], INFO_COLUMNS);
    if (row === undefined) throw notFound("read a graph", `graph ${quote(this.id)}`);
    return decodeInfo(row);
  }

  /** Changes what is known of the graph; what is not given stays. */
  update(changes: GraphChanges): void {
    updateGraph(this.#context, changes);
  }

  /** Makes the graph active: from a draft, or out of the archive. */
  activate(): void {
    setStatus(this.#context, "active");
  }

  /** Makes the graph one that is only read: every write but {@link activate} and {@link delete} is refused. */
  archive(): void {
    setStatus(this.#context, "archived");
  }

  /** Deletes the graph with its nodes and edges. @returns Whether it was there. */
  delete(): boolean {
    return deleteGraph(this.#context);
  }

  /**
   * Adds a node. @returns Its key: as given, or taken from the attribute that its type names, or a new UUID.
   *
   * @throws {StorageError} `INVALID_GRAPH`, or `ALREADY_EXISTS` if the key is taken.
   */
  addNode<Name extends NodeTypeName<M>>(type: Name, node: NodeInput<M, Name>): string {
    return this.#write("add a node", (session) => insertNodes(session, [{ ...node, type }])[0]!);
  }

  /** HOT (bench/graphs.ts): adds nodes in their order, all or none. @returns Their keys. */
  addNodes(nodes: Iterable<NodeEntry<M>>): string[] {
    return this.#write("add nodes", (session) => insertNodes(session, nodes as Iterable<NodeToWrite>));
  }

  /** The node with this key, or undefined. */
  getNode(key: string): GraphNode<M> | undefined {
    checkName(key, "get a node", "key");
    const { connection, layout } = this.#context;
    const columns = nodeColumns(layout.nodes, "n");
    const sql = `SELECT ${columns.join(", ")} FROM ${layout.nodes.table} n WHERE n."graph_id" = ? AND n.${layout.nodes.key} = ?`;
    const row = connection.reader.row(sql, [this.id, key], columns.length);
    return row && decodeNode<M>(layout.nodes, row);
  }

  /** The nodes with these keys, in their order; undefined where there is none. */
  getNodes(keys: Iterable<string>): (GraphNode<M> | undefined)[] {
    checkList(keys, "get nodes", "keys");
    return Array.from(keys, (key) => this.getNode(key));
  }

  /** Whether there is a node with this key. */
  hasNode(key: string): boolean {
    return this.getNode(key) !== undefined;
  }

  /**
   * Changes some attributes of a node, those on the top level; what is not given stays, what is undefined is taken away.
   *
   * @throws {StorageError} `NOT_FOUND`, or `INVALID_GRAPH`, also if the node is of another type or a state may not follow.
   */
  updateNode<Name extends NodeTypeName<M>>(type: Name, node: NodePatch<NodeAttributes<M, Name>>): void {
    this.#write("update a node", (session) => updateNodes(session, [{ ...node, type }], "merge"));
  }

  /** {@link updateNode} for many, all or none. */
  updateNodes(nodes: Iterable<NodePatchEntry<M>>): void {
    this.#write("update nodes", (session) => updateNodes(session, nodes as Iterable<NodeToWrite>, "merge"));
  }

  /** Gives a node new attributes in the place of all it has. */
  replaceNode<Name extends NodeTypeName<M>>(type: Name, node: NodeInput<M, Name>): void {
    this.#write("replace a node", (session) => updateNodes(session, [{ ...node, type }], "replace"));
  }

  /** {@link replaceNode} for many, all or none. */
  replaceNodes(nodes: Iterable<NodeEntry<M>>): void {
    this.#write("replace nodes", (session) => updateNodes(session, nodes as Iterable<NodeToWrite>, "replace"));
  }

  /** Adds a node, or replaces the attributes of the one with its key. @returns Its key. */
  upsertNode<Name extends NodeTypeName<M>>(type: Name, node: NodeInput<M, Name>): string {
    return this.#write("upsert a node", (session) => upsertNodes(session, [{ ...node, type }])[0]!);
  }

  /** {@link upsertNode} for many, all or none. @returns Their keys. */
  upsertNodes(nodes: Iterable<NodeEntry<M>>): string[] {
    return this.#write("upsert nodes", (session) => upsertNodes(session, nodes as Iterable<NodeToWrite>));
  }

  /** Gives a node another key; its edges stay with it. Told as an update, with the `previousKey`. */
  renameNode(from: string, to: string): void {
    this.renameNodes([[from, to]]);
  }

  /** {@link renameNode} for many, one after the other, all or none. */
  renameNodes(renames: Iterable<readonly [from: string, to: string]>): void {
    this.#write("rename nodes", (session) => renameNodes(session, renames));
  }

  /** Deletes a node with its edges. @returns Whether it was there. */
  deleteNode(key: string): boolean {
    return this.deleteNodes([key]) > 0;
  }

  /** {@link deleteNode} for many, all or none. @returns How many were there. */
  deleteNodes(keys: Iterable<string>): number {
    return this.#write("delete nodes", (session) => deleteNodes(session, keys));
  }

  /**
   * Adds an edge between two nodes that are there. @returns Its id.
   *
   * @throws {StorageError} `INVALID_GRAPH` if a rule forbids it, `NOT_FOUND` if an end is missing, `ALREADY_EXISTS` if
   * its key is taken.
   */
  addEdge<Name extends EdgeTypeName<M>>(type: Name, edge: EdgeInput<M, Name>): string {
    return this.#write("add an edge", (session) => insertEdges(session, [{ ...edge, type }])[0]!);
  }

  /** HOT (bench/graphs.ts): adds edges in their order, all or none. @returns Their ids. */
  addEdges(edges: Iterable<EdgeEntry<M>>): string[] {
    return this.#write("add edges", (session) => insertEdges(session, edges as Iterable<EdgeToWrite>));
  }

  /** The edge with this key or id, or undefined. */
  getEdge(edge: EdgeRef): GraphEdge<M> | undefined {
    const { connection, layout } = this.#context;
    const columns = edgeColumns(layout.edges, "e");
    const [condition, values] = edgeCondition(layout.edges, this.id, edge);
    const sql = `SELECT ${columns.join(", ")} FROM ${layout.edges.table} e WHERE ${condition}`;
    const row = connection.reader.row(sql, values, columns.length);
    return row && decodeEdge<M>(layout.edges, row);
  }

  /** The edges with these keys or ids, in their order; undefined where there is none. */
  getEdges(edges: Iterable<EdgeRef>): (GraphEdge<M> | undefined)[] {
    checkList(edges, "get edges", "edges");
    return Array.from(edges, (edge) => this.getEdge(edge));
  }

  /** Whether there is an edge with this key or id. */
  hasEdge(edge: EdgeRef): boolean {
    return this.getEdge(edge) !== undefined;
  }

  /** Changes some attributes of an edge; its ends and direction stay. See {@link updateNode}. */
  updateEdge<Name extends EdgeTypeName<M>>(type: Name, edge: EdgePatch<EdgeAttributes<M, Name>>): void {
    this.#write("update an edge", (session) => updateEdges(session, [{ ...edge, type }], "merge"));
  }

  /** {@link updateEdge} for many, all or none. */
  updateEdges(edges: Iterable<EdgePatchEntry<M>>): void {
    this.#write("update edges", (session) => updateEdges(session, edges as Iterable<EdgeToUpdate>, "merge"));
  }

  /** Gives an edge new attributes in the place of all it has. */
  replaceEdge<Name extends EdgeTypeName<M>>(type: Name, edge: EdgeReplacement<EdgeAttributes<M, Name>>): void {
    this.#write("replace an edge", (session) => updateEdges(session, [{ ...edge, type }], "replace"));
  }

  /** Adds an edge, or replaces the attributes of the one with its key, which must join the same nodes. @returns Its id. */
  upsertEdge<Name extends EdgeTypeName<M>>(type: Name, edge: EdgeInput<M, Name> & { readonly key: string }): string {
    return this.#write("upsert an edge", (session) => upsertEdges(session, [{ ...edge, type }])[0]!);
  }

  /** {@link upsertEdge} for many, all or none. @returns Their ids. */
  upsertEdges(edges: Iterable<EdgeEntry<M> & { readonly key: string }>): string[] {
    return this.#write("upsert edges", (session) => upsertEdges(session, edges as Iterable<EdgeToWrite>));
  }

  /** Gives an edge another key; null makes it anonymous. */
  renameEdge(edge: EdgeRef, to: string | null): void {
    this.renameEdges([[edge, to]]);
  }

  /** {@link renameEdge} for many, one after the other, all or none. */
  renameEdges(renames: Iterable<readonly [EdgeRef, to: string | null]>): void {
    this.#write("rename edges", (session) => renameEdges(session, renames));
  }

  /** Deletes an edge. @returns Whether it was there. */
  deleteEdge(edge: EdgeRef): boolean {
    return this.deleteEdges([edge]) > 0;
  }

  /** {@link deleteEdge} for many, all or none. @returns How many were there. */
  deleteEdges(edges: Iterable<EdgeRef>): number {
    return this.#write("delete edges", (session) => deleteEdges(session, edges));
  }

  /**
   * Adds many nodes and edges, all or none: as {@link addNodes} and then {@link addEdges}, but several times as fast and with
   * the same little memory whatever their number, if it is no part of an open transaction. While it lasts, nobody else writes
   * to the file, and the lists, which are read once, can read what was there before.
   *
   * The end nodes, parallel edges and cycles are looked at last: of several mistakes another may be told first.
   *
   * ```ts
   * graph.import({ nodes: readNodes(), edges: readEdges() }, { onProgress: ({ edges }) => console.log(edges) });
   * ```
   *
   * @returns How many nodes and edges there were.
   */
  import(source: NewElements<M>, options: ImportOptions = {}): ImportCounts {
    return bulkLoad(this.#context, source as SourceToImport, options);
  }

  #write<T>(action: string, work: Parameters<typeof writeGraph<T>>[2]): T {
    return writeGraph(this.#context, action, work);
  }
}
