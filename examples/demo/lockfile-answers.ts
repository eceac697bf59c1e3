import type { Lockfile } from "./lockfile.ts";

/**
 * The answers to the demo's questions, worked out from the lockfile without a database, to hold the database's against.
 *
 * @module
 */

/** How many steps each package is from the project. */
export function distancesOf({ dependencies }: Lockfile): Map<string, number> {
  const targets = Map.groupBy(dependencies, ({ from }) => from);
  const distances = new Map([["", 0]]);
  for (const [key, distance] of distances) {
    for (const { to } of targets.get(key) ?? []) if (!distances.has(to)) distances.set(to, distance + 1);
  }
  return distances;
}

/** Whether `chain` leads from the project by dependencies, each a step further, to a package than which none is further. */
export function isLongestWhy(lockfile: Lockfile, chain: readonly string[]): boolean {
  const distances = distancesOf(lockfile);
  const pairs = new Set(lockfile.dependencies.map(({ from, to }) => JSON.stringify([from, to])));
  const isConnected = chain.every((key, i) => (i === 0 ? key === "" : pairs.has(JSON.stringify([chain[i - 1], key]))));
  return isConnected && chain.length - 1 === Math.max(...distances.values());
}

/** Whether `counts` are the highest numbers of dependencies that lead to a package, in falling order, and each right. */
export function isMostDependedUpon(
  { dependencies }: Lockfile,
  counts: readonly { key: string; dependants: number }[],
): boolean {
  const expected = new Map<string, number>();
  for (const { to } of dependencies) expected.set(to, (expected.get(to) ?? 0) + 1);
  const highest = [...expected.values()].sort((a, b) => b - a).slice(0, counts.length);
  return counts.every(({ key, dependants }, i) => expected.get(key) === dependants && highest[i] === dependants);
}
