import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "../../../src/honker/mod.ts";
import { createSystemDatabase, type SystemDatabase } from "../../../src/sqlite/client.ts";
import { createAccount } from "../../../src/sqlite/identity/accounts.ts";
import type { TenantsOptions } from "../../../src/sqlite/tenants/tenant-options.ts";
import { openTenants, type Tenants } from "../../../src/sqlite/tenants.ts";
import type { TestScope } from "../../support/temporary.ts";
import { NOTES } from "./notes.ts";

const endings = new WeakMap<TestScope, (() => void)[]>();

/** Runs `work` after the test, before what was registered earlier: the last that was opened is closed first. */
function atEnd(t: TestScope, work: () => void): void {
  const known = endings.get(t);
  if (known !== undefined) {
    known.push(work);
    return;
  }
  const works = [work];
  endings.set(t, works);
  t.after(() => {
    for (const one of works.reverse()) one();
  });
}

/** Closes `what` after the test, and before its directory is removed. */
export function closeAfter<T extends { close(): void }>(t: TestScope, what: T): T {
  atEnd(t, () => what.close());
  return what;
}

/** Creates an empty directory, which is removed after the test. */
export function temporaryDirectory(t: TestScope): string {
  const directory = mkdtempSync(join(tmpdir(), "alkdev-storage-"));
  atEnd(t, () => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  return directory;
}

/** Opens tenants in a new directory; they are closed, and it is removed, after the test. */
export function temporaryTenants(t: TestScope, options: Partial<TenantsOptions> = {}): Tenants {
  const directory = join(temporaryDirectory(t), "tenants");
  return closeAfter(t, openTenants({ directory, migrations: [NOTES], ...options }));
}

/** A hub's files, opened. */
export interface Hub {
  readonly tenants: Tenants;
  readonly system: SystemDatabase;
  /** An account. */
  readonly ownerId: string;
  close(): void;
}

/** Opens tenants beside a new system database with one account. */
export function temporaryHub(t: TestScope): Hub {
  return closeAfter(t, openHub(temporaryDirectory(t)));
}

/** Opens the hub that keeps its files in `directory`. */
export function openHub(directory: string): Hub {
  const client = open(join(directory, "system.db"));
  const system = createSystemDatabase(client);
  const known = client.row("SELECT id FROM accounts")?.[0] as string | undefined;
  const ownerId = known ?? createAccount(system, { email: "ann@example.org" }).id;
  const tenants = openTenants({ directory: join(directory, "tenants"), system, migrations: [NOTES] });
  const close = () => {
    tenants.close();
    client.close();
  };
  return { tenants, system, ownerId, close };
}

/** The bodies of a tenant's notes, in the order in which they were written. */
export function notesOf(tenants: Tenants, orgId: string): unknown[] {
  return tenants.use(orgId, (db) => db.$client.values("SELECT body FROM notes ORDER BY id").flat());
}

/** Writes a note into a tenant's file. */
export function addNote(tenants: Tenants, orgId: string, body: string): void {
  tenants.use(orgId, (db) => db.$client.run("INSERT INTO notes (body) VALUES (?)", [body]));
}
