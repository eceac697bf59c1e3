import assert from "node:assert/strict";
import { test } from "node:test";
import { questionTexts } from "../../../../src/sqlite/graphs/access-control/question-texts.ts";
import { accessRules } from "../../../../src/sqlite/graphs/access-control/rules.ts";
import { type AccessControl, createAccessControl } from "../../../../src/sqlite/graphs/access-control.ts";
import { addAcme, temporaryAccess } from "./fixture.ts";

const MANY = 20_000;

function many<T>(one: (i: number) => T): T[] {
  return Array.from({ length: MANY }, (_, i) => one(i));
}

function member(i: number) {
  return { identityType: "account" as const, identityId: `${i}`, scopes: [] as string[] };
}

/** Groups in a row, each in the next; the last may read the document. */
function addChain(access: AccessControl, length: number): { first: string; plan: string } {
  const groups = Array.from({ length: length + 1 }, (_, i) =>
    access.addPrincipal({ identityType: "role", identityId: `r${i}`, scopes: [`s${i}`] }),
  );
  for (let i = 0; i < length; i++) access.join(groups[i]!, groups[i + 1]!);
  const plan = access.addResource({ resourceType: "document", resourceId: "plan" });
  access.grant(groups[length]!, plan, "read");
  return { first: groups[0]!, plan };
}

test("a way has at most maxDepth memberships and delegations", (t) => {
  const { access } = temporaryAccess(t);
  const { first, plan } = addChain(access, 8);
  const robot = access.addPrincipal({ identityType: "service", identityId: "robot" });
  assert.throws(() => access.delegate(first, robot, { narrowedScopes: ["s7", "s8"] }), { code: "INVALID_GRAPH" });
  access.delegate(first, robot, { narrowedScopes: ["s7"] });
  assert.equal(access.checkAccess(first, plan, "read", { requiredScopes: ["s8"] }), true);
  assert.equal(access.checkAccess(robot, plan, "read"), false);
  assert.deepEqual(access.effectiveScopes(robot), ["s7"]);
  assert.deepEqual(access.whoCan(plan, "read").length, 9);
});

test("a circle ends, whatever leads round it", (t) => {
  const { access } = temporaryAccess(t, { maxDepth: 100 });
  const { alice, bob, acme, plan } = addAcme(access);
  access.join(acme, alice);
  access.delegate(alice, bob, { narrowedScopes: ["docs"], narrowable: true });
  access.delegate(bob, alice, { narrowedScopes: ["docs"], narrowable: true });
  assert.equal(access.checkAccess(bob, plan, "write"), false);
  assert.deepEqual(access.whoCan(plan, "read"), [alice, bob, acme]);
  assert.deepEqual(access.effectiveScopes(bob), ["docs"]);
  assert.equal(access.explain(bob, plan, "read")?.steps.length, 3);
});

test("no question looks at more than maxRows: it throws, and allows nothing", (t) => {
  const { access } = temporaryAccess(t, { maxRows: 5 });
  const { first, plan } = addChain(access, 7);
  const tooLarge = {
    code: "RESULT_TOO_LARGE",
    message: "Cannot decide on access: there must be at most 5 rows to look at: received more",
  };
  assert.throws(() => access.checkAccess(first, plan, "read"), tooLarge);
  assert.throws(() => access.explain(first, plan, "read"), tooLarge);
  assert.throws(() => access.effectiveScopes(first), tooLarge);
  assert.throws(() => access.whatCan(first), tooLarge);
  assert.throws(() => access.whoCan(plan, "read"), tooLarge);
  assert.throws(() => access.identityOf(first), tooLarge);
  assert.equal(access.checkAccess("role:r3", plan, "read"), true);
});

test("delegations that differ in their scopes are bounded, too", (t) => {
  const { access, graph } = temporaryAccess(t, { maxRows: 1000 });
  const scopes = Array.from({ length: 12 }, (_, i) => `s${i}`);
  const team = Array.from({ length: 12 }, (_, i) =>
    access.addPrincipal({ identityType: "account", identityId: `a${i}`, scopes }),
  );
  const delegations = team.flatMap((source, i) => {
    const attributes = { narrowedScopes: scopes.filter((_, j) => j !== i), narrowable: true };
    return team.filter((target) => target !== source).map((target) => ({ source, target, attributes }));
  });
  graph.addEdges(delegations.map((delegation) => ({ type: "delegates", ...delegation })));
  assert.throws(() => access.checkAccess(team[0]!, "document:none", "read"), { code: "RESULT_TOO_LARGE" });
  const [one, other] = team as [string, string];
  assert.throws(() => access.delegate(one, other, { narrowedScopes: [] }), { code: "RESULT_TOO_LARGE" });
});

