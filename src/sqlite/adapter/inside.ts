import { AsyncLocalStorage } from "node:async_hooks";

/** The callback of a transaction that is running, and those around it. */
interface Inside {
  readonly file: string;
  readonly scope: { readonly isOpen: boolean };
  readonly outer: Inside | undefined;
}

const callbacks = new AsyncLocalStorage<Inside>();

/** Runs `work`, and whatever it awaits, as the callback of a transaction on `file`. */
export function runInside<T>(file: string, scope: { readonly isOpen: boolean }, work: () => T): T {
  return callbacks.run({ file, scope, outer: callbacks.getStore() }, work);
}

/** Whether the caller runs in the callback of an open transaction on `file`: waiting for its end, it would never come. */
export function isInside(file: string): boolean {
  for (let inside = callbacks.getStore(); inside !== undefined; inside = inside.outer) {
    if (inside.file === file && inside.scope.isOpen) return true;
  }
  return false;
}
