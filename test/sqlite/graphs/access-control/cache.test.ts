import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../../../src/honker/mod.ts";
import { AnswerCache } from "../../../../src/sqlite/graphs/access-control/answer-cache.ts";
import { startChild } from "../../../support/child.ts";
import { temporaryDatabase } from "../../../support/temporary.ts";
import { addAcme, temporaryAccess } from "./fixture.ts";

/** A cache, and what it asks: how often it asked is what it is answered. */
function countingCache(client: Database, most = 10) {
  const cache = new AnswerCache(most);
  let asked = 0;
  return (question = "q") => cache.get(client, question, () => ({ asked: ++asked })).asked;
}

test("a revocation by another process counts in the next check", async (t) => {
  const { access, client, graph } = temporaryAccess(t);
  const { alice, acme, plan } = addAcme(access);
  const child = startChild(t, new URL("child/revoke.ts", import.meta.url), [client.path, graph.id]);
  assert.equal(await child.nextLine(), "ready");
  for (let i = 0; i < 20; i++) {
    access.grant(acme, plan, "read");
    assert.equal(access.checkAccess(alice, plan, "read"), true);
    child.send(`${acme} ${plan}`);
    assert.equal(await child.nextLine(), "true");
    assert.equal(access.checkAccess(alice, plan, "read"), false);
  }
});

test("changes() tells of what this and other processes change, for its graph only", async (t) => {
  const { access, client, graph } = temporaryAccess(t);
  const { acme, plan } = addAcme(access);
  const child = startChild(t, new URL("child/revoke.ts", import.meta.url), [client.path, graph.id]);
  assert.equal(await child.nextLine(), "ready");
  const changes = access.changes();
  client.notify("acl:changed", { graphId: "another" });
  client.notify("acl:changed", null);
  access.grant(acme, plan, "write");
  assert.deepEqual(await changes.next(), { done: false, value: { graphId: graph.id } });
  child.send(`${acme} ${plan}`);
  for await (const change of changes) {
    assert.deepEqual(change, { graphId: graph.id });
    break;
  }
  assert.deepEqual(await changes.next(), { done: true, value: undefined });
});

test("changes() ends when the client closes", async (t) => {
  const { access, client } = temporaryAccess(t);
  const next = access.changes().next();
  client.close();
  assert.deepEqual(await next, { done: true, value: undefined });
});

test("nothing is told, and nothing forgotten, when a write changes nothing", async (t) => {
  const { access, client } = temporaryAccess(t);
  const { acme, alice, plan } = addAcme(access);
  const newest = () => client.row("SELECT max(id) FROM _honker_notifications")![0];
  const before = newest();
  access.grant(acme, plan, "read");
  access.join(alice, acme);
  access.revoke(acme, plan, "write");
  access.leave(acme, alice);
  access.withdraw(acme, alice);
  assert.equal(newest(), before);
});

test("a kept answer is given until a change is told, and other notifications leave it", (t) => {
  const client = temporaryDatabase(t);
  const ask = countingCache(client);
  assert.equal(ask(), 1);
  assert.equal(ask(), 1);
  client.notify("else", {});
  assert.equal(ask(), 1);
  client.notify("acl:changed", {});
  client.notify("else", {});
  assert.equal(ask(), 2);
  assert.equal(ask(), 2);
});

test("a kept answer does not outlive a change whose notification is pruned", (t) => {
  const client = temporaryDatabase(t);
  const ask = countingCache(client);
  assert.equal(ask(), 1);
  client.notify("acl:changed", {});
  client.pruneNotifications(null, 0);
  assert.equal(ask(), 2, "none before, none after");
  client.notify("acl:changed", {});
  assert.equal(ask(), 3);
  const gone = client.notify("acl:changed", {});
  client.notify("else", {});
  client.run("DELETE FROM _honker_notifications WHERE id = ?", [gone]); // as after a clock that went back
  assert.equal(ask(), 4, "an older one is still there");
  client.pruneNotifications(null, 0);
  assert.equal(ask(), 4, "what is known may go");
});

test("a kept answer does not outlive more notifications than are looked at", (t) => {
  const client = temporaryDatabase(t);
  const ask = countingCache(client);
  assert.equal(ask(), 1);
  const tx = client.transaction();
  for (let i = 0; i < 2000; i++) tx.notify("else", {});
  tx.commit();
  assert.equal(ask(), 2);
});

test("a notification that is rolled back changes nothing", (t) => {
  const client = temporaryDatabase(t);
  const ask = countingCache(client);
  assert.equal(ask(), 1);
  const tx = client.transaction();
  tx.notify("acl:changed", {});
  assert.equal(ask(), 1);
  tx.rollback();
  assert.equal(ask(), 1);
  client.notify("acl:changed", {}); // has the number that the other would have had
  assert.equal(ask(), 2);
});

test("a cache keeps as many answers as it may, those asked for last", (t) => {
  const client = temporaryDatabase(t);
  const ask = countingCache(client, 2);
  assert.deepEqual([ask("a"), ask("b"), ask("a"), ask("c")], [1, 2, 1, 3]);
  assert.deepEqual([ask("a"), ask("b")], [1, 4]);
});

test("an answer is not kept when the question throws", (t) => {
  const client = temporaryDatabase(t);
  const cache = new AnswerCache(2);
  const fail = () => {
    throw new Error("too large");
  };
  assert.throws(() => cache.get(client, "q", fail), /too large/);
  assert.equal(
    cache.get(client, "q", () => false),
    false,
  );
  assert.equal(
    cache.get(client, "q", () => true),
    false,
    "false is kept, too",
  );
});

test("effectiveScopes() gives what nobody can change", (t) => {
  const { access } = temporaryAccess(t);
  const { alice } = addAcme(access);
  const scopes = access.effectiveScopes(alice) as string[];
  assert.throws(() => scopes.push("admin"), TypeError);
  assert.deepEqual(access.effectiveScopes(alice), ["billing", "docs"]);
});

test("checkAccess() tells apart questions that look alike", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, plan } = addAcme(access);
  assert.equal(access.checkAccess(alice, plan, "read", { requiredScopes: ["docs", "admin"] }), false);
  assert.equal(access.checkAccess(alice, plan, "read", { requiredScopesAny: ["docs", "admin"] }), true);
  assert.equal(
    access.checkAccess(alice, plan, "read", { requiredScopes: ["docs"], requiredScopesAny: ["admin"] }),
    false,
  );
  assert.throws(() => access.checkAccess(`${alice}\0${plan}`, "", "read"), TypeError);
});
