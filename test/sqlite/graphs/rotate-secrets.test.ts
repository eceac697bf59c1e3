import assert from "node:assert/strict";
import { test } from "node:test";
import { createEncryptionKeys, decrypt, encrypt, generateEncryptionKey, SecretGraph } from "../../../src/graphs/mod.ts";
import { type RotationProgress, rotateSecrets } from "../../../src/sqlite/graphs/rotate-secrets.ts";
import { startChild } from "../../support/child.ts";
import type { TestScope } from "../../support/temporary.ts";
import { Dependencies, openGraph } from "./fixture.ts";

const SECRETS = { 3: generateEncryptionKey(), 4: generateEncryptionKey() };
const OLD = createEncryptionKeys({ current: 3, keys: SECRETS });
const NEW = createEncryptionKeys({ current: 4, keys: SECRETS }); // one ring each: a derivation costs a tenth of a second

/** A graph of `count` secrets `s0`, `s1` …, encrypted with the old key, beside other nodes. */
async function openSecrets(t: TestScope, count: number) {
  const opened = openGraph(t, SecretGraph);
  for (let i = 0; i < count; i++) {
    const attributes = { name: `name ${i}`, expiresAt: i, encrypted: await encrypt(`plain ${i}`, OLD) };
    opened.graph.addNode("secret", { key: `s${i}`, attributes, metadata: { i } });
  }
  opened.graph.addNode("derived_key", { key: "d", attributes: { name: "d", derivationPath: "m/0", keyVersion: 3 } });
  opened.graph.addNode("service", { key: "x", attributes: { name: "x" } });
  return opened;
}

type SecretsGraph = Awaited<ReturnType<typeof openSecrets>>["graph"];

/** The stored form of a secret. */
function encrypted(graph: SecretsGraph, key: string) {
  const node = graph.getNode(key);
  assert.equal(node?.type, "secret");
  return node.attributes.encrypted;
}

/** The key versions of all secrets, in the order of their keys. */
function versions(graph: SecretsGraph, count: number): string {
  return Array.from({ length: count }, (_, i) => encrypted(graph, `s${i}`).keyVersion).join("");
}

test("rotateSecrets() encrypts every secret with the current key, and changes nothing else", async (t) => {
  const { graph, client } = await openSecrets(t, 5);
  const others = "SELECT key, attributes, updated_at FROM nodes WHERE type <> 'secret'";
  const before = client.values(others);
  assert.deepEqual(await rotateSecrets(graph, NEW), { rotated: 5, changed: 0, failed: [] });
  assert.equal(versions(graph, 5), "44444");
  for (let i = 0; i < 5; i++) {
    const { attributes, metadata } = graph.getNode(`s${i}`)!;
    assert.deepEqual({ ...attributes, encrypted: 0 }, { name: `name ${i}`, expiresAt: i, encrypted: 0 });
    assert.deepEqual(metadata, { i });
    assert.equal(await decrypt(encrypted(graph, `s${i}`), NEW), `plain ${i}`);
  }
  assert.deepEqual(client.values(others), before);
  const told: RotationProgress[] = [];
  const again = await rotateSecrets(graph, NEW, { onProgress: (progress) => told.push(progress) });
  assert.deepEqual([again, told], [{ rotated: 0, changed: 0, failed: [] }, []]);
});

test("rotateSecrets() goes in batches, tells of each, and lets others write in between", async (t) => {
  const { graph, client } = await openSecrets(t, 5);
  const told: RotationProgress[] = [];
  const seen: string[] = [];
  const onProgress = (progress: RotationProgress) => {
    told.push(progress);
    seen.push(versions(graph, 5)); // committed so far
    assert.equal(client.inTransaction, false);
    graph.addNode("service", { attributes: { name: "n" } });
  };
  const { rotated } = await rotateSecrets(graph, NEW, { batchSize: 2, onProgress });
  assert.equal(rotated, 5);
  assert.deepEqual(told, [{ total: 5, done: 2 }, { total: 5, done: 4 }, { total: 5, done: 5 }]); // biome-ignore format: a line tells more
  assert.deepEqual(
    seen.map((all) => all.replaceAll("3", "").length),
    [2, 4, 5],
  );
});

