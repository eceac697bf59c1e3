import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePath } from "../../src/graphs/mod.ts";

test("parsePath() gives the names of a path", () => {
  const paths: [string, string[]][] = [
    ["license", ["license"]],
    ["stats.size", ["stats", "size"]],
    ["a.b.c.d.e", ["a", "b", "c", "d", "e"]],
    ['"a.b".c', ["a.b", "c"]],
    ['a."b.c"', ["a", "b.c"]],
    ['"a"."b"', ["a", "b"]],
    ['""', [""]],
    ["a b.ü😀'$[0]", ["a b", "ü😀'$[0]"]],
    ["__proto__.constructor", ["__proto__", "constructor"]],
  ];
  for (const [text, names] of paths) assert.deepEqual(parsePath(text), names);
});

test("parsePath() refuses what is not names joined by dots", () => {
  const texts = [
    "",
    ".",
    ".a",
    "a.",
    "a..b",
    '"a',
    'a"',
    '"a"b',
    'a"b"',
    '"a""b"',
    'a."',
    '"a".',
    "a\\b",
    '"a\\"',
    "a\nb",
  ];
  for (const text of [...texts, "a\u0000", "\u007f", "\ud800"]) {
    assert.throws(() => parsePath(text), {
      name: "TypeError",
      message: /^Cannot read an attribute path: names joined by/,
    });
  }
  for (const value of [undefined, null, 1, ["a"]])
    assert.throws(() => parsePath(value as unknown as string), TypeError);
});
