import { createHash, timingSafeEqual } from "node:crypto";

/** A new key and what is stored of it. */
export interface KeyText {
  /** `alk_` + 12 characters to look it up by + `_` + 43 secret ones, which are 256 bits. */
  readonly key: string;
  /** `alk_` and the 12. */
  readonly prefix: string;
  /** SHA-256 of the key, in hexadecimal digits. */
  readonly hash: string;
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"; // a double click takes the whole key
const FAIR = 256 - (256 % ALPHABET.length); // bytes from here on would favour the first characters
const LOOKUP = 12;
const SECRET = 43; // 62^43 > 2^256
const KEY = new RegExp(`^alk_[0-9A-Za-z]{${LOOKUP}}_[0-9A-Za-z]{${SECRET}}$`);
const PREFIX = "alk_".length + LOOKUP;
const NO_HASH = "0".repeat(64);

/** Makes a key that nobody has. */
export function createKeyText(): KeyText {
  const prefix = `alk_${randomText(LOOKUP)}`;
  const key = `${prefix}_${randomText(SECRET)}`;
  return { key, prefix, hash: digest(key).toString("hex") };
}

/** What `key` is looked up by, or undefined where it can't be a key. */
export function prefixOf(key: unknown): string | undefined {
  return typeof key === "string" && KEY.test(key) ? key.slice(0, PREFIX) : undefined;
}

/** Whether `key` is the one with this hash. It takes as long where there is no hash to compare with. */
export function isKeyOf(key: string, hash: string | undefined): boolean {
  const isSame = timingSafeEqual(digest(key), Buffer.from(hash ?? NO_HASH, "hex"));
  return isSame && hash !== undefined;
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(64))) {
      if (byte < FAIR && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}
