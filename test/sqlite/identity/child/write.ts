/**
 * Makes as many organisations of Ann, with a key each, as the third argument says, named after the second, in the file of the
 * first. It says `ready`, waits for a line, and says of each whether it was `made`, or the code of the refusal.
 */
import { once } from "node:events";
import { writeSync } from "node:fs";
import { open } from "../../../../src/honker/mod.ts";
import {
  createApiKey,
  createOrganization,
  createSystemDatabase,
  findAccountByEmail,
} from "../../../../src/sqlite/mod.ts";

const [path = "", name = "", count = ""] = process.argv.slice(2);
const client = open(path);
const db = createSystemDatabase(client);
const { id: ownerId } = findAccountByEmail(db, "ann@example.org")!;
writeSync(1, "ready\n");
await once(process.stdin, "data");
for (let i = 0; i < Number(count); i++) {
  try {
    const { id: orgId } = createOrganization(db, { slug: `${name}-${i}`, name: `${name} ${i}`, ownerId });
    createApiKey(db, { ownerId, orgId });
    writeSync(1, "made\n");
  } catch (error) {
    writeSync(1, `${(error as { code?: string }).code}\n`);
  }
}
client.close();
process.exit(0);
