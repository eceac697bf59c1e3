import type { Database, StreamEvent } from "../../../src/honker/mod.ts";
import { ORDERS, PROJECTION, SUBSCRIBER } from "../tables.ts";
import { type Load, pause } from "./load.ts";

/** Writes what it reads and its offset in one transaction, as a subscription hands events out or by reading batches itself. */
export async function project({ db, random }: Load): Promise<void> {
  const stream = db.stream(ORDERS);
  if (random.chance(0.5)) {
    for await (const event of stream.subscribe(PROJECTION, { saveEveryN: 0, saveEveryS: 0 })) {
      await db.whenUnlocked(() => projectEvents(db, [event]));
    }
  }
  for (;;) {
    await db.whenUnlocked(() => projectEvents(db, stream.readFromConsumer(PROJECTION, 1 + random.below(30))));
    await pause(random);
  }
}

/** In one transaction, together with the offset. */
export function projectEvents(db: Database, events: readonly StreamEvent[]): void {
  if (events.length === 0) return;
  const tx = db.transaction();
  for (const { offset, payload } of events) {
    tx.run("INSERT INTO projected(offset, position) VALUES (?, ?)", [offset, positionOf(payload)]);
  }
  db.stream(ORDERS).saveOffsetTx(tx, PROJECTION, events.at(-1)!.offset);
  tx.commit();
}

/** Notes each event and leaves it to the subscription when to save the offset. */
export async function subscribe({ db, round, random }: Load): Promise<void> {
  const stream = db.stream(ORDERS);
  const from = stream.getOffset(SUBSCRIBER);
  await db.whenUnlocked(() => db.run("INSERT OR IGNORE INTO subscribed VALUES (?, ?)", [round, from]));
  const saving = { saveEveryN: random.pick([0, 1, 7]), saveEveryS: random.pick([0.005, 0.02]) };
  for await (const { offset, payload } of stream.subscribe(SUBSCRIBER, saving)) {
    const values = [round, offset, positionOf(payload)];
    await db.whenUnlocked(() => db.run("INSERT INTO seen(round, offset, position) VALUES (?, ?, ?)", values));
    if (random.chance(0.1)) await pause(random);
  }
}

/** Has each notification that is committed from now on, once and in order, or says what is wrong. */
export async function listen({ db, say }: Load): Promise<void> {
  let before: number | undefined;
  for await (const { payload } of db.listen(ORDERS)) {
    const position = positionOf(payload);
    if (before !== undefined && position !== before + 1) {
      say({ kind: "broken", breaches: [`the listener got position ${position} after ${before}`] });
    }
    before = position;
  }
}

function positionOf(payload: unknown): number {
  return (payload as { position: number }).position;
}
