import { checkBoolean, checkInteger, checkName, checkOptions } from "../../arguments.ts";
import type { OpenOptions } from "../../honker/mod.ts";
import { describeKind } from "../../json-values.ts";
import type { DatabaseOptions, SystemDatabase } from "../client.ts";
import type { Migration } from "../migrate.ts";

/** Where tenants' files are and how they are opened. */
export interface TenantsOptions {
  /** The directory of the files. It is created, for its owner only, if it is missing; several processes may share it. */
  readonly directory: string;
  /** The system database, which says what organisations there are: then none has a file without a row, and none a row without a file. */
  readonly system?: SystemDatabase;
  /** How many files are kept open once nobody uses them. More are open only while they are in use. @default 200 */
  readonly maxOpen?: number;
  /** After how long without use a file is closed, in milliseconds; null keeps it open. @default 60_000 */
  readonly idleTimeoutMs?: number | null;
  /** Whether a tenant without a file gets one when it is first used. @default true without `system`, false with it */
  readonly create?: boolean;
  /** What the application adds to each file, applied after this package's own: see `migrate()`. @default none */
  readonly migrations?: readonly Migration[];
  /** The series of `migrations`. @default "app" */
  readonly series?: string;
  /** How each file is opened. Each of its connections keeps 4 MiB in memory if no `cacheBytes` is given. */
  readonly open?: OpenOptions;
  /** How the database of each tenant works. */
  readonly database?: DatabaseOptions;
}

const OPTIONS = [
  "directory",
  "system",
  "maxOpen",
  "idleTimeoutMs",
  "create",
  "migrations",
  "series",
  "open",
  "database",
];
const ACTION = "open tenants";

/** @throws {TypeError} or RangeError If an option is unknown or of a wrong kind. */
export function checkTenantsOptions(options: TenantsOptions): void {
  if (options === undefined) throw new TypeError(`Cannot ${ACTION}: a directory is wanted: received no options`);
  checkOptions(options, OPTIONS, "openTenants");
  const { directory, system, maxOpen, idleTimeoutMs, create, migrations, series } = options;
  checkName(directory, ACTION, "directory");
  if (directory === "") throw new TypeError(`Cannot ${ACTION}: a directory is wanted: received an empty path`);
  if (maxOpen !== undefined) checkInteger(maxOpen, 1, ACTION, "maxOpen");
  if (idleTimeoutMs !== undefined && idleTimeoutMs !== null) {
    checkInteger(idleTimeoutMs, 1, ACTION, "idleTimeoutMs");
  }
  if (create !== undefined) checkBoolean(create, ACTION, "create");
  if (series !== undefined) checkName(series, ACTION, "series");
  if (migrations !== undefined && !Array.isArray(migrations)) {
    throw new TypeError(`Cannot ${ACTION}: migrations must be a list: received ${describeKind(migrations)}`);
  }
  if (system !== undefined && !isSystem(system)) {
    throw new TypeError(
      `Cannot ${ACTION}: system must be what createSystemDatabase() returns for open(): received ${describeKind(system)}`,
    );
  }
  for (const [name, value] of Object.entries({ open: options.open, database: options.database })) {
    if (value === undefined || (typeof value === "object" && value !== null)) continue;
    throw new TypeError(`Cannot ${ACTION}: ${name} must be an object: received ${describeKind(value)}`);
  }
}

function isSystem(system: unknown): boolean {
  if (typeof system !== "object" || system === null || !("$client" in system)) return false;
  const { $client } = system;
  return typeof $client === "object" && $client !== null && "path" in $client && "row" in $client;
}
