import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDatabase } from "../support/temporary.ts";
import { until } from "../support/until.ts";

for (const [name, thrown] of Object.entries<unknown>({
  "an object that can't be text": Object.create(null),
  "an error whose stack is no text": Object.assign(new Error("why"), { stack: 5 }),
  "an error whose stack throws": Object.defineProperty(new Error("why"), "stack", {
    get() {
      throw new Error("from stack");
    },
  }),
})) {
  test(`a handler that throws ${name} fails its job, and the worker goes on`, async (t) => {
    const db = temporaryDatabase(t);
    const queue = db.queue("q", { maxAttempts: 1 });
    queue.enqueueBatch(["bad", "good"]);
    const done: unknown[] = [];
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on("unhandledRejection", note);
    t.after(() => void process.off("unhandledRejection", note));
    const handle = ({ payload }: { payload: unknown }) => {
      done.push(payload);
      if (payload === "bad") throw thrown;
    };
    const worker = queue.work(handle, { onError() {}, drainTimeoutS: 0 });
    await until(() => rejections.length > 0 || done.length === 2);
    await worker.stop();
    assert.deepEqual([rejections, done, queue.stats().dead], [[], ["bad", "good"], 1]);
  });
}
