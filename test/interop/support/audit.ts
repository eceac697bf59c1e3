import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";

/**
 * Checks what must hold of every file after every scenario: SQLite finds it sound, and Honker's tables hold nothing but
 * INTEGER in integer columns and TEXT in payloads, or else Honker's own readers would trip over it.
 */
export function auditFile(path: string): void {
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    assert.deepEqual(
      database
        .prepare("PRAGMA integrity_check")
        .all()
        .map((row) => row.integrity_check),
      ["ok"],
    );
    for (const column of honkerColumns(database)) auditColumn(database, column);
  } finally {
    database.close();
  }
}

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
}

function honkerColumns(database: DatabaseSync): Column[] {
  return database
    .prepare(
      `SELECT m.name AS "table", c.name, c.type FROM sqlite_master AS m, pragma_table_info(m.name) AS c
       WHERE m.type = 'table' AND m.name LIKE '\\_honker\\_%' ESCAPE '\\'`,
    )
    .all() as unknown as Column[];
}

function auditColumn(database: DatabaseSync, { table, name, type }: Column): void {
  const wanted = name === "payload" ? ["text"] : type === "INTEGER" ? ["integer", "null"] : ["text", "null"];
  const found = database.prepare(`SELECT DISTINCT typeof("${name}") AS type FROM "${table}"`).all();
  for (const row of found) {
    assert.ok(wanted.includes(row.type as string), `${table}.${name} holds a ${row.type}`);
  }
}
