import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { listOrganizations } from "../../../src/sqlite/identity/organizations.ts";
import { startChild } from "../../support/child.ts";
import type { TestScope } from "../../support/temporary.ts";
import { notesOf, openHub, temporaryDirectory } from "./fixture.ts";

const child = new URL("child/organizations.ts", import.meta.url);
const LANES = 2;
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 3); // of each lane: a campaign asks for more
const MOST_STEPS = 8;
const MOST_DELAY_MS = 20; // after the last step that is waited for

test("an organisation and its file are both there or neither after SIGKILL at any moment", async (t) => {
  await Promise.all(Array.from({ length: LANES }, () => killAgainAndAgain(t)));
});

async function killAgainAndAgain(t: TestScope): Promise<void> {
  const directory = temporaryDirectory(t);
  for (let round = 0; round < ROUNDS; round++) {
    const process = startChild(t, child, [directory]);
    for (let step = 0; step < 1 + Math.random() * MOST_STEPS; step++) await process.nextLine();
    await new Promise((resolve) => setTimeout(resolve, Math.random() * MOST_DELAY_MS));
    process.kill();
    await process.waitExit();
    check(directory);
  }
}

function check(directory: string): void {
  const { tenants, system, close } = openHub(directory);
  try {
    const ids = listOrganizations(system).map(({ id }) => id);
    const files = readdirSync(tenants.directory, { recursive: true }).map(String);
    const names = files.filter((name) => name.includes("tenant-")).map((name) => name.replace(/^archived./, ""));
    const owned = new Set(names.map((name) => name.replace(/\.db-(?:wal|shm|journal)$/, ".db"))); // of one that was in use, or being sealed
    assert.deepEqual([...owned].sort(), ids.map((id) => `tenant-${id}.db`).sort());
    assert.deepEqual([...tenants.list(), ...tenants.list({ status: "archived" })].sort(), ids.sort());
    for (const id of tenants.list()) assert.ok(notesOf(tenants, id).length <= 1);
  } finally {
    close();
  }
}
