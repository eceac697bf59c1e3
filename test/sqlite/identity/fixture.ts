import { open } from "../../../src/honker/mod.ts";
import {
  type Account,
  type AuditEntry,
  createAccount,
  createSystemDatabase,
  readAudit,
  type SystemDatabase,
} from "../../../src/sqlite/mod.ts";
import { type TestScope, temporaryPath } from "../../support/temporary.ts";

/** A new system file with an account in it. */
export function system(t: TestScope): { readonly db: SystemDatabase; readonly path: string; readonly ann: Account } {
  const path = temporaryPath(t, "system.db");
  const client = open(path);
  t.after(() => client.close());
  const db = createSystemDatabase(client);
  return { db, path, ann: createAccount(db, { email: "ann@example.org", name: "Ann" }) };
}

/** What the audit log says was done, oldest first. */
export function actions(db: SystemDatabase, filter: Parameters<typeof readAudit>[1] = {}): string[] {
  return Array.from(readAudit(db, filter), ({ action }: AuditEntry) => action);
}
