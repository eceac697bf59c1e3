/**
 * What can be told of a SQL text without running it: `node:sqlite` does not ask SQLite for any of this.
 *
 * @module
 */

/**
 * What running a statement does, as far as the engine must know: `read` changes nothing, `write` may change rows,
 * `schema` may change tables, `pragma` asks or sets, `control` begins or ends a transaction or savepoint, `call` is a SELECT
 * that calls a function of Honker's, which may write.
 */
export type StatementKind = "read" | "write" | "schema" | "pragma" | "control" | "call";

const SPACE_AND_COMMENTS = /^(?:[\s;]+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*/;

/** Strings, quoted names and comments, whose insides are no SQL; unquoted words; parameters; parentheses. */
const TOKENS =
  /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(\?\d*|[:@$#][\w$:\u0080-\uffff]+)|([()])/g;

/** @throws {TypeError} If `sql` is not text or holds no statement. */
export function kindOf(sql: string): StatementKind {
  if (typeof sql !== "string") {
    throw new TypeError(`Cannot run a statement: SQL text is wanted: received ${typeof sql}`);
  }
  const text = sql.replace(SPACE_AND_COMMENTS, "");
  if (text === "") throw new TypeError("Cannot run a statement: exactly one SQL statement is wanted: received none");
  const verb = /^[a-z]+/i.exec(text)?.[0].toUpperCase();
  switch (verb === "WITH" ? verbAfterWith(text) : verb) {
    case undefined: // a parenthesis or nonsense: SQLite will say so
    case "EXPLAIN":
    case "SELECT":
    case "VALUES":
      return MAY_CALL.test(text) && callsHonker(text) ? "call" : "read";
    case "INSERT":
    case "REPLACE":
    case "UPDATE":
    case "DELETE":
      return "write";
    case "PRAGMA":
      return "pragma";
    case "BEGIN":
    case "COMMIT":
    case "END":
    case "ROLLBACK":
    case "SAVEPOINT":
    case "RELEASE":
      return "control";
    default:
      return "schema";
  }
}

const MAY_CALL = /(?:notify|honker_\w+)["`\]]?\s*\(/i;

/** Whether a function of Honker's stands outside strings and comments. */
function callsHonker(text: string): boolean {
  let previous = "";
  for (const [token, word, , parenthesis] of text.matchAll(TOKENS)) {
    if (parenthesis === "(" && /^["`[]?(?:notify|honker_\w+)["`\]]?$/i.test(previous)) return true;
    if (word !== undefined || parenthesis !== undefined || /^["`[]/.test(token)) previous = token;
  }
  return false;
}

/** The verb of a WITH statement stands outside all parentheses; inside are SELECTs only. */
function verbAfterWith(text: string): string | undefined {
  let depth = 0;
  for (const [, word, , parenthesis] of text.matchAll(TOKENS)) {
    if (parenthesis !== undefined) depth += parenthesis === "(" ? 1 : -1;
    else if (depth === 0 && word !== undefined && /^(?:select|values|insert|replace|update|delete)$/i.test(word)) {
      return word.toUpperCase();
    }
  }
  return undefined;
}

/** The parameters of a statement, bound by position whatever they are called. */
export interface Parameters {
  /** How many values it wants: the highest index of its `?`, `?NNN` and named parameters. */
  readonly count: number;
  /** The text to prepare. */
  readonly text: string;
  /** The name in `text` and the position of each value, if they have to be bound by name. */
  readonly names: ReadonlyMap<string, number> | undefined;
}

/**
 * Finds the parameters of `sql` and counts as SQLite does (https://sqlite.org/lang_expr.html#varparam).
 *
 * `node:sqlite` binds no named parameter by position, nor, in Node 22, a numbered one. A text that has such gets names of
 * our own for all: `?2` becomes `:p2`, and so does whatever is second.
 */
export function parametersOf(sql: string): Parameters {
  const indexes: number[] = [];
  const named = new Map<string, number>();
  let count = 0;
  let isPlain = true;
  for (const [, , parameter] of sql.matchAll(TOKENS)) {
    if (parameter === undefined) continue;
    const isNumbered = /^\?\d/.test(parameter);
    const index = isNumbered ? Number(parameter.slice(1)) : (named.get(parameter) ?? count + 1);
    if (parameter !== "?") isPlain = false;
    if (!parameter.startsWith("?")) named.set(parameter, index);
    if (index === 0) return { count: 0, text: sql, names: undefined }; // SQLite refuses it
    count = Math.max(count, index);
    indexes.push(index);
  }
  if (isPlain) return { count, text: sql, names: undefined };
  let next = 0;
  const text = sql.replace(TOKENS, (token, _word, parameter?: string) =>
    parameter === undefined ? token : `:p${indexes[next++]}`,
  );
  return { count, text, names: new Map(indexes.map((index) => [`p${index}`, index - 1])) };
}

/** Whether `sql` may ask for all columns of a table, whichever those are when it runs. */
export function hasStar(sql: string): boolean {
  return /(?:\b(?:select|distinct|all|returning)|[,./])\s*\*/i.test(sql);
}

/** Whether something other than space and comments follows in `text`. */
export function hasStatement(text: string): boolean {
  return text.replace(SPACE_AND_COMMENTS, "") !== "";
}
