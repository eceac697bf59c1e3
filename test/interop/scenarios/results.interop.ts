import assert from "node:assert/strict";
import { eventually, nowS, untilSecond } from "../support/clock.ts";
import { deadRow, liveRow } from "../support/jobs.ts";
import { bothWays, scenario } from "../support/scenario.ts";

scenario(49, "a result that one side keeps is read by the other until its time is over", async (stage) => {
  const [e, h] = await stage.pair();
  await bothWays([e, h], async (one, other) => {
    const base = one === e ? 100 : 200;
    await one.saveResult(base, '{"a":"ż 🐢"}', 60);
    await one.saveResult(base + 1, "plain text", 0);
    await one.saveResult(base + 2, "2", 1);
    const row = "SELECT value, created_at, expires_at FROM _honker_results WHERE job_id = ?";
    const [first] = await one.sql(row, [base]);
    assert.ok(Math.abs(Number(first?.expires_at) - nowS() - 60) <= 2);
    for (const side of [one, other]) {
      assert.equal(await side.getResult(base), '{"a":"ż 🐢"}');
      assert.equal(await side.getResult(base + 1), "plain text");
      assert.equal(await side.getResult(base + 50), null);
    }
    assert.equal((await one.sql(row, [base + 1]))[0]?.expires_at, null);
    await untilSecond(Number((await one.sql(row, [base + 2]))[0]?.expires_at));
    assert.equal(await other.getResult(base + 2), null);

    await other.saveResult(base, "again", -5); // for good, and of the same age
    const [second] = await one.sql(row, [base]);
    assert.deepEqual(second, { value: "again", created_at: first?.created_at, expires_at: null });
    assert.equal(await other.sweepResults(), 1);
    assert.equal(await one.sweepResults(), 0);
    await one.sql("INSERT INTO _honker_results(job_id, value) VALUES (?, NULL)", [base + 3]);
    for (const side of [one, other]) assert.equal(await side.getResult(base + 3), null);
    assert.equal(await one.value("SELECT count(*) FROM _honker_results WHERE job_id >= ?", [base]), 3);
    await one.sql("DELETE FROM _honker_results");
  });
});

scenario(
  49,
  "Honker 0.2.4 in Python waits for a result that E keeps as JSON, and E for one of Python's",
  async (stage) => {
    const e = await stage.engine();
    const python = await stage.python();
    for (const [i, value] of [{ a: [1, "ż"] }, null, "text", 1.5].entries()) {
      const id = await e.enqueue("q", i);
      const waiting = python.call("waitResult", "q", id, 20);
      await e.saveResult(id, JSON.stringify(value), 60);
      assert.deepEqual(await waiting, value);
      assert.deepEqual(await python.call("getResult", "q", id), [true, value]);
    }
    const id = await e.enqueue("q", "back");
    const waiting = e.program.call("waitResult", id, 20);
    await python.call("saveResult", "q", id, { from: "Python 🐍", nan: null });
    assert.deepEqual(await waiting, { from: "Python 🐍", nan: null });
  },
  { python: true },
);

scenario(
  50,
  "a message that one side writes with its order is delivered by the other, and again later if it fails",
  async (stage) => {
    const [e, h] = await stage.pair();
    await h.sql("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    await bothWays([e, h], async (one, other) => {
      const name = `from-${one.name}`;
      const queue = `_outbox:${name}`;
      const outbox = await other.outbox(name, "w");
      for (const isKept of [false, true]) {
        await one.begin();
        await one.sql("INSERT INTO orders DEFAULT VALUES");
        await one.enqueue(queue, { kept: isKept });
        await (isKept ? one.commit() : one.rollback());
      }
      assert.equal((await outbox.next()).payload, '{"kept":true}');

      const id = await one.enqueue(queue, { fail: true }, { maxAttempts: 5 });
      for (const delayS of [5, 10, 20, 40]) {
        const event = await outbox.next();
        assert.equal(event.refused, true);
        await eventually(async () => (await liveRow(one, id))?.state === "pending", "the retry", 5);
        const retriedAtS = Math.floor(event.at / 1000);
        const waitS = Number((await liveRow(one, id))!.run_at) - retriedAtS;
        assert.ok(waitS === delayS || waitS === delayS + 1, `${waitS} s, not ${delayS}`);
        await one.sql("UPDATE _honker_live SET run_at = unixepoch() WHERE id = ?", [id]);
      }
      assert.equal((await outbox.next()).refused, true);
      await eventually(async () => (await deadRow(one, id)) !== undefined, "the end of the message", 5);
      const dead = await deadRow(one, id);
      assert.equal(dead?.attempts, 5);
      assert.match(String(dead?.last_error), /refused/);

      if (other === e) {
        const cancelled = await one.enqueue(queue, { waitMs: 300 });
        await outbox.next();
        assert.equal(await one.cancel(cancelled), true);
        await one.enqueue(queue, { after: 1 });
        assert.equal((await outbox.next()).payload, '{"after":1}');
      }
      assert.deepEqual(await outbox.stop(), []);
      assert.equal(await one.value("SELECT count(*) FROM orders"), one === h ? 1 : 2);
    });
  },
);
