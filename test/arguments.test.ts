import assert from "node:assert/strict";
import { test } from "node:test";
import { checkInteger, checkName, checkOptions, checkSeconds } from "../src/arguments.ts";
import { type Database, open, type Stream } from "../src/honker/mod.ts";
import { temporaryDatabase } from "./support/temporary.ts";

/** A database as plain JavaScript sees it, where every argument can be wrong. */
type Loose = { [Name in keyof Database]: (...args: unknown[]) => LooseStream };
type LooseStream = { [Name in keyof Stream]: (...args: unknown[]) => unknown };

for (const [call, expected] of [
  [
    (db) => db.listen("a", { fallbackPoll: 1 }),
    /Unknown option "fallbackPoll" for listen\(\): did you mean "fallbackPollS"/,
  ],
  [(db) => db.listen("a", { fallbackPollS: -1 }), /fallbackPollS must be seconds >= 0 or null: received -1/],
  [(db) => db.listen("a", { fallbackPollS: "1" }), /fallbackPollS must be seconds >= 0 or null: received 1/],
  [(db) => db.listen("a", 5), /Cannot call listen\(\): options must be an object: received 5/],
  [(db) => db.listen("a", null), /options must be an object: received null/],
  [(db) => db.listen(5), /the channel must be Unicode text without NUL: received number/],
  [(db) => db.listen("a\0"), /the channel must be Unicode text without NUL: received "a\\u0000"/],
  [(db) => db.notify("\ud800", 1), /the channel must be Unicode text without NUL: received "\\ud800"/],
  [(db) => db.notify(undefined, 1), /the channel must be Unicode text/],
  [(db) => db.updateEvents({ reff: true }), /Unknown option "reff" for updateEvents\(\): did you mean "ref"/],
  [(db) => db.stream(5), /the name must be Unicode text without NUL: received number/],
  [(db) => db.stream("s").publishWithKey(5, 1), /the key must be Unicode text/],
  [(db) => db.stream("s").publishWithKey(undefined, 1), /the key must be Unicode text/],
  [(db) => db.stream("s").subscribe(undefined), /the consumer must be Unicode text/],
  [
    (db) => db.stream("s").subscribe("c", { saveEvery: 1 }),
    /Unknown option "saveEvery" for subscribe\(\): did you mean "saveEvery[NS]"/,
  ],
  [(db) => db.stream("s").subscribe("c", { saveEveryN: -1 }), /saveEveryN must be an integer >= 0: received -1/],
  [(db) => db.stream("s").subscribe("c", { saveEveryN: 1.5 }), /saveEveryN must be an integer >= 0: received 1.5/],
  [(db) => db.stream("s").subscribe("c", { saveEveryS: -1 }), /saveEveryS must be seconds >= 0 or null: received -1/],
  [
    (db) => db.stream("s").subscribe("c", { saveEveryS: Number.NaN }),
    /saveEveryS must be seconds >= 0 or null: received NaN/,
  ],
  [(db) => db.stream("s").readSince(0), /limit must be an integer: received undefined/],
  [(db) => db.stream("s").readSince(1.5, 1), /offset must be an integer: received 1.5/],
  [(db) => db.stream("s").saveOffset("c", -1), /offset must be an integer >= 0: received -1/],
  [(db) => db.stream("s").saveOffset("c", 2 ** 53), /offset must be an integer >= 0: received 9007199254740992/],
  [(db) => db.stream("s").saveOffset(5, 1), /the consumer must be Unicode text/],
  [(db) => db.pruneNotifications(1.5), /olderThanS must be an integer: received 1.5/],
  [(db) => db.pruneNotifications(null, -1), /maxKeep must not be negative/],
  [(db) => db.pruneNotifications(null, 0.5), /maxKeep must be an integer >= 0: received 0.5/],
] as [(db: Loose) => unknown, RegExp][]) {
  test(`${String(call).slice(8)} is refused`, (t) => {
    const db = temporaryDatabase(t);
    assert.throws(
      () => call(db as unknown as Loose),
      (error: Error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError);
        assert.match(error.message, expected);
        return true;
      },
    );
  });
}

test("checkOptions() lists what is known when nothing is near", () => {
  assert.throws(() => checkOptions({ zzzzzz: 1 }, ["one", "two"], "f"), /known are one, two/);
  checkOptions(undefined, [], "f");
  checkOptions({ one: undefined }, ["one"], "f");
});

test("checkInteger(), checkSeconds() and checkName() take what is in range", () => {
  checkInteger(0, 0, "do", "n");
  checkInteger(Number.MAX_SAFE_INTEGER, 0, "do", "n");
  checkSeconds(null, "do", "n");
  checkSeconds(Number.POSITIVE_INFINITY, "do", "n");
  checkName("", "do", "n");
  checkName("ü🦆", "do", "n");
  assert.throws(() => checkInteger(3, 0, "do", "n", 2), /Cannot do: n must be an integer >= 0 and <= 2: received 3/);
});

test("open() refuses a list for its options, and text for a number", (t) => {
  const { path } = temporaryDatabase(t);
  assert.throws(() => open(path, [] as never), { name: "TypeError", message: /options must be an object/ });
  assert.throws(() => open(path, { watcherPollIntervalMs: "5" as never }), RangeError);
});

test("a parameter whose toJSON() gives nothing is refused", (t) => {
  const db = temporaryDatabase(t);
  assert.throws(() => db.query("SELECT ?", [{ toJSON: () => undefined }]), {
    name: "TypeError",
    message: /^Cannot bind parameter 1: /,
  });
});
