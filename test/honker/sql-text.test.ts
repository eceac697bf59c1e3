import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf, parametersOf } from "../../src/honker/sql-text.ts";

for (const [kind, texts] of Object.entries({
  read: [
    "SELECT 1",
    "  \n-- a comment\n/* and; another */ ; select 1",
    "VALUES (1)",
    "EXPLAIN QUERY PLAN DELETE FROM a",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    "WITH a(b) AS (SELECT 'insert') SELECT replace(b, 'a', 'b') AS \"update\" FROM a -- delete",
    "SELECT * FROM _honker_live",
    "(SELECT 1)",
  ],
  write: [
    "INSERT INTO a VALUES (1)",
    "replace into a values (1)",
    "UPDATE a SET b = 1",
    "DELETE FROM a",
    "WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a",
    "WITH RECURSIVE a(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM a), c AS (SELECT (1)) DELETE FROM b",
  ],
  schema: [
    "CREATE TABLE a (b)",
    "ALTER TABLE a ADD c",
    "DROP TABLE a",
    "VACUUM",
    "ATTACH 'a' AS b",
    "ANALYZE",
    "nonsense",
  ],
  pragma: ["PRAGMA user_version"],
  control: ["BEGIN", "begin immediate", "COMMIT", "END", "ROLLBACK", "ROLLBACK TO a", "SAVEPOINT a", "RELEASE a"],
})) {
  for (const sql of texts) test(`kindOf() is ${kind} for ${sql}`, () => assert.equal(kindOf(sql), kind));
}

for (const sql of ["", " \n", ";", "-- nothing", "/* nothing", "; /* a */ -- b"]) {
  test(`kindOf() refuses ${JSON.stringify(sql)}, which holds no statement`, () => {
    assert.throws(() => kindOf(sql), {
      name: "TypeError",
      message: /exactly one SQL statement is wanted: received none/,
    });
  });
}

for (const [sql, count] of [
  ["SELECT 1", 0],
  ["SELECT ?, ?", 2],
  ["SELECT ?3", 3],
  ["SELECT ?, ?5, ?", 6],
  ["SELECT :a, @b, $c, :a", 3],
  ["SELECT :a, ?, :b, ?1", 3],
  ["SELECT '?', \"?\", `?`, [?] -- ?\n/* ? */", 0],
  ["SELECT 'it''s ?', ?", 1],
  ["SELECT a$b, x'3F', a FROM b WHERE c = ?", 1],
  ["SELECT ünïcode FROM ä WHERE ö = :ü", 1],
  ["SELECT /* unclosed ?", 0],
] as const) {
  test(`parametersOf() counts ${count} in ${sql}`, () => assert.equal(parametersOf(sql).count, count));
}

test("parametersOf() leaves a text with plain parameters as it is", () => {
  const sql = "SELECT ?, ':a' -- ?1";
  assert.equal(parametersOf(sql).text, sql);
});

test("parametersOf() reads a text of many megabytes", () => {
  const sql = `SELECT '${"it''s; ".repeat(2_000_000)}', ? /* ${"*".repeat(1_000_000)} */`;
  assert.equal(parametersOf(sql).count, 1);
  assert.equal(kindOf(" ".repeat(1_000_000) + sql), "read");
});
