/** Listens on a channel of a file, and tells of each message whether the row it names is there. */
import { open } from "../../../../src/honker/mod.ts";

const [path, channel, count] = process.argv.slice(2) as [string, string, string];
const client = open(path);
const messages = client.listen(channel, { ref: true });
console.log("listening");
let left = Number(count);
for await (const { payload } of messages) {
  const { id } = payload as { id: string };
  const found = client.row("SELECT 1 FROM groups WHERE id = ?", [id]) !== undefined;
  console.log(JSON.stringify({ payload, found }));
  if (--left === 0) break;
}
client.close();
