/**
 * The rules of access control once more, as short as they can be said: every way from a principal is walked, one by one.
 *
 * @module
 */

export interface Acl {
  /** Scopes by principal. */
  readonly principals: Readonly<Record<string, readonly string[]>>;
  readonly resources: readonly string[];
  readonly edges: readonly AclEdge[];
}

export interface AclEdge {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly narrowedScopes?: readonly string[];
  readonly narrowable?: boolean;
}

export interface Conditions {
  readonly requiredScopes: readonly string[];
  readonly requiredScopesAny: readonly string[];
}

/** For whom a principal can act: with these scopes, and with the permissions of these principals. */
interface Authority {
  readonly scopes: ReadonlySet<string>;
  readonly groups: readonly string[];
}

/** The groups of `member` that are at most `hops` away, itself among them, with the hops that are left there. */
function* groupsOf(acl: Acl, member: string, hops: number): Generator<[group: string, left: number]> {
  yield [member, hops];
  for (const { type, source, target } of acl.edges) {
    if (type === "belongs_to" && source === member && hops > 0) yield* groupsOf(acl, target, hops - 1);
  }
}

/** For whom who can act for `holder` can act; `limit` says which scopes the delegations so far let through. */
function* authorities(acl: Acl, holder: string, hops: number, limit?: readonly string[]): Generator<Authority> {
  const groups = new Map<string, number>();
  for (const [group, left] of groupsOf(acl, holder, hops)) groups.set(group, Math.max(left, groups.get(group) ?? 0));
  const scopes = [...groups.keys()].flatMap((group) => acl.principals[group]!);
  yield {
    scopes: new Set(limit ? scopes.filter((scope) => limit.includes(scope)) : scopes),
    groups: [...groups.keys()],
  };
  for (const [group, left] of groups) {
    for (const { type, source, target, narrowedScopes = [], narrowable } of acl.edges) {
      if (type !== "delegates" || target !== group || left === 0 || (limit && !narrowable)) continue;
      const narrowed = limit ? limit.filter((scope) => narrowedScopes.includes(scope)) : narrowedScopes;
      yield* authorities(acl, source, left - 1, narrowed);
    }
  }
}

/** What each principal can act for. */
export function authoritiesOf(acl: Acl, principal: string, maxDepth: number): Authority[] {
  return principal in acl.principals ? [...authorities(acl, principal, maxDepth)] : [];
}

/** Whether one of `all` has the permission and the scopes. */
export function isAllowed(acl: Acl, all: readonly Authority[], resource: string, type: string, asked: Conditions) {
  return all.some(({ scopes, groups }) => {
    const isPermitted = acl.edges.some(
      (edge) => edge.type === type && edge.target === resource && groups.includes(edge.source),
    );
    const hasAll = asked.requiredScopes.every((scope) => scopes.has(scope));
    const hasAny = asked.requiredScopesAny.length === 0 || asked.requiredScopesAny.some((scope) => scopes.has(scope));
    return isPermitted && hasAll && hasAny;
  });
}
