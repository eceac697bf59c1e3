import { eventually } from "../support/clock.ts";
import { countTimes, leaderOf, untilEven } from "../support/leaders.ts";
import { type Stage, scenario } from "../support/scenario.ts";

const TAKEOVER_S = 60 + 5; // the leader's lock lasts 60 s, who stands by looks every 5 s

/** Kills the leader, and gives how many seconds the other took to fire again. */
async function takeOver(stage: Stage, killed: "E" | "H"): Promise<number> {
  const path = stage.otherPath();
  const [e, h] = await stage.pair(path);
  const [victim, heir] = killed === "E" ? [e, h] : [h, e];
  const observer = await stage.honker(path);
  const count = await countTimes(observer, 2); // 33 times are missed at most: below the 64 that are made up for
  await victim.schedule("victim");
  await eventually(async () => (await leaderOf(observer)) === "victim", "the victim to lead", 5);
  const heirs = await heir.schedule("heir");
  await eventually(async () => (await count()).jobs >= 2, "two jobs", 10);
  await victim.program.kill();
  const killedAtMs = performance.now();
  const before = (await count()).jobs;
  await eventually(async () => (await leaderOf(observer)) === "heir", "the heir to lead", TAKEOVER_S);
  await eventually(async () => (await count()).jobs > before, "the heir to fire", 5);
  const tookS = (performance.now() - killedAtMs) / 1000;
  await untilEven(count);
  await heirs.stop();
  return tookS;
}

scenario(
  44,
  "when a leader of either side is killed, the other leads within 65 s and makes up for what was missed",
  async (stage) => {
    const [afterE, afterH] = await Promise.all([takeOver(stage, "E"), takeOver(stage, "H")]);
    stage.t.diagnostic(`H led ${afterE.toFixed(1)} s after E was killed, E led ${afterH.toFixed(1)} s after H was`);
  },
  { timeout: 120_000 },
);
