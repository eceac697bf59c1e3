/**
 * Makes organisations, and keys that it rotates, each by itself, in the file of the first argument, named after the second, until
 * it is killed. It says `ready` once it is at it.
 */
import { writeSync } from "node:fs";
import { open } from "../../../../src/honker/mod.ts";
import {
  createApiKey,
  createOrganization,
  createSystemDatabase,
  findAccountByEmail,
  rotateApiKey,
} from "../../../../src/sqlite/mod.ts";

const [path = "", round = ""] = process.argv.slice(2);
const db = createSystemDatabase(open(path));
const { id: ownerId } = findAccountByEmail(db, "ann@example.org")!;
for (let i = 0; ; i++) {
  const slug = `org-${round}-${i}`;
  const { id: orgId } = createOrganization(db, { slug, name: slug, ownerId });
  const { apiKey } = createApiKey(db, { ownerId, orgId });
  rotateApiKey(db, apiKey.id);
  if (i === 0) writeSync(1, "ready\n");
}
