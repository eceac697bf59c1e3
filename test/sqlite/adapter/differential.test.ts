import assert from "node:assert/strict";
import { test } from "node:test";
import { ours, outcome, theirs } from "./fixture.ts";
import { byteWorks, modeWorks } from "./works/modes.ts";
import { raws, rawValues, refusals } from "./works/raw.ts";
import { relational } from "./works/relational.ts";
import { selects } from "./works/select.ts";
import type { Works } from "./works/work.ts";
import { writes } from "./works/write.ts";

/** Whose SQL differs on purpose: Node's SQLite knows no limit there. */
const OTHER_SQL = / in order with a limit$|^update with a limit |^delete with a limit /;

const all: Works = {
  ...selects,
  ...relational,
  ...writes,
  ...modeWorks,
  ...byteWorks,
  ...raws,
  ...rawValues,
  ...refusals,
};

for (const [name, work] of Object.entries(all)) {
  test(`Drizzle gives what it gives on better-sqlite3: ${name}`, async (t) => {
    const [left, right] = [ours(t), theirs(t)];
    const expected = await outcome(() => work(right.db));
    assert.deepEqual(await outcome(() => work(left.db)), expected);
    assert.deepEqual(left.dump(), right.dump());
    if (!(OTHER_SQL.test(name) || name in refusals)) assert.deepEqual(left.log, right.log);
  });
}
