import { RecentlyUsed } from "../../recently-used.ts";
import { fromBase64 } from "./base64.ts";

/** An AES key that WebCrypto can use and nobody can read. */
export type DerivedKey = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>;

const OLD_ITERATIONS = new Map([
  [1, 100_000],
  [2, 200_000],
]);
// OWASP's number for PBKDF2 with HMAC-SHA-256, https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
const ITERATIONS = 600_000;
const MAX_KEYS = 1024; // per secret: 4 MB of memory on Node

/**
 * The AES-256 keys of one secret, derived by PBKDF2 (RFC 8018) with SHA-256: each once, for all who ask for it at the
 * same time too, while it is among the {@link MAX_KEYS} asked for last.
 */
export class DerivedKeys {
  readonly #secret: string;
  readonly #keys = new RecentlyUsed<Promise<DerivedKey>>(MAX_KEYS);

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** The key for the iterations of `keyVersion` and `salt`, which is base64. */
  get(keyVersion: number, salt: string): Promise<DerivedKey> {
    const iterations = OLD_ITERATIONS.get(keyVersion) ?? ITERATIONS;
    const name = `${iterations} ${salt}`;
    return this.#keys.get(name, () => {
      const key = this.#derive(iterations, fromBase64(salt)!);
      key.catch(() => this.#keys.forget(name, key)); // the next who asks tries again
      return key;
    });
  }

  async #derive(iterations: number, salt: Uint8Array<ArrayBuffer>): Promise<DerivedKey> {
    const { subtle } = globalThis.crypto;
    const secret = await subtle.importKey("raw", new TextEncoder().encode(this.#secret), "PBKDF2", false, [
      "deriveKey",
    ]);
    const algorithm = { name: "PBKDF2", hash: "SHA-256", iterations, salt };
    return await subtle.deriveKey(algorithm, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  }
}
