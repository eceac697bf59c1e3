import { v7 } from "uuid";
import { checkName, checkOptions } from "../../arguments.ts";
import {
  CallGraph,
  compareModules,
  type GraphModule,
  type JsonObject,
  moduleToDbSchema,
  typesOf,
} from "../../graphs/mod.ts";
import { quote } from "../../json-values.ts";
import { callGraphLayout } from "./call-layout.ts";
import { ChangePublisher, type GraphEvents } from "./change-publisher.ts";
import { Graph } from "./graph.ts";
import { GraphConnection, type GraphReader } from "./graph-connection.ts";
import type { GraphContext } from "./graph-context.ts";
import { checkStatus, type GraphInfo, type GraphLayoutName, type GraphStatus } from "./graph-info.ts";
import { checkGraphTexts, tell } from "./graph-rows.ts";
import { type GraphLayout, metagraphLayout } from "./layout.ts";
import { type GraphFilter, listGraphs } from "./list-graphs.ts";
import { notFound } from "./refusals.ts";
import { type Registration, registerModule } from "./types/register-module.ts";
import { checkRegistered, storedModule } from "./types/stored-modules.ts";
import { graphTypeId } from "./types/stored-types.ts";
import { encodeMetadata } from "./writes/element-values.ts";

/** How a graph store works. */
export interface GraphStoreOptions {
  /**
   * Tells of each change in the transaction that makes it: `nodes:created`, `nodes:updated`, `nodes:deleted`, the same of
   * `edges:` and `graphs:`, with `{ graphId, key, type }`. By `"notify"` each is a notification on the channel of that
   * name; in a stream it is an event with that name as its key. The edges of a deleted node are told, those of a renamed
   * one are not, and of a deleted graph only the graph itself. @default nobody is told
   */
  readonly events?: GraphEvents;
}

/** What a new graph is to be. */
export interface NewGraph {
  readonly name: string;
  /** @default "" */
  readonly description?: string;
  /** @default "active" */
  readonly status?: GraphStatus;
  /** `native` where there are tables made for the type: those of `CallGraph`, in a tenant's file. @default "metagraph" */
  readonly layout?: GraphLayoutName;
  readonly ownerId?: string | null;
  readonly projectId?: string | null;
  readonly metadata?: JsonObject;
}

