import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { type OpenOptions, open } from "../../src/honker/mod.ts";
import { startChild } from "../support/child.ts";
import { isNode } from "../support/runtime.ts";
import { temporaryDatabase, temporaryPath } from "../support/temporary.ts";
import { turn } from "../support/until.ts";

const NEVER_MS = 1e12; // the slow poll can't be what wakes us
const child = (name: string) => new URL(`child/${name}.ts`, import.meta.url);

const backends: [string, OpenOptions][] = [
  ["file notices", { watcherPollIntervalMs: NEVER_MS }],
  ["polling", { watcherBackend: "polling" }],
];

for (const [name, options] of backends) {
  test(`each message of another process wakes a listener, by ${name}`, async (t) => {
    const db = temporaryDatabase(t, options);
    const listener = db.listen("a", { fallbackPollS: null, ref: true });
    const writer = startChild(t, child("database"), [db.path]);
    assert.equal(await writer.nextLine(), '"ready"');
    for (let i = 0; i < 100; i++) {
      writer.send(JSON.stringify(["notify", "a", i]));
      const { value } = await listener.next();
      assert.equal(value?.payload, i);
    }
  });

  test(`each message of this process wakes a listener in another, by ${name}`, async (t) => {
    const db = temporaryDatabase(t);
    const reader = startChild(t, child("database"), [db.path, JSON.stringify(options)]);
    await reader.nextLine();
    reader.send('["listen", "a"]');
    await reader.nextLine();
    for (let i = 0; i < 100; i++) {
      const id = db.notify("a", i);
      assert.deepEqual(JSON.parse(await reader.nextLine()), { id, payload: i });
    }
  });

  test(`each commit of a process that knows SQLite only wakes listeners and subscriptions, by ${name}`, async (t) => {
    const db = temporaryDatabase(t, options);
    const listener = db.listen("a", { fallbackPollS: null, ref: true });
    const subscription = db.stream("s").subscribe("c");
    const updates = db.updateEvents();
    const writer = startChild(t, child("plain-writer"), [db.path]);
    assert.equal(await writer.nextLine(), "ready");
    for (let i = 0; i < 50; i++) {
      const [message, event, update] = [listener.next(), subscription.next(), updates.next()];
      writer.send(
        `BEGIN; INSERT INTO _honker_notifications (channel, payload) VALUES ('a', '${i}');
        INSERT INTO _honker_stream (topic, payload) VALUES ('s', '${i}'); COMMIT`.replaceAll("\n", " "),
      );
      assert.equal((await message).value?.payload, i);
      assert.equal((await event).value?.payload, i);
      await update;
    }
  });
}

test("a slow poll wakes a listener when the file gives no notice", async (t) => {
  const db = temporaryDatabase(t, { watcherBackend: "polling", watcherPollIntervalMs: NEVER_MS });
  const listener = db.listen("a", { fallbackPollS: 0.005, ref: true });
  const plain = new DatabaseSync(db.path);
  t.after(() => plain.close());
  plain.exec("INSERT INTO _honker_notifications (channel, payload) VALUES ('a', '1')");
  assert.equal((await listener.next()).value?.payload, 1);
});

test("a lock that another process holds longer than we wait for does not end the watching", async (t) => {
  const db = temporaryDatabase(t, { busyTimeoutMs: 0, watcherBackend: "polling" });
  const listener = db.listen("a", { ref: true });
  db.run("PRAGMA journal_mode = DELETE"); // where readers have to wait for writers
  const writer = startChild(t, child("plain-writer"), [db.path]);
  await writer.nextLine();
  writer.send("BEGIN EXCLUSIVE; INSERT INTO _honker_notifications (channel, payload) VALUES ('a', '1')");
  await writer.nextLine();
  await turn(20); // polls meet the lock
  writer.send("COMMIT");
  assert.equal((await listener.next()).value?.payload, 1);
});

test("neither watching nor touching the file drops a lock of SQLite", { skip: notLinux() }, async (t) => {
  const db = temporaryDatabase(t);
  assert.deepEqual(locksOn(db.path), ["db READ", "shm READ"]);
  const listener = db.listen("a", { ref: true });
  for (let i = 0; i < 5; i++) {
    db.notify("a", i);
    await listener.next();
    await turn(10); // the notices of the write and of the touch
    assert.deepEqual(locksOn(db.path), ["db READ", "shm READ"]);
  }
  const tx = db.transaction();
  tx.notify("a", 5);
  listener.close();
  open(db.path).close();
  await turn(5);
  assert.ok(locksOn(db.path).includes("db READ"));
  assert.ok(locksOn(db.path).includes("shm WRITE"));
  tx.commit();
});

function notLinux(): string | false {
  return process.platform !== "linux" && "only Linux shows locks in a file";
}

/** The POSIX locks of this process, as /proc/locks shows them. */
function locksOn(path: string): string[] {
  const names = new Map(["", "-shm"].map((suffix) => [String(statSync(path + suffix).ino), suffix.slice(1) || "db"]));
  const locks = readFileSync("/proc/locks", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const ours = locks.filter(([, , , , pid]) => pid === String(process.pid));
  const shown = ours.map(([, , , mode, , inode]) => [names.get(inode?.split(":")[2] ?? ""), mode]);
  return [...new Set(shown.filter(([name]) => name !== undefined).map((lock) => lock.join(" ")))].sort();
}

for (const mode of ["unref", "closed"]) {
  test(`a process with listeners, subscriptions and updates that wait ends by itself: ${mode}`, async (t) => {
    const waiting = startChild(t, child("waiting"), [temporaryPath(t), mode]);
    assert.equal(await waiting.nextLine(), "waiting");
    assert.deepEqual(await waiting.waitExit(), { code: 0, signal: null });
    if (mode === "closed") assert.equal(await waiting.nextLine(), "updates ended");
  });
}

test("a listener with ref keeps the process alive until it is closed", async (t) => {
  const path = temporaryPath(t);
  const waiting = startChild(t, child("waiting"), [path, "ref"]);
  assert.equal(await waiting.nextLine(), "waiting");
  const db = open(path);
  t.after(() => db.close());
  db.notify("b", 0); // wakes it, and is not for it
  await turn(20);
  db.notify("a", { b: 1 });
  assert.equal(await waiting.nextLine(), '{"b":1}');
  assert.equal(await waiting.nextLine(), "done");
  assert.deepEqual(await waiting.waitExit(), { code: 0, signal: null });
});

for (const [backend, watches] of [
  ["file notices", 1],
  ["polling", 0],
] as const) {
  const skip = notLinux() || (!isNode && "only Node tells which timers run");
  test(`nothing runs while nobody listens, and one timer for all who do: ${backend}`, { skip }, async (t) => {
    const args = backend === "polling" ? [backend] : [];
    const resources = startChild(t, child("resources"), [temporaryPath(t), ...args]);
    const seen: unknown[] = [];
    for (let i = 0; i < 4; i++) seen.push(JSON.parse(await resources.nextLine()));
    const nothing = { watches: 0, timers: 0 };
    assert.deepEqual(seen, [nothing, nothing, { watches, timers: 1 }, nothing]);
  });
}
