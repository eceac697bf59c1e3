import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@sinclair/typebox";
import {
  buildEnv,
  CallError,
  checkAccess,
  enforceAccess,
  httpEnvelope,
  httpStatusOf,
  isResponseEnvelope,
  localEnvelope,
  mapError,
  mcpEnvelope,
  type OperationContext,
  OperationRegistry,
  type OperationSpec,
  OperationType,
  unwrap,
} from "../../src/operations/mod.ts";

const ADA = { id: "ada", scopes: ["a", "b"], resources: { "doc:1": ["read"] } };
const EXTRA = Type.Object({ n: Type.Integer() }, { additionalProperties: false });

function spec(name: string, parts: Partial<OperationSpec> = {}): OperationSpec {
  return {
    name,
    namespace: "test",
    version: "1.0.0",
    type: OperationType.QUERY,
    description: name,
    inputSchema: EXTRA,
    outputSchema: Type.Unknown(),
    accessControl: { requiredScopes: ["a"] },
    ...parts,
  };
}

test("execute() gives the output in an envelope, of a plain or an async handler", async () => {
  const registry = new OperationRegistry();
  registry.register({ ...spec("plain"), handler: ({ n }: { n: number }) => n + 1 });
  registry.register({ ...spec("async"), handler: async ({ n }: { n: number }) => n + 2 });
  for (const [name, wanted] of [
    ["plain", 2],
    ["async", 3],
  ] as const) {
    const envelope = await registry.execute(`test.${name}`, { n: 1 }, { identity: ADA });
    assert.equal(unwrap(envelope), wanted);
    assert.ok(isResponseEnvelope(envelope));
    assert.equal(envelope.meta.source === "local" && envelope.meta.operationId, `test.${name}`);
  }
});

test("execute() goes in the order spec, handler, access, input, handler", async () => {
  const registry = new OperationRegistry();
  await assert.rejects(registry.execute("test.x", {}), { code: "OPERATION_NOT_FOUND" });
  registry.registerSpec(spec("x"));
  await assert.rejects(registry.execute("test.x", {}), { code: "OPERATION_NOT_FOUND" });
  registry.registerHandler("test.x", () => {
    throw new Error("boom");
  });
  await assert.rejects(registry.execute("test.x", {}), { code: "ACCESS_DENIED" });
  await assert.rejects(registry.execute("test.x", {}, { identity: ADA }), { code: "VALIDATION_ERROR" });
  const failed = registry.execute("test.x", { n: 1 }, { identity: ADA });
  await assert.rejects(failed, { code: "EXECUTION_ERROR", message: "The operation failed" });
});

test("execute() denies who is not there or malformed, and lets everybody in where nothing is required", async () => {
  const registry = new OperationRegistry();
  registry.register({ ...spec("closed"), handler: () => 1 });
  registry.register({ ...spec("open", { accessControl: { requiredScopes: [] } }), handler: () => 1 });
  const bad = [
    undefined,
    null,
    {},
    { id: "x" },
    { id: 1, scopes: ["a"] },
    { id: "x", scopes: "a" },
    { id: "x", scopes: [] },
  ];
  for (const identity of bad) {
    const context = { identity, trusted: true } as unknown as OperationContext; // said by the caller, it opens nothing
    await assert.rejects(registry.execute("test.closed", { n: 1 }, context), { code: "ACCESS_DENIED" });
    assert.equal(unwrap(await registry.execute("test.open", { n: 1 }, context)), 1);
  }
});

test("checkAccess() asks all scopes, one of some, and an action on a resource of a type", () => {
  const all = (requiredScopes: string[], more = {}) => checkAccess({ requiredScopes, ...more }, ADA);
  assert.equal(all(["a", "b"]), true);
  assert.equal(all(["a", "c"]), false);
  assert.equal(all(["constructor"]), false);
  assert.equal(all([], { requiredScopesAny: ["c", "b"] }), true);
  assert.equal(all([], { requiredScopesAny: ["c"] }), false);
  assert.equal(all([], { resourceType: "doc", resourceAction: "read" }), true);
  assert.equal(all([], { resourceType: "doc", resourceAction: "write" }), false);
  assert.equal(all([], { resourceType: "do", resourceAction: "read" }), false);
  assert.equal(all([], { resourceType: "doc" }), false);
  assert.equal(all([], { customAuth: "x" }), false);
  assert.equal(
    checkAccess({ requiredScopes: [], resourceType: "doc", resourceAction: "read" }, { id: "x", scopes: [] }),
    false,
  );
  assert.throws(() => enforceAccess({ requiredScopes: ["c"] }, ADA, "test.x"), { code: "ACCESS_DENIED" });
});

