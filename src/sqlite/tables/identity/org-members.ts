import { sql } from "drizzle-orm";
import { check, index, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { accounts } from "./accounts.ts";
import { organizations } from "./organizations.ts";

/** An account in an organisation. It goes with either; the owner's stays as long as it is the owner. */
export const orgMembers = sqliteTable(
  "org_members",
  {
    ...commonColumns(),
    orgId: text("org_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    level: text("level", { enum: ["owner", "admin", "member"] }).notNull(),
  },
  (table) => [
    unique("org_members_org_account").on(table.orgId, table.accountId),
    index("org_members_account").on(table.accountId, table.orgId),
    check("org_members_level", sql`${table.level} in ('owner', 'admin', 'member')`),
  ],
);
