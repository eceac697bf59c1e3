import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePayload, encodePayload } from "../../src/honker/json.ts";
import { temporaryDatabase } from "../support/temporary.ts";

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

for (const payload of [
  null,
  true,
  "",
  "plain",
  'quoted "\\" \\ud800 not a surrogate',
  "ünï 🦆 \u2028 \u0000",
  0,
  -1.5,
  2 ** 53 - 1,
  1e21,
  1e-300,
  [],
  [1, [2, [3]]],
  {},
  { z: 1, a: { b: [null] }, "": 2, __proto__x: 3 },
  nested(127),
  "[".repeat(5000),
  { text: '\\"[[[[{{{{'.repeat(100) },
]) {
  test(`the payload ${JSON.stringify(payload).slice(0, 50)} comes back as it was`, () => {
    assert.deepEqual(decodePayload(encodePayload(payload, "notify")), payload);
  });
}

test("a payload is what its toJSON says", () => {
  assert.equal(encodePayload(new Date(0), "notify"), '"1970-01-01T00:00:00.000Z"');
  assert.equal(encodePayload({ a: undefined, b: () => 1, c: null }, "notify"), '{"c":null}');
});

test("a payload with a number that JSON has no form for is refused", () => {
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const payload of [number, { a: [null, number] }]) {
      assert.throws(() => encodePayload(payload, "notify"), {
        name: "RangeError",
        message: "Cannot notify: numbers of the payload must be finite: received NaN or an infinite one",
      });
    }
  }
});

const cycle: { self?: unknown } = {};
cycle.self = cycle;

for (const [name, payload, error] of [
  ["undefined", undefined, "TypeError"],
  ["a function", () => 1, "TypeError"],
  ["a symbol", Symbol("a"), "TypeError"],
  ["a bigint", 1n, "TypeError"],
  ["a bigint inside", { a: [1n] }, "TypeError"],
  ["a cycle", cycle, "TypeError"],
  ["128 levels", nested(128), "RangeError"],
  ["128 levels of short arrays", JSON.parse(`${"[".repeat(128)}${"]".repeat(128)}`), "RangeError"],
  ["a lone high surrogate", "a\ud800b", "RangeError"],
  ["a lone low surrogate", { a: "\udc00" }, "RangeError"],
  ["a lone surrogate after a backslash", "\\\ud800", "RangeError"],
  ["a lone surrogate in a key", { "\ud83d": 1 }, "RangeError"],
] as const) {
  test(`a payload with ${name} is refused, and nothing is written`, (t) => {
    const db = temporaryDatabase(t);
    const tx = db.transaction();
    for (const send of [
      () => db.notifyTx(tx, "a", payload),
      () => tx.notify("a", payload),
      () => db.stream("s").publishTx(tx, payload),
    ]) {
      assert.throws(send, { name: error });
    }
    assert.ok(tx.isOpen);
    tx.commit();
    assert.throws(() => db.notify("a", payload), { name: error });
    assert.throws(() => db.stream("s").publish(payload), { name: error });
    assert.deepEqual(db.values("SELECT id FROM _honker_notifications UNION SELECT offset FROM _honker_stream"), []);
  });
}

for (const text of ["new", "wake", "NaN", "{broken", "", "1 2"]) {
  test(`text that is no JSON (${JSON.stringify(text)}) is handed out as it is`, () => {
    assert.equal(decodePayload(text), text);
  });
}
