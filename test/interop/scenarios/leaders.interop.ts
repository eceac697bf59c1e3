import assert from "node:assert/strict";
import { eventually, nowS } from "../support/clock.ts";
import { countTimes, leaderOf, untilEven } from "../support/leaders.ts";
import { scenario } from "../support/scenario.ts";
import type { Side } from "../support/side.ts";

const LASTS_S = process.env.INTEROP_FULL === "1" ? 600 : 60;
const TERM_S = 6; // how long each leads

scenario(
  44,
  "of leaders on both sides one leads at a time, hands over within 5 s, and each time is fired once",
  async (stage) => {
    const [e, h] = await stage.pair();
    const observer = await stage.honker();
    const count = await countTimes(observer, 1);
    let leader: [Side, Awaited<ReturnType<Side["schedule"]>>] = [e, await e.schedule("E")];
    await eventually(async () => (await leaderOf(observer)) === "E", "the first leader", 5);
    let standby: typeof leader = [h, await h.schedule("H")];
    const endS = nowS() + LASTS_S;
    let handovers = 0;
    let slowestMs = 0;
    while (nowS() < endS) {
      const termEndS = nowS() + TERM_S;
      await eventually(async () => nowS() >= termEndS, "the end of the term", TERM_S + 5);
      assert.equal(await leaderOf(observer), leader[0].name);
      const asked = performance.now();
      assert.deepEqual(await leader[1].stop(), []);
      await eventually(async () => (await leaderOf(observer)) === standby[0].name, "the other to lead", 5);
      slowestMs = Math.max(slowestMs, performance.now() - asked);
      handovers++;
      [leader, standby] = [standby, [leader[0], await leader[0].schedule(leader[0].name)]];
    }
    const jobs = await untilEven(count);
    stage.t.diagnostic(
      `${jobs} times in ${LASTS_S} s, ${handovers} handovers, the slowest in ${slowestMs.toFixed(0)} ms`,
    );
    assert.ok(jobs >= LASTS_S - 2, `${jobs} jobs in ${LASTS_S} s`);
    await leader[1].stop();
    await standby[1].stop();
  },
  { timeout: (LASTS_S + 60) * 1000 },
);
