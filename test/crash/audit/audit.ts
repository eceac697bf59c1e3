/**
 * Tells whether a file is as it must be after any number of kills.
 *
 * @module
 */
import type { Expected } from "../rounds.ts";
import { auditConsumers } from "./consumers.ts";
import { auditJobs } from "./jobs.ts";
import { auditMarks, NO_MARKS, type Read } from "./marks.ts";
import { auditOrders } from "./orders.ts";
import { auditSchedules } from "./schedules.ts";
import { auditTypes } from "./types.ts";

/** What is wrong in what was written since `expected.marks`, each as a sentence with ids; empty where nothing is. */
export function audit(read: Read, expected: Expected): string[] {
  const breaches = [...auditPages(read, "quick_check")];
  if (breaches.length > 0) return breaches; // what a torn file says is no use
  return [
    ...auditMarks(read, expected.marks),
    ...auditOrders(read, expected),
    ...auditJobs(read, expected.marks),
    ...auditSchedules(read),
    ...auditConsumers(read, expected.marks),
    ...auditTypes(read, expected.marks),
  ];
}

/** The same for all that was ever written, with the indexes compared to their tables. */
export function auditAll(read: Read, expected: Omit<Expected, "marks">): string[] {
  return [...auditPages(read, "integrity_check"), ...audit(read, { ...expected, marks: NO_MARKS })];
}

function auditPages(read: Read, pragma: string): string[] {
  const rows = read(`PRAGMA ${pragma}(10)`).flat();
  return rows.length === 1 && rows[0] === "ok" ? [] : [`${pragma}: ${rows.join("; ")}`];
}
