import { sql } from "drizzle-orm";
import { check, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";

/** Who can act: a person or a service. Of two addresses that differ in case alone, the second is refused. */
export const accounts = sqliteTable(
  "accounts",
  {
    ...commonColumns(),
    email: text("email").notNull(),
    name: text("name").notNull().default(""),
    accessLevel: text("access_level", { enum: ["admin", "user", "service"] })
      .notNull()
      .default("user"),
    status: text("status", { enum: ["active", "suspended", "deactivated"] })
      .notNull()
      .default("active"),
  },
  (table) => [
    uniqueIndex("accounts_email").on(sql`lower(${table.email})`), // ASCII: what is beyond is lower case already
    check("accounts_email_form", sql`${table.email} = trim(${table.email}) and instr(${table.email}, '@') > 1`),
    check("accounts_access_level", sql`${table.accessLevel} in ('admin', 'user', 'service')`),
    check("accounts_status", sql`${table.status} in ('active', 'suspended', 'deactivated')`),
  ],
);
