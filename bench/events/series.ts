import { type BenchRow, median, rateRow, type SkippedRow, significant, timeRow } from "../support/report.ts";
import { Contender, type Place, type SystemName } from "./contender.ts";

/** What the rows of a benchmark are measured in. */
interface Setting extends Pick<Place, "servers" | "directory"> {
  readonly rounds: number;
}

/** Gives rows of the report. */
export interface Plan {
  readonly names: readonly string[];
  /** Measures the rows of `names`, which may be some of its own only. */
  readonly measure: (names: readonly string[], session: Setting) => Promise<(BenchRow | SkippedRow)[]>;
}

/** A row that holds us against peers. */
export interface Comparison<T> {
  readonly name: string;
  readonly unit: "µs" | "%" | "/s";
  /** The figure of a round. */
  readonly figure: (result: T) => number;
  readonly ours: SystemName;
  /** The best of those that can be had counts. */
  readonly peers: readonly SystemName[];
  /** The least ratio wanted, or the limit that our own figure has to keep. */
  readonly goal: number | { readonly limit: number };
}

/** How the measurements of a {@link series} are made. */
export interface SeriesOptions {
  /** @default 2 */
  readonly processes?: Place["processes"];
  /** What is done before the first round, for all code to be compiled. @default a measurement */
  readonly warmUp?: (contender: Contender) => Promise<unknown>;
}

/** Rows that come from the same measurements: every system in turns, each in processes of its own. */
export function series<T>(
  rows: readonly Comparison<T>[],
  measure: (contender: Contender) => Promise<T>,
  { processes = 2, warmUp = measure }: SeriesOptions = {},
): Plan {
  return {
    names: rows.map(({ name }) => name),
    async measure(names, { servers, directory, rounds }) {
      const wanted = rows.filter(({ name }) => names.includes(name));
      const systems = new Set(wanted.flatMap(({ ours, peers }) => [ours, ...peers]));
      const place = { servers, directory, series: rows[0]!.name, processes };
      const contenders = new Map<SystemName, Contender>();
      const results = new Map<SystemName, T[]>();
      const missing = new Map<SystemName, string>();
      /** A peer that fails is left out from then on, and the rows that need it say why. */
      const attempt = async (system: SystemName, work: () => Promise<unknown>) => {
        try {
          if (!missing.has(system)) await work();
        } catch (error) {
          if (wanted.some(({ ours }) => ours === system)) throw error;
          missing.set(system, (error as Error).message.split("\n")[0]!);
          results.delete(system);
        }
      };
      try {
        for (const system of systems) {
          await attempt(system, async () => {
            const contender = await Contender.start(system, place);
            contenders.set(system, contender);
            await warmUp(contender);
            results.set(system, []);
          });
        }
        for (let round = 0; round < rounds; round++) {
          for (const [system, contender] of contenders) {
            await attempt(system, async () => {
              results.get(system)!.push(await measure(contender));
            });
          }
        }
        return wanted.map((row) => compare(row, results, missing));
      } finally {
        await Promise.all([...contenders.values()].map((contender) => contender.close()));
      }
    },
  };
}

function compare<T>(
  { name, unit, figure, ours, peers, goal }: Comparison<T>,
  results: ReadonlyMap<SystemName, readonly T[]>,
  missing: ReadonlyMap<SystemName, string>,
): BenchRow | SkippedRow {
  const isRate = unit === "/s";
  const figureOf = (system: SystemName) => median(results.get(system)!.map(figure));
  const [best] = peers
    .filter((peer) => results.has(peer))
    .map((peer) => ({ peer, value: figureOf(peer) }))
    .sort((a, b) => (isRate ? b.value - a.value : a.value - b.value));
  if (best === undefined) return { name, peerName: peers.join(" or "), skipped: missing.get(peers[0]!)! };
  const least = typeof goal === "number" ? goal : significant(best.value / goal.limit);
  return (isRate ? rateRow : timeRow)(name, unit, figureOf(ours), best.value, best.peer, least);
}
