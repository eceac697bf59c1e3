import { open } from "../../../../src/honker/mod.ts";
import {
  createApiKey,
  createOrganization,
  createSystemDatabase,
  findAccountByEmail,
} from "../../../../src/sqlite/mod.ts";

const [path, round] = process.argv.slice(2) as [string, string];
const db = createSystemDatabase(open(path));
const ownerId = findAccountByEmail(db, "ann@example.org")!.id;
for (let i = 0; ; i++) {
  const slug = `org-${round}-${i}`;
  db.transaction((tx) => {
    const { id: orgId } = createOrganization(tx, { slug, name: slug, ownerId });
    createApiKey(tx, { ownerId, orgId });
  });
  console.log(slug);
}
