import assert from "node:assert/strict";
import { test } from "node:test";
import { principalKey, resourceKey } from "../../../../src/sqlite/graphs/access-control/keys.ts";

test("principalKey() and resourceKey() join type and id", () => {
  assert.equal(principalKey("account", "a:b"), "account:a:b");
  assert.equal(resourceKey("document", "4:2"), "document:4:2");
});

test("resourceKey() is never the key of a principal, nor of another resource", () => {
  const parts = ["account", "org", "service", "role", "resource", "document"];
  const ids = ["x", "org:x", "resource:org:x", "resource:resource:x"];
  const keys = [
    ...parts.flatMap((type) => ids.map((id) => resourceKey(type, id))),
    ...ids.flatMap((id) => (["account", "org", "service", "role"] as const).map((type) => principalKey(type, id))),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(resourceKey("org", "acme"), "resource:org:acme");
});

test("principalKey() and resourceKey() throw on what would be no key", () => {
  assert.throws(() => principalKey("user" as "account", "x"), {
    name: "TypeError",
    message: "Cannot name a principal: identityType must be account, org, service or role: received user",
  });
  assert.throws(() => principalKey("account", ""), {
    name: "TypeError",
    message: 'Cannot name a principal: identityId must not be empty: received ""',
  });
  assert.throws(() => principalKey("account", "a\0b"), TypeError);
  assert.throws(() => resourceKey("", "x"), TypeError);
  assert.throws(() => resourceKey("a", 7 as unknown as string), TypeError);
  assert.throws(() => resourceKey("a:b", "c"), {
    name: "TypeError",
    message: 'Cannot name a resource: resourceType must have no colon in it: received "a:b"',
  });
});
