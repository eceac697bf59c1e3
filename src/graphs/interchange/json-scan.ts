const QUOTE = 0x22;
const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** Where a scan of JSON text stands between two blocks of its bytes. */
export interface JsonScan {
  /** The open brackets. */
  depth: number;
  /** The most open brackets since the caller set it to 0. */
  deepest: number;
  /** The colons inside of brackets since the caller set it to 0: one for each member of an object, doubled or not. */
  members: number;
  inString: boolean;
  /** 1 if the block ended with a backslash, which hides the first byte of the next. */
  hidden: number;
}

export function startScan(): JsonScan {
  return { depth: 0, deepest: 0, members: 0, inString: false, hidden: 0 };
}

/**
 * HOT (bench/graphs.ts): the index of the next comma, colon or closing bracket outside of strings and brackets, or -1 if
 * the block ends before.
 *
 * Bytes, because every byte of a longer UTF-8 sequence is >= 0x80: none can be taken for one of those (RFC 3629). Whether
 * the text is JSON at all is for `JSON.parse` to say: of what it accepts, this finds the parts.
 */
export function findDelimiter(scan: JsonScan, bytes: Uint8Array, from: number): number {
  const end = bytes.length;
  let { depth, deepest, members, inString } = scan;
  let found = -1;
  let i = from + scan.hidden;
  for (; i < end; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === QUOTE) inString = false;
      else if (byte === BACKSLASH) i++;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === COLON || byte === COMMA) {
      if (depth === 0) {
        found = i;
        break;
      }
      if (byte === COLON) members++;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) {
        found = i;
        break;
      }
      depth--;
    }
  }
  scan.depth = depth;
  scan.deepest = deepest;
  scan.members = members;
  scan.inString = inString;
  scan.hidden = found < 0 ? i - end : 0;
  return found;
}

/** The index of the first byte from `from` on that is no white space of JSON, or the length of `bytes`. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let i = from;
  while (i < bytes.length && isSpace(bytes[i]!)) i++;
  return i;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
