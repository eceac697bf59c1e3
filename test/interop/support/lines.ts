import type { Readable } from "node:stream";

/** Calls `take` for each line of `stream`. Unlike `node:readline` it ends lines at "\n" only: JSON may hold U+2028. */
export function onLine(stream: Readable, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line);
  });
}
