import { describeKind, isWellFormed } from "../../json-values.ts";
import { formatError } from "./serialized-graph.ts";

/** Puts chunks of any size together to blocks of one size. */
export interface BlockMaker {
  /** The blocks that `chunk` fills. They share their memory: each is valid until the next is asked for. */
  add(chunk: string | Uint8Array): Generator<Uint8Array>;
  /** The last block, which may be empty. */
  end(): Uint8Array;
}

const MAX_UTF8 = 3; // bytes that a UTF-16 unit can become
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Starts a text in UTF-8 blocks of `size` bytes. A byte order mark is left out.
 *
 * A pair of surrogates, or a UTF-8 sequence, may be divided between chunks, and between blocks.
 */
export function makeBlocks(size: number): BlockMaker {
  const encoder = new TextEncoder();
  const block = new Uint8Array(size);
  let filled = 0;
  let half = ""; // of a surrogate pair, whose other half is to come
  let isFirst = true;

  return {
    *add(chunk) {
      if (typeof chunk === "string") return yield* addText(chunk);
      if (!(chunk instanceof Uint8Array)) {
        throw new TypeError(`Cannot read a graph: a chunk must be text or bytes: received ${describeKind(chunk)}`);
      }
      if (half !== "") throw halfPair();
      for (let i = 0; i < chunk.length; ) {
        const part = chunk.subarray(i, i + size - filled);
        block.set(part, filled);
        filled += part.length;
        i += part.length;
        if (filled === size) yield finish();
      }
    },
    end() {
      if (half !== "") throw halfPair();
      return finish();
    },
  };

  function* addText(chunk: string): Generator<Uint8Array> {
    let text = half + chunk;
    const last = text.charCodeAt(text.length - 1);
    half = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : "";
    if (half !== "") text = text.slice(0, -1);
    if (!isWellFormed(text)) throw halfPair();
    for (let i = 0; i < text.length; ) {
      // All of the rest, so that no pair is cut: the encoder stops where the block is full.
      const { read, written } = encoder.encodeInto(i === 0 ? text : text.slice(i), block.subarray(filled));
      i += read;
      filled += written;
      if (size - filled <= MAX_UTF8) yield finish();
    }
  }

  function finish(): Uint8Array {
    const whole = block.subarray(isFirst && BYTE_ORDER_MARK.every((byte, i) => block[i] === byte) ? 3 : 0, filled);
    filled = 0;
    isFirst = false;
    return whole;
  }
}

function halfPair() {
  return formatError("read", "the text", "Unicode", "half of a surrogate pair");
}

/** Bytes that grow at the end, up to what the caller allows. */
export interface KeptBytes {
  length(): number;
  add(bytes: Uint8Array): void;
  /** All that was added, and `last` at its end; nothing is kept then. Valid until the next `add()`. */
  take(last: Uint8Array): Uint8Array;
}

export function keepBytes(): KeptBytes {
  let kept = new Uint8Array(0);
  let length = 0;
  return {
    length: () => length,
    add,
    take(last) {
      if (length === 0) return last;
      add(last);
      const whole = kept.subarray(0, length);
      length = 0;
      return whole;
    },
  };

  function add(bytes: Uint8Array): void {
    if (length + bytes.length > kept.length) {
      const larger = new Uint8Array(2 * (length + bytes.length));
      larger.set(kept.subarray(0, length));
      kept = larger;
    }
    kept.set(bytes, length);
    length += bytes.length;
  }
}
