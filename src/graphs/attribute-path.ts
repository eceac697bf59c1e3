import { isWellFormed } from "../json-values.ts";
import { shown } from "./definition-checks.ts";

/** How deep an {@link AttributePath} is spelled out. */
type Levels = [0, 0, 0, 0];

/**
 * The paths into attributes of type `T`: the names of members joined by dots, up to four levels. A name that holds a
 * dot stands in double quotes: `"a.b".c`.
 */
export type AttributePath<T> = PathWithin<T, Levels>;

type PathWithin<T, Left extends 0[]> = Left extends [0, ...infer Rest extends 0[]]
  ? T extends readonly unknown[]
    ? never
    : T extends object
      ? { [K in keyof T & string]: Step<K> | `${Step<K>}.${PathWithin<T[K], Rest>}` }[keyof T & string]
      : never
  : never;

type Step<Name extends string> = Name extends "" | `${string}.${string}` ? `"${Name}"` : Name;

const STEP = /(?:"(?<quoted>[^"]*)"|(?<bare>[^".]+))(?:\.(?=.)|$)/suy;
const UNFIT = /[\\\p{Cc}]/u; // what SQLite's JSON paths could read in another way

/**
 * The names of which the path `text` is made, from the outside in.
 *
 * @throws {TypeError} If `text` is not names joined by dots, in double quotes where they hold a dot, or a name holds `"`,
 * `\` or a control character.
 */
export function parsePath(text: string): readonly string[] {
  const names = typeof text === "string" ? readPath(text) : undefined;
  if (names !== undefined) return names;
  const wanted = `names joined by dots, in double quotes where they hold a dot, without \\ and control characters`;
  throw new TypeError(`Cannot read an attribute path: ${wanted}: received ${shown(text)}`);
}

/** The names of which the path `text` is made, or undefined where it is none. */
export function readPath(text: string): readonly string[] | undefined {
  const names: string[] = [];
  STEP.lastIndex = 0;
  while (names.length === 0 || STEP.lastIndex < text.length) {
    const { quoted, bare } = STEP.exec(text)?.groups ?? {};
    const name = quoted ?? bare;
    if (name === undefined || UNFIT.test(name) || !isWellFormed(name)) return undefined;
    names.push(name);
  }
  return names;
}
