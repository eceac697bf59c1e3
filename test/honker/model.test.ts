import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { type Listener, open, type StreamSubscription, type Transaction } from "../../src/honker/mod.ts";
import { temporaryPath } from "../support/temporary.ts";
import { turn } from "../support/until.ts";

/** A generator of numbers in [0, below), the same for the same seed (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** What somebody who waits must get, and how much of it he took. */
interface Reader {
  readonly source: Listener | StreamSubscription;
  readonly name: string;
  readonly isStream: boolean;
  readonly expected: number[];
  taken: number;
  isClosed: boolean;
}

const NAMES = ["a", "b", "c"];

for (let seed = 1; seed <= 25; seed++) {
  test(`readers get what was committed for them, in order, once: random run ${seed}`, async (t) => {
    const pick = random(seed);
    const path = temporaryPath(t);
    const databases = [open(path), open(path)];
    const plain = new DatabaseSync(path, { timeout: 5000 });
    t.after(() => {
      plain.close();
      for (const db of databases) db.close();
    });
    const readers: Reader[] = [];
    const events: Record<string, number[]> = { a: [], b: [], c: [] };
    let tx: Transaction | undefined;
    let pending: (() => void)[] = [];
    let next = 0;

    const any = <T>(values: readonly T[]): T => values[pick(values.length)] as T;
    const open_ = () => readers.filter(({ isClosed }) => !isClosed);

    /** Records a message or event that everybody sees from now on. */
    function commit(isStream: boolean, name: string, value: number): void {
      if (isStream) events[name]?.push(value);
      for (const reader of open_())
        if (reader.isStream === isStream && reader.name === name) reader.expected.push(value);
    }

    async function takeSome(reader: Reader, most: number): Promise<void> {
      for (let i = 0; i < most && reader.taken < reader.expected.length; i++) {
        const { value } = await reader.source.next();
        assert.equal(value?.payload, reader.expected[reader.taken]);
        reader.taken++;
      }
    }

    const steps: (() => unknown)[] = [
      () => {
        const [db, name] = [any(databases), any(NAMES)];
        readers.push({
          source: db.listen(name, { ref: true }),
          name,
          isStream: false,
          expected: [],
          taken: 0,
          isClosed: false,
        });
      },
      () => {
        const [db, name] = [any(databases), any(NAMES)];
        const source = db.stream(name).subscribe(`consumer ${readers.length}`, { ref: true });
        readers.push({ source, name, isStream: true, expected: [...(events[name] ?? [])], taken: 0, isClosed: false });
      },
      () => {
        const reader = any(open_());
        if (reader === undefined || pick(3) > 0) return;
        reader.source.close();
        reader.isClosed = true;
      },
      () => {
        const [name, value, isStream] = [any(NAMES), next++, pick(2) === 0];
        if (tx === undefined) {
          const db = any(databases);
          if (isStream) db.stream(name).publish(value);
          else db.notify(name, value);
          commit(isStream, name, value);
        } else {
          if (isStream) databases[0]?.stream(name).publishTx(tx, value);
          else tx.notify(name, value);
          pending.push(() => commit(isStream, name, value));
        }
      },
      () => {
        if (tx === undefined) tx = any(databases).transaction();
      },
      () => {
        if (tx === undefined) return;
        if (pick(3) === 0) tx.rollback();
        else {
          tx.commit();
          for (const each of pending) each();
        }
        tx = undefined;
        pending = [];
      },
      () => {
        if (tx !== undefined) return; // it would wait for the lock of its own thread
        const [name, value, count] = [any(NAMES), next, 1 + pick(400)];
        next += count;
        plain.exec("BEGIN");
        for (let i = 0; i < count; i++) {
          plain.exec(`INSERT INTO _honker_notifications (channel, payload) VALUES ('${name}', '${value + i}')`);
        }
        plain.exec("COMMIT");
        for (let i = 0; i < count; i++) commit(false, name, value + i);
      },
      async () => {
        const reader = any(open_());
        if (reader !== undefined) await takeSome(reader, 1 + pick(300));
      },
      () => turn(),
      () => Promise.resolve(),
    ];

    for (let i = 0; i < 300; i++) await any(steps)();
    tx?.rollback();
    for (const reader of open_()) {
      await takeSome(reader, Number.POSITIVE_INFINITY);
      const more = reader.source.next();
      await turn();
      reader.source.close();
      assert.deepEqual(await more, { value: undefined, done: true });
    }
    for (const reader of readers) assert.equal((await reader.source.next()).done, true);
  });
}
