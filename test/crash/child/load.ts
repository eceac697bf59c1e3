/**
 * The process that is killed: opens the file, audits it, and does all that the engine can do until its end. What it is to do comes
 * as one line on stdin, so that it can be started ahead of its round; a second line has it close the file.
 *
 * @module
 */
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import { open } from "../../../src/honker/mod.ts";
import { audit } from "../audit/audit.ts";
import { type Read, readMarks } from "../audit/marks.ts";
import { workByHand } from "../load/by-hand.ts";
import { listen, project, subscribe } from "../load/consumers.ts";
import { drain } from "../load/drain.ts";
import { keepHouse } from "../load/housekeeping.ts";
import type { Load } from "../load/load.ts";
import { produceBatches, produceOrders } from "../load/producer.ts";
import { fireSchedules } from "../load/schedules.ts";
import { startWorkers } from "../load/workers.ts";
import { Random } from "../random.ts";
import type { Line, RoundPlan } from "../rounds.ts";

/** Synchronous: what is said of a commit is said after it, and before all that follows. */
const say = (line: Line) => void writeSync(1, `${JSON.stringify(line)}\n`);

function giveUp(error: unknown): never {
  say({ kind: "broken", breaches: [error instanceof Error ? (error.stack ?? String(error)) : String(error)] });
  process.exit(1);
}

process.on("warning", (warning) => {
  if (warning.name !== "ExperimentalWarning") giveUp(warning); // what the engine can tell nobody else
});
process.on("uncaughtException", giveUp);

const [path = ""] = process.argv.slice(2);
const input = createInterface({ input: process.stdin });
input.once("close", () => process.exit()); // the killing process is gone
const lines = input[Symbol.asyncIterator]();
flushCompileCache(); // at its end it would be too late: it is killed
say({ kind: "loaded" });
const plan: RoundPlan = JSON.parse((await lines.next()).value ?? "");

const db = open(path);
const read: Read = (sql, params) => db.values(sql, params);
const breaches = audit(read, plan);
if (breaches.length > 0) giveUp(breaches.join("\n"));
say({ kind: "audited", marks: readMarks(read) });

const random = new Random(plan.seed).branch(`round ${plan.round}`);
const load = (name: string): Load => ({ db, round: plan.round, random: random.branch(name), aim: plan.aim, say });
if (plan.does === "drain") {
  const left = await drain(load("drain"));
  if (left.length > 0) giveUp(left.join("\n"));
  db.close();
  say({ kind: "drained" });
} else {
  startWorkers(load("workers"));
  void listen(load("listen"));
  if (random.chance(0.8)) void subscribe(load("subscribe"));
  if (random.chance(0.8)) void project(load("project"));
  void produceOrders(load("orders"));
  void produceBatches(load("batches"));
  void workByHand(load("by hand"));
  void fireSchedules(load("schedules"));
  void keepHouse(load("house"));
  say({ kind: "ready" });
  await lines.next();
  process.removeAllListeners("uncaughtException").on("uncaughtException", () => {}); // loops that meet the closed file
  db.close();
}
