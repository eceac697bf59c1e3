/**
 * One variant of the Drizzle benchmark: `ours`, `better-sqlite3` or `node:sqlite`, on a file of its own.
 *
 * Arguments: the variant and the path of its file.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { open } from "../../src/honker/mod.ts";
import { createDrizzleWithAdapter, createTenantDatabase } from "../../src/sqlite/mod.ts";
import { serveWork } from "../support/variant.ts";
import * as schema from "./schema.ts";
import { RESET, SETUP, USERS } from "./schema.ts";
import { drizzleWorks, type Work } from "./works.ts";

const [variant, path] = process.argv.slice(2) as [string, string];
const { works, exec } = await openVariant(variant, path);
for (const work of Object.values(works)) measure(work); // warm
await serveWork((name) => (name === "ready" ? "yes" : measure(works[name]!)));
exec(null);

/** Microseconds a repetition. */
function measure({ repeat, run, writes }: Work): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeat; i++) run();
  const elapsedUs = Number(process.hrtime.bigint() - start) / 1000;
  if (writes) exec(RESET);
  return elapsedUs / repeat;
}

/** The works of a variant and a way to run bare SQL, or with null to close the file. */
async function openVariant(
  name: string,
  file: string,
): Promise<{ works: Readonly<Record<string, Work>>; exec: (sql: string | null) => void }> {
  if (name === "ours") {
    const client = open(file);
    for (const statement of SETUP) client.run(statement);
    const works = drizzleWorks(createDrizzleWithAdapter(client, { schema }));
    return {
      works: { ...works, open: openWork(`${file}-tenant`) },
      exec: (sql) => (sql ? client.run(sql) : client.close()),
    };
  }
  if (name === "better-sqlite3") {
    const { default: Client } = await import("better-sqlite3"); // only here: where it has no binary, the others still run
    const { drizzle } = await import("drizzle-orm/better-sqlite3");
    const client = new Client(file);
    client.pragma("journal_mode = WAL");
    client.pragma("synchronous = NORMAL");
    client.pragma("cache_size = -32000");
    for (const statement of SETUP) client.exec(statement);
    return {
      works: drizzleWorks(drizzle(client, { schema })),
      exec: (sql) => (sql ? client.exec(sql) : client.close()),
    };
  }
  const client = new DatabaseSync(file);
  client.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000");
  for (const statement of SETUP) client.exec(statement);
  const select = client.prepare("SELECT id, name, email, age, created_at, meta FROM users WHERE id = ?");
  let id = 0;
  const run = () => select.get(1 + (id++ % USERS));
  return {
    works: { "point-prepared": { repeat: 20_000, run } },
    exec: (sql) => (sql ? client.exec(sql) : client.close()),
  };
}

/** Opens an up-to-date tenant file and closes it; the time is that of both. */
function openWork(file: string): Work {
  const run = () => {
    const client = open(file);
    createTenantDatabase(client);
    client.close();
  };
  return { repeat: 50, run };
}
