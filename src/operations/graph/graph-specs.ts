import { type TObject, type TProperties, type TSchema, Type } from "@sinclair/typebox";
import type { EdgeType, NodeType } from "../../graphs/mod.ts";
import type { ErrorDefinition, OperationType } from "../operation-spec.ts";
import { attributeSchema, patchSchema } from "./attribute-schema.ts";
import { GRAPH_ERRORS } from "./graph-errors.ts";
import { type GraphVerb, READING_VERBS } from "./module-options.ts";
import { hiddenNames, type ModulePlan } from "./module-plan.ts";

/** What differs between the specs of a graph type. */
export interface GraphVerbParts {
  readonly type: OperationType;
  readonly description: string;
  readonly inputSchema: TSchema;
  readonly outputSchema: TSchema;
  readonly errorSchemas: readonly ErrorDefinition[];
}

const TEXT = Type.String({ pattern: "^[^\\u0000]*$", description: "Text without NUL" });
const TIME = Type.Integer({ description: "Unix milliseconds" });
const METADATA = Type.Object({}, { description: "What the application keeps beside it" });
const STATUS = Type.Union([Type.Literal("draft"), Type.Literal("active"), Type.Literal("archived")]);
const NULLABLE = Type.Union([TEXT, Type.Null()]);
const DELETED = closed({ deleted: Type.Literal(true) });
const EXPECTED = Type.Optional(
  Type.Integer({ description: "The updatedAt it had when it was read: if it has another now, nothing is done" }),
);
const GRAPH_ID = { graphId: TEXT };
const GRAPH_INFO = closed({
  id: TEXT,
  name: TEXT,
  description: TEXT,
  type: TEXT,
  version: Type.Integer(),
  status: STATUS,
  layout: TEXT,
  ownerId: NULLABLE,
  projectId: NULLABLE,
  metadata: METADATA,
  createdAt: TIME,
  updatedAt: TIME,
});

const { NOT_FOUND, CONFLICT, INVALID_GRAPH, GRAPH_ARCHIVED, RESULT_TOO_LARGE } = GRAPH_ERRORS;
const ADDING = [NOT_FOUND, CONFLICT, INVALID_GRAPH, GRAPH_ARCHIVED, RESULT_TOO_LARGE];

/** The parts of the spec of `verb`. */
export function graphVerbParts(verb: GraphVerb, plan: ModulePlan): GraphVerbParts {
  const parts = new SchemaParts(plan, `${plan.namespace}.${verb}`);
  const [description, input, outputSchema, errorSchemas] = parts.of(verb);
  const type = READING_VERBS.has(verb) ? "query" : "mutation";
  return { type, description, inputSchema: input, outputSchema, errorSchemas };
}

type Parts = readonly [description: string, input: TSchema, output: TSchema, errors: readonly ErrorDefinition[]];

class SchemaParts {
  readonly #plan: ModulePlan;
  readonly #id: string;

  constructor(plan: ModulePlan, id: string) {
    this.#plan = plan;
    this.#id = id;
  }

