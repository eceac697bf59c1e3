import assert from "node:assert/strict";
import fc from "fast-check";
import { scenario } from "../support/scenario.ts";
import type { Side } from "../support/side.ts";

/** With and without daylight saving, by an hour, half an hour, two, and the wrong way round in Morocco. */
const ZONES = [
  "Europe/Warsaw",
  "America/New_York",
  "Australia/Lord_Howe",
  "Antarctica/Troll",
  "Africa/Casablanca",
  "America/St_Johns",
  "America/Sao_Paulo",
  "Asia/Kolkata",
  "Pacific/Apia",
  "UTC",
];
const PAIRS = 100_000;
const BATCH = 1000;
const FROM = Date.UTC(1975, 0) / 1000;
const TO = Date.UTC(2020, 0) / 1000;
const KNOWN = Date.UTC(2025, 0) / 1000; // what comes after it differs between versions of the zones' data
const HOUR_S = 3600;

/** The times at which the clocks of `zone` are put forward or back. */
function changesOf(zone: string): number[] {
  process.env.TZ = zone; // of this process, which asks nobody else for the time
  const offset = (at: number) => new Date(at * 1000).getTimezoneOffset();
  const changes: number[] = [];
  const stepS = 12 * HOUR_S;
  for (let at = FROM; at < TO; at += stepS) {
    if (offset(at) === offset(at + stepS)) continue;
    let [low, high] = [at, at + stepS];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle) === offset(at)) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}

const item = (least: number, most: number) => {
  const number = fc.integer({ min: least, max: most });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    fc.integer({ min: 1, max: most + 5 }).map((n) => `/${n}`),
  );
  return fc.tuple(fc.oneof(fc.constant("*"), number.map(String), range), step).map((parts) => parts.join(""));
};
const field = (least: number, most: number, star = 3) =>
  fc.oneof(
    { weight: star, arbitrary: fc.constant("*") },
    {
      weight: 3,
      arbitrary: fc.array(item(least, most), { minLength: 1, maxLength: 3 }).map((items) => items.join(",")),
    },
  );
const FIVE = [field(0, 59, 1), field(0, 23), field(1, 31, 8), field(1, 12, 8), field(0, 6, 8)] as const;
const EXPRESSION = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(...FIVE).map((fields) => fields.join(" ")) },
  { weight: 4, arbitrary: fc.tuple(field(0, 59), ...FIVE).map((fields) => fields.join(" ")) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 5000 }), fc.constantFrom("s", "m", "h", "d"))
      .map(([n, unit]) => `@every ${n}${unit}`),
  },
);

function times(changes: readonly number[]): fc.Arbitrary<number> {
  const any = fc.integer({ min: FROM, max: TO });
  if (changes.length === 0) return any;
  const near = (seconds: number) =>
    fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -seconds, max: seconds })).map(([at, by]) => at + by);
  return fc.oneof(any, near(2 * HOUR_S), near(50 * HOUR_S));
}

const NEXT = "SELECT honker_cron_next_after(?, ?) AS at";

scenario(
  42,
  "the next time of a schedule is the same on both sides, for 100 000 schedules, times and zones",
  async (stage) => {
    for (const zone of ZONES) {
      const changes = changesOf(zone);
      const [e, h] = [stage.engineProcess({ TZ: zone }), stage.honkerProcess({ TZ: zone })];
      await e.open(stage.path);
      await h.open(stage.path);
      await assertZone(e);
      await assertZone(h);
      const pairs = fc.sample(fc.tuple(EXPRESSION, times(changes)), PAIRS / ZONES.length);
      for (let i = 0; i < pairs.length; i += BATCH) {
        const batch = pairs.slice(i, i + BATCH);
        const [ours, theirs] = await Promise.all([e.sqlEach(NEXT, batch), h.sqlEach(NEXT, batch)]);
        for (const [j, [expression, from]] of batch.entries()) {
          const [our, their] = [ours[j], theirs[j]];
          if (isError(our) && isError(their)) continue;
          if ((our as number) > KNOWN && (their as number) > KNOWN) continue;
          assert.equal(our, their, `${expression} after ${from} in ${zone}`);
          assert.ok((our as number) > from, `${expression} after ${from} in ${zone} gives ${our}`);
        }
      }
      await Promise.all([e.program.end(), h.program.end()]);
    }
  },
  { timeout: 240_000 },
);

/** The other process is in the zone that this one was set to. */
async function assertZone(side: Side): Promise<void> {
  const noon = new Date((await side.value<number>(NEXT, ["0 12 * * *", FROM])) * 1000);
  assert.equal(noon.getHours(), 12);
}

function isError(value: unknown): boolean {
  return typeof value === "object" && value !== null && "error" in value;
}

