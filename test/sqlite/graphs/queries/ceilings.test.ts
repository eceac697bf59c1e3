import assert from "node:assert/strict";
import { test } from "node:test";
import type { GraphReader } from "../../../../src/sqlite/graphs/graph-connection.ts";
import type { Step } from "../../../../src/sqlite/graphs/queries/edge-steps.ts";
import { findPath } from "../../../../src/sqlite/graphs/queries/shortest-path.ts";
import { walk } from "../../../../src/sqlite/graphs/queries/walk.ts";

const reader = {} as GraphReader; // nobody reads
const FAR = Number.POSITIVE_INFINITY;

/** A graph without an end: each node leads to two new ones. */
const endless: Step = (_, keys) => keys.flatMap((key) => [[`${key}0`], [`${key}1`]]);

test("a walk that would remember too many nodes is refused", () => {
  assert.throws(() => walk(reader, endless, "", FAR, FAR, 1000), {
    code: "RESULT_TOO_LARGE",
    message: "Cannot read a result into memory: at most 1000 rows are wanted: received more: pass maxDepth or a limit",
  });
  assert.equal(walk(reader, endless, "", 5, FAR, 1000).size, 63);
  assert.equal(walk(reader, endless, "", FAR, 500, 1000).size, 500);
});

test("a search for a path that would remember too many nodes is refused", () => {
  const traced =
    (mark: string): Step =>
    (_, keys) =>
      keys.flatMap((key) => [0, 1].map((bit) => [key, `${key}${mark}${bit}`]));
  const sides = { forward: traced("+"), backward: traced("-") };
  assert.throws(() => findPath(reader, sides, "a", "b", FAR, 1000), {
    code: "RESULT_TOO_LARGE",
    message: /pass maxDepth$/,
  });
  assert.equal(findPath(reader, sides, "a", "b", 10, 1000), undefined);
});
