import { once } from "node:events";
import { open } from "../../../../src/honker/mod.ts";

const client = open(process.argv[2]!);
const tx = client.transaction();
console.log("held");
await once(process.stdin, "data");
tx.rollback();
client.close();
process.exit(0);
