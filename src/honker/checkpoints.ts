import { StorageError } from "../errors.ts";
import type { RawRow } from "./connection.ts";

/**
 * Says that a consumer's offset was stored by an old Node binding, which swapped consumer and topic, and that nothing in
 * the file proves which is meant. An explicit `saveOffset` settles it.
 */
export class CheckpointMigrationError extends StorageError {
  override readonly name = "CheckpointMigrationError";
  readonly stream: string;
  readonly consumer: string;
  readonly offset: number;

  constructor(stream: string, consumer: string, offset: number) {
    super(
      "HONKER_CHECKPOINT_MIGRATION_UNVERIFIABLE",
      `Cannot read the offset of "${consumer}" in "${stream}": an old binding stored it swapped and its event is gone: save an offset`,
      { details: { stream, consumer, offset } },
    );
    this.stream = stream;
    this.consumer = consumer;
    this.offset = offset;
  }
}

type Read = (sql: string, params: readonly unknown[]) => RawRow[];

/** Where a consumer stands, and whether only a swapped row of Node bindings up to 0.4.6 says so. */
export interface Checkpoint {
  readonly offset: number;
  readonly isSwapped: boolean;
  /** Whether anything is stored. */
  readonly isStored: boolean;
}

/**
 * Reads the offset of `consumer` in `topic`: the row under (consumer, topic) wins; a row under (topic, consumer) counts
 * if it is 0 or names an event of this topic that is still there.
 *
 * @throws {CheckpointMigrationError} If there is only a swapped row and it can't be verified.
 */
export function readCheckpoint(read: Read, topic: string, consumer: string): Checkpoint {
  const stored = storedOffset(read, consumer, topic);
  if (stored !== undefined) return { offset: stored, isSwapped: false, isStored: true };
  const swapped = storedOffset(read, topic, consumer);
  if (swapped === undefined) return { offset: 0, isSwapped: false, isStored: false };
  const isVerified =
    swapped === 0 || read("SELECT 1 FROM _honker_stream WHERE offset = ? AND topic = ?", [swapped, topic]).length > 0;
  if (!isVerified) throw new CheckpointMigrationError(topic, consumer, swapped);
  return { offset: swapped, isSwapped: true, isStored: true };
}

/** Stores an offset under (consumer, topic) unless it would go back. */
export const SAVE_OFFSET = `INSERT INTO _honker_stream_consumers(name, topic, offset) VALUES (?, ?, ?)
  ON CONFLICT(name, topic) DO UPDATE SET offset = excluded.offset WHERE excluded.offset > offset`;

/** Stores an offset under (consumer, topic), unless somebody has stored one there by now. */
export const ADOPT_OFFSET = `INSERT INTO _honker_stream_consumers(name, topic, offset) VALUES (?, ?, ?)
  ON CONFLICT(name, topic) DO NOTHING`;

function storedOffset(read: Read, name: string, topic: string): number | undefined {
  const [row] = read("SELECT offset FROM _honker_stream_consumers WHERE name = ? AND topic = ?", [name, topic]);
  return row?.[0] as number | undefined;
}
