import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatRegistry, Type } from "@sinclair/typebox";
import { temporaryDatabase } from "../support/temporary.ts";

test("a schema whose check throws on one payload does not stop the queue", (t) => {
  FormatRegistry.Set("throws", (text) => {
    if (text === "bad") throw new Error("boom");
    return true;
  });
  t.after(() => FormatRegistry.Delete("throws"));
  const db = temporaryDatabase(t);
  db.queue("q").enqueueBatch(["bad", "good"]);
  const queue = db.queue("q", { schema: Type.String({ format: "throws" }) });
  assert.deepEqual(
    queue.claimBatch("w", 2).map(({ payload }) => payload),
    ["good"],
  );
  assert.match(queue.deadJobs()[0]?.lastError ?? "", /^invalid payload: /);
});
