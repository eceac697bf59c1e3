import assert from "node:assert/strict";
import { test } from "node:test";
import { ensureAccessIndexes } from "../../../../src/sqlite/graphs/access-control/access-indexes.ts";
import { AccessQuestions } from "../../../../src/sqlite/graphs/access-control/access-questions.ts";
import { ACCESS_ACTIONS, type AccessAction } from "../../../../src/sqlite/graphs/access-control/keys.ts";
import { GraphConnection } from "../../../../src/sqlite/graphs/graph-connection.ts";
import { createSystemDatabase } from "../../../../src/sqlite/mod.ts";
import { Random } from "../../../crash/random.ts";
import { temporaryDatabase } from "../../../support/temporary.ts";
import { type Acl, authoritiesOf, type Conditions, isAllowed } from "./oracle.ts";
import { randomAcl, SCOPES, someOf, writeAcls } from "./random-acl.ts";

const GRAPHS = 10_000;
const SEED = Number(process.env.TEST_SEED ?? 20260601);
const DEPTHS = [8, 5, 4, 3, 3, 2, 2, 1, 0];

test("all questions about access are answered as by walking every way, on 10 000 random graphs", (t) => {
  const client = temporaryDatabase(t);
  const connection = GraphConnection.of(createSystemDatabase(client), "test");
  ensureAccessIndexes(connection);
  const random = new Random(SEED);
  const acls = Array.from({ length: GRAPHS }, () => randomAcl(random));
  writeAcls(client, acls);
  const counts = { allowed: 0, denied: 0, delegated: 0 };
  acls.forEach((acl, i) => {
    const maxDepth = random.pick(DEPTHS);
    try {
      compare(acl, new AccessQuestions(`g${i}`, { maxDepth, maxRows: 100_000 }), maxDepth);
    } catch (error) {
      throw new Error(`TEST_SEED=${SEED}, graph ${i} with maxDepth ${maxDepth}: ${JSON.stringify(acl)}`, {
        cause: error,
      });
    }
  });
  // enough of each kind, or the graphs show nothing
  assert.ok(Math.min(counts.allowed, counts.denied) > GRAPHS / 4, JSON.stringify(counts));
  assert.ok(counts.delegated > GRAPHS / 20, JSON.stringify(counts));

  function compare(acl: Acl, questions: AccessQuestions, maxDepth: number): void {
    const { reader } = connection;
    const names = [...Object.keys(acl.principals), "account:nobody"];
    const conditions: Conditions = {
      requiredScopes: someOf(random, SCOPES, 0.15),
      requiredScopesAny: random.chance(0.5) ? [] : someOf(random, SCOPES, 0.4),
    };
    const asked = { all: JSON.stringify(conditions.requiredScopes), any: JSON.stringify(conditions.requiredScopesAny) };
    const authorities = new Map(names.map((name) => [name, authoritiesOf(acl, name, maxDepth)]));
    const allows = (principal: string, resource: string, action: string) =>
      isAllowed(acl, authorities.get(principal)!, resource, `can_${action}`, conditions);
    const principal = random.pick(names);
    const { target: resource, type } = random.pick(acl.edges.filter(({ type }) => type.startsWith("can_")));
    const action = type.slice("can_".length) as AccessAction;

    const who = questions.whoCan(reader, resource, action, asked);
    const expectedWho = names.filter((name) => allows(name, resource, action));
    assert.deepEqual(who, expectedWho, "whoCan");

    const what = questions.whatCan(reader, principal, "any", asked);
    const expectedWhat = acl.resources.flatMap((resource) => {
      const actions = ACCESS_ACTIONS.filter((action) => allows(principal, resource, action)).sort();
      return actions.length === 0 ? [] : [{ resource, actions }];
    });
    assert.deepEqual(what, expectedWhat, "whatCan");

    const scopes = authorities.get(principal)!.flatMap(({ scopes }) => [...scopes]);
    assert.deepEqual(questions.effectiveScopes(reader, principal), [...new Set(scopes)].sort(), "effectiveScopes");

    const one = who.length > 0 && random.chance(0.6) ? random.pick(who) : principal;
    const isExpected = allows(one, resource, action);
    assert.equal(questions.check(reader, one, resource, action, asked), isExpected, "check");
    counts[isExpected ? "allowed" : "denied"]++;
    if (!isExpected && random.chance(0.8)) return;
    const path = questions.explain(connection, one, resource, action, asked);
    assert.equal(path !== undefined, isExpected, "explain");
    if (path?.steps.some(({ type }) => type === "delegates")) counts.delegated++;
  }
});
