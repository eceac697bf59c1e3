import { StorageError } from "../../../errors.ts";
import {
  compareModules,
  type DbSchema,
  dbSchemaToModule,
  type GraphModule,
  moduleToDbSchema,
} from "../../../graphs/mod.ts";
import { quote } from "../../../json-values.ts";
import type { GraphConnection, GraphReader } from "../graph-connection.ts";
import { readGraphTypeById } from "./stored-types.ts";

interface KnownModule {
  readonly text: string; // of the rows it was made of
  readonly module: GraphModule;
}

const modules = new WeakMap<object, Map<string, KnownModule>>();

/** The module that the rows of a graph type make: the same one, with its compiled checks, for as long as the rows are the same. */
export function storedModule(connection: GraphConnection, graphTypeId: string): GraphModule {
  const { schema } = connection.inOneState((reader) => readGraphTypeById(reader, graphTypeId))!;
  const text = JSON.stringify(schema);
  let known = modules.get(connection.client);
  if (known === undefined) {
    known = new Map();
    modules.set(connection.client, known);
  }
  const found = known.get(graphTypeId);
  if (found?.text === text) return found.module;
  const module = dbSchemaToModule(schema);
  known.set(graphTypeId, { text, module });
  return module;
}

const fitting = new WeakMap<GraphModule, Set<string>>();

/**
 * Holds a module against the rows of its graph type: what it lets through must be valid by them, so it is the registered
 * one, or was before somebody widened it.
 *
 * @throws {StorageError} `MODULE_CHANGED`
 */
export function checkRegistered(reader: GraphReader, module: GraphModule, graphTypeId: string, action: string): void {
  const { schema } = readGraphTypeById(reader, graphTypeId)!;
  const text = JSON.stringify(schema); // of rows that differ another module was held against
  const texts = fitting.get(module) ?? new Set();
  if (texts.has(text)) return;
  const broken = brokenBy(module, schema);
  if (broken !== undefined) {
    const { name, version } = module;
    throw new StorageError(
      "MODULE_CHANGED",
      `Cannot ${action}: graph type ${quote(name)} version ${version} must be as it is registered: received one with another ${broken}`,
      { details: { graphType: name, version, broken } },
    );
  }
  fitting.set(module, texts.add(text));
}

/** Where `module` lets through what the rows don't, or undefined. */
function brokenBy(module: GraphModule, stored: DbSchema): string | undefined {
  if (compareModules(stored, module).length === 0) return undefined;
  const widened = compareModules(moduleToDbSchema(module), dbSchemaToModule(stored));
  return widened.find(({ compatible }) => !compatible)?.where;
}
