/**
 * A process that works with queues as it is told: each line on stdin is a JSON array of a target ("db", "scheduler", "job"
 * or the name of a queue), a method and its arguments, each answer a line of JSON. "job" means the one claimed last.
 *
 * @module
 */
import { createInterface } from "node:readline";
import { type Job, open } from "../../../src/honker/mod.ts";

type Target = Record<string, ((...args: unknown[]) => unknown) | undefined>;

const [path = "", queueOptions = "{}"] = process.argv.slice(2);
const db = open(path);
let job: Job | null = null;

function targetOf(name: string): object | null {
  if (name === "db") return db;
  if (name === "scheduler") return db.scheduler();
  if (name === "job") return job;
  return db.queue(name, JSON.parse(queueOptions));
}

const answer = (value: unknown) => console.log(JSON.stringify(value ?? null));

answer("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [name, method, ...args] = JSON.parse(line) as [string, string, ...unknown[]];
  try {
    const result = await (targetOf(name) as Target)[method]?.(...args);
    if (method === "claimOne") job = result as Job | null;
    answer(result);
  } catch (error) {
    answer({ error: (error as { code?: string }).code ?? String(error) });
  }
}
