import assert from "node:assert/strict";
import { test } from "node:test";
import type { SqlParameter, SqlValue } from "../../src/honker/mod.ts";
import { cutsTextAtNul } from "../../src/honker/runtime.ts";
import { temporaryDatabase } from "../support/temporary.ts";

for (const [value, type, stored] of [
  [null, "null", null],
  [1, "integer", 1],
  [-1, "integer", -1],
  [-0, "integer", 0],
  [1.5, "real", 1.5],
  [Number.POSITIVE_INFINITY, "real", Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, "real", Number.NEGATIVE_INFINITY],
  [Number.MIN_VALUE, "real", Number.MIN_VALUE],
  [2 ** 53 - 1, "integer", 2 ** 53 - 1],
  [-(2 ** 53) + 1, "integer", -(2 ** 53) + 1],
  [2 ** 53, "real", 2 ** 53],
  [1e300, "real", 1e300],
  [5n, "integer", 5],
  [2n ** 53n - 1n, "integer", 2 ** 53 - 1],
  [2n ** 53n, "integer", 2n ** 53n],
  [2n ** 53n + 1n, "integer", 2n ** 53n + 1n],
  [-(2n ** 53n) - 1n, "integer", -(2n ** 53n) - 1n],
  [2n ** 63n - 1n, "integer", 2n ** 63n - 1n],
  [true, "integer", 1],
  [false, "integer", 0],
  ["", "text", ""],
  ["it's ü 🦆", "text", "it's ü 🦆"],
  [new Uint8Array([0, 255, 1]), "blob", new Uint8Array([0, 255, 1])],
  [new Uint8Array(), "blob", new Uint8Array()],
  [Buffer.from("ab"), "blob", new Uint8Array([97, 98])],
  [new Uint8Array([1, 2, 3, 4]).subarray(1, 3), "blob", new Uint8Array([2, 3])],
  [new Uint16Array([1, 2]).subarray(1), "blob", new Uint8Array([2, 0])],
  [new DataView(new Uint8Array([9, 8, 7]).buffer, 1), "blob", new Uint8Array([8, 7])],
  [new Uint8Array([5]).buffer, "blob", new Uint8Array([5])],
  [[1, "a", null], "text", '[1,"a",null]'],
  [{ a: { b: 1 } }, "text", '{"a":{"b":1}}'],
  [Object.create(null), "text", "{}"],
] as [SqlParameter, string, SqlValue][]) {
  const name = typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : JSON.stringify(value);
  test(`a parameter of ${name} (${Object.prototype.toString.call(value).slice(8, -1)}) is stored as ${type} and read back`, (t) => {
    const db = temporaryDatabase(t);
    db.run("CREATE TABLE a (b)");
    db.run("INSERT INTO a VALUES (?)", [value]);
    const row = db.row("SELECT typeof(b), b FROM a");
    assert.equal(row?.[0], type);
    const read = row?.[1];
    assert.deepEqual(read instanceof Uint8Array ? new Uint8Array(read) : read, stored);
    if (read instanceof Uint8Array) assert.deepEqual(db.query("SELECT b FROM a WHERE b = ?", [read]).length, 1);
  });
}

test("a parameter of -2^63 is read back with its value", (t) => {
  const db = temporaryDatabase(t);
  const [type, value] = db.row("SELECT typeof(a), a FROM (SELECT ? AS a)", [-(2n ** 63n)]) ?? [];
  assert.equal(type, "integer");
  // Some runtimes take it for small enough to be a number, which holds just this one exactly.
  assert.equal(BigInt(value as number | bigint), -(2n ** 63n));
});

class Point {
  readonly x = 1;
}

