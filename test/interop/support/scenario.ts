/**
 * A scenario of the format's specification as a test: who takes part, on which file, and what is checked at the end.
 *
 * @module
 */
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryPath } from "../../support/temporary.ts";
import { auditFile } from "./audit.ts";
import { EngineSide } from "./engine.ts";
import { HonkerSide } from "./honker.ts";
import { Program } from "./program.ts";
import type { Side } from "./side.ts";

const ENGINE = fileURLToPath(new URL("child/engine.ts", import.meta.url));
const HISTORY = fileURLToPath(new URL("../history/peer.py", import.meta.url));
const { INTEROP_PEER, INTEROP_PYTHON, INTEROP_NO_PYTHON = "run it by npm run test:interop" } = process.env;

/** What a scenario plays on. */
export class Stage {
  readonly t: TestContext;
  /** The file that is audited at the end. */
  readonly path: string;
  readonly #programs: Program[] = [];
  readonly #paths = new Set<string>();

  constructor(t: TestContext) {
    this.t = t;
    this.path = temporaryPath(t);
    this.#paths.add(this.path);
  }

  /** A second file, which is audited too. */
  otherPath(): string {
    const path = temporaryPath(this.t);
    this.#paths.add(path);
    return path;
  }

  /** A process of our engine that has opened nothing yet. */
  engineProcess(environment: NodeJS.ProcessEnv = {}): EngineSide {
    const command = [process.execPath, "--disable-warning=ExperimentalWarning", ENGINE];
    return new EngineSide(this.#start("E", command, environment));
  }

  /** A process of Honker's that has opened nothing yet. */
  honkerProcess(environment: NodeJS.ProcessEnv = {}): HonkerSide {
    return new HonkerSide(this.#start("H", [INTEROP_PEER!], environment));
  }

  /** A process of Honker 0.2.4 in Python; see `history/peer.py` for its commands. */
  async python(path = this.path): Promise<Program> {
    const program = this.#start("Python", [INTEROP_PYTHON!, HISTORY], {});
    await program.call("open", path);
    return program;
  }

  async engine(path = this.path): Promise<EngineSide> {
    const side = this.engineProcess();
    await side.open(path);
    return side;
  }

  async honker(path = this.path): Promise<HonkerSide> {
    const side = this.honkerProcess();
    await side.open(path);
    return side;
  }

  /** Our engine and Honker, both with the file open. */
  async pair(path = this.path): Promise<[e: EngineSide, h: HonkerSide]> {
    const sides = [this.engineProcess(), this.honkerProcess()] as const;
    await sides[0].open(path); // one after the other: two first openers at once are a scenario of their own
    await sides[1].open(path);
    return [...sides];
  }

  /** Ends all processes and audits the files. */
  async end(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.end()));
    for (const path of this.#paths) auditFile(path);
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
  }

  #start(name: string, command: readonly string[], environment: NodeJS.ProcessEnv): Program {
    const program = new Program(this.t, name, command, environment);
    this.#programs.push(program);
    return program;
  }
}

/** What a scenario needs beside Honker's Rust crate. */
export interface ScenarioOptions {
  /** Honker 0.2.4 in Python takes part. */
  readonly python?: boolean;
  readonly timeout?: number;
  /** Why it can't be played. */
  readonly skip?: string;
}

/** Plays scenario `number` of the specification as a test, and audits its files at the end. */
export function scenario(
  number: number,
  title: string,
  play: (stage: Stage) => Promise<void>,
  { python = false, timeout = 60_000, skip }: ScenarioOptions = {},
): void {
  test(`scenario ${number}: ${title}`, { timeout, skip: skip ?? missing(python) }, async (t) => {
    const stage = new Stage(t);
    try {
      await play(stage);
      await stage.end();
    } finally {
      await stage.killAll(); // before the files are removed
    }
  });
}

/** Plays `play` once in each direction; a failure says in which. */
export async function bothWays(
  [e, h]: readonly [EngineSide, HonkerSide],
  play: (one: Side, other: Side) => Promise<void>,
): Promise<void> {
  for (const [one, other] of [
    [h, e],
    [e, h],
  ] as const) {
    try {
      await play(one, other);
    } catch (error) {
      if (error instanceof Error) error.message = `${one.name} to ${other.name}: ${error.message}`;
      throw error;
    }
  }
}

function missing(python: boolean): string | false {
  if (INTEROP_PEER === undefined) return "Honker's peer is not built: run it by npm run test:interop";
  return python && INTEROP_PYTHON === undefined ? `Honker 0.2.4 in Python is not there: ${INTEROP_NO_PYTHON}` : false;
}