const NEW_GRAPH = ["name", "description", "status", "layout", "ownerId", "projectId", "metadata"];
const INSERT = `INSERT INTO "graphs"
  ("id", "graph_type_id", "name", "description", "status", "layout", "owner_id", "project_id", "metadata")
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * Gives the store of the graphs of a system or tenant database.
 *
 * ```ts
 * const db = createTenantDatabase(open("tenant-acme.db"));
 * const store = createGraphStore(db, { events: "notify" });
 * store.register(Dependencies);
 * const graph = store.createGraph(Dependencies, { name: "app" });
 * ```
 *
 * @param db What `createTenantDatabase()` or `createSystemDatabase()` returned; who opened its client closes it.
 */
export function createGraphStore(db: object, options: GraphStoreOptions = {}): GraphStore {
  checkOptions(options, ["events"], "createGraphStore");
  const connection = GraphConnection.of(db, "create a graph store");
  return new GraphStore(connection, new ChangePublisher(connection.client, options.events));
}

/** The graphs of one file, of every type. */
export class GraphStore {
  readonly #connection: GraphConnection;
  readonly #publisher: ChangePublisher;

  /** Made by `createGraphStore()`. */
  constructor(connection: GraphConnection, publisher: ChangePublisher) {
    this.#connection = connection;
    this.#publisher = publisher;
  }

  /** The same store inside the open transaction `tx`, Drizzle's or the client's own. */
  in(tx: unknown): GraphStore {
    return new GraphStore(this.#connection.in(tx), this.#publisher);
  }

  /**
   * Stores a graph type, so that graphs of it can be made, and its indexes. Versions of a type live beside each other.
   *
   * Of a version that is stored already, what the module allows beyond it is added; graphs of it stay valid.
   *
   * @throws {StorageError} `MODULE_CHANGED` if something stored would not be valid any more, with the list of what broke;
   * nothing is changed then.
   */
  register(module: GraphModule): Registration {
    typesOf(module, "register");
    return registerModule(this.#connection, module);
  }

  /**
   * Makes an empty graph of a registered type.
   *
   * @throws {StorageError} `NOT_FOUND` if the type is not registered in this version, `MODULE_CHANGED` if it is another one
   * that is.
   */
  createGraph<M extends GraphModule>(module: M, graph: NewGraph): Graph<M> {
    const types = typesOf(module, "createGraph");
    checkNewGraph(graph);
    const { name, description = "", status = "active", layout = "metagraph" } = graph;
    const metadata = encodeMetadata(graph.metadata, "create a graph");
    const context: GraphContext = {
      connection: this.#connection,
      layout: layoutOf(module, layout),
      module,
      types,
      id: v7(),
      publisher: this.#publisher,
    };
    this.#connection.write((scope) => {
      const typeId = graphTypeId(scope, module.name, module.version);
      if (typeId === undefined) throw notFound("create a graph", `${nameType(module)}: register it first`);
      checkRegistered(scope, module, typeId, "create a graph");
      if (layout === "native") checkTables(scope, context.layout);
      const { ownerId = null, projectId = null } = graph;
      scope.run(INSERT, [context.id, typeId, name, description, status, layout, ownerId, projectId, metadata]);
      tell(context, scope, "graphs:created");
    });
    return new Graph<M>(context);
  }

  /**
   * The graph with this id. Without a module, its type is what is stored.
   *
   * @throws {StorageError} `NOT_FOUND` if there is no such graph of that type and version, `MODULE_CHANGED` if `module` lets
   * through what the registered one does not.
   */
  graph(id: string): Graph;
  graph<M extends GraphModule>(id: string, module: M): Graph<M>;
  graph<M extends GraphModule>(id: string, module?: M): Graph<M> {
    checkName(id, "open a graph", "id");
    if (module !== undefined) typesOf(module, "graph");
    const { reader } = this.#connection;
    const row = reader.row('SELECT "graph_type_id", "layout" FROM "graphs" WHERE "id" = ?', [id], 2);
    if (row === undefined) throw notFound("open a graph", `graph ${quote(id)}`);
    const [typeId, layout] = row as [string, GraphLayoutName];
    if (module !== undefined && graphTypeId(reader, module.name, module.version) !== typeId) {
      throw notFound("open a graph", `graph ${quote(id)} of ${nameType(module)}`);
    }
    if (module !== undefined) checkRegistered(reader, module, typeId, "open a graph");
    const known = module ?? (storedModule(this.#connection, typeId) as M);
    return new Graph<M>({
      connection: this.#connection,
      layout: layoutOf(known, layout),
      module: known,
      types: typesOf(known, "graph"),
      id,
      publisher: this.#publisher,
    });
  }

  /** What is known of the graphs that fit, oldest first. */
  listGraphs(filter: GraphFilter = {}): GraphInfo[] {
    return listGraphs(this.#connection.reader, filter);
  }
}

function nameType(module: GraphModule): string {
  return `graph type ${quote(module.name)} version ${module.version}`;
}

/** Where a graph of `module` lies. The native tables hold what our `CallGraph` says, and nothing that somebody adds to it. */
function layoutOf(module: GraphModule, layout: GraphLayoutName): GraphLayout {
  if (layout === "metagraph") return metagraphLayout;
  if (module === CallGraph) return callGraphLayout;
  const isNamedSo = module.name === CallGraph.name && module.version === CallGraph.version;
  if (isNamedSo && compareModules(moduleToDbSchema(CallGraph), module).length === 0) return callGraphLayout;
  throw new TypeError(`Cannot open a graph: the layout must be metagraph for ${nameType(module)}: received native`);
}

/** @throws {StorageError} `NOT_FOUND` if the file, such as the system's, has no tables for the type. */
function checkTables(reader: GraphReader, { nodes, edges }: GraphLayout): void {
  for (const { table } of [nodes, edges]) {
    const name = table.slice(1, -1);
    const found = reader.row('SELECT 1 FROM sqlite_schema WHERE "type" = \'table\' AND "name" = ?', [name], 1);
    if (found === undefined) throw notFound("create a native graph", `table ${quote(name)} in this file`);
  }
}

function checkNewGraph(graph: NewGraph): void {
  const action = "create a graph";
  checkOptions(graph, NEW_GRAPH, "createGraph");
  checkName(graph?.name, action, "name");
  checkGraphTexts(graph, action);
  checkStatus(graph.status, action);
  if (graph.layout !== undefined && graph.layout !== "metagraph" && graph.layout !== "native") {
    throw new TypeError(`Cannot ${action}: layout must be metagraph or native: received ${String(graph.layout)}`);
  }
}
