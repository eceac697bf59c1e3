import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, startChild } from "../support/child.ts";
import { type TestScope, temporaryPath } from "../support/temporary.ts";

const ROOTS = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];
const NAME = join("faketime", "libfaketimeMT.so.1"); // of https://github.com/wolfcw/libfaketime

/** Why no clock can be set here, or undefined. */
export function whyNoFalseClock(): string | undefined {
  return findLibrary() === undefined ? "libfaketime is not installed: apt-get install libfaketime" : undefined;
}

/** A process that has a clock of its own. */
export interface ChildWithClock extends Child {
  /** Sets its clock so many seconds off the true time, at once. */
  setClock(offsetS: number): void;
}

/** Starts a process whose clock can be set; its timers keep to true time, as those of a host whose clock is set do. */
export function startWithClock(t: TestScope, script: URL, args: readonly string[]): ChildWithClock {
  const file = temporaryPath(t, "clock");
  const setClock = (offsetS: number) => writeFileSync(file, `${offsetS < 0 ? "" : "+"}${offsetS}`);
  setClock(0);
  const environment = {
    LD_PRELOAD: findLibrary(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    NO_FAKE_STAT: "1",
  };
  const before = { ...process.env };
  try {
    Object.assign(process.env, environment);
    return { ...startChild(t, script, args), setClock };
  } finally {
    for (const name of Object.keys(environment)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

function findLibrary(): string | undefined {
  if (process.platform !== "linux") return undefined;
  const folders = ROOTS.filter((root) => existsSync(root)).flatMap((root) => [
    root,
    ...readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.includes("linux"))
      .map(({ name }) => join(root, name)),
  ]);
  return folders.map((folder) => join(folder, NAME)).find((path) => existsSync(path));
}
