/** Tells who runs the process of something that went wrong where nobody else can be told. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

/** Calls what a user gave to be told by. What it throws is no harm, but a warning. */
export function tell<A extends unknown[]>(listener: (...args: A) => void, ...args: A): void {
  try {
    listener(...args);
  } catch (thrown) {
    warn(thrown);
  }
}
