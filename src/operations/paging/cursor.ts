import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { SqlValue } from "../../honker/mod.ts";

/** Where a page ends: the stored values of the sort columns of its last row. */
export type Position = readonly SqlValue[];

/** Values that JSON can't say, by a letter and their text. */
type Written = null | number | string | readonly [tag: "i" | "r" | "b", text: string];

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Makes cursors that nobody can read or make without the secret. */
export class CursorSealer {
  readonly #key: Buffer;

  /** @param secret any length: the key is its hash. */
  constructor(secret: Uint8Array | string) {
    this.#key = createHash("sha256").update("alkdev cursor\0").update(secret).digest();
  }

  /** A secret of its own for a file. */
  static newSecret(): Uint8Array {
    return randomBytes(KEY_BYTES);
  }

  /** The text of a position. It is opened only by the same `use`: the operation, the filter, the order and the caller. */
  seal(position: Position, use: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, iv).setAAD(Buffer.from(use));
    const sealed = [cipher.update(JSON.stringify(position.map(write)), "utf8"), cipher.final()];
    return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]).toString("base64url");
  }

  /** The position in a text of {@link seal}; undefined if it is none, of another use, or changed. */
  unseal(cursor: string, use: string): Position | undefined {
    const bytes = Buffer.from(cursor, "base64url");
    if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString("base64url") !== cursor) return undefined;
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(use))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      return (JSON.parse(text) as Written[]).map(read);
    } catch {
      return undefined; // not ours, or changed
    }
  }
}

/** What a cursor is good for, as one text that tells every other use from it. */
export function cursorUse(...parts: readonly unknown[]): string {
  return JSON.stringify(parts.map(sorted));
}

/** `value` with the members of its objects in one order. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => [name, sorted(one)]);
}

function write(value: SqlValue): Written {
  if (typeof value === "bigint") return ["i", String(value)];
  if (value instanceof Uint8Array) return ["b", Buffer.from(value).toString("base64")];
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) return ["r", String(value)];
  return value;
}

function read(value: Written): SqlValue {
  if (!Array.isArray(value)) return value as SqlValue;
  const [tag, text] = value;
  if (tag === "i") return BigInt(text);
  return tag === "b" ? new Uint8Array(Buffer.from(text, "base64")) : Number(text);
}
