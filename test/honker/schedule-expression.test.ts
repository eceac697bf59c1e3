import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSchedule } from "../../src/honker/schedule-expression.ts";

/** Runs `body` with the local clock of `zone`. Node, Deno and Bun all look at `TZ` again when it is set. */
function inZone<T>(zone: string, body: () => T): T {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    return body();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

/** Unix seconds of an ISO text. */
const at = (text: string): number => Date.parse(text) / 1000;

/** The next `count` due times in a row, as ISO texts in UTC. */
function dueTimes(zone: string, text: string, from: string, count: number): string[] {
  return inZone(zone, () => {
    const schedule = parseSchedule(text);
    const times: string[] = [];
    for (let fromS = at(from); times.length < count; ) {
      fromS = schedule.nextAfter(fromS);
      times.push(`${new Date(fromS * 1000).toISOString().slice(0, -5)}Z`);
    }
    return times;
  });
}

// Each answer below is that of honker-core 0.4.0, asked for the same text, time and zone on Linux.
const NEXT_AFTER_SUNDAY_NOON: readonly (readonly [text: string, next: string])[] = [
  ["* * * * *", "2026-04-19T12:31:00Z"],
  ["* * * * * *", "2026-04-19T12:30:06Z"],
  ["*/5 * * * *", "2026-04-19T12:35:00Z"],
  ["*/10 * * * * *", "2026-04-19T12:30:10Z"],
  ["5 30 12 * * *", "2026-04-20T12:30:05Z"],
  ["0-30/10 * * * *", "2026-04-19T13:00:00Z"],
  ["0,31,45 * * * *", "2026-04-19T12:31:00Z"],
  ["35/5 * * * *", "2026-04-19T12:35:00Z"], // n/step is n alone
  ["36/5 12 * * *", "2026-04-19T12:36:00Z"],
  ["*/4294967295 * * * *", "2026-04-19T13:00:00Z"],
  ["+31 * * * *", "2026-04-19T12:31:00Z"],
  ["0000031 * * * *", "2026-04-19T12:31:00Z"],
  ["+31-+40/+3 * * * *", "2026-04-19T12:31:00Z"],
  ["0 3 * * *", "2026-04-20T03:00:00Z"],
  ["0 12 * * 1", "2026-04-20T12:00:00Z"],
  ["0 12 * * 0", "2026-04-26T12:00:00Z"],
  ["0 12 * * 1-5/2,6", "2026-04-20T12:00:00Z"],
  ["0 0 13 * 5", "2026-11-13T00:00:00Z"], // both days must match
  ["0 0 31 * *", "2026-05-31T00:00:00Z"],
  ["0 0 31 2,3 *", "2027-03-31T00:00:00Z"],
  ["0 0 29 2 *", "2028-02-29T00:00:00Z"],
  ["0 0 29 2 1", "2044-02-29T00:00:00Z"],
  ["0 0 1 1 *", "2027-01-01T00:00:00Z"],
  ["59 59 23 31 12 *", "2026-12-31T23:59:59Z"],
  [" \t31  *\n*\r*\v* ", "2026-04-19T12:31:00Z"],
  ["\u008531\u3000*\u00a0*\u2028*\u2009*\u0085", "2026-04-19T12:31:00Z"], // white space as Unicode has it
  ["@every 5s", "2026-04-19T12:30:10Z"],
  ["@every 2m", "2026-04-19T12:32:05Z"],
  ["@every 3h", "2026-04-19T15:30:05Z"],
  ["@every 1d", "2026-04-20T12:30:05Z"],
  ["@every5s", "2026-04-19T12:30:10Z"],
  [" @every \t 00005s\n", "2026-04-19T12:30:10Z"],
  ["@every\u00855s", "2026-04-19T12:30:10Z"],
];

test("nextAfter() gives the first match after a time when a text is of Honker's grammar", () => {
  for (const [text, next] of NEXT_AFTER_SUNDAY_NOON) {
    assert.deepEqual(dueTimes("UTC", text, "2026-04-19T12:30:05Z", 1), [next], text);
  }
});

test("parseSchedule() refuses a text with the field and what is wanted when it is not of Honker's grammar", () => {
  const refused: readonly (readonly [received: RegExp, texts: readonly string[]])[] = [
    [/the number of cron fields must be 5 or 6.*received 0$/, ["", "  \t"]],
    [/received [12]$/, ["@daily", "*", "@Every 5s", "\ufeff@every 5s", '"@every 5s"']],
    [/received [47]$/, ["* * * *", "* * * * * * *", "*\ufeff* * * *"]],
    [/the second must be .* from 0 to 59/, ["60 * * * * *", "-1 * * * * *"]],
    [/the minute must be .*received "60"$/, ["60 * * * *", "1,60 * * * *"]],
    [/the minute must be/, ["5-1 * * * *", "1-2-3 * * * *", "*-5 * * * *", "5-* * * * *", "1- * * * *", "- * * * *"]],
    [/the minute must be/, ["*/0 * * * *", "*/ * * * *", "/5 * * * *", "5/5/5 * * * *", "*/4294967296 * * * *"]],
    [/the minute must be/, ["1,,2 * * * *", ", * * * *", "** * * * *", "? * * * *", "1.0 * * * *", "0x1 * * * *"]],
    [/the minute must be/, ["++1 * * * *", "+ * * * *", "1e1 * * * *", "１ * * * *", "٣ * * * *", "\0* * * * *"]],
    [/the hour must be .* from 0 to 23/, ["* 24 * * *", "* a * * *", "* * 24 * * *"]],
    [/the day of the month must be .* from 1 to 31/, ["* * 0 * *", "* * 32 * *", "* * L * *", "* * 15W * *"]],
    [/the month must be .* from 1 to 12/, ["* * * 0 *", "* * * 13 *", "* * * JAN *"]],
    [/the day of the week .* from 0 to 6/, ["* * * * 7", "* * * * MON", "* * * * 1#2", "* * * * 5-7"]],
    [/months have, which is up to 29: received "30"$/, ["0 0 30 2 *"]],
    [/months have, which is up to 30: received "31"$/, ["0 0 31 2,4-6/2,9,11 *", "0 0 31 4-11/7 3"]],
    [
      /@every must have a whole number > 0/,
      ["@every", "@every 5", "@every s", "@every 5w", "@every 5S", "@every 1.5s"],
    ],
    [/received "5 s"$/, ["@every 5 s", "@every5 s"]],
    [/@every must have/, ["@every 0s", "@every 000s", "@every +5s", "@every -5s", "@every 1h30m", "@every ５s"]],
    [/@every must have/, ["@every 5s 5s", "@everything", "@every\ufeff5s", "@every 9223372036854775808s"]],
    [
      /less than 2\^63/,
      ["@every 106751991167301d", `@every ${"9".repeat(100_000)}s`, `@every ${"0".repeat(100_000)}x`],
    ],
  ];
  for (const [message, texts] of refused) {
    for (const text of texts) {
      assert.throws(
        () => parseSchedule(text),
        (error: unknown) => {
          assert.ok(error instanceof RangeError, text);
          assert.ok(error.message.startsWith(`Cannot schedule ${JSON.stringify(text)}: `), error.message);
          assert.match(error.message, message);
          return true;
        },
      );
    }
  }
});

test("parseSchedule() throws a TypeError when it gets no text", () => {
  for (const value of [undefined, null, 5, {}, ["* * * * *"]]) {
    assert.throws(() => parseSchedule(value), { name: "TypeError", message: /^Cannot schedule: .* received \w+$/ });
  }
});

test("parseSchedule() keeps the text as it was given", () => {
  assert.equal(parseSchedule(" 0  3 * * *\n").text, " 0  3 * * *\n");
});

test("nextAfter() refuses a time when it is no whole number or beyond the calendar", () => {
  for (const text of ["* * * * *", "@every 1s"]) {
    for (const fromS of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 8.3e12, -8.3e12, "0" as unknown as number]) {
      assert.throws(() => parseSchedule(text).nextAfter(fromS), {
        name: "RangeError",
        message: /^Cannot schedule ".*": fromS must be an integer >= -8200000000000 and <= 8200000000000: received /,
      });
    }
  }
});

