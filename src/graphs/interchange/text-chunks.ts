const CHUNK_CHARACTERS = 64 * 1024;

/** `pieces` in chunks of 64 Ki characters and at most one piece more, each made when it is asked for. */
export function* toChunks(pieces: Iterable<string>): Generator<string, void, undefined> {
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = "";
    }
  }
  if (chunk !== "") yield chunk;
}
