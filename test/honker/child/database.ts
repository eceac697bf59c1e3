/**
 * A process that has a database open and does what it is told: each line on stdin is a JSON array of a method's name and
 * its arguments, each answer a line of JSON. Methods of an open transaction have the prefix `tx.`.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { open, type Transaction } from "../../../src/honker/mod.ts";

const [path = "", options = "{}"] = process.argv.slice(2);
const db = open(path, JSON.parse(options));
let tx: Transaction | undefined;

const answer = (value: unknown) => console.log(JSON.stringify(value ?? null));

async function listen(channel: string): Promise<void> {
  for await (const { id, payload } of db.listen(channel)) answer({ id, payload });
}

const commands: Record<string, (...args: never[]) => unknown> = {
  begin: () => {
    tx = db.transaction();
  },
  listen: (channel: string) => void listen(channel),
  publish: (stream: string, payload: unknown) => db.stream(stream).publish(payload),
};

answer("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...args] = JSON.parse(line) as [string, ...never[]];
  try {
    const target = name.startsWith("tx.") ? tx : db;
    const method = name.slice(name.startsWith("tx.") ? 3 : 0);
    const call = commands[name] ?? (target as unknown as typeof commands)[method]?.bind(target);
    answer(call?.(...args));
  } catch (error) {
    answer({ error: (error as { code?: string }).code ?? String(error) });
  }
}
