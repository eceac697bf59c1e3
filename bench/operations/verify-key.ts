/**
 * Fills a new system file with API keys, and answers with what one `verifyApiKey()` takes, in microseconds: `known` of a key
 * that is in the file, `touched` where the time of its use is written each time, `unknown` of one that is not.
 *
 * Arguments: the path of the file and the number of keys.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { open } from "../../src/honker/mod.ts";
import { createAccount, createSystemDatabase, verifyApiKey } from "../../src/sqlite/mod.ts";
import { serveWork } from "../support/variant.ts";

const CALLS = 20_000; // of one answer
const OWNERS = 1000;
const INDEXES =
  "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'api_keys' AND type = 'index' AND sql IS NOT NULL";

const [path, keys] = process.argv.slice(2) as [string, string];
const count = Number(keys);
const client = open(path);
const db = createSystemDatabase(client);
if (client.values("SELECT 1 FROM api_keys LIMIT 1").length === 0) fill();
let asked = 0; // no key is asked for twice in a row, by any answer
await serveWork(measure);
client.close();

function measure(work: string): number {
  if (work === "known") return time(placeOf, (key) => verifyApiKey(db, key).ok);
  if (work === "touched") return time(placeOf, (key) => verifyApiKey(db, key, { touchEveryMs: 0 }).ok);
  if (work === "unknown")
    return time(
      (i) => count + i,
      (key) => !verifyApiKey(db, key).ok,
    );
  throw new Error(`Unknown work "${work}": known are known, touched, unknown`);
}

/** The texts are made before the clock runs. */
function time(numberOf: (i: number) => number, work: (key: string) => boolean): number {
  const texts = Array.from({ length: CALLS }, () => keyText(numberOf(asked++)));
  const start = process.hrtime.bigint();
  for (const text of texts) if (!work(text)) throw new Error("Cannot measure: a key was answered wrongly");
  return Number(process.hrtime.bigint() - start) / 1000 / CALLS;
}

/** All over the table. */
function placeOf(i: number): number {
  return (i * 7919 + 13) % count;
}

/** The text of the key with this number, as `createApiKey()` would make one; by SHA-256, so that they lie in no order. */
function keyText(number: number): string {
  const digits = createHash("sha256").update(`key ${number}`).digest("hex");
  return `alk_${digits.slice(0, 12)}_${digits.slice(12, 55)}`;
}

/** By hand, the indexes last: a million by `createApiKey()`, each with its entry in the audit log, would take minutes. */
function fill(): void {
  const owners = Array.from({ length: OWNERS }, (_, i) => createAccount(db, { email: `owner${i}@example.org` }).id);
  const indexes = client.values(INDEXES) as [name: string, sql: string][];
  const tx = client.transaction();
  for (const [name] of indexes) tx.execute(`DROP INDEX "${name}"`);
  const insert = `INSERT INTO api_keys (id, owner_id, key_prefix, key_hash, scopes, last_used_at) VALUES (?, ?, ?, ?, ?, ?)`;
  const inAnHour = Date.now() + 3_600_000; // used just now, for as long as this runs
  for (let i = 0; i < count; i++) {
    const key = keyText(i);
    const hash = createHash("sha256").update(key).digest("hex");
    const id = `018f0000-0000-7000-8000-${i.toString(16).padStart(12, "0")}`;
    tx.execute(insert, [id, owners[i % OWNERS]!, key.slice(0, 16), hash, '["graphs:read","graphs:write"]', inAnHour]);
  }
  for (const [, sql] of indexes) tx.execute(sql);
  tx.commit();
}
