import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { bothWays, scenario } from "../support/scenario.ts";

scenario(16, "events of one side are read and subscribed to by the other, topic by topic", async (stage) => {
  const [e, h] = await stage.pair();
  await bothWays([e, h], async (one, other) => {
    const topics = [0, 1, 2].map((i) => `from-${one.name}-${i}`);
    const subscriptions = await Promise.all(topics.map((topic) => other.subscribe(topic, "c", 1000, 100)));
    const published = topics.map((): unknown[] => []);
    for (let i = 0; i < 300; i++) {
      const [topic, key, payload] = [topics[i % 3]!, i % 2 ? `key ${i} ✓` : null, { i, text: "żółw" }];
      const offset = await one.publish(topic, payload, key);
      published[i % 3]!.push({ offset, topic, key, payload });
    }
    for (const [i, topic] of topics.entries()) {
      for (const side of [one, other]) {
        const events = await side.readSince(topic, 0, -1);
        assert.deepEqual(
          events.map(({ offset, topic: name, key, payload }) => ({ offset, topic: name, key, payload })),
          published[i],
        );
        assert.equal((await side.readSince(topic, events[40]!.offset, 7)).length, 7);
        assert.equal((await side.readSince(topic, events.at(-1)!.offset, 7)).length, 0);
      }
      const events = await subscriptions[i]!.take(100);
      assert.deepEqual(
        events.map(({ offset, key, payload }) => ({ offset, topic, key, payload: JSON.parse(payload as string) })),
        published[i],
      );
      await subscriptions[i]!.end();
      assert.equal(await one.getOffset(topic, "c"), events.at(-1)!.offset);
    }
  });
});

scenario(17, "an offset that one side saves is read by the other, and goes up only", async (stage) => {
  const [e, h] = await stage.pair();
  await bothWays([e, h], async (one, other) => {
    const topic = `from-${one.name}`;
    const offsets: number[] = [];
    for (let i = 0; i < 5; i++) offsets.push(await one.publish(topic, i));
    assert.equal(await other.getOffset(topic, "c"), 0);
    assert.equal(await one.saveOffset(topic, "c", offsets[2]!), true);
    assert.equal(await other.getOffset(topic, "c"), offsets[2]);
    for (const side of [other, one]) {
      assert.equal(await side.saveOffset(topic, "c", offsets[1]!), false);
      assert.equal(await side.saveOffset(topic, "c", offsets[2]!), false);
      assert.equal(await side.getOffset(topic, "c"), offsets[2]);
    }
    assert.equal(await other.saveOffset(topic, "c", offsets[4]!), true);
    assert.equal(await one.getOffset(topic, "c"), offsets[4]);
    assert.equal(await other.getOffset(topic, "d"), 0);
    assert.equal(await one.saveOffset(topic, "zero", 0), true); // a new row, as in Honker
    assert.equal(await other.saveOffset(topic, "zero", 0), false);
  });
});

scenario(19, "E, killed while it handles an event, gets that event again and little of before", async (stage) => {
  const every = 10;
  const h = await stage.honker();
  for (let i = 1; i <= 100; i++) await h.publish("s", i);
  const first = await stage.engine();
  await first.program.call("subscribeAndHold", "held", "s", "c", every, 47);
  let inHand = 0;
  while (inHand < 47) inHand = (await first.program.next("held")).offset as number;
  await first.program.kill();

  const saved = await h.getOffset("s", "c");
  assert.ok(saved < inHand && inHand - saved <= every, `${saved} is saved`);
  const second = await stage.engine();
  const events = await (await second.subscribe("s", "c", every, 100 - saved)).take(100 - saved);
  assert.deepEqual(
    events.map(({ payload }) => Number(payload)),
    Array.from({ length: 100 - saved }, (_, i) => saved + 1 + i),
  );
});

scenario(
  20,
  "subscribers of both sides under one consumer name each get all, and the highest offset stays",
  async (stage) => {
    const [e, h] = await stage.pair();
    const subscriptions = [await e.subscribe("s", "c", 10, 200), await h.subscribe("s", "c", 10, 200)];
    for (let i = 0; i < 200; i++) await (i % 2 ? e : h).publish("s", i);
    let last = 0;
    for (const subscription of subscriptions) {
      const events = await subscription.take(200);
      assert.deepEqual(
        events.map(({ payload }) => Number(payload)),
        Array.from({ length: 200 }, (_, i) => i),
      );
      last = events.at(-1)!.offset as number;
      await subscription.end();
    }
    await until(async () => (await h.getOffset("s", "c")) === last);
    assert.equal(await e.getOffset("s", "c"), last);
  },
);
