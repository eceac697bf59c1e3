import type { Retention } from "../../../src/honker/mod.ts";
import {
  BY_HAND,
  EXACTLY_ONCE,
  FAILING,
  KEPT_EVENTS,
  KEPT_NOTIFICATIONS,
  QUEUE_OPTIONS,
  RATE_LIMIT,
} from "../tables.ts";
import { about, type Load, pause } from "./load.ts";

const MODES = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"];

/** Takes locks, counts rates, sweeps, replays dead jobs, deletes what is old and moves the log into the file. */
export async function keepHouse(load: Load): Promise<never> {
  const { db, aim, random } = load;
  const retention = db.retention({
    notifications: { maxKeep: KEPT_NOTIFICATIONS },
    streams: { maxKeep: KEPT_EVENTS },
    results: {},
  });
  const isChosen = (step: string, probability: number) =>
    aim === step ? random.chance(0.5) : random.chance(probability);
  const chores = choresOf(load);
  for (;;) {
    if (isChosen("checkpoint", 0.02)) await db.whenUnlocked(() => checkpoint(load));
    else if (isChosen("replay", 0.1)) await db.whenUnlocked(() => replay(load));
    else if (isChosen("prune", 0.1)) await prune(load, retention);
    else await db.whenUnlocked(random.pick(chores));
    for (let turn = random.below(aim === undefined ? 8 : 3); turn >= 0; turn--) await pause(random);
  }
}

function choresOf({ db, round, random }: Load): readonly (() => unknown)[] {
  const owner = `round ${round}`;
  return [
    () => db.tryLock("till", owner, 1)?.heartbeat(2),
    () => db.tryLock("door", owner, 1)?.release(),
    () => db.tryRateLimit("orders", RATE_LIMIT, 1),
    () => db.sweepRateLimits(2),
    () => db.sweepResults(),
    () => db.queue(random.pick([EXACTLY_ONCE, BY_HAND, FAILING]), QUEUE_OPTIONS).sweepExpired(),
    () => db.queue(FAILING, QUEUE_OPTIONS).stats(),
    () => db.pruneNotifications(null, KEPT_NOTIFICATIONS),
  ];
}

function checkpoint(load: Load): void {
  about(load, "checkpoint");
  load.db.values(`PRAGMA wal_checkpoint(${load.random.pick(MODES)})`);
}

function replay(load: Load): void {
  const queue = load.db.queue(FAILING, QUEUE_OPTIONS);
  for (const { id } of queue.deadJobs({ limit: 3 })) {
    about(load, "replay");
    queue.replayDead(id);
  }
}

async function prune(load: Load, retention: Retention): Promise<void> {
  about(load, "prune");
  await retention.run();
}
