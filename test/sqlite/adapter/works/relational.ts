import * as d from "drizzle-orm";
import { sql } from "drizzle-orm";
import { posts, users } from "../schema.ts";
import type { Works } from "./work.ts";

export const relational: Works = {
  findMany: (db) => db.query.users.findMany().sync(),
  "findMany awaited": async (db) => await db.query.posts.findMany(),
  findFirst: (db) => db.query.users.findFirst({ where: d.eq(users.name, "Bob") }).sync(),
  "findFirst without a row": async (db) => [await db.query.users.findFirst({ where: d.eq(users.id, 99) })],
  "columns included": (db) => db.query.users.findMany({ columns: { id: true, settings: true } }).sync(),
  "columns excluded": (db) => db.query.users.findMany({ columns: { settings: false, email: false } }).sync(),
  "no columns but a relation": (db) =>
    db.query.users.findMany({ columns: {}, with: { posts: { columns: { title: true } } } }).sync(),
  extras: (db) =>
    db.query.users
      .findMany({
        columns: { name: true },
        extras: { shout: sql<string>`upper(${users.name})`.as("shout"), n: sql<number>`length(${users.name})`.as("n") },
      })
      .sync(),
  "extras as a function": (db) =>
    db.query.users
      .findMany({
        columns: { id: true },
        extras: (user, { sql }) => ({ lower: sql<string>`lower(${user.name})`.as("lower") }),
      })
      .sync(),
  "where, orderBy, limit and offset": (db) =>
    db.query.users
      .findMany({
        where: (user, { or, gt, isNull }) => or(gt(user.age, 20), isNull(user.age)),
        orderBy: (user, { desc }) => [desc(user.name)],
        limit: 2,
        offset: 1,
      })
      .sync(),
  "with one": (db) => db.query.posts.findMany({ with: { author: true } }).sync(),
  "with one that is missing": (db) => db.query.comments.findMany({ with: { user: true } }).sync(),
  "with many": (db) => db.query.users.findMany({ with: { posts: true } }).sync(),
  "with a self relation": (db) =>
    db.query.users
      .findMany({ columns: { name: true }, with: { manager: { columns: { name: true } }, reports: true } })
      .sync(),
  "with nested three deep": (db) =>
    db.query.users
      .findMany({
        with: {
          posts: {
            columns: { id: true, title: true, at: true, score: true },
            extras: { quiet: sql<string>`lower(${posts.title})`.as("quiet") },
            where: (post, { gt }) => gt(post.id, 0),
            orderBy: (post, { desc }) => desc(post.id),
            limit: 2,
            with: { comments: { with: { user: { columns: { id: true, name: true } } } } },
          },
          memberships: { with: { group: true } },
        },
        orderBy: users.id,
      })
      .sync(),
  "findFirst with": async (db) =>
    await db.query.groups.findFirst({
      where: (group, { eq }) => eq(group.id, "g1"),
      with: { members: { with: { user: { columns: { name: true, active: true } } } } },
    }),
  "prepared with placeholders": (db) => {
    const query = db.query.users
      .findMany({
        where: (user, { gte }) => gte(user.age, sql.placeholder("age")),
        limit: sql.placeholder("limit"),
        with: { posts: { where: (post, { eq }) => eq(post.id, sql.placeholder("post")) } },
      })
      .prepare();
    return [query.all({ age: 18, limit: 5, post: 1 }), query.execute({ age: 0, limit: 1, post: 2 }).sync()];
  },
  "prepared findFirst": (db) => {
    const query = db.query.users.findFirst({ where: (user, { eq }) => eq(user.id, sql.placeholder("id")) }).prepare();
    return [query.get({ id: 1 }), query.execute({ id: 99 }).sync(), query.execute({ id: 2 }).sync()];
  },
  "date, boolean and json columns": (db) => db.query.modes.findMany().sync(),
  "in a transaction": (db) =>
    db.transaction((tx) => {
      tx.insert(posts).values({ id: 9, authorId: 3, title: "New" }).run();
      return tx.query.users.findMany({ with: { posts: true } }).sync();
    }),
  "toSQL of a relational query": (db) => db.query.users.findMany({ with: { posts: true }, limit: 1 }).toSQL(),
};
