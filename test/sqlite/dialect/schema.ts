import { relations, sql } from "drizzle-orm";
import {
  alias,
  blob,
  customType,
  index,
  integer,
  numeric,
  primaryKey,
  real,
  sqliteTable,
  sqliteView,
  text,
} from "drizzle-orm/sqlite-core";

const point = customType<{ data: { x: number; y: number }; driverData: string }>({
  dataType: () => "text",
  toDriver: ({ x, y }) => `${x};${y}`,
  fromDriver: (value) => ({ x: Number(value.split(";")[0]), y: Number(value.split(";")[1]) }),
});

/** A custom type whose values become SQL. */
const upper = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: (value) => sql`upper(${value})`,
});

export const users = sqliteTable("users", {
  id: integer().primaryKey({ autoIncrement: true }),
  fullName: text().notNull(),
  email: text("e_mail").notNull(),
  role: text({ enum: ["admin", "member"] }).default("member"),
  age: integer(),
  isActive: integer({ mode: "boolean" }).default(true),
  createdAt: integer({ mode: "timestamp_ms" }).default(sql`(unixepoch() * 1000)`),
  updatedAt: integer("updated_at", { mode: "timestamp" }).$onUpdate(() => new Date(1_700_000_000_000)),
  settings: text({ mode: "json" }).$type<{ theme?: string; tags?: string[] }>(),
  token: text().$defaultFn(() => "token"),
  where: point("where"),
  shout: upper("shout"),
});

export const posts = sqliteTable(
  "posts",
  {
    id: integer().primaryKey(),
    authorId: integer("author_id").notNull(),
    'ti"tle': text('ti"tle').notNull(),
    bodyText: text(),
    score: real().default(0.5),
    price: numeric(),
    views: numeric({ mode: "number" }),
    bigViews: numeric({ mode: "bigint" }),
    raw: blob({ mode: "buffer" }),
    big: blob({ mode: "bigint" }),
    doc: blob({ mode: "json" }),
    slug: text().generatedAlwaysAs(sql`lower("ti""tle")`),
    editedAt: text().$onUpdateFn(() => sql`datetime()`),
  },
  (table) => [index("posts_author").on(table.authorId)],
);

export const comments = sqliteTable(
  "comments",
  {
    postId: integer("post_id").notNull(),
    userId: integer().notNull(),
    text: text(),
    constructor: text("constructor"),
    rowid: integer("rowid"),
  },
  (table) => [primaryKey({ columns: [table.postId, table.userId] })],
);

/** A table in a named schema: SQLite has them as attached databases. */
export const archived = sqliteTable("archived", { id: integer().primaryKey(), postId: integer(), note: text() });
Object.assign(archived, { [Symbol.for("drizzle:Schema")]: "old" });

export const adults = sqliteView("adults").as((qb) =>
  qb
    .select({ id: users.id, fullName: users.fullName, shout: sql<string>`upper(${users.fullName})`.as("shout") })
    .from(users)
    .where(sql`${users.age} >= ${18}`),
);
export const totals = sqliteView("totals", { authorId: integer("author_id"), total: integer() }).existing();
export const counted = sqliteView("counted", { total: integer() }).as(sql`select count(*) as total from ${posts}`);

export const editors = alias(users, "editors");
export const oldOnes = alias(archived, "old_ones");

export const usersRelations = relations(users, ({ many }) => ({ posts: many(posts), comments: many(comments) }));
export const postsRelations = relations(posts, ({ one, many }) => ({
  author: one(users, { fields: [posts.authorId], references: [users.id] }),
  comments: many(comments),
}));
export const commentsRelations = relations(comments, ({ one }) => ({
  post: one(posts, { fields: [comments.postId], references: [posts.id] }),
  user: one(users, { fields: [comments.userId], references: [users.id] }),
}));

export const schema = { users, posts, comments, archived, usersRelations, postsRelations, commentsRelations };
