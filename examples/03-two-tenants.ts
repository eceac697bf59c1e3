/**
 * Two organisations of one hub, each with a file of its own: `node examples/03-two-tenants.ts`.
 *
 * Prints:
 *
 * ```
 * Acme has a file of its own, and so has Globex: 2 files
 * Acme [ 'app', 'lodash' ] Globex [ 'app' ]
 * told by Globex { key: 'app' }
 * nothing outside the directory: Cannot open a tenant: orgId must be 1 to 63 characters of a-z, 0-9 and -, the first no -: received "../system"
 * Globex is gone, with its file: 1 file
 * ```
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Type } from "@sinclair/typebox";
import { defineGraph } from "../src/graphs/mod.ts"; // in your program: "@alkdev/storage/graphs"
import { open } from "../src/honker/mod.ts"; // "@alkdev/storage/honker"
import { createAccount, createGraphStore, createSystemDatabase, openTenants } from "../src/sqlite/mod.ts";

const Packages = defineGraph({
  name: "packages",
  version: 1,
  config: { type: "directed", multi: false, allowSelfLoops: false },
  nodes: { package: Type.Object({ license: Type.String() }) },
  edges: {},
});

const directory = mkdtempSync(join(tmpdir(), "two-tenants-"));
const client = open(join(directory, "system.db"));
const system = createSystemDatabase(client);
const tenants = openTenants({ directory: join(directory, "tenants"), system, maxOpen: 50 });
const { id: ownerId } = createAccount(system, { email: "ada@example.org" });
const acme = tenants.createOrganization({ slug: "acme", name: "Acme", ownerId }); // its row and its file: both, or neither
const globex = tenants.createOrganization({ slug: "globex", name: "Globex", ownerId });
console.log(`${acme.name} has a file of its own, and so has ${globex.name}: ${tenants.list().length} files`);

/** The graph of a tenant has these packages from now on; it gives their keys. */
function install(orgId: string, keys: string[]): string[] {
  return tenants.use(orgId, (db) => {
    const store = createGraphStore(db, { events: "notify" });
    store.register(Packages);
    const graph = store.createGraph(Packages, { name: "installed" });
    graph.addNodes(keys.map((key) => ({ type: "package", key, attributes: { license: "MIT" } })));
    return Array.from(graph.nodes(), ({ key }) => key);
  });
}
const lease = tenants.acquire(globex.id); // keeps its file open, as long as somebody listens
const listener = lease.db.$client.listen("nodes:created", { ref: true });
console.log("Acme", install(acme.id, ["app", "lodash"]), "Globex", install(globex.id, ["app"]));
for await (const { payload } of listener) {
  console.log("told by Globex", { key: (payload as { key: string }).key });
  break;
}
try {
  tenants.use("../system", () => {});
} catch (error) {
  console.log(`nothing outside the directory: ${(error as Error).message}`);
}
lease.release();
tenants.deleteOrganization(globex.id);
console.log(`Globex is gone, with its file: ${tenants.list().length} file`);
tenants.close();
client.close();
rmSync(directory, { recursive: true });
