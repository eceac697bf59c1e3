/**
 * Lets a promise that somebody gave where none is wanted fail unheard: the call fails anyway, and an unhandled rejection would end
 * the process.
 */
export function ignoreRejection(value: unknown): void {
  if (value instanceof Promise) value.catch(() => {});
}
