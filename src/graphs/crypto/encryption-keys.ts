import { suggest } from "../../arguments.ts";
import { describeKind, isPlain, isWellFormed } from "../../json-values.ts";
import { RecentlyUsed } from "../../recently-used.ts";
import { DerivedKeys } from "./derived-keys.ts";
import { VersionedKeys } from "./versioned-keys.ts";

/** The key version that a secret given as plain text writes, and the least that may be current. */
export const CURRENT_KEY_VERSION = 3;

/** What {@link createEncryptionKeys} takes. */
export interface EncryptionKeysOptions {
  /** The version to encrypt with, 3 or higher: 1 and 2 are the formats of old data, and only read. */
  readonly current: number;
  /** The secrets by version: what `generateEncryptionKey()` gave, or passphrases. */
  readonly keys: Readonly<Record<number, string>>;
}

/**
 * Secrets by key version, one of them current: made by {@link createEncryptionKeys}. They and the keys derived from them
 * stay in the memory of this object: nothing of them is shown by a log, an inspector, JSON or a structured clone.
 */
export class EncryptionKeys {
  readonly #keys: VersionedKeys;
  readonly #current: number;
  readonly #versions: readonly number[];

  constructor(current: number, secrets: ReadonlyMap<number, string>) {
    const bySecret = new Map([...secrets.values()].map((secret) => [secret, new DerivedKeys(secret)]));
    this.#keys = new VersionedKeys(current, (version) => bySecret.get(secrets.get(version)!));
    this.#current = current;
    this.#versions = Object.freeze([...secrets.keys()].sort((a, b) => a - b));
  }

  /** The version that `encrypt()` writes. */
  get current(): number {
    return this.#current;
  }

  /** The versions that `decrypt()` can read, rising. */
  get versions(): readonly number[] {
    return this.#versions;
  }

  /**
   * What `keys` hold, or what a secret as plain text stands for.
   *
   * @throws {TypeError} If `keys` is neither.
   */
  static open(keys: unknown, action: string): VersionedKeys {
    if (typeof keys === "string") {
      checkSecret(keys, action, "the secret");
      return ofPlainText.get(keys, () => {
        const derived = new DerivedKeys(keys);
        return new VersionedKeys(CURRENT_KEY_VERSION, () => derived);
      });
    }
    if (typeof keys === "object" && keys !== null && #keys in keys) return keys.#keys;
    throw new TypeError(
      `Cannot ${action}: keys must be a secret or what createEncryptionKeys() returns: received ${describeKind(keys)}`,
    );
  }
}

const ofPlainText = new RecentlyUsed<VersionedKeys>(16);
const ACTION = "create encryption keys";

/**
 * Holds several secrets, so that what an old one encrypted can be read while the current one encrypts. Derives nothing
 * yet.
 *
 * Versions 1 and 2 are for data of old: they derive with fewer iterations. From 3 on a version only says which secret it
 * is. Give each new secret a version that was never used.
 *
 * ```ts
 * const keys = createEncryptionKeys({ current: 4, keys: { 3: oldSecret, 4: secret } });
 * ```
 *
 * @throws {TypeError} If a secret is empty or not Unicode text, `keys` is no object, or an option is unknown.
 * @throws {RangeError} If `current` is not a whole number >= 3 of which there is a secret, or a version is not a whole
 * number >= 1.
 */
export function createEncryptionKeys(options: EncryptionKeysOptions): EncryptionKeys {
  const { current, keys } = checkOptions(options);
  if (!Number.isSafeInteger(current) || current < CURRENT_KEY_VERSION) {
    throw new RangeError(`Cannot ${ACTION}: current must be an integer >= 3: received ${describeVersion(current)}`);
  }
  if (typeof keys !== "object" || keys === null || !isPlain(keys)) {
    throw new TypeError(
      `Cannot ${ACTION}: keys must be an object of secrets by version: received ${describeKind(keys)}`,
    );
  }
  const secrets = new Map<number, string>();
  for (const [key, secret] of Object.entries(keys) as [string, unknown][]) {
    const version = Number(key);
    if (!Number.isSafeInteger(version) || version < 1 || String(version) !== key) {
      // never the text itself: who exchanged version and secret would find the secret in a log
      throw new RangeError(`Cannot ${ACTION}: a version must be an integer >= 1: received ${describeKind(key)}`);
    }
    checkSecret(secret, ACTION, `the secret of version ${version}`);
    secrets.set(version, secret);
  }
  if (!secrets.has(current)) {
    const known = secrets.size === 0 ? "no versions" : `versions ${[...secrets.keys()].join(", ")}`;
    throw new RangeError(`Cannot ${ACTION}: keys must hold the current version ${current}: received ${known}`);
  }
  return new EncryptionKeys(current, secrets);
}

/** As the check that all functions share, but with nothing of what was passed in its messages. */
function checkOptions(options: unknown): EncryptionKeysOptions {
  if (typeof options !== "object" || options === null || !isPlain(options)) {
    throw new TypeError(`Cannot ${ACTION}: an object of current and keys is wanted: received ${describeKind(options)}`);
  }
  const known = ["current", "keys"];
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`Unknown option for createEncryptionKeys(): ${suggest(key, known)}`);
  }
  return options as EncryptionKeysOptions;
}

function checkSecret(secret: unknown, action: string, what: string): asserts secret is string {
  if (typeof secret === "string" && secret !== "" && isWellFormed(secret)) return;
  const wanted = "text that is not empty and holds no half of a surrogate pair";
  throw new TypeError(`Cannot ${action}: ${what} must be ${wanted}: received ${describeKind(secret)}`);
}

function describeVersion(value: unknown): string {
  return typeof value === "number" ? String(value) : describeKind(value);
}