test("registerSpec() refuses what is no spec, or has the id of another", () => {
  const registry = new OperationRegistry();
  const one = spec("one");
  registry.registerSpec(one);
  registry.registerSpec(one);
  assert.throws(() => registry.registerSpec(spec("one")), /another one has this id/);
  const bad: unknown[] = [
    null,
    spec("a.b"),
    spec(""),
    spec("x", { type: "other" as never }),
    spec("x", { version: 1 as never }),
    spec("x", { accessControl: undefined as never }),
    spec("x", { accessControl: {} as never }),
    spec("x", { accessControl: { requiredScopes: "a" as never } }),
    spec("x", { accessControl: { requiredScopes: [], resourceType: "doc" } }),
    spec("x", { accessControl: { requiredScopes: [], requiredScopeAny: ["admin"] } as never }),
    spec("x", { accessControl: { requiredScopes: [], requiredScopesAny: [] } }),
    spec("x", { accessControl: { requiredScopes: [], customAuth: true as never } }),
    spec("x", { inputSchema: {} as never }),
    spec("x", { outputSchema: undefined as never }),
  ];
  for (const value of bad) assert.throws(() => registry.registerSpec(value as never), TypeError);
  assert.deepEqual(registry.list(), ["test.one"]);
});

test("registerHandler() refuses a second one, one without a spec, and one of another kind", () => {
  const registry = new OperationRegistry();
  registry.registerSpec(spec("x"));
  registry.registerSpec(spec("s", { type: "subscription" }));
  const handler = () => 1;
  assert.throws(() => registry.registerHandler("test.y", handler), /its spec must be registered first/);
  assert.throws(() => registry.registerHandler("test.x", 1 as never), /a function is wanted/);
  assert.throws(
    () => registry.registerHandler("test.x", async function* () {}),
    /received an async generator function/,
  );
  assert.throws(() => registry.registerHandler("test.s", handler), /an async generator function is wanted/);
  registry.registerHandler("test.x", handler);
  assert.throws(() => registry.registerHandler("test.x", () => 2), /it has one already/);
  assert.equal(registry.getHandler("test.x"), handler);
  assert.equal(registry.getByName("test", "x")?.handler, handler);
  assert.deepEqual(
    registry.getAllSpecs().map(({ name }) => name),
    ["x", "s"],
  );
  assert.equal(registry.get("test.nothing"), undefined);
  assert.equal(registry.getSpec("test.x")?.name, "x");
});

test("subscribe() gives values in envelopes under the same checks, and ends the handler when the loop is left", async () => {
  const registry = new OperationRegistry();
  let ended = false;
  registry.register({
    ...spec("ticks", { type: "subscription" }),
    handler: async function* ({ n }: { n: number }) {
      try {
        for (let i = 0; ; i++) {
          if (i === n) throw new Error("boom");
          yield i;
        }
      } finally {
        ended = true;
      }
    },
  });
  registry.register({ ...spec("query"), handler: () => 1 });
  const drain = async (id: string, input: unknown, context?: OperationContext, most = 10) => {
    const values: unknown[] = [];
    for await (const { data } of registry.subscribe(id, input, context)) if (values.push(data) === most) break;
    return values;
  };
  assert.deepEqual(await drain("test.ticks", { n: 9 }, { identity: ADA }, 2), [0, 1]);
  assert.ok(ended);
  await assert.rejects(drain("test.ticks", { n: 2 }, { identity: ADA }), { code: "EXECUTION_ERROR" });
  await assert.rejects(drain("test.ticks", { n: 2 }), { code: "ACCESS_DENIED" });
  await assert.rejects(drain("test.ticks", {}, { identity: ADA }), { code: "VALIDATION_ERROR" });
  await assert.rejects(drain("test.query", { n: 1 }, { identity: ADA }), { code: "VALIDATION_ERROR" });
  await assert.rejects(registry.execute("test.ticks", { n: 1 }, { identity: ADA }), { code: "VALIDATION_ERROR" });
});

