import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PAGE = Buffer.alloc(4096);

/** A file system of its own that can be filled up. */
export interface SmallDisk {
  readonly directory: string;
  /** Leaves no room at all. */
  fill(): void;
  /** Makes room again. */
  free(): void;
  /** Unmounts it: what was opened on it must be closed. */
  remove(): void;
}

/** Why there can be none here, or undefined. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== "linux") return "a file system in memory can be mounted on Linux only";
  if (process.getuid?.() !== 0) return "mounting needs root";
  const directory = mkdtempSync(join(tmpdir(), "alkdev-mount-"));
  try {
    mount(directory, 4096);
    execFileSync("umount", [directory], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `mounting is not allowed here: ${String((error as { stderr?: unknown }).stderr ?? error).trim()}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Mounts a disk of `bytes`. */
export function mountSmallDisk(bytes: number): SmallDisk {
  const directory = mkdtempSync(join(tmpdir(), "alkdev-small-"));
  const filler = join(directory, "filler");
  mount(directory, bytes);
  return {
    directory,
    fill() {
      const descriptor = openSync(filler, "a");
      try {
        for (;;) writeSync(descriptor, PAGE);
      } catch (error) {
        if ((error as { code?: string }).code !== "ENOSPC") throw error;
      } finally {
        closeSync(descriptor);
      }
    },
    free: () => rmSync(filler, { force: true }),
    remove() {
      execFileSync("umount", ["--lazy", directory]);
      rmSync(directory, { recursive: true });
    },
  };
}

function mount(directory: string, bytes: number): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", directory], { stdio: "pipe" });
}