test("nextAfter() adds an interval exactly, and refuses a result that is no safe integer", () => {
  assert.equal(parseSchedule("@every 9007199254740991s").nextAfter(0), Number.MAX_SAFE_INTEGER);
  assert.equal(parseSchedule("@every 9007199254740993s").nextAfter(-10), 9007199254740983);
  assert.throws(() => parseSchedule("@every 9007199254740991s").nextAfter(1), {
    name: "RangeError",
    message: /the next time must be a safe integer: received 9007199254740992 after 1$/,
  });
  assert.throws(() => parseSchedule("@every 9223372036854775807s").nextAfter(0), RangeError);
});

test("nextAfter() knows the calendar when the time is before 1970 or in years far away", () => {
  inZone("UTC", () => {
    const [daily, leapDay] = [parseSchedule("0 0 * * *"), parseSchedule("0 0 29 2 1")];
    assert.deepEqual([-86_401, -1, 0].map(daily.nextAfter), [-86_400, 0, 86_400]);
    assert.equal(leapDay.nextAfter(at("0001-01-01T00:00:00Z")), at("0016-02-29T00:00:00Z"));
    assert.equal(leapDay.nextAfter(at("1888-03-01T00:00:00Z")), at("1892-02-29T00:00:00Z"));
    assert.equal(leapDay.nextAfter(at("2072-03-01T00:00:00Z")), at("2112-02-29T00:00:00Z"));
    assert.equal(daily.nextAfter(8_200_000_000_000), 8_200_000_051_200);
    assert.equal(daily.nextAfter(-8_200_000_000_000), -8_199_999_964_800);
  });
});

