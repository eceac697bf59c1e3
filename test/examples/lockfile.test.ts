import assert from "node:assert/strict";
import { truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { InputError, type Lockfile, readLockfile } from "../../examples/demo/lockfile.ts";
import { type TestScope, temporaryPath } from "../support/temporary.ts";

const real = (name: string) =>
  readLockfile(fileURLToPath(new URL(`../fixtures/lockfiles/${name}.package-lock.json`, import.meta.url)));

/** A file with this content. */
function written(t: TestScope, content: unknown): string {
  const path = temporaryPath(t, "package-lock.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** A lockfile with these packages. */
function locked(t: TestScope, packages: Record<string, unknown>): Lockfile {
  return readLockfile(written(t, { name: "app", lockfileVersion: 3, packages }));
}

/** The dependencies as `from > to (kind range)`, in the order of the file. */
function lines({ dependencies }: Lockfile): string[] {
  return dependencies.map(({ from, to, kind, range }) => `${from} > ${to} (${kind} ${range})`);
}

// The counts are npm's own, of `npm ls --all --package-lock-only` and the edges of the tree it loads.
for (const [name, counts] of Object.entries({
  next: { packages: 374, dependencies: 850, unmet: 28 },
  workspaces: { packages: 156, dependencies: 237, unmet: 2 },
})) {
  test(`readLockfile() finds what npm finds when it reads the real lockfile "${name}"`, () => {
    const { packages, dependencies, unmet } = real(name);
    assert.deepEqual({ packages: packages.length, dependencies: dependencies.length, unmet: unmet.length }, counts);
    const keys = new Set(packages.map(({ key }) => key));
    assert.equal(keys.size, packages.length);
    for (const { from, to } of dependencies) assert.ok(keys.has(from) && keys.has(to), `${from} > ${to}`);
    assert.ok(unmet.every(({ optional }) => optional));
  });
}

test("readLockfile() reads the lockfile of this repository", () => {
  const { name, packages, dependencies } = readLockfile(
    fileURLToPath(new URL("../../package-lock.json", import.meta.url)),
  );
  assert.equal(name, "@alkdev/storage");
  assert.ok(
    dependencies.some(({ from, to, kind }) => from === "" && to === "node_modules/drizzle-orm" && kind === "dev"),
  );
  assert.ok(
    packages.some((one) => one.name === "bun" && one.dev && one.hasInstallScript && one.integrity !== undefined),
  );
});

test("readLockfile() keeps one name at two places apart", () => {
  const lockfile = real("workspaces");
  const chalks = lockfile.packages.filter(({ name }) => name === "chalk");
  assert.deepEqual(
    chalks.map(({ key, version }) => `${key} ${version}`),
    ["node_modules/chalk 4.1.2", "packages/b/node_modules/chalk 5.6.2"],
  );
  const found = lines(lockfile);
  assert.ok(found.includes("packages/a > node_modules/chalk (prod ^4.1.2)"));
  assert.ok(found.includes("packages/b > packages/b/node_modules/chalk (prod ^5.0.0)"));
});

test("readLockfile() resolves workspaces to their directories", () => {
  const lockfile = real("workspaces");
  const projects = lockfile.packages.filter(({ isProject }) => isProject);
  assert.deepEqual(
    projects.map(({ key, name, link }) => ({ key, name, link: link ?? false })),
    [
      { key: "", name: "mono", link: false },
      { key: "packages/a", name: "@mono/a", link: true },
      { key: "packages/b", name: "@mono/b", link: true },
      { key: "packages/c", name: "@mono/c", link: true },
    ],
  );
  assert.deepEqual(
    lines(lockfile).filter((line) => / > packages\/\w+ /.test(line)),
    [
      "packages/a > packages/b (prod ^1.0.0)",
      "packages/c > packages/a (prod *)",
      " > packages/a (prod *)",
      " > packages/b (prod *)",
      " > packages/c (prod *)",
    ],
  );
});

test("readLockfile() reports what nothing answers", () => {
  assert.deepEqual(real("workspaces").unmet, [
    { from: "packages/b", name: "react", kind: "peer", range: "^18.0.0", optional: true },
    { from: "packages/c", name: "no-such-package-ever-xyz", kind: "optional", range: "^1.0.0", optional: true },
  ]);
});

test("readLockfile() gives a package its own name when it is installed under an alias", () => {
  const { packages, dependencies } = real("workspaces");
  const alias = packages.find(({ key }) => key === "node_modules/string-width-cjs");
  assert.equal(alias?.name, "string-width");
  assert.ok(dependencies.some(({ from, to }) => from === "packages/c" && to === alias?.key));
});

test("readLockfile() takes the nearest package upwards and never one below or beside", (t) => {
  const lockfile = locked(t, {
    "": { dependencies: { a: "1" } },
    "node_modules/a": { version: "1.0.0", dependencies: { b: "1", c: "1" } },
    "node_modules/a/node_modules/b": { version: "1.0.0", dependencies: { a: "1", b: "2", c: "1" } },
    "node_modules/c": { version: "1.0.0", dependencies: { b: "1" } },
  });
  assert.deepEqual(lines(lockfile), [
    " > node_modules/a (prod 1)",
    "node_modules/a > node_modules/a/node_modules/b (prod 1)",
    "node_modules/a > node_modules/c (prod 1)",
    "node_modules/a/node_modules/b > node_modules/a (prod 1)",
    "node_modules/a/node_modules/b > node_modules/a/node_modules/b (prod 2)",
    "node_modules/a/node_modules/b > node_modules/c (prod 1)",
  ]);
  assert.deepEqual(lockfile.unmet, [{ from: "node_modules/c", name: "b", kind: "prod", range: "1", optional: false }]);
});

test("readLockfile() does not look into the project when a linked directory lies outside it", (t) => {
  const lockfile = locked(t, {
    "": { dependencies: { lib: "file:../lib", a: "1" } },
    "../lib": { version: "2.0.0", dependencies: { a: "1", b: "1" } },
    "../lib/node_modules/b": { version: "1.0.0" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/lib": { resolved: "../lib", link: true },
  });
  assert.deepEqual(lines(lockfile), [
    " > ../lib (prod file:../lib)",
    " > node_modules/a (prod 1)",
    "../lib > ../lib/node_modules/b (prod 1)",
  ]);
  assert.deepEqual(
    lockfile.unmet.map(({ name }) => name),
    ["a"],
  );
  assert.equal(lockfile.packages.find(({ key }) => key === "../lib")?.name, "lib");
});

test("readLockfile() gives one reason per name: dev before optional before prod before peer", (t) => {
  const all = { a: "1" };
  const kinds = (entry: object) =>
    lines(locked(t, { "": entry, "node_modules/a": { version: "1.0.0" } })).map((line) => line.split(/[( ]+/)[3]);
  assert.deepEqual(kinds({ peerDependencies: all }), ["peer"]);
  assert.deepEqual(kinds({ peerDependencies: all, dependencies: all }), ["prod"]);
  assert.deepEqual(kinds({ dependencies: all, optionalDependencies: all }), ["optional"]);
  assert.deepEqual(kinds({ dependencies: all, optionalDependencies: all, devDependencies: all }), ["dev"]);
});

test("readLockfile() leaves out development dependencies of installed packages", (t) => {
  const lockfile = locked(t, {
    "": {},
    "node_modules/a": { version: "1.0.0", devDependencies: { b: "1" } },
    "node_modules/b": { version: "1.0.0" },
  });
  assert.deepEqual([...lockfile.dependencies, ...lockfile.unmet], []);
});

test("readLockfile() says why a package is there", (t) => {
  const { packages } = locked(t, {
    "": { version: "1.0.0", license: "MIT" },
    "node_modules/@s/a": { version: "1.0.0", devOptional: true, inBundle: true, hasInstallScript: true },
    "node_modules/b": { version: "2.0.0", peer: true, resolved: "b.tgz", integrity: "sha512-x" },
  });
  const not = { dev: false, optional: false, peer: false };
  assert.deepEqual(packages.slice(1), [
    {
      ...{ key: "node_modules/@s/a", name: "@s/a", version: "1.0.0", isProject: false },
      ...{ ...not, dev: true, optional: true, hasInstallScript: true, bundled: true },
    },
    {
      ...{ key: "node_modules/b", name: "b", version: "2.0.0", isProject: false },
      ...{ ...not, peer: true, resolved: "b.tgz", integrity: "sha512-x" },
    },
  ]);
});

test("readLockfile() is not fooled by names that Object has", (t) => {
  const packages = '{"": {"dependencies": {"__proto__": "1", "constructor": "1"}}, "node_modules/__proto__": {}}';
  const lockfile = readLockfile(written(t, `{"lockfileVersion": 3, "packages": ${packages}}`));
  assert.deepEqual(lines(lockfile), [" > node_modules/__proto__ (prod 1)"]);
  assert.deepEqual(
    lockfile.unmet.map(({ name }) => name),
    ["constructor"],
  );
});

test("readLockfile() reads a file that begins with a byte order mark", (t) => {
  assert.equal(readLockfile(written(t, '\uFEFF{"name": "x", "lockfileVersion": 2, "packages": {"": {}}}')).name, "x");
});

const refused: Record<string, [content: unknown, reason: RegExp]> = {
  "the file is not JSON": ["secret: 1", /: JSON is wanted: received something else$/],
  "the file is empty": ["", /: JSON is wanted: received something else$/],
  "the file holds another JSON value": [[], /: a JSON object is wanted: received another JSON value$/],
  "the version is 1": [{ lockfileVersion: 1, dependencies: {} }, /version 2 or 3 .* received version 1$/],
  "the version is to come": [{ lockfileVersion: 4, packages: {} }, /version 2 or 3 .* received version 4$/],
  "there is no version": [{ packages: {} }, /version 2 or 3 .* received no version$/],
  "there are no packages": [{ lockfileVersion: 2 }, /: a lockfile with "packages" is wanted: received one without$/],
  "a package is no object": [{ lockfileVersion: 3, packages: { a: "secret" } }, /package "a" is wanted as npm/],
  "dependencies are no object": [{ lockfileVersion: 3, packages: { a: { dependencies: [] } } }, /package "a" is/],
  "a range is no text": [{ lockfileVersion: 3, packages: { a: { dependencies: { secret: 1 } } } }, /package "a" is/],
};

for (const [condition, [content, reason]] of Object.entries(refused)) {
  test(`readLockfile() throws one sentence that quotes no content when ${condition}`, (t) => {
    assertRefused(written(t, content), reason);
  });
}

test("readLockfile() throws one sentence when there is no such file", (t) => {
  assertRefused(temporaryPath(t), /: a package-lock.json is wanted: received a path where nothing is$/);
});

test("readLockfile() throws one sentence when the path is a directory", (t) => {
  assertRefused(dirname(temporaryPath(t)), /: a file is wanted: received a directory$/);
});

test("readLockfile() reads nothing when the file is larger than 64 MiB", (t) => {
  const path = written(t, "{}");
  truncateSync(path, 64 * 1024 * 1024 + 1); // a hole: takes no space
  assertRefused(path, /: at most 67108864 bytes are wanted: received 67108865$/);
});

function assertRefused(path: string, reason: RegExp): void {
  assert.throws(
    () => readLockfile(path),
    (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, reason);
      assert.ok(error.message.startsWith(`Cannot read "${path}": `));
      assert.doesNotMatch(error.message, /secret|\n/);
      assert.equal(error.cause, undefined);
      return true;
    },
  );
}
