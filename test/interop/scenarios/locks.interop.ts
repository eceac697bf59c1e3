import assert from "node:assert/strict";
import { nowS, untilSecond, withinOneSecond } from "../support/clock.ts";
import { bothWays, scenario } from "../support/scenario.ts";

scenario(39, "a lock of one side holds against the other, until it is released or over", async (stage) => {
  await bothWays(await stage.pair(), async (one, other) => {
    const name = `from-${one.name}`;
    const expiry = () => one.value<number>("SELECT expires_at FROM _honker_locks WHERE name = ?", [name]);
    assert.equal(await one.lock(name, "one", 100), true);
    assert.equal(await other.lock(name, "other", 100), false);
    assert.equal(await other.release(name, "other"), false);
    const firstExpiry = await expiry();
    assert.equal(await one.lock(name, "one", 5000), true); // the same owner again, and the time stays
    assert.equal(await other.lock(name, "one", 5000), true);
    assert.equal(await expiry(), firstExpiry);
    assert.equal(await one.renew(name, "other", 5), false);
    assert.equal(await one.renew(name, "one", 5000), true);
    assert.ok((await expiry()) > firstExpiry + 4000);
    for (const ttlS of [0, -1]) await assert.rejects(one.renew(name, "one", ttlS), /ttl_s must be positive/);
    assert.equal(await other.release(name, "one"), true);
    assert.equal(await one.release(name, "one"), false);

    assert.equal(await one.lock(name, "one", 2), true);
    const overS = await expiry();
    await withinOneSecond(async () => {
      if (nowS() >= overS) return;
      assert.equal(await other.lock(name, "other", 100), false);
    });
    await untilSecond(overS); // at this second, not after it
    assert.equal(await one.renew(name, "one", 1), true); // over, but nobody took it
    await untilSecond(await expiry());
    assert.equal(await other.lock(name, "other", 100), true);
    assert.equal(await one.renew(name, "one", 1), false);
    assert.equal(await one.lock(name, "one", 1), false);
  });
});

scenario(40, "tries of both sides count together, window by window", async (stage) => {
  const [e, h] = await stage.pair();
  for (const perS of [1, 60, 3600]) {
    const name = `per ${perS}`;
    const results = await withinOneSecond(async (now) => {
      await h.sql("DELETE FROM _honker_rate_limits");
      const admitted: boolean[] = [];
      for (let i = 0; i < 12; i++) admitted.push(await (i % 2 ? e : h).tryRateLimit(name, 7, perS));
      const windows = await h.sql("SELECT window_start, count FROM _honker_rate_limits");
      return { admitted, windows, start: Math.floor(now / perS) * perS };
    });
    assert.deepEqual(
      results.admitted,
      Array.from({ length: 12 }, (_, i) => i < 7),
    );
    assert.deepEqual(results.windows, [{ window_start: results.start, count: 7 }]);
  }
  // The next window begins at its second, for both.
  for (const [one, other] of [
    [e, h],
    [h, e],
  ] as const) {
    const name = `per 1 of ${one.name}`;
    await withinOneSecond(async () => {
      await one.tryRateLimit(name, 1, 1);
      assert.equal(await other.tryRateLimit(name, 1, 1), false);
    });
    await untilSecond(nowS() + 1);
    assert.equal(await other.tryRateLimit(name, 1, 1), true);
  }

  // Windows of one name that begin together share a count, whatever their length: these begin in 1970.
  const [long, longer] = [10_000_000_000, 20_000_000_000];
  assert.equal(await e.tryRateLimit("shared", 2, long), true);
  assert.equal(await h.tryRateLimit("shared", 2, longer), true);
  assert.equal(await e.tryRateLimit("shared", 2, long), false);
  assert.equal(await h.tryRateLimit("shared", 2, long), false);

  for (const side of [e, h]) {
    await withinOneSecond(async (now) => {
      await h.sql("DELETE FROM _honker_rate_limits");
      for (const age of [0, 99, 100, 101, 5000]) {
        await h.sql("INSERT INTO _honker_rate_limits VALUES ('old', ?, 1)", [now - age]);
      }
      assert.equal(await side.sweepRateLimits(100), 2);
      const left = await h.sql("SELECT ? - window_start AS age FROM _honker_rate_limits ORDER BY age", [now]);
      assert.deepEqual(
        left.map(({ age }) => age),
        [0, 99, 100],
      );
    });
    for (const [limit, perS] of [
      [0, 1],
      [-1, 1],
      [1, 0],
      [1, -60],
    ] as const) {
      await assert.rejects(side.tryRateLimit("r", limit, perS), /limit and per must be positive/);
    }
  }
});
