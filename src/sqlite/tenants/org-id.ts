import { describeKind, quote } from "../../json-values.ts";

const ORG_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/; // https://learn.microsoft.com/windows/win32/fileio/naming-a-file

/** Whether `value` can be the id of an organisation, which becomes a part of the name of its file. */
export function isOrgId(value: unknown): value is string {
  return typeof value === "string" && ORG_ID.test(value) && !DEVICE.test(value);
}

/**
 * Refuses what can't be the id of an organisation: it becomes a part of the name of its file.
 *
 * @throws {TypeError} If `value` is not 1 to 63 of a-z, 0-9 and -, the first no -, or is the name of a Windows device.
 */
export function checkOrgId(value: unknown, action: string): asserts value is string {
  if (isOrgId(value)) return;
  if (typeof value === "string" && ORG_ID.test(value)) {
    throw new TypeError(`Cannot ${action}: orgId must not be the name of a Windows device: received "${value}"`);
  }
  // Escaped: a look-alike shows its code, and control characters reach no log or terminal.
  const received = typeof value === "string" ? escapeUnusual(quote(value)) : describeKind(value);
  throw new TypeError(
    `Cannot ${action}: orgId must be 1 to 63 characters of a-z, 0-9 and -, the first no -: received ${received}`,
  );
}

function escapeUnusual(text: string): string {
  return text.replace(/[^ -~…]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
