import { about, type Load, pause } from "./load.ts";

const LEADER = "leader"; // the same in all rounds: another would have to wait for a minute until a killed one's lock ends

/** Fires what is due, by the loop that leads, by calls of its own, or by both at once. */
export async function fireSchedules(load: Load): Promise<void> {
  const { db, round, random } = load;
  const scheduler = db.scheduler();
  const how = load.aim === "tick" ? 0 : random.below(3);
  if (how !== 0) void scheduler.run(random.chance(0.9) ? LEADER : `stand-in ${round}`);
  if (how === 1) return;
  for (;;) {
    await db.whenUnlocked(() => {
      if (scheduler.soonest() <= Date.now() / 1000) about(load, "tick");
      scheduler.tick();
    });
    await pause(random);
  }
}
