import type { Migration } from "../../../src/sqlite/migrate.ts";

/** A migration of the application, whose rows the tests write. */
export const NOTES: Migration = {
  id: "0000_notes",
  hash: "notes",
  statements: ["CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"],
};
