import { relations } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const users = sqliteTable("users", {
  id: integer("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull(),
  age: integer("age"),
  createdAt: integer("created_at", { mode: "timestamp_ms" }),
  meta: text("meta", { mode: "json" }),
});

export const posts = sqliteTable("posts", {
  id: integer("id").primaryKey(),
  userId: integer("user_id").notNull(),
  title: text("title").notNull(),
  body: text("body"),
  createdAt: integer("created_at", { mode: "timestamp_ms" }),
});

export const usersRelations = relations(users, ({ many }) => ({ posts: many(posts) }));
export const postsRelations = relations(posts, ({ one }) => ({
  user: one(users, { fields: [posts.userId], references: [users.id] }),
}));

/** How many users there are before a benchmark writes; each has five posts. */
export const USERS = 1000;

/** Makes and fills the tables, one statement each. */
export const SETUP: readonly string[] = [
  `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, age INTEGER,
     created_at INTEGER, meta TEXT)`,
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, title TEXT NOT NULL, body TEXT, created_at INTEGER)",
  "CREATE INDEX posts_user ON posts(user_id)",
  `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${USERS})
     INSERT INTO users SELECT i, 'name ' || i, 'user' || i || '@example.com', i % 80, 1700000000000 + i,
       '{"a":' || i || ',"tags":["x","y"]}' FROM n`,
  `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${5 * USERS})
     INSERT INTO posts SELECT i, 1 + i % ${USERS}, 'title ' || i, 'body of the post number ' || i, 1700000000000 + i FROM n`,
];

/** Undoes what a work wrote, so that each round finds the same table. */
export const RESET = `DELETE FROM users WHERE id > ${USERS}`;
