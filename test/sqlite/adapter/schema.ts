import { relations, sql } from "drizzle-orm";
import {
  type AnySQLiteColumn,
  blob,
  customType,
  integer,
  numeric,
  primaryKey,
  real,
  sqliteTable,
  sqliteView,
  text,
} from "drizzle-orm/sqlite-core";

export const users = sqliteTable("users", {
  id: integer().primaryKey({ autoIncrement: true }),
  name: text().notNull(),
  email: text().unique(),
  role: text({ enum: ["admin", "member"] })
    .notNull()
    .default("member"),
  age: integer(),
  managerId: integer("manager_id").references((): AnySQLiteColumn => users.id),
  settings: text({ mode: "json" }).$type<{ theme: string; tags?: string[] }>(),
  active: integer({ mode: "boolean" }).default(true),
});

export const posts = sqliteTable("posts", {
  id: integer().primaryKey(),
  authorId: integer("author_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" }),
  title: text().notNull(),
  score: real(),
  at: integer({ mode: "timestamp_ms" }),
  slug: text().generatedAlwaysAs(sql`lower(title)`),
  length: integer().generatedAlwaysAs(sql`length(title)`, { mode: "stored" }),
});

export const comments = sqliteTable("comments", {
  id: integer().primaryKey(),
  postId: integer("post_id")
    .notNull()
    .references(() => posts.id, { onDelete: "cascade" }),
  userId: integer("user_id").references(() => users.id),
  body: text().notNull(),
});

export const groups = sqliteTable("groups", { id: text().primaryKey(), title: text().notNull() });

export const members = sqliteTable(
  "members",
  {
    userId: integer("user_id")
      .notNull()
      .references(() => users.id),
    groupId: text("group_id")
      .notNull()
      .references(() => groups.id),
  },
  (table) => [primaryKey({ columns: [table.userId, table.groupId] })],
);

const point = customType<{ data: { x: number; y: number }; driverData: string }>({
  dataType: () => "text",
  toDriver: ({ x, y }) => `${x};${y}`,
  fromDriver: (value) => ({ x: Number(value.split(";")[0]), y: Number(value.split(";")[1]) }),
});

/** A custom type whose values become SQL. */
const shout = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: (value) => sql`upper(${value})`,
});

/** A custom type that, like many, expects a Buffer. */
const hex = customType<{ data: string; driverData: Buffer }>({
  dataType: () => "blob",
  toDriver: (value) => Buffer.from(value, "hex"),
  fromDriver: (value) => value.toString("hex"),
});

/** Every mode a column can have. */
export const modes = sqliteTable("modes", {
  id: integer().primaryKey({ autoIncrement: true }),
  flag: integer({ mode: "boolean" }),
  at: integer({ mode: "timestamp" }),
  atMs: integer("at_ms", { mode: "timestamp_ms" }),
  role: text({ enum: ["a", "b"] }),
  json: text({ mode: "json" }).$type<unknown>(),
  num: numeric(),
  numNumber: numeric("num_number", { mode: "number" }),
  ratio: real(),
  point: point("point"),
  shout: shout("shout"),
});

/** Every mode that needs bytes or integers of 64 bits. */
export const bytes = sqliteTable("bytes", {
  id: integer().primaryKey(),
  buffer: blob({ mode: "buffer" }),
  json: blob({ mode: "json" }).$type<unknown>(),
  big: blob({ mode: "bigint" }),
  numBig: numeric("num_big", { mode: "bigint" }),
  hex: hex("hex"),
  ref: integer(),
});

let counter = 0;

export const defaults = sqliteTable("defaults", {
  id: integer().primaryKey({ autoIncrement: true }),
  fixed: text().default("fixed"),
  expression: integer().default(sql`(40 + 2)`),
  computed: text().$defaultFn(() => "computed"),
  computedSql: text("computed_sql").$defaultFn(() => sql`upper('computed')`),
  updated: integer({ mode: "timestamp" }).$onUpdate(() => new Date(1_700_000_000_000)),
  touched: integer().$onUpdateFn(() => ++counter),
});

/** Starts counting the calls of an update function again. */
export function resetCounter(): void {
  counter = 0;
}

export const adults = sqliteView("adults").as((qb) =>
  qb
    .select({ id: users.id, name: users.name, shout: sql<string>`upper(${users.name})`.as("shout") })
    .from(users)
    .where(sql`${users.age} >= 18`),
);
export const postCounts = sqliteView("post_counts", { authorId: integer("author_id"), total: integer() }).existing();

/** Names that follow from the keys under `casing: "snake_case"`. */
export const cased = sqliteTable("cased", {
  id: integer().primaryKey(),
  firstName: text().notNull(),
  lastName: text(),
});

