import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, pbkdf2Sync } from "node:crypto";
import { type TestContext, test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { StorageError } from "../../src/errors.ts";
import { DerivedKeys } from "../../src/graphs/crypto/derived-keys.ts";
import { VersionedKeys } from "../../src/graphs/crypto/versioned-keys.ts";
import {
  CURRENT_KEY_VERSION,
  createEncryptionKeys,
  decrypt,
  type EncryptedData,
  type EncryptionKeys,
  encrypt,
  generateEncryptionKey,
} from "../../src/graphs/crypto.ts";

const SECRET = "correct horse battery staple";
const PLAINTEXT = "grüße, 秘密 🔑";
const SALT = "AAECAwQFBgcICQoLDA0ODw==";
const IV = "8PHy8/T19vf4+fr7";
// Made by node:crypto; the derived keys also by Python's hashlib.
const KNOWN: readonly EncryptedData[] = [
  { keyVersion: 1, salt: SALT, iv: IV, data: "PsQMZYGewcDze6iJIEBJ03f/5p6PIggLUNAOzkXj/JuYoYH8" },
  { keyVersion: 2, salt: SALT, iv: IV, data: "AMQywoXPferFBC3Bg891q5JHyfrpPZNsvkpZ4a+NmhANwRkJ" },
  { keyVersion: 3, salt: SALT, iv: IV, data: "n8IWG3lhRzHjP4qMBI5ChursCT/T8L7sV44C/9qfwJx9NC0K" },
];
const [known1, , known3] = KNOWN as [EncryptedData, EncryptedData, EncryptedData];
const ALL = { 1: SECRET, 2: SECRET, 3: SECRET };

function iterationsOf(keyVersion: number): number {
  return keyVersion === 1 ? 100_000 : keyVersion === 2 ? 200_000 : 600_000;
}

function encryptByNode(plaintext: string | Uint8Array, secret: string, keyVersion: number, salt: string, iv: string) {
  const key = pbkdf2Sync(secret, Buffer.from(salt, "base64"), iterationsOf(keyVersion), 32, "sha256");
  const cipher = createCipheriv("aes-256-gcm", key, Buffer.from(iv, "base64"));
  const data = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return { keyVersion, salt, iv, data: data.toString("base64") };
}

function decryptByNode({ keyVersion, salt, iv, data }: EncryptedData, secret: string): string {
  const key = pbkdf2Sync(secret, Buffer.from(salt, "base64"), iterationsOf(keyVersion), 32, "sha256");
  const bytes = Buffer.from(data, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64"));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof Error, "an error is expected");
  return outcome;
}

function showsNone(of: unknown, ...secrets: readonly string[]): void {
  const shown = [
    inspect(of, { showHidden: true, depth: null, getters: true }),
    JSON.stringify(of),
    String(of),
    of instanceof Error ? `${of.message} ${of.stack}` : "",
  ].join("\n");
  for (const secret of secrets) assert.ok(!shown.includes(secret), "a secret is shown");
}

/** Fails unless decrypt() refuses `data` by the one error that all refusals share, down to its place in the source. */
async function isRefused(data: unknown, keys: EncryptionKeys | string = SECRET): Promise<void> {
  const error = await rejection(decrypt(data as EncryptedData, keys));
  assert.ok(error instanceof StorageError, inspect(error));
  const { name, code, message, details, retryable } = error;
  assert.deepEqual(
    { name, code, message, details, retryable, members: Object.getOwnPropertyNames(error).toSorted() },
    {
      name: "StorageError",
      code: "DECRYPTION_FAILED",
      message: "Cannot decrypt: data that one of the keys encrypted, unchanged since then, is wanted",
      details: {},
      retryable: false,
      members: Object.getOwnPropertyNames(new StorageError("DECRYPTION_FAILED", "")).toSorted(),
    },
  );
  assert.equal(Object.hasOwn(error, "cause"), false);
  const [place] = /crypto\.ts:[\d:]+/.exec(error.stack ?? "") ?? [];
  assert.ok(place !== undefined);
  placesOfRefusal.add(place);
  assert.equal(placesOfRefusal.size, 1);
  showsNone(error, SECRET, PLAINTEXT);
}
const placesOfRefusal = new Set<string>();

/** Counts the derivations until the test ends; `derive`, if given, stands in for the real ones where it gives something. */
function countDerivations(t: TestContext, derive?: (count: number) => Promise<unknown> | undefined) {
  const { subtle } = globalThis.crypto;
  const counted = { times: 0 };
  for (const name of ["deriveKey", "deriveBits"] as const) {
    const original = subtle[name].bind(subtle) as (...args: unknown[]) => Promise<unknown>;
    const value = (...args: unknown[]) => {
      counted.times++;
      return derive?.(counted.times) ?? original(...args);
    };
    Object.defineProperty(subtle, name, { value, configurable: true });
  }
  t.after(() => {
    for (const name of ["deriveKey", "deriveBits"]) Reflect.deleteProperty(subtle, name);
  });
  return counted;
}

/** Stands in for a derivation where only their number counts. */
function anyKey() {
  return globalThis.crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", false, ["encrypt", "decrypt"]);
}

function saltOf(number: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(number);
  return bytes.toString("base64");
}

for (const known of KNOWN) {
  test(`decrypt() reads what node:crypto wrote with key version ${known.keyVersion}`, async () => {
    assert.deepEqual(encryptByNode(PLAINTEXT, SECRET, known.keyVersion, SALT, IV), known);
    assert.equal(await decrypt(known, SECRET), PLAINTEXT);
    assert.equal(await decrypt(known, createEncryptionKeys({ current: 3, keys: ALL })), PLAINTEXT);
  });
}

test("decrypt() derives later key versions as version 3, each from its own secret", async () => {
  const keys = createEncryptionKeys({ current: 3, keys: { 3: "third", 4: "fourth", 1000: "thousandth" } });
  for (const [keyVersion, secret] of [[4, "fourth"] as const, [1000, "thousandth"] as const]) {
    assert.equal(await decrypt(encryptByNode("x", secret, keyVersion, SALT, IV), keys), "x");
  }
});

test("encrypt() with a secret as plain text writes key version 3, which node:crypto reads", async () => {
  const encrypted = await encrypt(PLAINTEXT, SECRET);
  assert.equal(CURRENT_KEY_VERSION, 3);
  assert.deepEqual(Object.keys(encrypted), ["keyVersion", "salt", "iv", "data"]);
  assert.equal(encrypted.keyVersion, 3);
  assert.deepEqual(
    [encrypted.salt, encrypted.iv, encrypted.data].map((text) => Buffer.from(text, "base64").length),
    [16, 12, Buffer.byteLength(PLAINTEXT) + 16],
  );
  assert.equal(decryptByNode(encrypted, SECRET), PLAINTEXT);
});

test("encrypt() writes the current key version, and decrypt() still reads the others", async () => {
  const [first, second] = [generateEncryptionKey(), generateEncryptionKey()];
  const old = await encrypt(PLAINTEXT, first);
  const keys = createEncryptionKeys({ current: 12, keys: { 3: first, 12: second } });
  const encrypted = await encrypt(PLAINTEXT, keys);
  assert.equal(encrypted.keyVersion, 12);
  assert.equal(decryptByNode(encrypted, second), PLAINTEXT);
  assert.equal(await decrypt(encrypted, keys), PLAINTEXT);
  assert.equal(await decrypt(old, keys), PLAINTEXT);
});

test("decrypt() gives back any text that encrypt() took", async () => {
  const text = fc.string({ unit: "binary", maxLength: 300 }); // any code points but halves of surrogate pairs
  await fc.assert(
    fc.asyncProperty(text, async (plaintext) => {
      const copy = JSON.parse(JSON.stringify(await encrypt(plaintext, SECRET))) as EncryptedData;
      assert.equal(await decrypt(copy, SECRET), plaintext);
    }),
    { examples: [[""], ["\0"], ["\ufeff"], ["\ufeffx"], ["e\u0301é"], ["\u{10ffff}"], ["\r\n"]] },
  );
});

test("decrypt() gives back a text of a megabyte", async () => {
  for (const plaintext of ["x".repeat(1 << 20), "🔑é".repeat(200_000)]) {
    assert.ok((await decrypt(await encrypt(plaintext, SECRET), SECRET)) === plaintext);
  }
});

test("encrypt() gives another IV and other data for the same text each time", async () => {
  const all = await Promise.all(Array.from({ length: 500 }, () => encrypt("same", SECRET)));
  assert.equal(new Set(all.map(({ iv }) => iv)).size, 500);
  assert.equal(new Set(all.map(({ data }) => data)).size, 500);
});

test("generateEncryptionKey() gives 32 bytes in base64, never the same", () => {
  const keys = Array.from({ length: 100 }, generateEncryptionKey);
  for (const key of keys) assert.match(key, /^[A-Za-z0-9+/]{43}=$/);
  assert.equal(new Set(keys).size, 100);
});

for (const [region, bytes] of [["salt", 16] as const, ["iv", 12] as const, ["data", 35] as const]) {
  test(`decrypt() refuses data with one bit of any byte of its ${region} changed`, async () => {
    assert.equal(Buffer.from(known1[region], "base64").length, bytes + (region === "data" ? 1 : 0));
    for (let i = 0; i < bytes; i++) {
      const changed = Buffer.from(known1[region], "base64");
      changed[i]! ^= 1 << (i % 8);
      await isRefused({ ...known1, [region]: changed.toString("base64") });
    }
  });

  test(`decrypt() refuses data whose ${region} is cut or longer`, async () => {
    const whole = Buffer.from(known3[region], "base64");
    for (let length = 0; length < whole.length; length++) {
      await isRefused({ ...known3, [region]: whole.subarray(0, length).toString("base64") });
    }
    for (const more of [1, 2, 3, 16]) {
      await isRefused({ ...known3, [region]: Buffer.concat([whole, Buffer.alloc(more)]).toString("base64") });
      await isRefused({ ...known3, [region]: Buffer.concat([Buffer.alloc(more), whole]).toString("base64") });
    }
  });

  test(`decrypt() refuses data whose ${region} is not base64 as encrypt() writes it`, async () => {
    const { [region]: text } = known3;
    const malformed = [
      ...["", "=", "====", "*".repeat(text.length), "é".repeat(text.length), "\ud800".repeat(text.length), "\0"],
      ...[` ${text}`, `${text}\n`, `${text}=`, `${text}====`, `${text.slice(0, 4)} ${text.slice(4)}`, text.slice(1)],
      ...[`${text.slice(0, -1)}-`, text.slice(0, -1), text.slice(0, -2), `data:,${text}`, JSON.stringify(text)],
      text.replaceAll(/[+/]/g, (c) => (c === "+" ? "-" : "_")).replace(/=+$/, ""),
    ];
    for (const other of malformed.filter((other) => other !== text)) await isRefused({ ...known3, [region]: other });
  });
}

test("decrypt() refuses base64 with bits after the last byte, which mean nothing", async () => {
  assert.ok(known3.salt.endsWith("Dw=="));
  await isRefused({ ...known3, salt: known3.salt.replace("Dw==", "Dx==") });
});

test("decrypt() refuses data of another key version, with which another key is derived", async () => {
  for (const keyVersion of [1, 2]) await isRefused({ ...known3, keyVersion });
  await isRefused({ ...known1, keyVersion: 3 });
});

test("decrypt() refuses a key version that it has no secret of", async () => {
  const keys = createEncryptionKeys({ current: 3, keys: { 3: SECRET } });
  for (const keyVersion of [1, 2, 4, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
    await isRefused({ ...known3, keyVersion }, keys);
  }
});

test("decrypt() refuses what is no key version", async () => {
  const keys = createEncryptionKeys({ current: 3, keys: { 3: SECRET } });
  const others = [
    0,
    -1,
    -0,
    3.5,
    Number.NaN,
    Infinity,
    2 ** 53,
    "3",
    3n,
    true,
    null,
    undefined,
    [3],
    { valueOf: () => 3 },
  ];
  for (const keyVersion of [...others, "__proto__", "constructor", Symbol("3")]) {
    await isRefused({ ...known3, keyVersion });
    await isRefused({ ...known3, keyVersion }, keys);
  }
});

test("decrypt() refuses what a wrong secret encrypted", async () => {
  for (const secret of ["wrong", `${SECRET} `, SECRET.toUpperCase(), generateEncryptionKey()]) {
    await isRefused(known1, secret);
  }
  await isRefused(known3, createEncryptionKeys({ current: 3, keys: { 3: "wrong" } }));
  await isRefused(known3, createEncryptionKeys({ current: 4, keys: { 3: "wrong", 4: SECRET } }));
});

test("decrypt() refuses bytes that are no UTF-8, though the key is right", async () => {
  await isRefused(encryptByNode(Uint8Array.of(0xff, 0xfe, 0x80), SECRET, 1, SALT, IV));
});

test("decrypt() refuses whatever is no encrypted data", async () => {
  const others = [undefined, null, true, 3, 3n, Number.NaN, "", known3.data, JSON.stringify(known3), Symbol("x")];
  for (const data of [...others, [], {}, [known3], () => known3, new Map(Object.entries(known3)), Promise.resolve()]) {
    await isRefused(data);
  }
  for (const member of ["keyVersion", "salt", "iv", "data"]) {
    const { [member as keyof EncryptedData]: _, ...rest } = known3;
    await isRefused(rest);
    for (const value of [null, 7, true, {}, [], ["AAAA"], new String("AAAA"), Buffer.alloc(16), Symbol("x")]) {
      if (member !== "keyVersion" || typeof value !== "number") await isRefused({ ...known3, [member]: value });
    }
  }
});

test("decrypt() refuses objects that throw or play with prototypes, and runs none of their code twice", async () => {
  const thrower = () => {
    throw new Error(SECRET, { cause: PLAINTEXT });
  };
  for (const member of ["keyVersion", "salt", "iv", "data"]) {
    await isRefused(Object.defineProperty({ ...known3 }, member, { get: thrower }));
    await isRefused({ ...known3, [member]: { toString: thrower, valueOf: thrower, [Symbol.toPrimitive]: thrower } });
  }
  await isRefused(new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower, getPrototypeOf: thrower }));
  await isRefused(JSON.parse(`{ "__proto__": ${JSON.stringify(known3)} }`));

  let reads = 0;
  const get = (target: EncryptedData, member: keyof EncryptedData) => {
    reads++;
    return target[member];
  };
  const counting = new Proxy(known3, { get: get as ProxyHandler<EncryptedData>["get"] & {} });
  assert.equal(await decrypt(counting, SECRET), PLAINTEXT);
  assert.equal(reads, 4);
});

test("decrypt() reads data as it was when it was called", async () => {
  const data = { ...known3 };
  const reading = decrypt(data, SECRET);
  data.iv = data.salt = data.data = "";
  assert.equal(await reading, PLAINTEXT);
});

test("decrypt() derives no key for data whose parts have the wrong length", async (t) => {
  const derivations = countDerivations(t, anyKey);
  const bytes = (length: number) => Buffer.alloc(length).toString("base64");
  const keys = createEncryptionKeys({ current: 3, keys: ALL });
  for (const length of [0, 15, 17, 18]) await isRefused({ ...known3, salt: bytes(length) }, keys);
  for (const length of [0, 11, 13, 16]) await isRefused({ ...known3, iv: bytes(length) }, keys);
  for (const length of [0, 15]) await isRefused({ ...known3, data: bytes(length) }, keys);
  assert.equal(derivations.times, 0);
  await isRefused({ ...known3, data: bytes(16) }, keys);
  assert.equal(derivations.times, 1);
});

test("decrypt() refuses texts of many megabytes", async () => {
  const huge = "A".repeat(64 << 20);
  for (const region of ["salt", "iv", "data"]) await isRefused({ ...known3, [region]: huge });
  await isRefused({ ...known3, data: `${huge}*` });
});

test("a key is derived once for all that is written, one after the other and at the same time", async (t) => {
  const derivations = countDerivations(t);
  const keys = createEncryptionKeys({ current: 3, keys: { 3: SECRET } });
  assert.equal(derivations.times, 0);
  const all = await Promise.all(Array.from({ length: 100 }, (_, i) => encrypt(`text ${i}`, keys)));
  for (let i = 0; i < 100; i++) all.push(await encrypt(`text ${i}`, keys));
  assert.equal(derivations.times, 1);
  assert.equal(new Set(all.map(({ salt }) => salt)).size, 1);
  const texts = await Promise.all(all.map((data) => decrypt(data, keys)));
  assert.deepEqual(
    texts,
    [...all.keys()].map((i) => `text ${i % 100}`),
  );
  assert.equal(derivations.times, 1);
});

test("a key is derived once per secret and salt for all that is read at the same time", async (t) => {
  const data = [1, 2, 3].map((i) => encryptByNode(`text ${i}`, SECRET, 1, saltOf(i), IV));
  const keys = createEncryptionKeys({ current: 3, keys: ALL });
  const derivations = countDerivations(t);
  const reads = Array.from({ length: 60 }, (_, i) => decrypt(data[i % 3]!, keys));
  assert.deepEqual(
    await Promise.all(reads),
    [...reads.keys()].map((i) => `text ${(i % 3) + 1}`),
  );
  assert.equal(derivations.times, 3);
});

test("versions with the same secret share the derived keys", async (t) => {
  const derivations = countDerivations(t);
  const keys = createEncryptionKeys({ current: 4, keys: { 3: SECRET, 4: SECRET } });
  assert.equal(await decrypt(known3, keys), PLAINTEXT);
  assert.equal(await decrypt({ ...known3, keyVersion: 4 }, keys), PLAINTEXT);
  assert.equal(derivations.times, 1);
});

test("a secret as plain text derives once too, while it is one of the last 16", async (t) => {
  const derivations = countDerivations(t, anyKey);
  const secret = generateEncryptionKey();
  const { salt } = await encrypt("x", secret);
  await decrypt(await encrypt("y", secret), secret);
  assert.equal(derivations.times, 1);
  for (let i = 0; i < 15; i++) await encrypt("x", `other ${i}`);
  assert.equal((await encrypt("x", secret)).salt, salt);
  assert.equal(derivations.times, 16);
  for (let i = 0; i < 16; i++) await encrypt("x", `another ${i}`);
  assert.notEqual((await encrypt("x", secret)).salt, salt);
  assert.equal(derivations.times, 33);
});

test("two objects of keys write under different salts", async () => {
  const make = () => createEncryptionKeys({ current: 3, keys: { 3: SECRET } });
  assert.notEqual((await encrypt("x", make())).salt, (await encrypt("x", make())).salt);
});

test("at most 1024 derived keys of a secret are kept, those used last", async (t) => {
  const keys = createEncryptionKeys({ current: 3, keys: ALL });
  const derivations = countDerivations(t, anyKey);
  const read = (number: number) => isRefused({ ...known1, salt: saltOf(number) }, keys);
  for (let i = 0; i < 1024; i++) await read(i);
  await read(0); // now used later than 1
  assert.equal(derivations.times, 1024);
  await read(1024); // 1 goes
  await read(0);
  await read(2);
  assert.equal(derivations.times, 1025);
  await read(1);
  assert.equal(derivations.times, 1026);
});

test("a derivation that failed reaches all who waited for it, and the next who asks tries again", async (t) => {
  const derivations = countDerivations(t, (count) => (count === 1 ? Promise.reject(new Error("busy")) : undefined));
  const keys = createEncryptionKeys({ current: 3, keys: { 3: SECRET } });
  const outcomes = await Promise.all([rejection(encrypt("x", keys)), rejection(encrypt("y", keys))]);
  assert.deepEqual(
    outcomes.map(({ message }) => message),
    ["busy", "busy"],
  );
  assert.equal(await decrypt(await encrypt("x", keys), keys), "x");
  assert.equal(derivations.times, 2);
});

test("a derived key can't be read", async () => {
  const key = await new DerivedKeys(SECRET).get(1, SALT);
  assert.equal(key.extractable, false);
  await assert.rejects(globalThis.crypto.subtle.exportKey("raw", key));
});

test("a salt serves its number of encryptions, then another takes its place", async () => {
  const derived = new DerivedKeys(SECRET);
  const keys = new VersionedKeys(3, () => derived, 3);
  const salts = Array.from({ length: 7 }, () => keys.forWriting().salt);
  assert.deepEqual(
    salts.map((salt) => [...new Set(salts)].indexOf(salt)),
    [0, 0, 0, 1, 1, 1, 2],
  );
});

test("createEncryptionKeys() tells the current version and all versions, rising", () => {
  const keys = createEncryptionKeys({ current: 10, keys: { 10: "b", 2: "a", 3: "a" } });
  assert.equal(keys.current, 10);
  assert.deepEqual(keys.versions, [2, 3, 10]);
  assert.ok(Object.isFrozen(keys.versions));
});

test("createEncryptionKeys() returns what shows no secret", async () => {
  const keys = createEncryptionKeys({ current: 4, keys: { 3: "hidden-3", 4: "hidden-4" } });
  await encrypt("hidden text", keys);
  showsNone(keys, "hidden");
  showsNone({ inside: [keys] }, "hidden");
  assert.equal(JSON.stringify(keys), "{}");
  assert.deepEqual(Reflect.ownKeys(keys), []);
  assert.deepEqual({ ...keys }, {});
  assert.deepEqual(structuredClone(keys), {});
});

test("createEncryptionKeys() keeps the secrets it was given, whatever becomes of the object", async () => {
  const secrets: Record<number, string> = { 3: SECRET };
  const keys = createEncryptionKeys({ current: 3, keys: secrets });
  secrets[3] = "other";
  assert.equal(await decrypt(known3, keys), PLAINTEXT);
});

const HIDDEN = "hidden-secret";

for (const [what, options, type, message] of [
  [
    "text",
    HIDDEN,
    TypeError,
    /^Cannot create encryption keys: an object of current and keys is wanted: received a string of 13 characters$/,
  ],
  ["nothing", undefined, TypeError, /received undefined$/],
  ["a list", [HIDDEN], TypeError, /received an array of 1$/],
  [
    "a misspelled option",
    { curent: 3, keys: { 3: HIDDEN } },
    TypeError,
    /^Unknown option for createEncryptionKeys\(\): did you mean "current"$/,
  ],
  [
    "secrets without keys",
    { 3: HIDDEN, [HIDDEN]: 3 },
    TypeError,
    /^Unknown option for createEncryptionKeys\(\): known are current, keys$/,
  ],
  ["no current", { keys: { 3: HIDDEN } }, RangeError, /current must be an integer >= 3: received undefined$/],
  [
    "current 2",
    { current: 2, keys: { 2: HIDDEN } },
    RangeError,
    /^Cannot create encryption keys: current must be an integer >= 3: received 2$/,
  ],
  ["current NaN", { current: Number.NaN, keys: { 3: HIDDEN } }, RangeError, /received NaN$/],
  ["current 3.5", { current: 3.5, keys: { 3: HIDDEN } }, RangeError, /received 3\.5$/],
  ["current 2 ** 53", { current: 2 ** 53, keys: { 3: HIDDEN } }, RangeError, /received 9007199254740992$/],
  ["a secret as current", { current: HIDDEN, keys: { 3: HIDDEN } }, RangeError, /received a string of 13 characters$/],
  ["no keys", { current: 3 }, TypeError, /keys must be an object of secrets by version: received undefined$/],
  ["a secret as keys", { current: 3, keys: HIDDEN }, TypeError, /received a string of 13 characters$/],
  ["a map", { current: 3, keys: new Map([[3, HIDDEN]]) }, TypeError, /received an instance of Map$/],
  ["no secret", { current: 3, keys: {} }, RangeError, /keys must hold the current version 3: received no versions$/],
  ["another secret", { current: 3, keys: { 2: HIDDEN, 4: HIDDEN } }, RangeError, /version 3: received versions 2, 4$/],
  [
    "version 0",
    { current: 3, keys: { 0: HIDDEN, 3: HIDDEN } },
    RangeError,
    /a version must be an integer >= 1: received/,
  ],
  ["version 1.5", { current: 3, keys: { 1.5: HIDDEN, 3: HIDDEN } }, RangeError, /a version must be/],
  ["version 03", { current: 3, keys: { "03": HIDDEN, 3: HIDDEN } }, RangeError, /a version must be/],
  [
    "a secret as version",
    { current: 3, keys: { 3: HIDDEN, [HIDDEN]: "4" } },
    RangeError,
    /received a string of 13 characters$/,
  ],
  [
    "an empty secret",
    { current: 3, keys: { 2: HIDDEN, 3: "" } },
    TypeError,
    /^Cannot create encryption keys: the secret of version 3 must be text that is not empty and holds no half of a surrogate pair: received a string of 0 characters$/,
  ],
  [
    "a secret undefined",
    { current: 3, keys: { 3: undefined } },
    TypeError,
    /the secret of version 3 must be .*: received undefined$/,
  ],
  [
    "a secret of bytes",
    { current: 3, keys: { 3: new Uint8Array(32) } },
    TypeError,
    /received an instance of Uint8Array$/,
  ],
  [
    "half a surrogate pair",
    { current: 3, keys: { 3: `${HIDDEN}\ud800` } },
    TypeError,
    /received a string of 14 characters$/,
  ],
] as const) {
  test(`createEncryptionKeys() refuses ${what}, without showing it`, () => {
    assert.throws(
      () => createEncryptionKeys(options as never),
      (error: Error) => {
        assert.ok(error instanceof type, inspect(error));
        assert.match(error.message, message);
        showsNone(error, HIDDEN);
        return true;
      },
    );
  });
}

test("encrypt() refuses a plaintext that is not Unicode text, without showing it", async () => {
  const others = [undefined, null, 7, {}, [HIDDEN], new String(HIDDEN), new TextEncoder().encode(HIDDEN)];
  for (const plaintext of [...others, `${HIDDEN}\ud800`, `\udc00${HIDDEN}`, "\udc00\ud800"]) {
    const error = await rejection(encrypt(plaintext as string, SECRET));
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /^Cannot encrypt: plaintext must be text without half of a surrogate pair: received /);
    showsNone(error, HIDDEN, SECRET);
  }
});

test("encrypt() and decrypt() refuse what is no keys, without showing it", async () => {
  const made = createEncryptionKeys({ current: 3, keys: { 3: HIDDEN } });
  const copies = [structuredClone(made), Object.create(made), { ...made }, new Proxy(made, {})];
  const others = [undefined, null, 3, [HIDDEN], { current: 3, keys: { 3: HIDDEN } }, new TextEncoder().encode(HIDDEN)];
  for (const keys of ["", `${HIDDEN}\ud800`, new String(HIDDEN), ...others, ...copies]) {
    for (const call of [encrypt(PLAINTEXT, keys as string), decrypt(known3, keys as string)]) {
      const error = await rejection(call);
      assert.ok(error instanceof TypeError, inspect(error));
      assert.match(error.message, /^Cannot (en|de)crypt: (keys|the secret) must be .*: received /);
      showsNone(error, HIDDEN, PLAINTEXT);
    }
  }
});
