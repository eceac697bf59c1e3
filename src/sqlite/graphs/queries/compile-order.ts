import { describeKind, quote } from "../../../json-values.ts";
import { type AttributeOwner, attributeAt } from "./attribute-paths.ts";

/** The SQL of an order by attributes, with `last` as what decides between equals, in the direction of the last of them. */
export function compileOrder(orderBy: unknown, owner: AttributeOwner, last: string): string | undefined {
  if (orderBy === undefined) return undefined;
  const { kind } = owner;
  if (typeof orderBy !== "object" || orderBy === null || Array.isArray(orderBy)) {
    throw new TypeError(
      `Cannot query ${kind}: orderBy must be an object of paths and "asc" or "desc": received ${describeKind(orderBy)}`,
    );
  }
  let direction = "";
  const terms = Object.entries(orderBy).map(([path, way]) => {
    if (way !== "asc" && way !== "desc") {
      throw new TypeError(
        `Cannot query ${kind}: orderBy of ${quote(path)} must be "asc" or "desc": received ${describeKind(way)}`,
      );
    }
    direction = way === "asc" ? "" : " DESC";
    return `${attributeAt(owner, path).value}${direction}`;
  });
  return terms.length === 0 ? undefined : [...terms, `${last}${direction}`].join(", ");
}