const ODD = [
  ...["+5 * * * *", "007 * * * *", " 5 * * * * ", "5/2 * * * *", "0-59/7 * * * *", "*/100 * * * *", "5,5,5 * * * *"],
  ...["@every5s", "@every\t5s", "@every  005m ", "\u00a05 * * * *", "5\u2003* * *\t*", "* * 29 2 *", "0 0 29 2 0"],
  ...["*/4294967295 * * * *", "1-1/5 * * * *", "+1-+5/+2 * * * *", "@every 100000000d"],
];
const BAD = [
  ...["", " ", "*", "* * * *", "* * * * * * *", "a b c d e", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *"],
  ...[
    "* * * 0 *",
    "* * * 13 *",
    "* * * * 7",
    "60 * * * * *",
    "*/0 * * * *",
    "5-3 * * * *",
    "1,,2 * * * *",
    ",1 * * * *",
  ],
  ...[
    "1/ * * * *",
    "/2 * * * *",
    "-1 * * * *",
    "1- * * * *",
    "1-2-3 * * * *",
    "1/2/3 * * * *",
    "? * * * *",
    "L * * * *",
  ],
  ...[
    "* * * JAN *",
    "* * * * MON",
    "1.5 * * * *",
    "99999999999 * * * *",
    "*/4294967296 * * * *",
    "1 * * * * #",
    "++1 * * * *",
  ],
  ...["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 31 6 3", "* * * * *;", "٣ * * * *", "１ * * * *"],
  ...[
    "@every",
    "@every ",
    "@every s",
    "@every 5",
    "@every 0s",
    "@every 00m",
    "@every -5s",
    "@every +5s",
    "@every 1.5s",
  ],
  ...["@every 5 s", "@every 5S", "@every 1h30m", "@every 5w", "@every 5ms", "@every 5s x", "@everything", "@every ٣s"],
  ...[
    "@every 99999999999999999999s",
    "@every 9223372036854775807d",
    "@daily",
    "@hourly",
    "@reboot",
    "every 5s",
    "@Every 5s",
  ],
];

scenario(
  42,
  "a schedule that one side refuses is refused by the other, and an odd one means the same",
  async (stage) => {
    const [e, h] = [stage.engineProcess({ TZ: "Europe/Warsaw" }), stage.honkerProcess({ TZ: "Europe/Warsaw" })];
    await e.open(stage.path);
    await h.open(stage.path);
    const from = Date.UTC(2024, 4, 5, 6, 7, 8) / 1000;
    const ask = (side: Side, list: readonly string[]) =>
      side.sqlEach(
        NEXT,
        list.map((text) => [text, from]),
      );
    const refused = [await ask(e, BAD), await ask(h, BAD)].map((answers) => BAD.filter((_, i) => !isError(answers[i])));
    assert.deepEqual(refused, [[], []]);
    assert.deepEqual(await ask(e, ODD), await ask(h, ODD));
    for (const text of BAD) {
      const task = { name: "t", queue: "q", schedule: text, payload: 1 };
      await assert.rejects(e.register(task), text);
      await assert.rejects(h.register(task), text);
    }
    assert.deepEqual(await e.listTasks(), []);
  },
);

const OVERLAP = Date.UTC(2024, 9, 27, 1) / 1000; // in Warsaw it is three o'clock, and two once more
const GAP = Date.UTC(2024, 2, 31, 1) / 1000; // two o'clock, and three

/** Ticks once a minute for `minutes` from `start`, and gives what was fired each time. */
async function tickThrough(side: Side, start: number, minutes: number): Promise<number[][]> {
  const fired: number[][] = [];
  for (let i = 0; i <= minutes; i++) fired.push((await side.tick(start + i * 60)).map(({ fire_at }) => fire_at));
  return fired;
}

scenario(
  43,
  "an hour that comes twice, or not at all, brings neither a burst nor a hot loop, whoever leads",
  async (stage) => {
    const TZ = "Europe/Warsaw";
    const [e, h] = [stage.engineProcess({ TZ }), stage.honkerProcess({ TZ })];
    await e.open(stage.path);
    await h.open(stage.path);
    for (const schedule of ["* * * * *", "*/10 * * * * *", "30 2 * * *", "15,45 * * * *"]) {
      const fired: number[][][] = [];
      for (const [first, second] of [
        [e, e],
        [h, e],
        [e, h],
        [h, h],
      ] as const) {
        await h.sql("DELETE FROM _honker_live");
        await h.register({ name: "t", queue: "q", schedule, payload: 1 });
        const start = OVERLAP - 45 * 60;
        const next = await h.value<number>(NEXT, [schedule, start - 1]);
        await h.sql("UPDATE _honker_scheduler_tasks SET next_fire_at = ?", [next]);
        // The second takes over half an hour into the second time.
        fired.push([...(await tickThrough(first, start, 75)), ...(await tickThrough(second, OVERLAP + 31 * 60, 60))]);
      }
      const [ours, ...theirs] = fired;
      for (const each of theirs) assert.deepEqual(each, ours, schedule);
      const all = ours!.flat();
      assert.deepEqual(
        all,
        [...new Set(all)].sort((a, b) => a - b),
      );
      assert.ok(all.length > 0 && Math.max(...ours!.map((fires) => fires.length)) <= 6, "as many as in any minute");
      // Both sides agree on every time around the gap.
      const times = Array.from({ length: 400 }, (_, i) => [schedule, GAP - 7200 + i * 37]);
      assert.deepEqual(await e.sqlEach(NEXT, times), await h.sqlEach(NEXT, times));
    }
  },
);
