/**
 * Makes and uses a tenant in a process of its own. Arguments: the directory and the tenant. It says `ready`, waits for a line,
 * says whether it made the file now, and writes a note.
 */
import { writeSync } from "node:fs";
import { openTenants } from "../../../../src/sqlite/tenants.ts";
import { NOTES } from "../notes.ts";

const [directory = "", orgId = ""] = process.argv.slice(2);
const tenants = openTenants({ directory, migrations: [NOTES] });
writeSync(1, "ready\n");
await new Promise<void>((resolve) => process.stdin.once("data", () => resolve()));
writeSync(1, `${tenants.create(orgId)}\n`);
const lease = tenants.acquire(orgId);
lease.db.$client.run("INSERT INTO notes (body) VALUES ('by another process')");
writeSync(1, "written\n");
tenants.close();
process.exit();
