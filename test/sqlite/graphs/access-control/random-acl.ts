import type { Database } from "../../../../src/honker/mod.ts";
import type { Random } from "../../../crash/random.ts";
import type { Acl, AclEdge } from "./oracle.ts";

export const SCOPES = ["a", "b", "c", "d"];
const PERMISSIONS = ["can_read", "can_write", "can_execute"];

/** Each of `list` with the same probability. */
export function someOf(random: Random, list: readonly string[], probability: number): string[] {
  return list.filter(() => random.chance(probability));
}

/** A small graph: circles, parallel edges, chains and dead ends are all likely. */
export function randomAcl(random: Random): Acl {
  const names = Array.from({ length: 3 + random.below(6) }, (_, i) => `account:${i}`);
  const resources = Array.from({ length: 1 + random.below(4) }, (_, i) => `document:${i}`);
  const edges: AclEdge[] = [];
  for (let i = random.below(names.length + 2); i > 0; i--) join("belongs_to", {});
  for (let i = random.below(names.length + 2); i > 0; i--) {
    join("delegates", { narrowedScopes: someOf(random, SCOPES, 0.7), narrowable: random.chance(0.8) });
  }
  for (let i = 2 * resources.length; i > 0; i--) {
    edges.push({ type: random.pick(PERMISSIONS), source: random.pick(names), target: random.pick(resources) });
  }
  const principals = Object.fromEntries(names.map((name) => [name, someOf(random, SCOPES, 0.4)]));
  return { principals, resources, edges };

  function join(type: string, attributes: Partial<AclEdge>): void {
    const [source, target] = [random.pick(names), random.pick(names)];
    if (source !== target) edges.push({ type, source, target, ...attributes });
  }
}

/** Writes graphs by SQL, past the store, in one transaction. Their ids are `g` and their place in the list. */
export function writeAcls(client: Database, acls: readonly Acl[]): void {
  const nodes: unknown[][] = [];
  const edges: unknown[][] = [];
  acls.forEach((acl, i) => {
    for (const [key, scopes] of Object.entries(acl.principals)) nodes.push([`g${i}`, key, "principal", { scopes }]);
    for (const key of acl.resources) nodes.push([`g${i}`, key, "resource", {}]);
    for (const { type, source, target, ...attributes } of acl.edges) {
      edges.push([`g${i}`, null, type, attributes, source, target]);
    }
  });
  const value = (place: number) => `value ->> ${place}`;
  const id = "lower(hex(randomblob(16)))";
  const tx = client.transaction();
  tx.execute("INSERT INTO graph_types (id, name, config) VALUES ('acl', 'acl', '{}')");
  tx.execute("INSERT INTO graphs (id, graph_type_id, name) SELECT 'g' || key, 'acl', '' FROM json_each(?)", [
    JSON.stringify(acls.map(() => 0)),
  ]);
  const columns = "id, graph_id, key, type, attributes";
  const first = `${id}, ${[0, 1, 2].map(value).join(", ")}, value -> 3`;
  tx.execute(`INSERT INTO nodes (${columns}) SELECT ${first} FROM json_each(?)`, [JSON.stringify(nodes)]);
  tx.execute(
    `INSERT INTO edges (${columns}, source_node_key, target_node_key)
     SELECT ${first}, ${value(4)}, ${value(5)} FROM json_each(?)`,
    [JSON.stringify(edges)],
  );
  tx.commit();
}
