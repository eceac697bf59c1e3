import type { Migration } from "../../src/sqlite/migrate.ts";

/** A migration whose hash is its text. */
export function migration(id: string, ...statements: string[]): Migration {
  return { id, hash: statements.join("\n"), statements };
}

/** Customers and their orders, which go with them. */
export const shop: readonly Migration[] = [
  migration(
    "0000_shop",
    "CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT NOT NULL)",
    `CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id TEXT NOT NULL
      REFERENCES customers (id) ON UPDATE CASCADE ON DELETE CASCADE)`,
    "CREATE INDEX orders_customer ON orders (customer_id)",
  ),
  migration(
    "0001_first",
    "INSERT INTO customers VALUES ('ada', 'Ada')",
    "INSERT INTO orders VALUES (1, 'ada'), (2, 'ada')",
  ),
];

/** What drizzle-kit generates where SQLite can't alter a table in place. */
export const rebuild = migration(
  "0002_rebuild",
  "PRAGMA foreign_keys=OFF;",
  "CREATE TABLE __new_customers (id TEXT PRIMARY KEY, name TEXT NOT NULL, CHECK (name <> ''))",
  "INSERT INTO __new_customers SELECT id, name FROM customers",
  "DROP TABLE customers",
  "ALTER TABLE __new_customers RENAME TO customers",
  "PRAGMA foreign_keys=ON;",
);