test("only an envelope that was made is passed on: stored data of that form is data", async () => {
  const registry = new OperationRegistry();
  const looksLike = { data: 1, meta: { source: "local", operationId: "x", timestamp: 1 } };
  const made = httpEnvelope(2, { statusCode: 200, headers: {}, contentType: "text/plain" });
  registry.register({ ...spec("looks"), handler: () => looksLike });
  registry.register({ ...spec("made"), handler: () => made });
  assert.equal(unwrap(await registry.execute("test.looks", { n: 1 }, { identity: ADA })), looksLike);
  assert.equal(await registry.execute("test.made", { n: 1 }, { identity: ADA }), made);
  assert.ok(isResponseEnvelope(looksLike) && isResponseEnvelope(made) && isResponseEnvelope(localEnvelope(1, "x")));
  assert.ok(isResponseEnvelope(mcpEnvelope(1, { isError: false, content: [] })));
  for (const value of [
    null,
    {},
    { data: 1 },
    { data: 1, meta: { source: "http" } },
    { data: 1, meta: { source: "x" } },
  ]) {
    assert.ok(!isResponseEnvelope(value));
  }
});

test("buildEnv() lets a handler call others without their scopes, in the namespaces that are allowed", async () => {
  const registry = new OperationRegistry();
  let seen: OperationContext | undefined;
  registry.register({
    ...spec("inner", { accessControl: { requiredScopes: ["admin"] } }),
    handler: ({ n }: { n: number }, context) => {
      seen = context;
      return n * 2;
    },
  });
  registry.register({ ...spec("other", { namespace: "other" }), handler: () => 1 });
  registry.register({
    ...spec("outer"),
    handler: async (input: never, context) => {
      const env = buildEnv({ registry, context, allowedNamespaces: ["test"] });
      assert.deepEqual(Object.keys(env), ["test"]);
      return unwrap(await env.test!.inner!(input));
    },
  });
  const context = { identity: ADA, requestId: "r1" };
  assert.equal(unwrap(await registry.execute("test.outer", { n: 2 }, context)), 4);
  assert.deepEqual([seen?.parentRequestId, seen?.identity, seen?.trusted], ["r1", ADA, true]);
  await assert.rejects(registry.execute("test.inner", { n: 1 }, { ...seen }), { code: "ACCESS_DENIED" }); // a copy
});

test("mapError() keeps what may be told, and hides all else behind the cause", () => {
  const declared = [{ code: "FULL", description: "It is full", schema: Type.Object({}), httpStatus: 507 }];
  const own = new CallError("X", "y");
  assert.equal(mapError(own), own);
  assert.deepEqual(mapError(new Error("FULL"), declared).toJSON(), { code: "FULL", message: "It is full" });
  assert.deepEqual(mapError(new Error("FULL: no room"), declared).toJSON(), { code: "FULL", message: "no room" });
  assert.equal(mapError(new Error("FULLER"), declared).code, "EXECUTION_ERROR");
  const hidden = mapError(new Error("password hunter2"));
  assert.doesNotMatch(JSON.stringify({ ...hidden }) + JSON.stringify(hidden) + hidden.message, /hunter2/);
  assert.equal((hidden.cause as Error).message, "password hunter2");
  assert.deepEqual(mapError({ secret: 1 }).toJSON(), { code: "UNKNOWN_ERROR", message: "The operation failed" });
  assert.deepEqual(mapError(Object.assign(new Error("busy"), { retryable: true })).details, { retryable: true });
  const codes = ["FULL", "ACCESS_DENIED", "VALIDATION_ERROR", "constructor", "OTHER"];
  assert.deepEqual(
    codes.map((code) => httpStatusOf(code, declared)),
    [507, 403, 400, 500, 500],
  );
});

test("who changes a spec that the registry gives opens nothing", async () => {
  const registry = new OperationRegistry();
  registry.register({ ...spec("closed", { accessControl: { requiredScopes: ["admin"] } }), handler: () => 1 });
  for (const { accessControl } of registry.getAllSpecs()) (accessControl.requiredScopes as string[]).length = 0;
  await assert.rejects(registry.execute("test.closed", { n: 1 }), { code: "ACCESS_DENIED" });
});
