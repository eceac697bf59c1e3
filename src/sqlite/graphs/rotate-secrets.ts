import { checkInteger, checkOptions, checkSignal } from "../../arguments.ts";
import { StorageError } from "../../errors.ts";
import { decrypt, type EncryptedData, type EncryptionKeys, encrypt, SecretGraph } from "../../graphs/mod.ts";
import type { NodeOf } from "./elements.ts";
import type { Graph, NodePatchEntry } from "./graph.ts";

/** How far a rotation is. */
export interface RotationProgress {
  /** Secrets that were to be rotated when it began. */
  readonly total: number;
  /** Secrets that it has dealt with, of those. */
  readonly done: number;
}

/** What a rotation did. */
export interface RotationReport {
  /** Secrets that are encrypted with the current key now. */
  readonly rotated: number;
  /** Secrets that somebody else changed or deleted meanwhile: left as they are, for the next rotation. */
  readonly changed: number;
  /** The keys of the secrets that none of the keys opens: left as they are. */
  readonly failed: readonly string[];
}

/** How a rotation goes. */
export interface RotationOptions {
  /** Rotates secrets of this key version only. @default all of a version below the current one */
  readonly from?: number;
  /** Secrets a transaction: bounds how long the file is locked. @default 100 */
  readonly batchSize?: number;
  /** Is told after each batch. */
  readonly onProgress?: (progress: RotationProgress) => void;
  /** Ends the rotation after the batch at hand: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

type Secrets = typeof SecretGraph;
type Secret = NodeOf<Secrets, "secret">;

const OPTIONS = ["from", "batchSize", "onProgress", "signal"];
const MAX_BATCH = 10_000;

/**
 * Encrypts the secrets of a graph anew, with the current one of `keys`, in transactions of `batchSize` secrets.
 *
 * It may be stopped at any moment, by a signal or a crash, and called again: what is left is what has an
 * older key version. What a newer deployment wrote with a later one stays. A secret that somebody writes meanwhile is not overwritten. Plain texts are in memory only.
 *
 * ```ts
 * const keys = createEncryptionKeys({ current: 4, keys: { 3: oldKey, 4: newKey } });
 * const { rotated, failed } = await rotateSecrets(graph, keys, { onProgress: ({ done, total }) => bar(done / total) });
 * ```
 *
 * @throws {TypeError} If `graph` is not of `SecretGraph`, or `keys` is not what `createEncryptionKeys()` returns.
 * @throws {RangeError} If `from` is the current key version.
 */
export async function rotateSecrets(
  graph: Graph<Secrets>,
  keys: EncryptionKeys,
  options: RotationOptions = {},
): Promise<RotationReport> {
  checkArguments(graph, keys, options);
  const { from, batchSize = 100, onProgress, signal } = options;
  signal?.throwIfAborted();
  const isWanted = (version: number) => (from === undefined ? version < keys.current : version === from);
  const where = { "encrypted.keyVersion": from === undefined ? { lt: keys.current } : { eq: from } } as const;
  const found = graph.nodes("secret", { where, limit: Number.MAX_SAFE_INTEGER }).keys(); // no state is held meanwhile
  const failed: string[] = [];
  let rotated = 0;
  for (let done = 0; done < found.length; ) {
    const part = found.slice(done, done + batchSize);
    const batch = graph.getNodes(part).filter((node) => node?.type === "secret");
    const old = batch.filter(({ attributes }) => isWanted(attributes.encrypted.keyVersion));
    rotated += replace(graph, await encryptAnew(old, keys, failed));
    done += part.length;
    onProgress?.({ total: found.length, done });
    signal?.throwIfAborted();
  }
  return { rotated, changed: found.length - rotated - failed.length, failed };
}

interface Reencrypted {
  readonly secret: Secret;
  readonly encrypted: EncryptedData;
}

/** The secrets of a batch under the current key; those that can't be read go to `failed`. */
async function encryptAnew(batch: readonly Secret[], keys: EncryptionKeys, failed: string[]): Promise<Reencrypted[]> {
  const done = await Promise.all(
    batch.map(async (secret) => {
      try {
        const plaintext = await decrypt(secret.attributes.encrypted, keys);
        return { secret, encrypted: await encrypt(plaintext, keys) };
      } catch (error) {
        if (!(error instanceof StorageError && error.code === "DECRYPTION_FAILED")) throw error;
        failed.push(secret.key);
        return undefined;
      }
    }),
  );
  return done.filter((one) => one !== undefined);
}

/** Writes those that nobody has changed since they were read, in one transaction. @returns How many. */
function replace(graph: Graph<Secrets>, fresh: readonly Reencrypted[]): number {
  let replaced = 0;
  graph.updateNodes(unchanged());
  return replaced;

  // It is run under the write lock, so what is committed can't change between the look and the write.
  function* unchanged(): Generator<NodePatchEntry<Secrets>> {
    for (const { secret, encrypted } of fresh) {
      const now = graph.getNode(secret.key);
      if (now?.type !== "secret" || !isSame(now.attributes.encrypted, secret.attributes.encrypted)) continue;
      replaced++;
      yield { type: "secret", key: secret.key, attributes: { encrypted } };
    }
  }
}

function isSame(a: EncryptedData, b: EncryptedData): boolean {
  return a.keyVersion === b.keyVersion && a.salt === b.salt && a.iv === b.iv && a.data === b.data;
}

function checkArguments(graph: Graph<Secrets>, keys: EncryptionKeys, options: RotationOptions): void {
  const action = "rotate secrets";
  checkOptions(options, OPTIONS, "rotateSecrets");
  if (graph?.module?.name !== SecretGraph.name) {
    throw new TypeError(`Cannot ${action}: a graph of SecretGraph is wanted: received ${typeof graph}`);
  }
  if (typeof keys !== "object" || keys === null || typeof keys.current !== "number") {
    throw new TypeError(`Cannot ${action}: keys must be what createEncryptionKeys() returns: received ${typeof keys}`);
  }
  const { from, batchSize, signal, onProgress } = options;
  if (from !== undefined) checkInteger(from, 1, action, "from");
  if (from === keys.current) {
    throw new RangeError(`Cannot ${action}: from must be another key version than the current one: received ${from}`);
  }
  if (batchSize !== undefined) checkInteger(batchSize, 1, action, "batchSize", MAX_BATCH);
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`Cannot ${action}: onProgress must be a function: received ${typeof onProgress}`);
  }
  checkSignal(signal, action);
}
