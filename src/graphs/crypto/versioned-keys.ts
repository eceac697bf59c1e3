import { toBase64 } from "./base64.ts";
import type { DerivedKey, DerivedKeys } from "./derived-keys.ts";

/** The bytes of a salt. */
export const SALT_BYTES = 16;

/**
 * The encryptions under one salt, and so under one AES key. Random 96-bit IVs allow 2^32 (NIST SP 800-38D section 8.3);
 * at 2^20 the chance that two were the same is 2^-57, and a derivation each million is not felt.
 */
const ENCRYPTIONS_PER_SALT = 2 ** 20;

/** What to encrypt one text with. */
interface WritingKey {
  readonly keyVersion: number;
  readonly salt: string;
  readonly key: Promise<DerivedKey>;
}

/** The keys of all versions, and the salt under which the current one writes. */
export class VersionedKeys {
  readonly #current: number;
  readonly #keysOf: (version: number) => DerivedKeys | undefined;
  readonly #encryptionsPerSalt: number;
  #salt = "";
  #left = 0; // encryptions under this salt

  constructor(
    current: number,
    keysOf: (version: number) => DerivedKeys | undefined,
    encryptionsPerSalt: number = ENCRYPTIONS_PER_SALT,
  ) {
    this.#current = current;
    this.#keysOf = keysOf;
    this.#encryptionsPerSalt = encryptionsPerSalt;
  }

  /** The key for one encryption. The salt is random, and the same one until it has served its number of times. */
  forWriting(): WritingKey {
    if (this.#left === 0) {
      this.#salt = toBase64(globalThis.crypto.getRandomValues(new Uint8Array(SALT_BYTES)));
      this.#left = this.#encryptionsPerSalt;
    }
    this.#left--;
    const keyVersion = this.#current;
    return { keyVersion, salt: this.#salt, key: this.#keysOf(keyVersion)!.get(keyVersion, this.#salt) };
  }

  /** The key of what was written with `keyVersion` and `salt`, or undefined where no secret has this version. */
  forReading(keyVersion: number, salt: string): Promise<DerivedKey> | undefined {
    return this.#keysOf(keyVersion)?.get(keyVersion, salt);
  }
}
