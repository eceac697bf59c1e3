/**
 * Reads an npm `package-lock.json` as a dependency graph.
 *
 * The format is described at https://docs.npmjs.com/cli/configuring-npm/package-lock-json: `packages` maps the place
 * where a package is installed to what it is and which ranges of which names it asks for. Which package answers a name
 * depends on the place that asks, by Node's lookup: https://nodejs.org/api/modules.html#loading-from-node_modules-folders.
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname } from "node:path/posix";

const MAX_BYTES = 64 * 1024 * 1024;
const VERSIONS: readonly unknown[] = [2, 3];

/** Says in one sentence what is wrong with the file the user named; of its content at most a package's place is quoted. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** Why a package asks for another. Of several reasons for the same name the first of this list counts, as in npm. */
export type DependencyKind = "dev" | "optional" | "prod" | "peer";

/** A package at one place. The same name at two places is two packages. */
export interface LockedPackage {
  /** Where it is installed, relative to the project: `node_modules/a/node_modules/b`; `""` is the project itself. */
  readonly key: string;
  /** Its own name, also where it is installed under an alias. */
  readonly name: string;
  /** `""` if it has none, as a private package may. */
  readonly version: string;
  /** Whether it is the project itself, or a directory that is linked to it, such as a workspace. */
  readonly isProject: boolean;
  /** Whether it is there only for development; a package may be `dev` and `optional` at once. */
  readonly dev: boolean;
  /** Whether the install succeeds without it. */
  readonly optional: boolean;
  /** Whether it is there only because a peer is asked for. */
  readonly peer: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly hasInstallScript?: true;
  /** `node_modules` has a link to it. */
  readonly link?: true;
  /** It came inside the archive of the package that asks for it. */
  readonly bundled?: true;
}

/** `from` asks for `range` and gets `to`; both are keys of packages. */
export interface Dependency {
  readonly from: string;
  readonly to: string;
  readonly kind: DependencyKind;
  readonly range: string;
}

/** `from` asks for a name that no place it can see holds. */
export interface UnmetDependency {
  readonly from: string;
  readonly name: string;
  readonly kind: DependencyKind;
  readonly range: string;
  /** Whether the package says that it works without. */
  readonly optional: boolean;
}

/** What a `package-lock.json` says. */
export interface Lockfile {
  /** The name of the project. */
  readonly name: string;
  readonly packages: readonly LockedPackage[];
  readonly dependencies: readonly Dependency[];
  readonly unmet: readonly UnmetDependency[];
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads the lockfile at `path`, of version 2 or 3, up to 64 MiB. Packages come in the order of the file.
 *
 * @throws {InputError} If there is no such file or it is no such lockfile.
 */
export function readLockfile(path: string): Lockfile {
  const root = parse(path);
  const version = root.lockfileVersion;
  if (!VERSIONS.includes(version)) {
    const received = typeof version === "number" ? `version ${version}` : "no version";
    throw new InputError(
      `Cannot read "${path}": a lockfile of version 2 or 3 (npm 7 or later) is wanted: received ${received}`,
    );
  }
  if (!isObject(root.packages)) {
    throw new InputError(`Cannot read "${path}": a lockfile with "packages" is wanted: received one without`);
  }
  const entries = new Map<string, JsonObject>();
  for (const [key, entry] of Object.entries(root.packages)) {
    if (!isObject(entry) || !key.isWellFormed()) throw malformed(path, key);
    entries.set(key, entry);
  }

  const targets = linkTargets(entries);
  const linked = new Set(targets.values());
  const packages: LockedPackage[] = [];
  const dependencies: Dependency[] = [];
  const unmet: UnmetDependency[] = [];
  for (const [key, entry] of entries) {
    if (targets.has(key)) continue; // a link: its target is the package
    const described = describe(key, entry, linked.has(key));
    if (!described.name.isWellFormed() || !described.version.isWellFormed()) throw malformed(path, key);
    packages.push(described);
    for (const [name, request] of requests(path, key, entry, described.isProject)) {
      const found = lookup(entries, key, name);
      if (found === undefined) unmet.push({ from: key, name, ...request });
      else dependencies.push({ from: key, to: targets.get(found) ?? found, kind: request.kind, range: request.range });
    }
  }
  if (packages.length === 0) {
    throw new InputError(`Cannot read "${path}": a lockfile with at least one package is wanted: received none`);
  }
  dependencies.push(...workspaces(entries, targets, dependencies));
  return { name: packages.find(({ key }) => key === "")?.name || text(root.name) || "", packages, dependencies, unmet };
}

/** The JSON object in the file. */
function parse(path: string): JsonObject {
  const source = read(path);
  let value: unknown;
  try {
    value = JSON.parse(source.replace(/^\uFEFF/, ""));
  } catch {
    // Not as the cause: the engine's message quotes the content.
    throw new InputError(`Cannot read "${path}": JSON is wanted: received something else`);
  }
  if (isObject(value)) return value;
  throw new InputError(`Cannot read "${path}": a JSON object is wanted: received another JSON value`);
}

function read(path: string): string {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) {
      const received = stats.isDirectory() ? "a directory" : "something else";
      throw new InputError(`Cannot read "${path}": a file is wanted: received ${received}`);
    }
    if (stats.size > MAX_BYTES) {
      throw new InputError(`Cannot read "${path}": at most ${MAX_BYTES} bytes are wanted: received ${stats.size}`);
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const received = code === "ENOENT" || code === "ENOTDIR" ? "a path where nothing is" : `the error ${code}`;
    throw new InputError(`Cannot read "${path}": a package-lock.json is wanted: received ${received}`);
  }
}

