/**
 * A program that opens a tenant's file, its only argument, and counts its graphs.
 *
 * @module
 */
import { open } from "../../../src/honker/mod.ts";
import { createTenantDatabase, tenantSchema } from "../../../src/sqlite/mod.ts";

const client = open(process.argv[2]!);
const db = createTenantDatabase(client);
console.log(`${await db.$count(tenantSchema.graphs)} graphs`);
client.close();
