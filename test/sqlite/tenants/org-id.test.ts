import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { checkOrgId, isOrgId } from "../../../src/sqlite/tenants/org-id.ts";
import { temporaryTenants } from "./fixture.ts";

const HOSTILE: Readonly<Record<string, unknown>> = {
  "a way out": "../x",
  "a way out of Windows": "..\\x",
  "an absolute path": "/etc/passwd",
  NUL: "a\0b",
  "a look-alike": "аcme", // a Cyrillic а
  "a full-width letter": "ａcme",
  "a combining mark": "acme\u0301",
  "300 characters": "a".repeat(300),
  "64 characters": "a".repeat(64),
  "a device": "con",
  "a numbered device": "com1",
  "a leading dash": "-rf",
  "an upper-case letter": "Acme",
  "a dot": "a.db",
  "a line break at the end": "acme\n",
  nothing: "",
  "a space": "a b",
  "a URI": "file:acme",
  "a number": 7,
  null: null,
  "an object with a text": { toString: () => "acme" },
  "an array": ["acme"],
};

for (const [what, value] of Object.entries(HOSTILE)) {
  test(`every call refuses ${what} as an id before it touches the file system`, async (t) => {
    const tenants = temporaryTenants(t);
    const before = readdirSync(tenants.directory);
    const id = value as string;
    const calls: (() => unknown)[] = [
      () => tenants.use(id, () => assert.fail("it was opened")),
      () => tenants.acquire(id),
      () => tenants.create(id),
      () => tenants.has(id),
      () => tenants.info(id),
      () => tenants.archive(id),
      () => tenants.unarchive(id),
      () => tenants.delete(id),
      () => tenants.deleteOrganization(id),
    ];
    for (const call of calls) assert.throws(call, { name: "TypeError", message: /orgId must/ });
    await assert.rejects(tenants.backup(id, "/nowhere/x"), { name: "TypeError", message: /orgId must/ });
    await assert.rejects(tenants.restore(id, "/nowhere/x"), { name: "TypeError", message: /orgId must/ });
    assert.deepEqual(readdirSync(tenants.directory), before);
    assert.equal(existsSync(`${dirname(tenants.directory)}/x`), false);
  });
}

test("checkOrgId() shows what it refuses cut and escaped", () => {
  const message = (value: unknown) => {
    try {
      checkOrgId(value, "open a tenant");
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };
  const wanted = "Cannot open a tenant: orgId must be 1 to 63 characters of a-z, 0-9 and -, the first no -: received";
  assert.equal(message("аcme"), `${wanted} "\\u0430cme"`);
  assert.equal(message("a\u001b[31m\0"), `${wanted} "a\\u001b[31m\\u0000"`);
  assert.equal(message("x".repeat(300)), `${wanted} "${"x".repeat(40)}…"`);
  assert.equal(message(undefined), `${wanted} undefined`);
  assert.equal(
    message("lpt9"),
    'Cannot open a tenant: orgId must not be the name of a Windows device: received "lpt9"',
  );
});

test("isOrgId() takes 1 to 63 of a-z, 0-9 and -, and nothing else", () => {
  for (const id of [
    "a",
    "7",
    "acme",
    "a--b-",
    "a".repeat(63),
    "com",
    "com10",
    "console",
    "018f2e5c-7b1a-7000-8000-000000000000",
  ]) {
    assert.equal(isOrgId(id), true, id);
  }
  const plain = /^[a-z0-9-]+$/;
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 70 }), (text) => {
      if (isOrgId(text)) assert.ok(plain.test(text) && text.length <= 63 && !text.startsWith("-"));
    }),
  );
});
