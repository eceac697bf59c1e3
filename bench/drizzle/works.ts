import { eq, sql } from "drizzle-orm";
import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import type * as schema from "./schema.ts";
import { posts, USERS, users } from "./schema.ts";

/** A piece of work and how often one measurement repeats it. */
export interface Work {
  readonly repeat: number;
  readonly run: () => unknown;
  /** Whether it writes users, to be deleted afterwards. */
  readonly writes?: boolean;
}

/** The works that both Drizzle drivers do, the same code for each. */
export function drizzleWorks(db: BaseSQLiteDatabase<"sync", unknown, typeof schema>): Readonly<Record<string, Work>> {
  const createdAt = new Date();
  const user = () => ({ name: "name", email: "user@example.com", age: 33, createdAt, meta: { a: 1 } });
  const thousand = () => Array.from({ length: 1000 }, user);
  const prepared = db
    .select()
    .from(users)
    .where(eq(users.id, sql.placeholder("id")))
    .prepare();
  let id = 0;
  const nextId = () => 1 + (id++ % USERS);
  return {
    point: { repeat: 4000, run: () => db.select().from(users).where(eq(users.id, nextId())).get() },
    "point-prepared": { repeat: 20_000, run: () => prepared.get({ id: nextId() }) },
    "rows-100": { repeat: 1000, run: () => db.select().from(users).limit(100).all() },
    "insert-returning": { repeat: 3000, run: () => db.insert(users).values(user()).returning().get(), writes: true },
    "join-50": {
      repeat: 1000,
      run: () => db.select().from(users).innerJoin(posts, eq(posts.userId, users.id)).limit(50).all(),
    },
    relational: { repeat: 600, run: () => db.query.users.findMany({ limit: 10, with: { posts: true } }).sync() },
    "tx-1000": {
      repeat: 6,
      run: () =>
        db.transaction((tx) => {
          for (const row of thousand()) tx.insert(users).values(row).run();
        }),
      writes: true,
    },
    "insert-1000": { repeat: 12, run: () => db.insert(users).values(thousand()).run(), writes: true },
  };
}