export const usersRelations = relations(users, ({ one, many }) => ({
  posts: many(posts),
  comments: many(comments),
  memberships: many(members),
  manager: one(users, { fields: [users.managerId], references: [users.id], relationName: "manager" }),
  reports: many(users, { relationName: "manager" }),
}));
export const postsRelations = relations(posts, ({ one, many }) => ({
  author: one(users, { fields: [posts.authorId], references: [users.id] }),
  comments: many(comments),
}));
export const commentsRelations = relations(comments, ({ one }) => ({
  post: one(posts, { fields: [comments.postId], references: [posts.id] }),
  user: one(users, { fields: [comments.userId], references: [users.id] }),
}));
export const groupsRelations = relations(groups, ({ many }) => ({ members: many(members) }));
export const membersRelations = relations(members, ({ one }) => ({
  user: one(users, { fields: [members.userId], references: [users.id] }),
  group: one(groups, { fields: [members.groupId], references: [groups.id] }),
}));

export const schema = {
  users,
  posts,
  comments,
  groups,
  members,
  modes,
  bytes,
  defaults,
  cased,
  usersRelations,
  postsRelations,
  commentsRelations,
  groupsRelations,
  membersRelations,
};

/** The statements that make the tables and their rows, one each. */
export const SETUP: readonly string[] = [
  `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, email TEXT UNIQUE,
    role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('admin', 'member')), age INTEGER,
    manager_id INTEGER REFERENCES users (id), settings TEXT, active INTEGER DEFAULT 1)`,
  `CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title TEXT NOT NULL, score REAL, at INTEGER, slug TEXT GENERATED ALWAYS AS (lower(title)) VIRTUAL,
    length INTEGER GENERATED ALWAYS AS (length(title)) STORED)`,
  `CREATE TABLE comments (id INTEGER PRIMARY KEY, post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    user_id INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED, body TEXT NOT NULL)`,
  "CREATE TABLE groups (id TEXT PRIMARY KEY, title TEXT NOT NULL) WITHOUT ROWID",
  `CREATE TABLE members (user_id INTEGER NOT NULL REFERENCES users (id), group_id TEXT NOT NULL REFERENCES groups (id),
    PRIMARY KEY (user_id, group_id))`,
  `CREATE TABLE modes (id INTEGER PRIMARY KEY AUTOINCREMENT, flag INTEGER, at INTEGER, at_ms INTEGER, role TEXT, json TEXT,
    num NUMERIC, num_number NUMERIC, ratio REAL, point TEXT, shout TEXT)`,
  "CREATE TABLE bytes (id INTEGER PRIMARY KEY, buffer BLOB, json BLOB, big BLOB, num_big NUMERIC, hex BLOB, ref INTEGER)",
  `CREATE TABLE defaults (id INTEGER PRIMARY KEY AUTOINCREMENT, fixed TEXT DEFAULT 'fixed',
    expression INTEGER DEFAULT (40 + 2), computed TEXT, computed_sql TEXT, updated INTEGER, touched INTEGER)`,
  "CREATE TABLE cased (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT)",
  "CREATE VIEW adults AS SELECT id, name, upper(name) AS shout FROM users WHERE age >= 18",
  "CREATE VIEW post_counts AS SELECT author_id, count(*) AS total FROM posts GROUP BY author_id",
  `INSERT INTO users (name, email, role, age, manager_id, settings, active) VALUES
    ('Ann', 'ann@example.com', 'admin', 52, NULL, '{"theme":"dark","tags":["a","b"]}', 1),
    ('Bob', 'bob@example.com', 'member', 33, 1, NULL, 1),
    ('Cem', NULL, 'member', 17, 1, '{"theme":"light"}', 0),
    ('Dörte', 'd@example.com', 'member', NULL, 2, NULL, NULL)`,
  `INSERT INTO posts (id, author_id, title, score, at) VALUES (1, 1, 'First', 1.5, 1700000000000),
    (2, 1, 'Second', NULL, NULL), (3, 2, 'Third', 3, 1700000001234), (4, 4, 'Emoji 🎉', -0.25, 0)`,
  `INSERT INTO comments (id, post_id, user_id, body) VALUES (1, 1, 2, 'one'), (2, 1, 3, 'two'), (3, 3, 1, 'three'),
    (4, 4, NULL, 'four')`,
  "INSERT INTO groups VALUES ('g1', 'Group 1'), ('g2', 'Group 2')",
  "INSERT INTO members VALUES (1, 'g1'), (1, 'g2'), (2, 'g1')",
  `INSERT INTO modes (flag, at, at_ms, role, json, num, num_number, ratio, point, shout) VALUES
    (1, 1700000000, 1700000000123, 'a', '[1,{"a":null}]', 1.25, 7, 0.5, '1;2', 'LOUD'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
  `INSERT INTO bytes VALUES (1, x'00ff10', CAST('{"a":[1]}' AS BLOB), CAST('9007199254740993' AS BLOB), 12, x'beef', 1),
    (2, NULL, NULL, NULL, NULL, NULL, 2), (3, x'', CAST('"x"' AS BLOB), CAST('-5' AS BLOB), -3, x'', NULL)`,
  "INSERT INTO defaults (computed) VALUES ('there')",
  "INSERT INTO cased VALUES (1, 'Ann', 'A'), (2, 'Bob', NULL)",
];
