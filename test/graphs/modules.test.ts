import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AclGraph,
  CALL_STATUSES,
  CallGraph,
  findForbiddenTransition,
  isCallTransition,
  moduleToDbSchema,
  SecretGraph,
  typesOf,
  validateEdge,
  validateNode,
} from "../../src/graphs/mod.ts";

const call = { requestId: "r1", operationId: "files.read", status: "pending", input: { path: "/" } } as const;
const refused = { code: "INVALID_GRAPH" };

test("CallGraph accepts calls in every state of theirs", () => {
  validateNode(CallGraph, "call", call);
  validateNode(CallGraph, "call", {
    ...call,
    status: "failed",
    parentRequestId: "r0",
    input: null,
    output: [1],
    error: { code: "TIMEOUT", message: "too late", details: { ms: 5 } },
    identity: { id: "a1", scopes: ["read"], resources: { "file:1": ["read"] } },
    startedAt: 1_780_000_000_000,
    completedAt: 1_780_000_000_001,
  });
  const { input, ...withoutInput } = call;
  for (const bad of [
    withoutInput,
    { ...call, status: "waiting" },
    { ...call, requestId: "" },
    { ...call, startedAt: 1.5 },
    { ...call, startedAt: 9e15 },
    { ...call, note: "not an attribute" },
    { ...call, error: { code: "X" } },
  ]) {
    assert.throws(() => validateNode(CallGraph, "call", bad), refused);
  }
});

test("CallGraph joins calls to calls, without cycles and loops", () => {
  const ends = { sourceType: "call", targetType: "call" } as const;
  validateEdge(CallGraph, "triggered", {}, ends);
  validateEdge(CallGraph, "depends_on", {}, ends);
  assert.throws(() => validateEdge(CallGraph, "triggered", {}, { ...ends, sourceKey: "a", targetKey: "a" }), refused);
  assert.deepEqual(CallGraph.config, { type: "directed", multi: false, allowSelfLoops: false, acyclic: true });
  assert.deepEqual(moduleToDbSchema(CallGraph).nodeTypes[0]?.metadata.key, "requestId");
});

test("isCallTransition() agrees with the transitions of CallGraph", () => {
  const allowed = ["pending running", "pending aborted", "running completed", "running failed", "running aborted"];
  const type = typesOf(CallGraph, "test").nodes.get("call")!;
  for (const from of CALL_STATUSES) {
    for (const to of CALL_STATUSES) {
      assert.equal(isCallTransition(from, to), allowed.includes(`${from} ${to}`));
      const isForbidden =
        findForbiddenTransition(type, { ...call, status: from }, { ...call, status: to }) !== undefined;
      assert.equal(isForbidden, from !== to && !isCallTransition(from, to));
    }
  }
  assert.equal(isCallTransition("toString" as "pending", "running"), false);
  assert.deepEqual(CALL_STATUSES, ["pending", "running", "completed", "failed", "aborted"]);
});

test("SecretGraph holds encrypted data and paths of keys, and no plain text beside", () => {
  const encrypted = { keyVersion: 3, salt: "AAAAAAAAAAAAAAAAAAAAAA==", iv: "AAAAAAAAAAAAAAAA", data: "AAAA" };
  validateNode(SecretGraph, "secret", { name: "token", encrypted });
  validateNode(SecretGraph, "derived_key", { name: "k", derivationPath: "m/74'/2'/0'/0'", keyVersion: 2 });
  validateNode(SecretGraph, "service", { name: "forge", url: "https://example.com" });
  for (const bad of [
    { name: "token", encrypted, value: "hunter2" },
    { name: "token", encrypted: { ...encrypted, keyVersion: 0 } },
    { name: "token", encrypted: { ...encrypted, data: "not base64!" } },
    { name: "token", encrypted: { ...encrypted, data: "AAA" } },
    { name: "token" },
  ]) {
    assert.throws(() => validateNode(SecretGraph, "secret", bad), refused);
  }
  validateEdge(SecretGraph, "authenticates", {}, { sourceType: "derived_key", targetType: "service" });
  validateEdge(SecretGraph, "derived_from", {}, { sourceType: "derived_key", targetType: "derived_key" });
  const backwards = { sourceType: "service", targetType: "secret" } as const;
  assert.throws(() => validateEdge(SecretGraph, "authenticates", {}, backwards), refused);
});

test("AclGraph joins principals to resources and to each other", () => {
  validateNode(AclGraph, "principal", { identityType: "service", identityId: "s1", scopes: ["read"] });
  validateNode(AclGraph, "resource", { resourceType: "file", resourceId: "1" });
  assert.throws(
    () => validateNode(AclGraph, "principal", { identityType: "robot", identityId: "x", scopes: [] }),
    refused,
  );
  const access = { sourceType: "principal", targetType: "resource" } as const;
  for (const type of ["can_read", "can_write", "can_execute"] as const) validateEdge(AclGraph, type, {}, access);
  const between = { sourceType: "principal", targetType: "principal" } as const;
  validateEdge(AclGraph, "belongs_to", {}, between);
  validateEdge(AclGraph, "delegates", { narrowedScopes: ["read"], narrowable: false }, between);
  assert.throws(() => validateEdge(AclGraph, "delegates", {}, between), refused);
  assert.throws(() => validateEdge(AclGraph, "can_read", {}, between), refused);
  assert.equal(AclGraph.config.multi, true);
});
