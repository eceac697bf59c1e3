import { type SQL, sql } from "drizzle-orm";
import { type AnySQLiteColumn, check, index, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { commonColumns } from "../common.ts";
import { accounts } from "./accounts.ts";

/**
 * A tenant: its `id` names its file.
 *
 * Its owner is a member of level `owner`, and the only one: triggers of the migration add that member with the organisation,
 * exchange the levels when the owner changes, and refuse what would break it, whoever writes.
 */
export const organizations = sqliteTable(
  "organizations",
  {
    ...commonColumns(),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    /** It can't be deleted while it owns an organisation. */
    ownerId: text("owner_id")
      .notNull()
      .references(() => accounts.id, { onDelete: "restrict" }),
  },
  (table) => [
    unique("organizations_slug").on(table.slug),
    unique("organizations_name").on(table.name),
    index("organizations_owner").on(table.ownerId),
    check("organizations_id_form", isHandle(table.id)),
    check("organizations_slug_form", isHandle(table.slug)),
  ],
);

/** `[a-z0-9][a-z0-9-]{0,62}` as SQL says it. */
function isHandle(column: AnySQLiteColumn): SQL {
  return sql`length(${column}) between 1 and 63 and ${column} not glob '*[^a-z0-9-]*' and ${column} not glob '-*'`;
}
