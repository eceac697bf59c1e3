import { v7 } from "uuid";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const HIGH_END = 2 ** 32;
const LOW_END = 2 ** 16;

/**
 * HOT (bench/graphs.ts): gives a function for the ids of the rows of one write: UUIDs of version 7, each above the last.
 *
 * The first is random; the others count on from it in its last 48 bits, as RFC 9562, section 6.2, method 2 has it: randomness
 * for each would cost more than its row.
 */
export function idSequence(): () => string {
  let prefix = "";
  let high = HIGH_END; // of the counter, and its bits below that
  let low = LOW_END - 1;
  return () => {
    if (++low < LOW_END) return prefix + HEX[low >>> 8]! + HEX[low & 0xff]!;
    low = 0;
    let start = "";
    if (++high >= HIGH_END) {
      const first = v7(); // of a later time than the last, should the counter ever come to its end
      start = first.slice(0, 24);
      high = Number.parseInt(first.slice(24, 32), 16);
      low = Number.parseInt(first.slice(32), 16);
    } else start = prefix.slice(0, 24);
    prefix = start + high.toString(16).padStart(8, "0");
    return prefix + HEX[low >>> 8]! + HEX[low & 0xff]!;
  };
}
