/**
 * Imports the large graph into a new file, once, and answers with its figures: `ours` by the graph store, `node:sqlite` by
 * hand, as fast as SQLite takes rows that nobody checks.
 *
 * Arguments: the variant, the path of the file and the number of nodes.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { open } from "../../src/honker/mod.ts";
import { createGraphStore, createTenantDatabase } from "../../src/sqlite/mod.ts";
import { serveWork } from "../support/variant.ts";
import { Dependencies, dependencies, packages } from "./dataset.ts";

/** What one import took. */
export interface ImportFigures {
  /** The making of the rows is a part of the time: who imports has to read them from somewhere. */
  readonly rowsPerS: number;
  readonly rowsPerCpuS: number;
  readonly growthMb: number;
}

const ROWS = 16; // of a statement
const INDEXES = "SELECT name, sql FROM sqlite_schema WHERE tbl_name = ? AND type = 'index' AND sql IS NOT NULL";
const LEAST_GROWTH_MB = 1; // the kernel counts both late: a small import can seem to need less than nothing

const [variant, path, nodes] = process.argv.slice(2) as [string, string, string];
const count = Number(nodes);
const client = open(path);
const store = createGraphStore(createTenantDatabase(client));
store.register(Dependencies);
const graph = store.createGraph(Dependencies, { name: "packages" });
await serveWork(() => JSON.stringify(measure(variant === "ours" ? importByStore : importByHand)));
client.close();

function measure(work: () => number): ImportFigures {
  const rssBefore = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const rows = work();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  const growthMb = Math.max((process.resourceUsage().maxRSS * 1024 - rssBefore) / 1e6, LEAST_GROWTH_MB);
  return { rowsPerS: rows / seconds, rowsPerCpuS: rows / ((user + system) / 1e6), growthMb };
}

function importByStore(): number {
  const counts = graph.import({ nodes: packages(count), edges: dependencies(count) });
  return counts.nodes + counts.edges;
}

/** No checks, no foreign keys, several rows by a statement, the indexes last. */
function importByHand(): number {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = NORMAL");
  db.exec("PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 10000; BEGIN IMMEDIATE");
  let rows = 0;
  const id = () => `018f0000-0000-7000-8000-${(rows++).toString(16).padStart(12, "0")}`;
  fill(db, "nodes", ["id", "key", "type", "attributes"], packages(count), ({ key, type, attributes }) => {
    return [id(), key, type, JSON.stringify(attributes)];
  });
  const edgeColumns = ["id", "source_node_key", "target_node_key", "type", "attributes"];
  fill(db, "edges", edgeColumns, dependencies(count), ({ source, target, type, attributes }) => {
    return [id(), source, target, type, JSON.stringify(attributes)];
  });
  db.exec("COMMIT");
  db.close();
  return rows;
}

function fill<Row>(
  db: DatabaseSync,
  table: string,
  columns: readonly string[],
  rows: Iterable<Row>,
  encode: (row: Row) => string[],
): void {
  const indexes = db.prepare(INDEXES).all(table) as { name: string; sql: string }[];
  for (const { name } of indexes) db.exec(`DROP INDEX "${name}"`);
  const row = `(${"?, ".repeat(columns.length)}'${graph.id}', ${Date.now()}, ${Date.now()})`;
  const insert = (count: number) =>
    db.prepare(
      `INSERT OR FAIL INTO ${table} (${columns.join(", ")}, graph_id, created_at, updated_at)
       VALUES ${Array(count).fill(row).join(", ")}`,
    );
  const full = insert(ROWS);
  let params: string[] = [];
  for (const one of rows) {
    params.push(...encode(one));
    if (params.length < ROWS * columns.length) continue;
    full.run(...params);
    params = [];
  }
  if (params.length > 0) insert(params.length / columns.length).run(...params);
  for (const { sql } of indexes) db.exec(sql);
}
