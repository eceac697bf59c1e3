import { dbSchemaToModule, type GraphModule } from "../../graphs/mod.ts";
import type { GraphConnection } from "./graph-connection.ts";
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
