/**
 * Adds to `package-lock.json` the packages of other platforms that `npm install` left out.
 *
 * npm omits a platform's optional package when the registry it asks doesn't have it, and `npm ci` then refuses the
 * lockfile. The entries added here name version and platform; they carry no integrity, because nothing was fetched.
 * Prints what it adds; adds nothing when run again.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Platform {
  readonly cpu: readonly string[];
  readonly libc?: readonly string[];
  readonly os: readonly string[];
}

interface LockEntry extends Partial<Platform> {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const SYSTEMS = new Set([
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
]);
const PROCESSORS = new Set(["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"]);
const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

const path = "package-lock.json";
const lockfile = JSON.parse(readFileSync(path, "utf8")) as { packages: Record<string, LockEntry> };
const { packages } = lockfile;
let added = 0;
for (const parent of Object.values(packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    const platform = platformOf(name);
    if (key in packages || platform === undefined || !EXACT_VERSION.test(version)) continue;
    const { cpu, libc, os } = platform;
    packages[key] = { version, cpu, ...(parent.dev && { dev: true }), ...(libc && { libc }), optional: true, os };
    console.log(`Added ${name} ${version}`);
    added++;
  }
}
if (added > 0) {
  const [root, ...others] = Object.entries(packages);
  others.sort(([a], [b]) => (a < b ? -1 : 1));
  lockfile.packages = Object.fromEntries([root!, ...others]);
  writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`);
}

/** What a name such as `@deno/linux-arm64-glibc` says of its platform; `undefined` if it says nothing. */
function platformOf(name: string): Platform | undefined {
  const words = name.split(/[-/]/);
  const os = words.find((word) => SYSTEMS.has(word));
  const cpu = words.find((word) => PROCESSORS.has(word));
  if (os === undefined || cpu === undefined) return undefined;
  if (words.some((word) => word.startsWith("musl"))) return { cpu: [cpu], libc: ["musl"], os: [os] };
  if (words.some((word) => word.startsWith("gnu") || word === "glibc"))
    return { cpu: [cpu], libc: ["glibc"], os: [os] };
  return { cpu: [cpu], os: [os] };
}
