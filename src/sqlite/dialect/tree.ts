import { SQL, type SQLChunk, StringChunk } from "drizzle-orm/sql/sql";
import { COLUMN, isKind } from "./kinds.ts";

/**
 * Builds an SQL tree that is as flat as can be: literal text runs together into one chunk.
 *
 * `sql` templates nest a tree per clause, and each tree looks at each of its chunks for tables.
 */
export class Tree {
  readonly #chunks: SQLChunk[] = [];
  // made while the list is empty, so that its constructor has nothing to look at
  readonly #sql = new SQL(this.#chunks);
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Appends literal SQL. */
  text(text: string): void {
    this.#text += text;
  }

  /** Appends a chunk that the caller of Drizzle supplied. */
  chunk(chunk: SQLChunk): void {
    if (this.#text !== "") {
      this.#chunks.push(new StringChunk(this.#text));
      this.#text = "";
    }
    // A column must not lie bare at the top: Drizzle rewrites those where the tree is itself a selected field.
    this.#chunks.push(isKind(chunk, COLUMN) ? new SQL([chunk]) : chunk);
  }

  /** Appends chunks with commas between them. */
  list(chunks: readonly SQLChunk[]): void {
    for (let i = 0; i < chunks.length; i++) {
      if (i > 0) this.text(", ");
      this.chunk(chunks[i]);
    }
  }

  /** The finished tree. */
  end(): SQL {
    if (this.#text !== "") this.#chunks.push(new StringChunk(this.#text));
    return this.#sql;
  }
}