test("nextAfter() looks the zone up at each call", () => {
  const schedule = parseSchedule("0 0 * * *");
  assert.equal(
    inZone("UTC", () => schedule.nextAfter(0)),
    86_400,
  );
  assert.equal(
    inZone("Asia/Kathmandu", () => schedule.nextAfter(at("2026-01-01T00:00:00Z"))),
    at("2026-01-01T18:15:00Z"),
  );
});

test("nextAfter() gives the moment of the jump, once, when the clock jumps over a time", () => {
  assert.deepEqual(dueTimes("Europe/Berlin", "30 2 * * *", "2024-03-30T00:00:00Z", 3), [
    "2024-03-30T01:30:00Z",
    "2024-03-31T01:00:00Z", // 03:00, as there is no 02:30
    "2024-04-01T00:30:00Z",
  ]);
  assert.deepEqual(dueTimes("America/New_York", "*/20 * * * *", "2026-03-08T06:39:59Z", 3), [
    "2026-03-08T06:40:00Z",
    "2026-03-08T07:00:00Z",
    "2026-03-08T07:20:00Z",
  ]);
  assert.deepEqual(dueTimes("Australia/Lord_Howe", "15 2 * * *", "2024-10-05T00:00:00Z", 2), [
    "2024-10-05T15:30:00Z", // half an hour is left out there: 02:30
    "2024-10-06T15:15:00Z",
  ]);
  assert.deepEqual(dueTimes("Pacific/Apia", "0 12 * * *", "2011-12-29T00:00:00Z", 3), [
    "2011-12-29T22:00:00Z",
    "2011-12-30T10:00:00Z", // the 30th was left out: 00:00 of the 31st
    "2011-12-30T22:00:00Z",
  ]);
});

test("nextAfter() gives the second of two moments, once, when the clock shows a time twice", () => {
  assert.deepEqual(dueTimes("Europe/Berlin", "30 2 * * *", "2024-10-26T12:00:00Z", 2), [
    "2024-10-27T01:30:00Z",
    "2024-10-28T01:30:00Z",
  ]);
  assert.deepEqual(dueTimes("Europe/Berlin", "*/20 * * * *", "2024-10-26T23:20:00Z", 5), [
    "2024-10-26T23:40:00Z",
    "2024-10-27T01:00:00Z", // 02:00, 80 minutes later
    "2024-10-27T01:20:00Z",
    "2024-10-27T01:40:00Z",
    "2024-10-27T02:00:00Z",
  ]);
  assert.deepEqual(dueTimes("Australia/Lord_Howe", "45 1 * * *", "2024-04-06T00:00:00Z", 2), [
    "2024-04-06T15:15:00Z",
    "2024-04-07T15:15:00Z",
  ]);
  assert.deepEqual(dueTimes("Pacific/Kwajalein", "0 0 * * *", "1969-09-29T12:00:00Z", 3), [
    "1969-09-29T13:00:00Z",
    "1969-10-01T12:00:00Z", // the clock was put back from midnight to that of the day before
    "1969-10-02T12:00:00Z",
  ]);
});

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Asia/Kathmandu",
  "Africa/Casablanca",
  "America/Sao_Paulo",
];

