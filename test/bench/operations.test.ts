import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../bench/operations.ts", import.meta.url));
const NAMES = ["find", "list-50", "create", "verify-key", "tenant-warm", "tenant-idle-memory", "migrate-all"];

test("bench:operations gives a figure for each row, also of a small table", () => {
  const args = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning", script];
  const output = execFileSync(process.execPath, [...args, "--rows", "500", "--rounds", "1", "--json"], {
    encoding: "utf8",
  });
  const { bench, rows } = JSON.parse(output.trimEnd().split("\n").at(-1)!) as {
    bench: string;
    rows: { name: string; ours: number; peer: number; ratio: number; goal: number; met: boolean }[];
  };
  assert.equal(bench, "operations");
  assert.deepEqual(
    rows.map(({ name }) => name),
    NAMES,
  );
  for (const { name, ours, peer, ratio, goal, met } of rows) {
    assert.ok(ours > 0 && peer > 0 && ratio > 0, name);
    assert.equal(met, ratio >= goal, name);
  }
});
