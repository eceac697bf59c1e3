import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryPath } from "../support/temporary.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = join(ROOT, "test/sqlite/bundled/program.ts");
const isNode = process.versions.bun === undefined && process.versions.deno === undefined;

test("createTenantDatabase() finds its migrations in a bundled program with no folder beside it", {
  skip: isNode ? false : "bundled by Bun and run by Node: nothing of another runtime takes part",
}, (t) => {
  const directory = dirname(temporaryPath(t));
  const bundle = join(directory, "program.mjs");
  const bun = join(ROOT, "node_modules/.bin/bun");
  const built = spawnSync(bun, ["build", PROGRAM, "--target=node", `--outfile=${bundle}`], { encoding: "utf8" });
  assert.equal(built.status, 0, built.stderr);
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, "app.db"], {
    cwd: directory,
    encoding: "utf8",
  });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: "0 graphs\n" }, stderr);
});