/** From the place of each link to the place of the package it links to. */
function linkTargets(entries: ReadonlyMap<string, JsonObject>): Map<string, string> {
  const targets = new Map<string, string>();
  for (const [key, { link, resolved }] of entries) {
    const target = text(resolved);
    if (link === true && target !== undefined && entries.has(target)) targets.set(key, target);
  }
  return targets;
}

function describe(key: string, entry: JsonObject, linked: boolean): LockedPackage {
  const both = entry.devOptional === true; // for development of the project, and optional for its users
  const resolved = text(entry.resolved);
  const integrity = text(entry.integrity);
  const license = text(entry.license);
  return {
    key,
    name: text(entry.name) ?? nameOf(key),
    version: text(entry.version) ?? "",
    isProject: key === "" || linked,
    dev: both || entry.dev === true,
    optional: both || entry.optional === true,
    peer: entry.peer === true,
    ...(resolved !== undefined && { resolved }),
    ...(integrity !== undefined && { integrity }),
    ...(license !== undefined && { license }),
    ...(entry.hasInstallScript === true && { hasInstallScript: true as const }),
    ...((linked || entry.link === true) && { link: true as const }),
    ...(entry.inBundle === true && { bundled: true as const }),
  };
}

type Request = Omit<UnmetDependency, "from" | "name">;

/** What a package asks for, one request per name. Only projects, not what they install, ask for their `dev` ones. */
function requests(path: string, key: string, entry: JsonObject, isProject: boolean): Map<string, Request> {
  const found = new Map<string, Request>();
  const optionalPeers = isObject(entry.peerDependenciesMeta) ? entry.peerDependenciesMeta : {};
  const add = (field: string, kind: DependencyKind, isOptional: (name: string) => boolean) => {
    const ranges = entry[field] ?? {};
    if (!isObject(ranges)) throw malformed(path, key);
    for (const [name, range] of Object.entries(ranges)) {
      if (typeof range !== "string" || !range.isWellFormed() || !name.isWellFormed()) throw malformed(path, key);
      found.set(name, { kind, range, optional: isOptional(name) });
    }
  };
  add("peerDependencies", "peer", (name) => {
    const meta = Object.hasOwn(optionalPeers, name) ? optionalPeers[name] : undefined;
    return isObject(meta) && meta.optional === true;
  });
  add("dependencies", "prod", () => false);
  add("optionalDependencies", "optional", () => true);
  if (isProject) add("devDependencies", "dev", () => false);
  return found;
}

/** The place that answers `name` when asked from `from`: the nearest `node_modules` upwards that holds it. */
function lookup(entries: ReadonlyMap<string, JsonObject>, from: string, name: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    if (directory === ".") directory = "";
    const candidate = `${directory}${directory === "" ? "" : "/"}node_modules/${name}`;
    if (entries.has(candidate)) return candidate;
    if (directory === "" || directory.endsWith("..")) return undefined; // above it the lockfile knows nothing
  }
}

/** The project's requests for its workspaces, which the lockfile states only as links: any version will do. */
function workspaces(
  entries: ReadonlyMap<string, JsonObject>,
  targets: ReadonlyMap<string, string>,
  dependencies: readonly Dependency[],
): Dependency[] {
  if (entries.get("")?.workspaces === undefined) return [];
  const asked = new Set(dependencies.filter(({ from }) => from === "").map(({ to }) => to));
  return [...targets]
    .filter(([link, target]) => link.startsWith("node_modules/") && !target.startsWith("..") && !asked.has(target))
    .map(([, to]) => ({ from: "", to, kind: "prod", range: "*" }));
}

/** The name that a place gives: what follows its last `node_modules`, or else the last directory. */
function nameOf(key: string): string {
  const folder = "node_modules/";
  const at = key.lastIndexOf(folder);
  return at === -1 ? basename(key) : key.slice(at + folder.length);
}

function malformed(path: string, key: string): InputError {
  return new InputError(
    `Cannot read "${path}": package ${JSON.stringify(key)} is wanted as npm writes it: received another shape`,
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
