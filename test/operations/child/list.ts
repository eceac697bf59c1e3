/**
 * Answers each line, the input of `items.list`, with its output. Argument: the path of the file.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open } from "../../../src/honker/mod.ts";
import { bench } from "../fixture.ts";

const { call } = bench(open(process.argv[2]!));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await call("list", JSON.parse(line))));
}
