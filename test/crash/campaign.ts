import { DatabaseSync } from "node:sqlite";
import { open } from "../../src/honker/mod.ts";
import type { TestScope } from "../support/temporary.ts";
import { audit, auditAll } from "./audit/audit.ts";
import { NO_MARKS, type Read, readMarks } from "./audit/marks.ts";
import { type Counts, countAll } from "./counts.ts";
import { drawMoment, isStep } from "./moment.ts";
import type { Random } from "./random.ts";
import { Round, type RoundReport } from "./round.ts";
import type { RoundPlan } from "./rounds.ts";
import { CREATE_TABLES, ORDERS, PROJECTION, SCHEDULED, SUBSCRIBER, TASKS } from "./tables.ts";

/** Says what a file is that it must not be. */
export class BreachError extends Error {
  readonly kill: number;

  constructor(kill: number, breaches: readonly string[]) {
    super(breaches.join("\n"));
    this.kill = kill;
  }
}

/** What a campaign is told. */
export interface CampaignOptions {
  readonly path: string;
  readonly kills: number;
  readonly seed: number;
  readonly random: Random;
  /** Has it start no more children when it aborts. */
  readonly signal: AbortSignal;
  /** Hears of each kill. */
  readonly onKill: (kill: number) => void;
}

/**
 * Kills child after child on one file, each at a moment of its own, and has the file audited in between: by each child when it has
 * opened it, which recovers the log, and now and then from here, so that the next child finds it recovered or even still open.
 */
export class Campaign {
  readonly #scope: TestScope;
  readonly #options: CampaignOptions;
  #expected: Pick<RoundPlan, "marks" | "acknowledged" | "undone"> = { marks: NO_MARKS, acknowledged: [], undone: [] };
  readonly #acknowledged: number[] = []; // in all rounds
  #bystander: DatabaseSync | undefined;

  constructor(scope: TestScope, options: CampaignOptions) {
    this.#scope = scope;
    this.#options = options;
    scope.after(() => this.#bystander?.close());
  }

  /** @throws {BreachError} If the file is not as it must be. */
  async run(): Promise<Counts> {
    const startMs = performance.now();
    const { path, kills, seed, random, onKill } = this.#options;
    createFile(path);
    let next = new Round(this.#scope, path);
    for (let kill = 1; kill <= kills; kill++) {
      const round = next;
      const moment = drawMoment(random);
      const aim = isStep(moment.after) ? { aim: moment.after } : {};
      next = new Round(this.#scope, path); // it loads while this one works
      this.#settle(kill, await round.run({ ...this.#expected, round: kill, seed, does: "load", ...aim }, moment));
      if (random.chance(0.15)) this.#audit(kill, random.chance(0.5));
      onKill(kill);
    }
    const last = kills + 1;
    this.#settle(kills, await next.run({ ...this.#expected, round: last, seed, does: "drain" }));
    return this.#finish(startMs);
  }

  #settle(kill: number, { acknowledged, undone, marks, breaches }: RoundReport): void {
    this.#options.signal.throwIfAborted();
    if (breaches.length > 0) throw new BreachError(kill, breaches);
    this.#acknowledged.push(...acknowledged);
    const before = marks === undefined ? this.#expected : { marks, acknowledged: [], undone: [] };
    this.#expected = {
      marks: before.marks,
      acknowledged: [...before.acknowledged, ...acknowledged],
      undone: [...before.undone, ...undone],
    };
  }

  /** With plain SQLite; a bystander then keeps the file open until the next audit. */
  #audit(kill: number, keepOpen: boolean): void {
    this.#bystander?.close();
    this.#bystander = new DatabaseSync(this.#options.path, { timeout: 5000 });
    const read = reader(this.#bystander);
    const breaches = audit(read, this.#expected);
    if (breaches.length > 0) throw new BreachError(kill, breaches);
    this.#expected = { marks: readMarks(read), acknowledged: [], undone: [] };
    if (keepOpen) return;
    this.#bystander.close();
    this.#bystander = undefined;
  }

  #finish(startMs: number): Counts {
    const { path, kills } = this.#options;
    this.#bystander?.close();
    this.#bystander = new DatabaseSync(path, { timeout: 5000 });
    const read = reader(this.#bystander);
    const breaches = auditAll(read, { acknowledged: this.#acknowledged, undone: this.#expected.undone });
    if (breaches.length > 0) throw new BreachError(kills, breaches);
    return countAll(read, {
      kills,
      acknowledged: this.#acknowledged.length,
      ms: Math.round(performance.now() - startMs),
    });
  }
}

function createFile(path: string): void {
  const db = open(path);
  for (const sql of CREATE_TABLES) db.run(sql);
  const scheduler = db.scheduler();
  for (const name of TASKS) scheduler.add({ name, queue: SCHEDULED, schedule: "@every 1s", payload: { tag: name } });
  for (const consumer of [PROJECTION, SUBSCRIBER]) db.stream(ORDERS).saveOffset(consumer, 0); // retention keeps to them from now on
  db.close();
}

function reader(database: DatabaseSync): Read {
  return (sql, params = []) => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement.all(...params) as unknown as unknown[][];
  };
}
