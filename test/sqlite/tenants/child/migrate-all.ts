/** Migrates all tenants of the directory of the first argument, and prints a line after each. */
import { writeSync } from "node:fs";
import { openTenants } from "../../../../src/sqlite/tenants.ts";
import { NOTES } from "../notes.ts";

const titles = { id: "0001_titles", hash: "1", statements: ["ALTER TABLE notes ADD title TEXT"] };
const tenants = openTenants({ directory: process.argv[2]!, migrations: [NOTES, titles] });
await tenants.migrateAll({ onProgress: ({ orgId }) => void writeSync(1, `${orgId}\n`) });
tenants.close();
