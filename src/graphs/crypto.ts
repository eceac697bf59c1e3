/**
 * Encryption of texts such as credentials, so that a database holds them without being able to tell them.
 *
 * AES-256-GCM with a key that PBKDF2 derives from a secret; WebCrypto does all of it.
 *
 * ```ts
 * const key = generateEncryptionKey(); // keep it outside the database
 * const encrypted = await encrypt("token", key); // { keyVersion: 3, salt: "…", iv: "…", data: "…" }
 * console.log(await decrypt(encrypted, key)); // token
 * ```
 *
 * @module
 */
import { StorageError } from "../errors.ts";
import { describeKind, isWellFormed } from "../json-values.ts";
import { fromBase64, toBase64 } from "./crypto/base64.ts";
import { EncryptionKeys } from "./crypto/encryption-keys.ts";
import { SALT_BYTES, type VersionedKeys } from "./crypto/versioned-keys.ts";

export { CURRENT_KEY_VERSION, createEncryptionKeys, type EncryptionKeysOptions } from "./crypto/encryption-keys.ts";
export type { EncryptionKeys };

/** An encrypted text as it is stored: JSON, the binary members in base64. */
export interface EncryptedData {
  /** Which secret, and for 1 and 2 the fewer iterations of old: 100 000 and 200 000 instead of 600 000. */
  readonly keyVersion: number;
  /** What the key was derived with beside the secret: 16 bytes. */
  readonly salt: string;
  /** 12 bytes, never the same twice under one key. */
  readonly iv: string;
  /** The ciphertext, followed by the authentication tag of 16 bytes. */
  readonly data: string;
}

const SECRET_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A new random secret for {@link encrypt} and {@link decrypt}: 32 bytes, in base64. It is kept nowhere. */
export function generateEncryptionKey(): string {
  return toBase64(randomBytes(SECRET_BYTES));
}

/**
 * Encrypts `plaintext` with the current one of `keys`, or with a secret as plain text, which writes key version 3.
 *
 * The first encryption derives the key, which takes about a tenth of a second on another thread; those that follow, and
 * those that wait with it, use the same. So keep the object of {@link createEncryptionKeys}; of secrets as plain text the
 * last 16 are kept for you.
 *
 * What is written is secret and can't be changed unseen, but its length shows, and nothing in it says where it belongs:
 * who can write to the database can put one encrypted text in the place of another.
 *
 * @throws {TypeError} If `plaintext` is not Unicode text (half of a surrogate pair has no UTF-8), or `keys` is neither
 * text that is not empty nor what {@link createEncryptionKeys} returns. No message holds the plaintext or a secret.
 */
export async function encrypt(plaintext: string, keys: EncryptionKeys | string): Promise<EncryptedData> {
  const from = EncryptionKeys.open(keys, "encrypt");
  if (typeof plaintext !== "string" || !isWellFormed(plaintext)) {
    throw new TypeError(
      `Cannot encrypt: plaintext must be text without half of a surrogate pair: received ${describeKind(plaintext)}`,
    );
  }
  const { keyVersion, salt, key } = from.forWriting();
  const iv = randomBytes(IV_BYTES);
  const bytes = new TextEncoder().encode(plaintext);
  const data = await globalThis.crypto.subtle.encrypt(aesGcm(iv), await key, bytes);
  return { keyVersion, salt, iv: toBase64(iv), data: toBase64(new Uint8Array(data)) };
}

/**
 * The text that was encrypted, read with the secret of its key version; a secret as plain text is that of every version.
 *
 * Data under a salt not seen lately costs a derivation, about a tenth of a second on another thread.
 *
 * @throws {StorageError} `DECRYPTION_FAILED` if `data` is anything but what {@link encrypt} wrote with one of `keys`: a
 * wrong key, an unknown version, changed, cut and malformed data give the very same error, which says no more.
 * @throws {TypeError} If `keys` is neither text that is not empty nor what {@link createEncryptionKeys} returns.
 */
export async function decrypt(data: EncryptedData, keys: EncryptionKeys | string): Promise<string> {
  const plaintext = await tryDecrypt(data, EncryptionKeys.open(keys, "decrypt"));
  if (plaintext !== undefined) return plaintext;
  throw new StorageError(
    "DECRYPTION_FAILED",
    "Cannot decrypt: data that one of the keys encrypted, unchanged since then, is wanted",
  );
}

/** Undefined for whatever is wrong with `data`. A runtime that can't derive keys is another matter, and throws. */
async function tryDecrypt(data: unknown, keys: VersionedKeys): Promise<string | undefined> {
  const parts = parse(data);
  if (parts === undefined) return undefined;
  const key = await keys.forReading(parts.keyVersion, parts.salt);
  if (key === undefined) return undefined;
  try {
    const bytes = await globalThis.crypto.subtle.decrypt(aesGcm(parts.iv), key, parts.data);
    // a byte order mark is part of the text
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads each member once, whatever kind of object `value` is. */
function parse(value: unknown) {
  try {
    const { keyVersion, salt, iv, data } = value as Record<string, unknown>;
    if (!Number.isSafeInteger(keyVersion) || (keyVersion as number) < 1 || typeof salt !== "string") return undefined;
    const bytes = { salt: decode(salt, SALT_BYTES, SALT_BYTES), iv: decode(iv, IV_BYTES, IV_BYTES) };
    const ciphertext = decode(data, TAG_BYTES, Number.MAX_SAFE_INTEGER);
    if (bytes.salt === undefined || bytes.iv === undefined || ciphertext === undefined) return undefined;
    return { keyVersion: keyVersion as number, salt, iv: bytes.iv, data: ciphertext };
  } catch {
    return undefined; // null, a getter or a proxy that throws, more bytes than fit in memory
  }
}

/** The bytes of `text`, if it is base64 of `least` to `most` of them. What is too long is not even decoded. */
function decode(text: unknown, least: number, most: number): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text !== "string" || text.length > Math.ceil(most / 3) * 4) return undefined;
  const bytes = fromBase64(text);
  return bytes !== undefined && bytes.length >= least && bytes.length <= most ? bytes : undefined;
}

function aesGcm(iv: Uint8Array<ArrayBuffer>) {
  return { name: "AES-GCM", iv, tagLength: TAG_BYTES * 8 };
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}
