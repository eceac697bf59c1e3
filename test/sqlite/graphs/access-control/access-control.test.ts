import assert from "node:assert/strict";
import { test } from "node:test";
import { resourceKey } from "../../../../src/sqlite/graphs/access-control/keys.ts";
import { openJsonBinding } from "../../../support/json-binding.ts";
import { temporaryPath } from "../../../support/temporary.ts";
import { addAcme, createAccess, temporaryAccess } from "./fixture.ts";

test("checkAccess() denies what the graph does not say", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, bob, plan } = addAcme(access);
  assert.equal(access.checkAccess(alice, plan, "read"), true);
  assert.equal(access.checkAccess(alice, plan, "write"), false);
  assert.equal(access.checkAccess(bob, plan, "read"), false);
  assert.equal(access.checkAccess("account:nobody", plan, "read"), false);
  assert.equal(access.checkAccess(alice, "document:none", "read"), false);
  assert.equal(access.checkAccess(plan, plan, "read"), false);
});

test("checkAccess() asks for all of requiredScopes and one of requiredScopesAny", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, plan } = addAcme(access);
  const check = (requiredScopes: string[], requiredScopesAny: string[] = []) =>
    access.checkAccess(alice, plan, "read", { requiredScopes, requiredScopesAny });
  assert.equal(check(["docs", "billing", "docs"]), true, "one's own and those of the group");
  assert.equal(check(["docs", "admin"]), false);
  assert.equal(check([], ["admin", "docs"]), true);
  assert.equal(check(["docs"], ["admin"]), false);
  assert.equal(check(["DOCS"]), false);
});

test("a delegation lends permissions and some of the scopes", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, robot, plan } = addAcme(access);
  access.delegate(alice, robot, { narrowedScopes: ["billing"] });
  assert.equal(access.checkAccess(robot, plan, "read", { requiredScopes: ["billing"] }), true);
  assert.equal(access.checkAccess(robot, plan, "read", { requiredScopes: ["docs"] }), false);
  assert.deepEqual(access.effectiveScopes(robot), ["billing"]);
  access.setScopes("org:acme", []);
  assert.deepEqual(access.effectiveScopes(robot), [], "what the delegator loses, the delegate loses");
});

test("a delegation is delegated on only if it is narrowable, and shrinks", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, bob, robot, plan } = addAcme(access);
  access.delegate(alice, bob, { narrowedScopes: ["billing", "docs"] });
  assert.throws(() => access.delegate(bob, robot, { narrowedScopes: ["docs"] }), {
    code: "INVALID_GRAPH",
    message:
      'Cannot delegate from "account:bob" to "service:robot": narrowedScopes must be scopes that the delegator may pass on: received "docs"',
  });
  assert.equal(access.withdraw(bob, robot), false);
  access.delegate(alice, bob, { narrowedScopes: ["billing", "docs"], narrowable: true });
  access.delegate(bob, robot, { narrowedScopes: ["docs"], narrowable: true });
  assert.equal(access.checkAccess(robot, plan, "read"), true);
  assert.deepEqual(access.effectiveScopes(robot), ["docs"]);
  access.delegate(alice, bob, { narrowedScopes: ["billing", "docs"] });
  assert.equal(access.checkAccess(robot, plan, "read"), false);
  assert.deepEqual(access.effectiveScopes(robot), []);
});

test("checkAccess() does not take the permission from one authority and the scope from another", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, bob, robot, plan } = addAcme(access);
  access.setScopes(bob, ["admin"]);
  access.delegate(alice, robot, { narrowedScopes: ["docs"] });
  access.delegate(bob, robot, { narrowedScopes: ["admin"] });
  assert.deepEqual(access.effectiveScopes(robot), ["admin", "docs"]);
  assert.equal(access.checkAccess(robot, plan, "read", { requiredScopes: ["docs"] }), true);
  assert.equal(access.checkAccess(robot, plan, "read", { requiredScopes: ["admin"] }), false);
  assert.deepEqual(access.whoCan(plan, "read", { requiredScopes: ["admin"] }), []);
  assert.deepEqual(access.whatCan(robot, { requiredScopes: ["admin"] }), []);
});

