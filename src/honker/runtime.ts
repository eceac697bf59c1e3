/**
 * The SQLite that comes with the runtime, and what is particular about it.
 *
 * @module
 */
import { StorageError } from "../errors.ts";

type SqliteModule = typeof import("node:sqlite");

/** `node:sqlite` of this runtime. Loading it on a Node that is too old throws one sentence, without a stack. */
export const { DatabaseSync, backup } = loadSqlite();

/** Whether text that holds a NUL character comes back cut (Node 22): such text is refused instead. */
export const cutsTextAtNul: boolean = probe((memory) => {
  const row = memory.prepare("SELECT 'a' || char(0) || 'b' AS text").get() as { text: string };
  return row.text.length !== 3;
});

/** Whether a `SELECT *` prepared before a column was added leaves it out once more (Node 22, Deno). */
export const keepsOldColumns: boolean = probe((memory) => {
  memory.exec("CREATE TABLE a (b)");
  memory.exec("INSERT INTO a VALUES (1)");
  const select = memory.prepare("SELECT * FROM a");
  select.all();
  memory.exec("ALTER TABLE a ADD c");
  return Object.keys(select.all()[0] ?? {}).length !== 2;
});

/** Whether `all()` runs a statement again and again as long as a function of ours throws in it (Deno). */
export const repeatsAfterThrow: boolean = probe((memory) => {
  let calls = 0;
  memory.function("throws", () => {
    if (++calls === 1) throw new Error("once");
    return null;
  });
  try {
    memory.prepare("SELECT throws()").all();
  } catch {
    return false;
  }
  return true;
});

/** Whether a notice of a file may come late or not at all where many are watched (Deno). */
export const losesNotices: boolean = (process.versions as Record<string, string | undefined>).deno !== undefined;

function loadSqlite(): SqliteModule {
  const sqlite = process.getBuiltinModule?.("node:sqlite") as SqliteModule | undefined;
  // `setReturnArrays` came in 22.16 with the rest of what the engine stands on.
  if (sqlite !== undefined && "setReturnArrays" in sqlite.StatementSync.prototype) return sqlite;
  const error = new StorageError(
    "RUNTIME_TOO_OLD",
    `Cannot load @alkdev/storage: Node >= 22.16, Deno 2 or Bun 1.4 is needed: received ${runtimeName()}`,
  );
  error.stack = `${error.name}: ${error.message}`; // the place in our code says nothing to who has to update Node
  throw error;
}

function runtimeName(): string {
  const versions = process.versions as Record<string, string | undefined>;
  if (versions.bun !== undefined) return `Bun ${versions.bun}`;
  if (versions.deno !== undefined) return `Deno ${versions.deno}`;
  return `Node ${process.version}`;
}

function probe(ask: (memory: InstanceType<SqliteModule["DatabaseSync"]>) => boolean): boolean {
  const memory = new DatabaseSync(":memory:");
  try {
    return ask(memory);
  } finally {
    memory.close();
  }
}
