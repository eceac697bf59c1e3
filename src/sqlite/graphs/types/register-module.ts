import { v7 } from "uuid";
import { StorageError } from "../../../errors.ts";
import {
  compareModules,
  type DbSchema,
  type EdgeTypeRow,
  type GraphModule,
  type ModuleChange,
  moduleToDbSchema,
  type NodeTypeRow,
} from "../../../graphs/mod.ts";
import { quote } from "../../../json-values.ts";
import type { Scope } from "../../adapter/scope.ts";
import type { GraphConnection } from "../graph-connection.ts";
import { attributeIndexes, createIndexes, dropIndexesBut, indexNames } from "./attribute-indexes.ts";
import { readAllTypes, readGraphType, type StoredGraphType } from "./stored-types.ts";

/** What registering a module did. */
export interface Registration {
  /** The id of the row in `graph_types`. */
  readonly graphTypeId: string;
  /** `widened`: what is stored allowed less than the module, and allows as much now. */
  readonly outcome: "created" | "unchanged" | "widened";
}

const SHOWN_CHANGES = 5;

/**
 * Stores the rows of `module`, or holds it against those that are stored for its name and version.
 *
 * @throws {StorageError} `MODULE_CHANGED` if what is stored could break a rule of the module; nothing is changed then.
 */
export function registerModule(connection: GraphConnection, module: GraphModule): Registration {
  const next = moduleToDbSchema(module);
  const indexes = attributeIndexes(next.nodeTypes, next.edgeTypes);
  const known = readGraphType(connection.reader, module.name, module.version);
  if (known !== undefined && changesOf(known, module).length === 0) {
    const present = indexNames(connection.reader);
    if (indexes.every(({ name }) => present.has(name))) return { graphTypeId: known.id, outcome: "unchanged" };
  }
  return connection.write((scope) => {
    const stored = readGraphType(scope, module.name, module.version); // again: another process may have been faster
    const changes = stored === undefined ? [] : changesOf(stored, module);
    const graphTypeId = stored?.id ?? v7();
    if (stored === undefined) insertGraphType(scope, graphTypeId, next);
    else if (changes.length > 0) updateGraphType(scope, graphTypeId, next, stored.schema);
    createIndexes(scope, indexes);
    if (changes.length > 0) {
      const all = readAllTypes(scope);
      dropIndexesBut(scope, attributeIndexes(all.nodeTypes, all.edgeTypes));
    }
    const outcome = stored === undefined ? "created" : changes.length > 0 ? "widened" : "unchanged";
    return { graphTypeId, outcome };
  });
}

/** How `module` differs from what is stored; all of it is compatible. */
function changesOf(stored: StoredGraphType, module: GraphModule): readonly ModuleChange[] {
  const changes = compareModules(stored.schema, module);
  const broken = changes.filter(({ compatible }) => !compatible);
  if (broken.length === 0) return changes;
  const lines = broken.map(({ where, change }) => `${where} ${change}`);
  const shown = lines.slice(0, SHOWN_CHANGES).join("; ");
  const more = lines.length > SHOWN_CHANGES ? `; and ${lines.length - SHOWN_CHANGES} more` : "";
  throw new StorageError(
    "MODULE_CHANGED",
    `Cannot register graph type ${quote(module.name)} version ${module.version}: what is stored must stay valid, or the version be raised: received ${shown}${more}`,
    { details: { graphType: module.name, version: module.version, broken: lines.join("\n"), count: lines.length } },
  );
}

function insertGraphType(scope: Scope, id: string, { graphType, nodeTypes, edgeTypes }: DbSchema): void {
  const { name, description, config, version, scope: where } = graphType;
  scope.run(
    'INSERT INTO "graph_types" ("id", "name", "description", "config", "version", "scope") VALUES (?, ?, ?, ?, ?, ?)',
    [id, name, description, JSON.stringify(config), version, where],
  );
  for (const type of nodeTypes) insertNodeType(scope, id, type);
  for (const type of edgeTypes) insertEdgeType(scope, id, type);
}

function updateGraphType(scope: Scope, id: string, next: DbSchema, stored: DbSchema): void {
  const nowMs = Date.now();
  scope.run('UPDATE "graph_types" SET "description" = ?, "config" = ?, "updated_at" = ? WHERE "id" = ?', [
    next.graphType.description,
    JSON.stringify(next.graphType.config),
    nowMs,
    id,
  ]);
  for (const type of next.nodeTypes) {
    if (stored.nodeTypes.some(({ name }) => name === type.name)) {
      const { name, description, schema, metadata } = type;
      scope.run(
        'UPDATE "node_types" SET "description" = ?, "schema" = ?, "metadata" = ?, "updated_at" = ? WHERE "graph_type_id" = ? AND "name" = ?',
        [description, JSON.stringify(schema), JSON.stringify(metadata), nowMs, id, name],
      );
    } else insertNodeType(scope, id, type);
  }
  for (const type of next.edgeTypes) {
    if (stored.edgeTypes.some(({ name }) => name === type.name)) {
      const { name, description, schema, metadata, allowedSourceTypes, allowedTargetTypes } = type;
      const texts = [schema, metadata, allowedSourceTypes, allowedTargetTypes].map((value) => JSON.stringify(value));
      scope.run(
        'UPDATE "edge_types" SET "description" = ?, "schema" = ?, "metadata" = ?, "allowed_source_types" = ?, "allowed_target_types" = ?, "updated_at" = ? WHERE "graph_type_id" = ? AND "name" = ?',
        [description, ...texts, nowMs, id, name],
      );
    } else insertEdgeType(scope, id, type);
  }
}

function insertNodeType(scope: Scope, graphTypeId: string, { name, description, schema, metadata }: NodeTypeRow): void {
  scope.run(
    'INSERT INTO "node_types" ("id", "graph_type_id", "name", "description", "schema", "metadata") VALUES (?, ?, ?, ?, ?, ?)',
    [v7(), graphTypeId, name, description, JSON.stringify(schema), JSON.stringify(metadata)],
  );
}

function insertEdgeType(scope: Scope, graphTypeId: string, type: EdgeTypeRow): void {
  const { name, description, schema, metadata, allowedSourceTypes, allowedTargetTypes } = type;
  const texts = [schema, metadata, allowedSourceTypes, allowedTargetTypes].map((value) => JSON.stringify(value));
  scope.run(
    'INSERT INTO "edge_types" ("id", "graph_type_id", "name", "description", "schema", "metadata", "allowed_source_types", "allowed_target_types") VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [v7(), graphTypeId, name, description, ...texts],
  );
}