test("a principal has each permission once, and several", (t) => {
  const { access, graph } = temporaryAccess(t);
  const { alice, plan } = addAcme(access);
  assert.equal(access.grant(alice, plan, "write"), true);
  assert.equal(access.grant(alice, plan, "write"), false);
  assert.equal(access.grant(alice, plan, "read"), true);
  assert.deepEqual(access.whatCan(alice), [{ resource: plan, actions: ["read", "write"] }]);
  assert.deepEqual(access.whatCan(alice, { action: "write" }), [{ resource: plan, actions: ["write"] }]);
  graph.addEdge("can_write", { key: "by hand", source: alice, target: plan });
  assert.equal(access.revoke(alice, plan, "write"), true);
  assert.equal(access.revoke(alice, plan, "write"), false);
  assert.equal(access.checkAccess(alice, plan, "write"), false, "also what the graph has twice is taken back");
});

test("join(), leave(), delegate() and withdraw() can be repeated", (t) => {
  const { access, client } = temporaryAccess(t);
  const { alice, acme, robot, plan } = addAcme(access);
  assert.equal(access.join(alice, acme), false);
  access.delegate(alice, robot, { narrowedScopes: ["docs"] });
  access.delegate(alice, robot, { narrowedScopes: ["billing"] });
  assert.deepEqual(access.effectiveScopes(robot), ["billing"]);
  assert.deepEqual(client.values("SELECT count(*) FROM edges WHERE type = 'delegates'"), [[1]]);
  assert.equal(access.withdraw(alice, robot), true);
  assert.equal(access.withdraw(alice, robot), false);
  assert.equal(access.checkAccess(robot, plan, "read"), false);
  assert.equal(access.leave(alice, acme), true);
  assert.equal(access.leave(alice, acme), false);
  assert.equal(access.checkAccess(alice, plan, "read"), false);
});

test("permissions follow a node that is renamed, and end with one that is deleted", (t) => {
  const { access, graph } = temporaryAccess(t);
  const { acme, plan, alice } = addAcme(access);
  graph.renameNode(acme, "org:apex");
  assert.equal(access.checkAccess(alice, plan, "read"), true);
  access.addPrincipal({ identityType: "org", identityId: "acme" });
  assert.equal(access.grant(acme, plan, "read"), true);
  assert.equal(access.revoke("org:apex", plan, "read"), true);
  assert.equal(access.checkAccess(alice, plan, "read"), false);
  assert.equal(access.checkAccess(acme, plan, "read"), true);
  graph.deleteNode(acme);
  assert.equal(access.checkAccess(acme, plan, "read"), false);
});

test("identityOf() tells what operations check", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, acme, plan } = addAcme(access);
  access.grant(alice, plan, "execute");
  access.grant(alice, access.addResource({ resourceType: "org", resourceId: "acme" }), "write");
  assert.deepEqual(access.identityOf(alice), {
    id: "alice",
    scopes: ["billing", "docs"],
    resources: { "document:plan": ["execute", "read"], "org:acme": ["write"] },
  });
  assert.deepEqual(access.identityOf("service:robot"), { id: "robot", scopes: [], resources: {} });
  assert.equal(access.identityOf("account:nobody"), undefined);
  assert.equal(access.identityOf(plan), undefined);
  assert.equal(access.checkAccess(acme, resourceKey("org", "acme"), "write"), false);
});

test("explain() gives the edges of a shortest way", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, bob, acme, robot, plan } = addAcme(access);
  const bots = access.addPrincipal({ identityType: "role", identityId: "bots" });
  access.join(robot, bots);
  access.delegate(alice, bob, { narrowedScopes: ["docs", "billing"], narrowable: true });
  access.delegate(bob, bots, { narrowedScopes: ["docs"] });
  const way = [
    { type: "belongs_to", source: robot, target: bots },
    { type: "delegates", source: bob, target: bots },
    { type: "delegates", source: alice, target: bob },
    { type: "belongs_to", source: alice, target: acme },
    { type: "can_read", source: acme, target: plan },
  ];
  assert.deepEqual(access.explain(robot, plan, "read"), { steps: way, scopes: ["docs"] });
  assert.equal(access.explain(robot, plan, "read", { requiredScopes: ["billing"] }), undefined);
  access.grant(robot, plan, "read");
  assert.deepEqual(access.explain(robot, plan, "read")?.steps, [{ type: "can_read", source: robot, target: plan }]);
});

test("delegate() throws when the delegator does not have the scopes", (t) => {
  const { access } = temporaryAccess(t);
  const { bob, robot } = addAcme(access);
  assert.throws(() => access.delegate(bob, robot, { narrowedScopes: ["docs"] }), {
    code: "INVALID_GRAPH",
    message:
      'Cannot delegate from "account:bob" to "service:robot": narrowedScopes must be among the effective scopes of the delegator: received "docs"',
  });
  assert.equal(access.withdraw(bob, robot), false);
});

