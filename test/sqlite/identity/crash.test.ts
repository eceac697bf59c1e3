import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { listApiKeys, type SystemDatabase } from "../../../src/sqlite/mod.ts";
import { startChild } from "../../support/child.ts";
import { system } from "./fixture.ts";

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 3); // a campaign asks for more
const MOST_DELAY_MS = 80;
const child = new URL("./child/steps.ts", import.meta.url);

/** How many rows are without what was written with them. */
const HALVES: Readonly<Record<string, string>> = {
  "an organisation without its owner as a member": `SELECT count(*) FROM organizations o WHERE NOT EXISTS
    (SELECT 1 FROM org_members WHERE org_id = o.id AND account_id = o.owner_id AND level = 'owner')`,
  "an organisation without its entry": `SELECT count(*) FROM organizations o WHERE NOT EXISTS
    (SELECT 1 FROM audit_logs WHERE resource = 'organization:' || o.id AND action = 'organization.created')`,
  "an entry without its organisation": `SELECT count(*) FROM audit_logs WHERE action = 'organization.created'
    AND NOT EXISTS (SELECT 1 FROM organizations WHERE id = org_id)`,
  "a key without its entry": `SELECT count(*) FROM api_keys k WHERE NOT EXISTS
    (SELECT 1 FROM audit_logs WHERE resource = 'api_key:' || k.id AND action = 'api_key.created')`,
  "an entry without its key": `SELECT count(*) FROM audit_logs WHERE action = 'api_key.created'
    AND NOT EXISTS (SELECT 1 FROM api_keys WHERE 'api_key:' || id = resource)`,
  "a key that was rotated to none": `SELECT count(*) FROM api_keys k WHERE rotated_to_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM api_keys WHERE id = k.rotated_to_id)`,
  "a rotation without its entry": `SELECT count(*) FROM api_keys k WHERE (rotated_to_id IS NOT NULL) <> EXISTS
    (SELECT 1 FROM audit_logs WHERE resource = 'api_key:' || k.id AND action = 'api_key.rotated')`,
};

test("each step of identity is in the file with its entry in the log after SIGKILL at any moment, or not at all", async (t) => {
  const { db, path } = system(t);
  for (let round = 0; round < ROUNDS; round++) {
    const writer = startChild(t, child, [path, String(round)]);
    await writer.nextLine();
    await delay(Math.random() * MOST_DELAY_MS);
    writer.kill();
    await writer.waitExit();
    check(db);
  }
  assert.ok(listApiKeys(db).length > 0);
});

function check(db: SystemDatabase): void {
  for (const [what, sql] of Object.entries(HALVES)) assert.deepEqual(db.$client.values(sql), [[0]], what);
  assert.deepEqual(db.$client.values("PRAGMA foreign_key_check"), []);
  assert.deepEqual(db.$client.values("PRAGMA integrity_check"), [["ok"]]);
}
