import assert from "node:assert/strict";
import { test } from "node:test";
import { FileLock } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { type TestScope, temporaryPath } from "../support/temporary.ts";

const child = new URL("child/hold-lock.ts", import.meta.url);
const BUSY = { code: "SQLITE_BUSY", retryable: true };

function locks(t: TestScope, count: number): FileLock[] {
  const path = temporaryPath(t, "a.lock");
  const made = Array.from({ length: count }, () => new FileLock(path, 0));
  t.after(() => {
    for (const lock of made) lock.close();
  });
  return made;
}

test("many may hold a lock shared, and nobody alone meanwhile", (t) => {
  const [a, b] = locks(t, 2) as [FileLock, FileLock];
  a.shared(() => {
    assert.equal(
      b.shared(() => 7),
      7,
    );
    assert.throws(() => b.alone(() => assert.fail("it ran")), BUSY);
  });
  assert.equal(
    b.alone(() => 8),
    8,
  );
});

test("nobody holds a lock while another holds it alone", (t) => {
  const [a, b] = locks(t, 2) as [FileLock, FileLock];
  a.alone(() => {
    assert.throws(() => b.shared(() => assert.fail("it ran")), BUSY);
    assert.throws(() => b.alone(() => assert.fail("it ran")), BUSY);
  });
  b.shared(() => {});
});

test("work inside work that holds the lock alone is a part of it", (t) => {
  const [a, b] = locks(t, 2) as [FileLock, FileLock];
  a.alone(() => {
    a.alone(() => {});
    a.shared(() => {});
    assert.throws(() => b.shared(() => {}), BUSY);
  });
});

test("a lock is let go when the work throws", (t) => {
  const [a, b] = locks(t, 2) as [FileLock, FileLock];
  const failure = new Error("no");
  const fail = () => {
    throw failure;
  };
  assert.throws(() => a.alone(fail), failure);
  assert.throws(() => a.shared(fail), failure);
  b.alone(() => {});
});

test("a lock ends with the process that holds it", async (t) => {
  const path = temporaryPath(t, "a.lock");
  const other = startChild(t, child, [path]);
  assert.equal(await other.nextLine(), "held");
  const lock = new FileLock(path, 0);
  t.after(() => lock.close());
  assert.throws(() => lock.shared(() => {}), BUSY);
  other.kill();
  await other.waitExit();
  lock.alone(() => {});
});