test("what is written must be there, and of its kind", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, acme, plan } = addAcme(access);
  assert.throws(() => access.grant("account:nobody", plan, "read"), { code: "NOT_FOUND" });
  assert.throws(() => access.join(alice, "org:none"), { code: "NOT_FOUND" });
  assert.throws(() => access.delegate("account:nobody", alice, { narrowedScopes: [] }), { code: "NOT_FOUND" });
  assert.throws(() => access.setScopes("account:nobody", []), { code: "NOT_FOUND" });
  assert.throws(() => access.grant(alice, acme, "read"), { code: "INVALID_GRAPH" });
  assert.throws(() => access.join(alice, plan), { code: "INVALID_GRAPH" });
  assert.throws(() => access.join(alice, alice), { code: "INVALID_GRAPH" });
  assert.throws(() => access.addPrincipal({ identityType: "account", identityId: "x", scopes: [""] }), {
    code: "INVALID_GRAPH",
  });
});

test("in() sees and adds to an open transaction", (t) => {
  const { access, db } = temporaryAccess(t);
  const { alice, bob, acme, plan } = addAcme(access);
  assert.equal(access.checkAccess(bob, plan, "read"), false);
  assert.throws(
    () =>
      db.transaction((tx) => {
        access.in(tx).join(bob, acme);
        access.in(tx.$honkerTx).revoke(alice, plan, "read");
        assert.equal(access.in(tx).checkAccess(bob, plan, "read"), true);
        assert.equal(access.checkAccess(bob, plan, "read"), false, "outside it is not committed");
        throw new Error("no");
      }),
    /no/,
  );
  assert.equal(access.checkAccess(bob, plan, "read"), false);
  db.transaction((tx) => access.in(tx).join(bob, acme));
  assert.equal(access.checkAccess(bob, plan, "read"), true);
});

test("Honker's native binding carries all of it", async (t) => {
  const client = openJsonBinding(temporaryPath(t));
  t.after(() => client.close());
  const { access, db } = createAccess(client);
  const { alice, bob, acme, robot, plan } = addAcme(access);
  access.delegate(alice, robot, { narrowedScopes: ["docs"] });
  assert.equal(access.checkAccess(robot, plan, "read", { requiredScopes: ["docs"] }), true);
  assert.deepEqual(access.whoCan(plan, "read"), [alice, acme, robot]);
  assert.deepEqual(access.whatCan(robot), [{ resource: plan, actions: ["read"] }]);
  assert.equal(access.explain(robot, plan, "read")?.steps.length, 3);
  assert.equal(access.identityOf(robot)?.id, "robot");
  const changes = access.changes();
  db.transaction((tx) => {
    access.in(tx).leave(alice, acme);
    assert.equal(access.in(tx).checkAccess(robot, plan, "read"), false);
  });
  assert.equal(access.checkAccess(robot, plan, "read"), false);
  assert.equal((await changes.next()).done, false);
  changes.close();
  assert.equal(access.checkAccess(bob, plan, "read"), false);
});

test("misuse throws at once", (t) => {
  const { access } = temporaryAccess(t);
  const { alice, robot, plan } = addAcme(access);
  const wrong = (value: unknown) => value as never;
  const calls: (() => unknown)[] = [
    () => access.checkAccess(wrong(undefined), plan, "read"),
    () => access.checkAccess(alice, wrong(7), "read"),
    () => access.checkAccess(alice, plan, wrong("delete")),
    () => access.checkAccess(alice, plan, "read", wrong({ requiredScope: [] })),
    () => access.checkAccess(alice, plan, "read", { requiredScopes: wrong("docs") }),
    () => access.checkAccess(alice, plan, "read", { requiredScopesAny: [wrong(1)] }),
    () => access.whoCan(plan, wrong("")),
    () => access.whatCan(alice, wrong({ actions: "read" })),
    () => access.whatCan(alice, { action: wrong("delete") }),
    () => access.grant(alice, plan, wrong("delete")),
    () => access.addPrincipal(wrong({ identityType: "account", identityId: "x", scope: [] })),
    () => access.setScopes(alice, wrong("docs")),
    () => access.delegate(alice, robot, wrong({ narrowedScopes: [], narrowable: 1 })),
    () => access.delegate(alice, robot, wrong({})),
    () => access.in({}),
  ];
  for (const call of calls) assert.throws(call, TypeError, String(call));
});
