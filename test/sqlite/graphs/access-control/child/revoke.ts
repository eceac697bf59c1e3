/** Opens the access control graph of a file; for each line `principal resource` it revokes reading, and says so. */
import { createInterface } from "node:readline";
import { open } from "../../../../../src/honker/mod.ts";
import { openAccess } from "../fixture.ts";

const [path, graphId] = process.argv.slice(2) as [string, string];
const client = open(path);
const access = openAccess(client, graphId);
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [principal, resource] = line.split(" ") as [string, string];
  console.log(access.revoke(principal, resource, "read"));
}
client.close();
