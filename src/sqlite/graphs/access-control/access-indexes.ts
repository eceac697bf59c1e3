import type { GraphConnection } from "../graph-connection.ts";
import { metagraphLayout } from "../layout.ts";

const { table, type, source, target } = metagraphLayout.edges;

/**
 * What the walk of the rules finds its way by: without them, each step to or from a principal would pass all edges there,
 * those of all members of an organisation or to all resources of a role.
 */
const INDEXES: Readonly<Record<string, string>> = {
  edges_belongs_to: `${table} ("graph_id", ${source}, ${target}) WHERE ${type} = 'belongs_to'`,
  edges_delegates: `${table} ("graph_id", ${target}, ${source}) WHERE ${type} = 'delegates'`,
};
const NAMES = Object.keys(INDEXES);
const PRESENT = `SELECT count(*) FROM sqlite_schema
  WHERE "type" = 'index' AND "name" IN (${NAMES.map((name) => `'${name}'`).join(", ")})`;

/** Makes the indexes of access control in the file, if they are not there. */
export function ensureAccessIndexes(connection: GraphConnection): void {
  if (connection.reader.row(PRESENT, [], 1)![0] === NAMES.length) return;
  connection.write((scope) => {
    for (const [name, on] of Object.entries(INDEXES)) scope.run(`CREATE INDEX IF NOT EXISTS "${name}" ON ${on}`, []);
  });
}