test("rotateSecrets() rotates the secrets of one version only if asked to", async (t) => {
  const { graph } = await openSecrets(t, 2);
  const five = createEncryptionKeys({ current: 5, keys: { ...SECRETS, 5: SECRETS[4] } });
  graph.updateNode("secret", { key: "s1", attributes: { encrypted: await encrypt("plain 1", NEW) } });
  assert.deepEqual(await rotateSecrets(graph, five, { from: 4 }), { rotated: 1, changed: 0, failed: [] });
  assert.equal(versions(graph, 2), "35");
  assert.deepEqual(await rotateSecrets(graph, five, { from: 9 }), { rotated: 0, changed: 0, failed: [] });
  assert.equal(await decrypt(encrypted(graph, "s1"), five), "plain 1");
});

test("rotateSecrets() ends after the batch at hand when it is aborted, and goes on when it is called again", async (t) => {
  const { graph } = await openSecrets(t, 4);
  const controller = new AbortController();
  const reason = new Error("enough");
  const onProgress = () => controller.abort(reason);
  const options = { batchSize: 1, onProgress, signal: controller.signal };
  await assert.rejects(rotateSecrets(graph, NEW, options), (error) => error === reason);
  assert.equal(versions(graph, 4).replaceAll("3", ""), "4");
  await assert.rejects(rotateSecrets(graph, NEW, { signal: controller.signal }), (error) => error === reason);
  assert.equal((await rotateSecrets(graph, NEW)).rotated, 3);
  await assert.rejects(
    rotateSecrets(graph, OLD, {
      from: 4,
      onProgress: () => {
        throw reason;
      },
    }),
    (error) => error === reason,
  );
  assert.equal(versions(graph, 4), "3333"); // what was told of is done
});

test("rotateSecrets() is carried on after a crash, and no secret is lost", async (t) => {
  const { graph, client } = await openSecrets(t, 6);
  const child = startChild(t, new URL("child/rotate.ts", import.meta.url), [
    client.path,
    graph.id,
    JSON.stringify(SECRETS),
  ]);
  assert.equal(await child.nextLine(), "1");
  child.kill("SIGKILL");
  await child.waitExit();
  const done = versions(graph, 6).replaceAll("3", "").length;
  assert.ok(done >= 1);
  for (let i = 0; i < 6; i++) assert.equal(await decrypt(encrypted(graph, `s${i}`), NEW), `plain ${i}`);
  assert.equal((await rotateSecrets(graph, NEW)).rotated, 6 - done);
  assert.equal(versions(graph, 6), "444444");
});

test("rotateSecrets() does not overwrite what somebody changes meanwhile", async (t) => {
  const { graph } = await openSecrets(t, 4);
  const fresh = await encrypt("changed", OLD);
  const rotation = rotateSecrets(graph, NEW); // has read the batch by now
  graph.updateNode("secret", { key: "s0", attributes: { encrypted: fresh } });
  graph.updateNode("secret", { key: "s1", attributes: { name: "renamed" } });
  graph.deleteNode("s2");
  assert.deepEqual(await rotation, { rotated: 2, changed: 2, failed: [] });
  assert.deepEqual(encrypted(graph, "s0"), fresh);
  const { attributes } = graph.getNode("s1")!;
  assert.equal(attributes.name, "renamed");
  assert.equal(encrypted(graph, "s1").keyVersion, 4);
  assert.deepEqual(await rotateSecrets(graph, NEW), { rotated: 1, changed: 0, failed: [] });
  assert.equal(await decrypt(encrypted(graph, "s0"), NEW), "changed");
});