test("createAccessControl() throws on options that make no sense", (t) => {
  const { graph } = temporaryAccess(t);
  assert.throws(() => createAccessControl({} as never), {
    name: "TypeError",
    message: "Cannot create access control: graph must be one of AclGraph: received an object",
  });
  assert.throws(() => createAccessControl(graph, { maxdepth: 1 } as never), TypeError);
  assert.throws(() => createAccessControl(graph, { maxDepth: -1 }), RangeError);
  assert.throws(() => createAccessControl(graph, { maxDepth: 101 }), RangeError);
  assert.throws(() => createAccessControl(graph, { maxRows: 0 }), RangeError);
  assert.throws(() => createAccessControl(graph, { cacheSize: 0.5 }), RangeError);
});

test("every statement finds nodes and edges by index, and the way by its own", (t) => {
  const { client } = temporaryAccess(t);
  const { trace, scopes, identity, check, who, what, ways } = questionTexts({ maxDepth: 8, maxRows: 100 });
  const texts = [trace, scopes, identity, ...[check, who, what, ways].flatMap((texts) => Object.values(texts))];
  assert.equal(texts.length, 16);
  for (const sql of texts) {
    const params = Array(sql.includes("?5") ? 5 : 4).fill("[]");
    const plan = client.values(`EXPLAIN QUERY PLAN ${sql}`, params).map((row) => row[3] as string);
    const lookUps = plan.filter((step) => /^(?:SEARCH|SCAN) (?:n|e|nodes|edges)\b/.test(step));
    for (const step of lookUps) {
      assert.match(step, /^SEARCH . USING (?:COVERING )?INDEX (?:nodes_graph_key|edges_\w+) \(graph_id=\? AND \w+=\?/);
    }
    for (const index of ["edges_belongs_to", "edges_delegates"]) {
      assert.ok(
        lookUps.some((step) => step.includes(index)),
        plan.join("\n"),
      );
    }
    assert.ok(!plan.some((step) => step.includes("AUTOMATIC")), plan.join("\n"));
  }
});

test("createAccessControl() makes its indexes once, also in a transaction", (t) => {
  const { client, db, graph } = temporaryAccess(t);
  client.run("DROP INDEX edges_delegates");
  const count = () =>
    client.row("SELECT count(*) FROM sqlite_schema WHERE name IN ('edges_belongs_to', 'edges_delegates')")![0];
  assert.equal(count(), 1);
  db.transaction((tx) => createAccessControl(graph.in(tx)));
  assert.equal(count(), 2);
  const version = () => client.row("PRAGMA schema_version")![0];
  const before = version();
  createAccessControl(graph);
  assert.equal(version(), before);
});

test("a question takes no longer for the members of a large group, nor for who has many permissions", (t) => {
  const { access, graph } = temporaryAccess(t);
  const { alice, acme, plan } = addAcme(access);
  graph.addNodes(many((i) => ({ type: "principal", key: `account:${i}`, attributes: member(i) }) as const));
  graph.addNodes(
    many((i) => ({ type: "resource", key: `d:${i}`, attributes: { resourceType: "d", resourceId: `${i}` } }) as const),
  );
  graph.addEdges(many((i) => ({ type: "belongs_to", source: `account:${i}`, target: acme }) as const));
  graph.addEdges(many((i) => ({ type: "can_read", source: alice, target: `d:${i}` }) as const));
  const startMs = performance.now();
  // each would pass 20 000 edges at each of 20 000 members: minutes
  assert.equal(access.whoCan(plan, "read").length, MANY + 2);
  assert.equal(access.whatCan(alice).length, MANY + 1);
  assert.ok(performance.now() - startMs < 30_000);
});
test("the rules are the same text in every question", () => {
  const limits = { maxDepth: 8, maxRows: 100 };
  const { check, who, what, scopes, identity, ways } = questionTexts(limits);
  const rules = accessRules("", limits).split("FROM ()")[1]!;
  const texts = [scopes, identity, ...[check, who, what, ways].flatMap((texts) => Object.values(texts))];
  for (const sql of texts) assert.ok(sql.includes(rules));
});
