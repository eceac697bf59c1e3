const MOST = 500; // texts of one layout: which types of edges a question names is up to who asks
const texts = new WeakMap<object, Map<string, string>>();

/** HOT (bench/graphs.ts): the SQL text that `write` gives for `layout`, written once for each `name`. */
export function cachedText(layout: object, name: string, write: () => string): string {
  let known = texts.get(layout);
  if (known === undefined || known.size > MOST) {
    known = new Map();
    texts.set(layout, known);
  }
  let text = known.get(name);
  if (text === undefined) {
    text = write();
    known.set(name, text);
  }
  return text;
}

/** So many question marks, for a list of values. */
export function parameters(count: number): string {
  return Array(count).fill("?").join(", ");
}