test("rotateSecrets() tells which secrets no key opens, and leaves them as they are", async (t) => {
  const { graph } = await openSecrets(t, 4);
  const { data } = encrypted(graph, "s0");
  const tampered = { ...encrypted(graph, "s0"), data: `${data.startsWith("A") ? "B" : "A"}${data.slice(1)}` };
  const unknown = { ...encrypted(graph, "s1"), keyVersion: 2 };
  graph.updateNode("secret", { key: "s0", attributes: { encrypted: tampered } });
  graph.updateNode("secret", { key: "s1", attributes: { encrypted: unknown } });
  const { failed, ...report } = await rotateSecrets(graph, NEW);
  assert.deepEqual([report, failed.toSorted()], [{ rotated: 2, changed: 0 }, ["s0", "s1"]]);
  assert.deepEqual([encrypted(graph, "s0"), encrypted(graph, "s1")], [tampered, unknown]);
  const again = await rotateSecrets(graph, NEW, { batchSize: 1 });
  assert.deepEqual([again.rotated, again.failed.toSorted()], [0, ["s0", "s1"]]);
});

test("rotateSecrets() inside an async transaction is undone with it", async (t) => {
  const { graph, db } = await openSecrets(t, 2);
  await assert.rejects(
    db.transaction(async (tx) => {
      assert.equal((await rotateSecrets(graph.in(tx), NEW, { batchSize: 1 })).rotated, 2);
      assert.equal(versions(graph.in(tx), 2), "44");
      throw new Error("stop");
    }),
    { message: "stop" },
  );
  assert.equal(versions(graph, 2), "33");
});

test("rotateSecrets() refuses what it can't work with, before it changes anything", async (t) => {
  const { graph, store } = await openSecrets(t, 1);
  store.register(Dependencies);
  const other = store.createGraph(Dependencies, { name: "other" });
  const wanted = "Cannot rotate secrets: a graph of SecretGraph is wanted: received";
  for (const wrong of [undefined, null, {}, other]) {
    await assert.rejects(rotateSecrets(wrong as never, NEW), { name: "TypeError", message: new RegExp(wanted) });
  }
  for (const wrong of [undefined, null, {}, "secret", { current: 4 }]) {
    await assert.rejects(rotateSecrets(graph, wrong as never), TypeError);
  }
  for (const [options, message] of [
    [{ batch: 1 }, /^TypeError: Unknown option "batch" for rotateSecrets\(\)/],
    [{ batchSize: 0 }, /^RangeError: Cannot rotate secrets: batchSize must be an integer >= 1/],
    [{ batchSize: 10_001 }, /^RangeError: .* <= 10000: received 10001/],
    [{ from: 0 }, /^RangeError: Cannot rotate secrets: from must be/],
    [{ onProgress: 5 }, /^TypeError: Cannot rotate secrets: onProgress must be a function: received number/],
    [{ signal: {} }, /^TypeError: Cannot rotate secrets: signal must be an AbortSignal/],
  ] as const) {
    await assert.rejects(rotateSecrets(graph, NEW, options as never), message);
  }
  graph.archive();
  await assert.rejects(rotateSecrets(graph, NEW), { code: "GRAPH_ARCHIVED" });
  graph.delete();
  assert.deepEqual(await rotateSecrets(graph, NEW), { rotated: 0, changed: 0, failed: [] });
});

test("rotateSecrets() leaves what has a later key version, unless it is named", async (t) => {
  const { graph } = await openSecrets(t, 2);
  await rotateSecrets(graph, NEW);
  assert.equal((await rotateSecrets(graph, OLD)).rotated, 0);
  assert.equal(versions(graph, 2), "44");
  assert.equal((await rotateSecrets(graph, OLD, { from: 4 })).rotated, 2);
  await assert.rejects(rotateSecrets(graph, NEW, { from: 4 }), {
    name: "RangeError",
    message: "Cannot rotate secrets: from must be another key version than the current one: received 4",
  });
});