  of(verb: GraphVerb): Parts {
    const graph = `a graph of the type ${this.#plan.module.name}`;
    const changes = { description: Type.Optional(TEXT), projectId: Type.Optional(NULLABLE) };
    switch (verb) {
      case "createGraph": {
        const isDraft = Type.Optional(
          Type.Union([Type.Literal("draft"), Type.Literal("active")], { default: "active" }),
        );
        const input = closed({ name: TEXT, ...changes, status: isDraft, metadata: Type.Optional(METADATA) });
        return [`Creates ${graph}, without nodes`, input, GRAPH_INFO, []];
      }
      case "getGraph":
        return [`Tells what is known of ${graph}`, closed(GRAPH_ID), GRAPH_INFO, [NOT_FOUND]];
      case "listGraphs": {
        const input = closed({ status: Type.Optional(STATUS), ...this.#page() });
        return ["Lists graphs, oldest first, a page at a time", input, paged(GRAPH_INFO), []];
      }
      case "updateGraph": {
        const status = Type.Optional(Type.Union([Type.Literal("active"), Type.Literal("archived")]));
        const members = { name: Type.Optional(TEXT), ...changes, status, metadata: Type.Optional(METADATA) };
        const set = Type.Object(members, { additionalProperties: false, minProperties: 1 });
        const input = closed({ ...GRAPH_ID, set, expectedUpdatedAt: EXPECTED });
        return [`Changes what is known of ${graph}`, input, GRAPH_INFO, [NOT_FOUND, CONFLICT, GRAPH_ARCHIVED]];
      }
      case "deleteGraph": {
        const input = closed({ ...GRAPH_ID, expectedUpdatedAt: EXPECTED });
        return [`Deletes ${graph} with all that is in it`, input, DELETED, [NOT_FOUND, CONFLICT]];
      }
      case "addNode":
        return [`Adds a node to ${graph}`, this.#adding("nodes", { key: Type.Optional(TEXT) }), this.#node(), ADDING];
      case "getNode":
        return ["Finds a node by its key", closed({ ...GRAPH_ID, key: TEXT }), this.#node(), [NOT_FOUND]];
      case "listNodes":
        return ["Lists nodes in the order of their keys", this.#listing("nodes", {}), paged(this.#node()), [NOT_FOUND]];
      case "updateNode":
        return ["Changes attributes of a node", this.#changing("nodes", { key: TEXT }), this.#node(), ADDING];
      case "deleteNode": {
        const input = closed({ ...GRAPH_ID, key: TEXT, expectedUpdatedAt: EXPECTED });
        return ["Deletes a node with its edges", input, DELETED, [NOT_FOUND, CONFLICT, GRAPH_ARCHIVED]];
      }
      case "addEdge":
        return [`Adds an edge between two nodes of ${graph}`, this.#newEdge(), this.#edge(), ADDING];
      case "getEdge":
        return ["Finds an edge by its id", closed({ ...GRAPH_ID, id: TEXT }), this.#edge(), [NOT_FOUND]];
      case "listEdges": {
        const ends = { source: Type.Optional(TEXT), target: Type.Optional(TEXT) };
        const input = this.#listing("edges", ends);
        return ["Lists edges in the order of the keys of their ends", input, paged(this.#edge()), [NOT_FOUND]];
      }
      case "updateEdge":
        return ["Changes attributes of an edge", this.#changing("edges", { id: TEXT }), this.#edge(), ADDING];
      case "deleteEdge": {
        const input = closed({ ...GRAPH_ID, id: TEXT, expectedUpdatedAt: EXPECTED });
        return ["Deletes an edge", input, DELETED, [NOT_FOUND, CONFLICT, GRAPH_ARCHIVED]];
      }
      case "neighbours": {
        const types = { types: Type.Optional(this.#typeNames("nodes")) };
        const input = closed({ ...GRAPH_ID, key: TEXT, ...this.#direction(), ...types, limit: this.#limit() });
        return ["Finds the nodes that an edge joins to one", input, answer(this.#node()), [NOT_FOUND]];
      }
      case "ancestors":
      case "descendants": {
        const way = verb === "ancestors" ? "from which edges lead to" : "to which edges lead from";
        const depth = { maxDepth: Type.Optional(Type.Integer({ minimum: 0 })) };
        const input = closed({ ...GRAPH_ID, key: TEXT, ...this.#edgeTypes(), ...depth, limit: this.#limit() });
        const reached = answer(this.#node({ depth: Type.Integer({ minimum: 0 }) }));
        return [`Finds the nodes ${way} one, nearest first`, input, reached, [NOT_FOUND, RESULT_TOO_LARGE]];
      }
      case "shortestPath": {
        const depth = { maxDepth: Type.Optional(Type.Integer({ minimum: 0 })) };
        const input = closed({ ...GRAPH_ID, from: TEXT, to: TEXT, ...this.#direction(), ...depth });
        const path = closed({ nodes: Type.Union([Type.Array(this.#node()), Type.Null()]) });
        return ["Finds a path with as few edges as possible", input, path, [NOT_FOUND, RESULT_TOO_LARGE]];
      }
    }
  }

  /** A node as it is put out, by its type. */
  #node(more: TProperties = {}): TSchema {
    return this.#each("nodes", (type, attributes) =>
      closed({
        key: TEXT,
        type: Type.Literal(type.name),
        attributes,
        metadata: METADATA,
        createdAt: TIME,
        updatedAt: TIME,
        ...more,
      }),
    );
  }

  #edge(): TSchema {
    return this.#each("edges", (type, attributes) =>
      closed({
        id: TEXT,
        key: NULLABLE,
        type: Type.Literal(type.name),
        source: TEXT,
        target: TEXT,
        undirected: Type.Boolean(),
        attributes,
        metadata: METADATA,
        createdAt: TIME,
        updatedAt: TIME,
      }),
    );
  }

  #each(kind: "nodes" | "edges", make: (type: NodeType | EdgeType, attributes: TSchema) => TSchema): TSchema {
    const { hiddenOutput } = this.#plan;
    return union(
      this.#types(kind).map((type) =>
        make(type, attributeSchema(type, hiddenNames(hiddenOutput[kind], type.name), this.#ref(kind, type, "output"))),
      ),
    );
  }

  #adding(kind: "nodes" | "edges", members: TProperties): TSchema {
    const { hiddenInput } = this.#plan;
    const each = this.#types(kind).map((type) => {
      const hidden = hiddenNames(hiddenInput[kind], type.name);
      const attributes = attributeSchema(type, hidden, this.#ref(kind, type, "input"));
      return closed({
        ...GRAPH_ID,
        type: Type.Literal(type.name),
        ...members,
        attributes,
        metadata: Type.Optional(METADATA),
      });
    });
    return union(each);
  }

  #newEdge(): TSchema {
    const direction = this.#plan.module.config.type === "mixed" ? { undirected: Type.Optional(Type.Boolean()) } : {};
    return this.#adding("edges", { source: TEXT, target: TEXT, key: Type.Optional(TEXT), ...direction });
  }

  #changing(kind: "nodes" | "edges", members: TProperties): TSchema {
    const { hiddenInput } = this.#plan;
    const each = this.#types(kind).map((type) => {
      const hidden = hiddenNames(hiddenInput[kind], type.name);
      return closed({
        ...GRAPH_ID,
        type: Type.Literal(type.name),
        ...members,
        attributes: Type.Optional(patchSchema(type, hidden, this.#ref(kind, type, "patch"))),
        unset: Type.Optional(Type.Array(TEXT, { maxItems: 100, description: "Attributes to take away" })),
        metadata: Type.Optional(METADATA),
        expectedUpdatedAt: EXPECTED,
      });
    });
    return union(each);
  }

  #listing(kind: "nodes" | "edges", members: TProperties): TObject {
    const type = Type.Optional(this.#typeName(kind));
    const filter = Type.Optional(graphFilterSchema(`${this.#id}.filter`));
    return closed({ ...GRAPH_ID, type, ...members, filter, ...this.#page() });
  }

  #page(): TProperties {
    const cursor = Type.String({ description: "The nextCursor of the page before, with the same filter" });
    return { limit: this.#limit(), cursor: Type.Optional(cursor) };
  }

  #limit(): TSchema {
    const { maxLimit, defaultLimit } = this.#plan;
    return Type.Optional(Type.Integer({ minimum: 1, maximum: maxLimit, default: defaultLimit }));
  }

  #direction(): TProperties {
    const direction = Type.Union([Type.Literal("out"), Type.Literal("in"), Type.Literal("both")]);
    return { direction: Type.Optional(direction), ...this.#edgeTypes() };
  }

  #edgeTypes(): TProperties {
    return { edgeTypes: Type.Optional(this.#typeNames("edges")) };
  }

  #typeNames(kind: "nodes" | "edges"): TSchema {
    return Type.Array(this.#typeName(kind), { minItems: 1, maxItems: 100 });
  }

  #typeName(kind: "nodes" | "edges"): TSchema {
    return union(this.#types(kind).map(({ name }) => Type.Literal(name)));
  }

  #types(kind: "nodes" | "edges"): readonly (NodeType | EdgeType)[] {
    return [...this.#plan.types[kind].values()];
  }

  #ref(kind: string, type: NodeType | EdgeType, side: string): string {
    return `${this.#id}.${kind}.${encodeURIComponent(type.name)}.${side}`;
  }
}

/** The filters of a graph store, over paths to attributes: which paths there are is checked when it is asked. */
function graphFilterSchema(id: string): TSchema {
  const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
  const list = Type.Optional(Type.Array(scalar, { maxItems: 100 }));
  const ordered = Type.Optional(Type.Union([Type.String(), Type.Number()]));
  const comparisons = Type.Object(
    {
      eq: Type.Optional(scalar),
      ne: Type.Optional(scalar),
      lt: ordered,
      lte: ordered,
      gt: ordered,
      gte: ordered,
      in: list,
      notIn: list,
      like: Type.Optional(Type.String({ maxLength: 256 })),
      isNull: Type.Optional(Type.Boolean()),
      contains: Type.Optional(Type.Union([scalar, Type.Null()])),
    },
    { additionalProperties: false, minProperties: 1 },
  );
  const condition = Type.Union([scalar, Type.Null(), comparisons]);
  return Type.Recursive(
    (This) =>
      Type.Object(
        {
          AND: Type.Optional(Type.Array(This, { maxItems: 100 })),
          OR: Type.Optional(Type.Array(This, { maxItems: 100 })),
          NOT: Type.Optional(This),
        },
        { additionalProperties: condition, description: 'By paths to attributes, as in "stats.size". All hold' },
      ),
    { $id: id },
  );
}

function paged(item: TSchema): TObject {
  const nextCursor = Type.Optional(Type.String({ description: "If there is one behind these" }));
  return closed({ items: Type.Array(item), nextCursor });
}

function answer(item: TSchema): TObject {
  return closed({ items: Type.Array(item) });
}

function union(schemas: TSchema[]): TSchema {
  if (schemas.length === 0) return Type.Never();
  return schemas.length === 1 ? schemas[0]! : Type.Union(schemas);
}

function closed(properties: TProperties): TObject {
  return Type.Object(properties, { additionalProperties: false });
}
