/** Reads rows of a file, in column order. */
export type Read = (sql: string, params?: readonly (number | string)[]) => unknown[][];

/** The highest key of each table that only grows: an audit looks at what follows. */
export interface Marks {
  readonly orders: number;
  readonly notifications: number;
  readonly events: number;
  readonly created: number;
  readonly gone: number;
  readonly died: number;
  readonly done: number;
  readonly projected: number;
  readonly seen: number;
}

/** From the beginning. */
export const NO_MARKS: Marks = {
  orders: 0,
  notifications: 0,
  events: 0,
  created: 0,
  gone: 0,
  died: 0,
  done: 0,
  projected: 0,
  seen: 0,
};

/** Where the tables end now. */
export function readMarks(read: Read): Marks {
  const last = (table: string, key: string) => read(`SELECT coalesce(max(${key}), 0) FROM ${table}`)[0]![0] as number;
  return {
    orders: last("orders", "id"),
    notifications: last("_honker_notifications", "id"),
    events: last("_honker_stream", "offset"),
    created: last("created", "job_id"),
    gone: last("gone", "id"),
    died: last("died", "id"),
    done: last("done", "id"),
    projected: last("projected", "id"),
    seen: last("seen", "id"),
  };
}

/** What was there once, and right, is there for good. */
export function auditMarks(read: Read, marks: Marks): string[] {
  const now = readMarks(read);
  return (Object.keys(marks) as (keyof Marks)[])
    .filter((name) => now[name] < marks[name])
    .map((name) => `rows of ${name} that were there before: up to ${marks[name]}, now up to ${now[name]}`);
}
