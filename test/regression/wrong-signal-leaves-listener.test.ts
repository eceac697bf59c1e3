import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";

test("listen() and subscribe() leave nothing behind when signal or ref is of the wrong type", (t) => {
  const db = temporaryDatabase(t);
  const bad = [
    () => db.listen("a", { signal: 5 as never }),
    () => db.listen("a", { ref: "yes" as never }),
    () => db.stream("s").subscribe("c", { signal: {} as never, ref: true }),
    () => db.stream("s").subscribe("c", { ref: 1 as never }),
  ];
  for (const call of bad) {
    assert.throws(call, { name: "TypeError", message: /must be (?:an AbortSignal|true or false): received / });
  }
  db.notify("a", 1);
});
