const versions = process.versions as Record<string, string | undefined>;

/** Whether the tests run under Deno. */
export const isDeno: boolean = versions.deno !== undefined;
/** Whether the tests run under Bun. */
export const isBun: boolean = versions.bun !== undefined;
/** Whether the tests run under Node itself. */
export const isNode: boolean = !isDeno && !isBun;
