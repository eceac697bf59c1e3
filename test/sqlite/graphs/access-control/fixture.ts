import { AclGraph } from "../../../../src/graphs/mod.ts";
import type { Database, HonkerClient } from "../../../../src/honker/mod.ts";
import {
  type AccessControl,
  type AccessControlOptions,
  createAccessControl,
} from "../../../../src/sqlite/graphs/access-control.ts";
import { createGraphStore } from "../../../../src/sqlite/graphs/graph-store.ts";
import { createSystemDatabase } from "../../../../src/sqlite/mod.ts";
import { type TestScope, temporaryDatabase } from "../../../support/temporary.ts";

/** An access control graph in a file of its own. */
export function temporaryAccess(t: TestScope, options?: AccessControlOptions) {
  const client = temporaryDatabase(t);
  return { client, ...createAccess(client, options) };
}

/** Creates an access control graph in the file of `client`. */
export function createAccess<TClient extends HonkerClient>(client: TClient, options?: AccessControlOptions) {
  const db = createSystemDatabase(client);
  const store = createGraphStore(db);
  store.register(AclGraph);
  const graph = store.createGraph(AclGraph, { name: "acl" });
  return { db, graph, access: createAccessControl(graph, options) };
}

/** Opens an access control graph that another process has created. */
export function openAccess(client: Database, graphId: string): AccessControl {
  return createAccessControl(createGraphStore(createSystemDatabase(client)).graph(graphId, AclGraph));
}

/** Alice of Acme, Bob and a robot of nobody, and a document that Acme may read. */
export function addAcme(access: AccessControl) {
  const alice = access.addPrincipal({ identityType: "account", identityId: "alice", scopes: ["docs"] });
  const bob = access.addPrincipal({ identityType: "account", identityId: "bob" });
  const acme = access.addPrincipal({ identityType: "org", identityId: "acme", scopes: ["billing"] });
  const robot = access.addPrincipal({ identityType: "service", identityId: "robot" });
  const plan = access.addResource({ resourceType: "document", resourceId: "plan" });
  access.join(alice, acme);
  access.grant(acme, plan, "read");
  return { alice, bob, acme, robot, plan };
}