/** Times from 1990 to 2035, more of them in the hours about a change of the clock than chance would give. */
function aTimeIn(zone: string): fc.Arbitrary<number> {
  const [first, last, step] = [at("1990-01-01T00:00:00Z"), at("2035-12-31T00:00:00Z"), 43_200];
  const changes = inZone(zone, () => {
    const offset = (timeS: number) => new Date(timeS * 1000).getTimezoneOffset();
    const times = Array.from({ length: (last - first) / step }, (_, i) => first + i * step);
    return times.filter((timeS) => offset(timeS) !== offset(timeS + step));
  });
  const any = fc.integer({ min: first, max: last });
  if (changes.length === 0) return any;
  const near = fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -step, max: 2 * step }));
  return fc.oneof({ weight: 1, arbitrary: any }, { weight: 3, arbitrary: near.map(([change, by]) => change + by) });
}

/** A field of a schedule and the numbers it means. */
function aField(least: number, most: number): fc.Arbitrary<{ text: string; numbers: readonly number[] }> {
  const range = (from: number, to: number, step: number) =>
    Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
  const number = fc.integer({ min: least, max: most });
  const step = fc.integer({ min: 1, max: 70 });
  const item = fc.oneof(
    fc.constant({ text: "*", numbers: range(least, most, 1) }),
    step.map((by) => ({ text: `*/${by}`, numbers: range(least, most, by) })),
    number.map((one) => ({ text: `${one}`, numbers: [one] })),
    fc.tuple(number, number, step).map(([a, b, by]) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      return { text: `${from}-${to}/${by}`, numbers: range(from, to, by) };
    }),
  );
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => ({
    text: items.map(({ text }) => text).join(","),
    numbers: items.flatMap(({ numbers }) => numbers),
  }));
}

for (const zone of ZONES) {
  test(`nextAfter() gives the first minute on the clock of ${zone} that matches, and none before, for any times of day`, () => {
    const clock = (timeS: number) => {
      const local = new Date(timeS * 1000);
      return [local.getHours(), local.getMinutes()] as const;
    };
    fc.assert(
      fc.property(aField(0, 59), aField(0, 23), aTimeIn(zone), (minute, hour, fromS) =>
        inZone(zone, () => {
          const matches = (timeS: number) => {
            const [hours, minutes] = clock(timeS);
            return hour.numbers.includes(hours) && minute.numbers.includes(minutes);
          };
          const isShownAgain = (timeS: number) =>
            [1800, 3600].some((later) => String(clock(timeS)) === String(clock(timeS + later)));
          const wall = (timeS: number) => timeS - new Date(timeS * 1000).getTimezoneOffset() * 60;
          const isJump = (timeS: number) => wall(timeS) > wall(timeS - 1) + 1;

          const nextS = parseSchedule(`${minute.text} ${hour.text} * * *`).nextAfter(fromS);
          assert.ok(nextS > fromS, "later");
          assert.equal(nextS % 60, 0, "at the full minute");
          assert.ok(matches(nextS) || isJump(nextS), "a match, or the end of a gap");
          assert.ok(!isShownAgain(nextS), "the second of two");
          for (let timeS = Math.floor(fromS / 60) * 60 + 60; timeS < nextS; timeS += 60) {
            // What the clock shows again while it goes on from an earlier pass is over already.
            assert.ok(!matches(timeS) || isShownAgain(timeS) || wall(timeS) <= wall(fromS), `no match at ${timeS}`);
          }
        }),
      ),
      { numRuns: 60 },
    );
  });
}

test("nextAfter() gives the first day that matches, and none before, for any days and months", () => {
  inZone("UTC", () => {
    const aDay = fc.integer({ min: -200_000, max: 200_000 });
    fc.assert(
      fc.property(aField(1, 31), aField(1, 12), aField(0, 6), aDay, (day, month, weekday, fromDay) => {
        const isOnCalendar = month.numbers.some((number) => [...day.numbers].some((one) => isDate(one, number)));
        const text = `0 0 ${day.text} ${month.text} ${weekday.text}`;
        if (!isOnCalendar) return assert.throws(() => parseSchedule(text), RangeError);
        const nextS = parseSchedule(text).nextAfter(fromDay * 86_400);
        for (let dayNumber = fromDay + 1; ; dayNumber++) {
          const date = new Date(dayNumber * 86_400_000);
          if (!weekday.numbers.includes(date.getUTCDay()) || !month.numbers.includes(date.getUTCMonth() + 1)) continue;
          if (day.numbers.includes(date.getUTCDate())) return assert.equal(nextS, dayNumber * 86_400);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Whether a month, from 1, has that day in a leap year. */
function isDate(day: number, month: number): boolean {
  return new Date(Date.UTC(2024, month - 1, day)).getUTCMonth() === month - 1;
}
