import { type JsonObject, quote } from "../json-values.ts";
import { readPath } from "./attribute-path.ts";
import { checkMembers, checkRecord, checkTexts, checkType, invalid, shown } from "./definition-checks.ts";
import { declaredAt, literalsOf, requiresText } from "./schema-walk.ts";
import type { Transitions } from "./transitions.ts";

/** The list of paths `indexes`, once each is known to lead to an attribute of `schema`. */
export function toIndexes(indexes: unknown, schema: JsonObject, what: string): readonly string[] {
  if (indexes === undefined) return NONE;
  checkTexts(indexes, "indexes", "path", what);
  for (const path of indexes) {
    const names = readPath(path);
    if (names !== undefined && declaredAt(schema, names).length > 0) continue;
    throw invalid(what, "indexes must be paths of its attributes", quote(path));
  }
  return Object.freeze([...indexes]);
}

/** The name `key` of an attribute, once every node is known to have text there. */
export function toKeyAttribute(key: unknown, schema: JsonObject, what: string): string | undefined {
  if (key === undefined) return undefined;
  checkType(key, "string", "its key", what);
  if (requiresText(schema, key as string, schema)) return key as string;
  throw invalid(what, "its key must be an attribute that is required and text", shown(key));
}

/** The rules `transitions`, once their attribute is known to be text and their states to be among its values. */
export function toTransitions(transitions: unknown, schema: JsonObject, what: string): Transitions | undefined {
  if (transitions === undefined) return undefined;
  const rules = `the transitions of ${what}`;
  checkMembers(transitions, rules, ["attribute", "allowed"]);
  const { attribute, allowed } = transitions as Transitions;
  checkType(attribute, "string", "attribute", rules);
  checkRecord(allowed, "allowed", rules);
  if (!requiresText(schema, attribute, schema)) {
    throw invalid(rules, "attribute must be one that is required and text", quote(attribute));
  }
  const states = literalsOf(declaredAt(schema, [attribute]));
  const entries = Object.entries(allowed).map(([state, next]) => {
    checkTexts(next, `allowed[${quote(state)}]`, "state", rules);
    const unknown = [state, ...next].find((one) => states?.includes(one) === false);
    if (unknown !== undefined) throw invalid(rules, `states must be values of ${quote(attribute)}`, quote(unknown));
    return [state, Object.freeze([...next])] as const;
  });
  return Object.freeze({ attribute, allowed: Object.freeze(Object.fromEntries(entries)) });
}

const NONE: readonly string[] = Object.freeze([]);