for (const [name, value] of Object.entries({
  undefined: undefined,
  "a Date": new Date(),
  "a function": () => 1,
  "a symbol": Symbol("a"),
  "a Map": new Map(),
  "a Set": new Set(),
  "a Promise": Promise.resolve(),
  "a RegExp": /a/,
  "an instance of a class": new Point(),
  NaN: Number.NaN,
  "2^63": 2n ** 63n,
  "-2^63 - 1": -(2n ** 63n) - 1n,
})) {
  for (const position of [1, 2]) {
    test(`a parameter that is ${name} is refused as number ${position}, and nothing is written`, (t) => {
      const db = temporaryDatabase(t);
      db.run("CREATE TABLE a (b, c)");
      const params = [1, 1] as unknown[];
      params[position - 1] = value;
      assert.throws(() => db.run("INSERT INTO a VALUES (?, ?)", params as SqlParameter[]), {
        name: "TypeError",
        message: new RegExp(`^Cannot bind parameter ${position}: `),
      });
      assert.deepEqual(db.values("SELECT * FROM a"), []);
    });
  }
}

test("whole numbers are integers where no column gives a type", (t) => {
  const db = temporaryDatabase(t);
  assert.deepEqual(db.row("SELECT 7 / ?, json_array(?), typeof(?)", [2, 1, 3]), [3, "[1]", "integer"]);
  db.run("CREATE TABLE a (b TEXT)");
  db.run("INSERT INTO a VALUES (?)", [1]);
  assert.deepEqual(db.row("SELECT b FROM a"), ["1"]);
  assert.deepEqual(db.values("SELECT value FROM json_each('[1,2,3]') LIMIT ? OFFSET ?", [1, 1]), [[2]]);
});

test("text with a NUL is stored whole, or refused where the runtime would cut it", (t) => {
  const db = temporaryDatabase(t);
  const read = () => db.row("SELECT ?", ["a\0b"]);
  if (cutsTextAtNul) assert.throws(read, { name: "TypeError", message: /text without NUL characters/ });
  else assert.deepEqual(read(), ["a\0b"]);
});

for (const [sql, params] of [
  ["SELECT ?", []],
  ["SELECT ?", [1, 2]],
  ["SELECT 1", [1]],
  ["SELECT ?3", [1]],
  ["SELECT :a, :b", [1]],
  ["SELECT '?', ?", []],
] as const) {
  test(`${sql} with ${params.length} parameters is refused`, (t) => {
    const db = temporaryDatabase(t);
    assert.throws(() => db.query(sql, params), { name: "RangeError", message: /parameters are wanted: received/ });
  });
}

for (const params of [{ a: 1 }, "a", 5, null, new Map()]) {
  test(`parameters that are ${JSON.stringify(params)} instead of an array are refused`, (t) => {
    const db = temporaryDatabase(t);
    assert.throws(() => db.query("SELECT ?", params as unknown as []), {
      name: "TypeError",
      message: /must be an array/,
    });
  });
}

test("numbered and named parameters are bound by their position", (t) => {
  const db = temporaryDatabase(t);
  assert.deepEqual(db.row("SELECT ?2, ?1", [1, 2]), [2, 1]);
  assert.deepEqual(db.row("SELECT ?3", [1, 2, 3]), [3]);
  assert.deepEqual(db.row("SELECT :a, ?, @b, ?2, $c, :a", [1, 2, 3, 4]), [1, 2, 3, 2, 4, 1]);
  assert.deepEqual(db.row("SELECT ':a', \":a\" FROM (SELECT ? AS ':a') -- :a", [5]), [":a", 5]);
  db.run("CREATE TABLE a (b, c)");
  db.run("INSERT INTO a VALUES (:c, :b)", [1, 2]);
  assert.deepEqual(db.row("SELECT * FROM a"), [1, 2]);
  assert.throws(() => db.row("SELECT ?0"), { code: "SQLITE_ERROR" });
});

test("as many parameters as SQLite allows are bound", (t) => {
  const db = temporaryDatabase(t);
  const params = Array.from({ length: 32_766 }, (_, i) => i);
  const sql = (count: number) => `SELECT count(*) FROM (VALUES ${new Array(count).fill("(?)").join(",")})`;
  assert.deepEqual(db.row(sql(params.length), params), [32_766]);
});
