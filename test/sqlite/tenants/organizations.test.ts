import assert from "node:assert/strict";
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  createOrganization,
  deleteOrganization,
  listOrganizations,
} from "../../../src/sqlite/identity/organizations.ts";
import { openTenants, type SystemDatabase, type Tenants } from "../../../src/sqlite/mod.ts";
import { addNote, closeAfter, type Hub, notesOf, temporaryHub, temporaryTenants } from "./fixture.ts";
import { NOTES } from "./notes.ts";

const acme = (ownerId: string) => ({ id: "acme", slug: "acme", name: "Acme", ownerId });
const pathOf = (tenants: Tenants, name: string) => join(tenants.directory, name);
const filesIn = (tenants: Tenants) =>
  readdirSync(tenants.directory, { recursive: true }).filter((name) => String(name).includes("tenant-"));
const idsIn = (system: SystemDatabase) => listOrganizations(system).map(({ id }) => id);

test("createOrganization() makes an organisation and its file", (t) => {
  const { tenants, system, ownerId } = temporaryHub(t);
  const { id } = tenants.createOrganization({ slug: "acme", name: "Acme", ownerId });
  assert.deepEqual(idsIn(system), [id]);
  assert.deepEqual(filesIn(tenants), [`tenant-${id}.db`]);
  addNote(tenants, id, "x");
  assert.deepEqual(notesOf(tenants, id), ["x"]);
});

test("createOrganization() makes no file when the organisation is refused", (t) => {
  const { tenants, system, ownerId } = temporaryHub(t);
  tenants.createOrganization(acme(ownerId));
  assert.throws(() => tenants.createOrganization({ ...acme(ownerId), id: "other" }), { code: "ALREADY_EXISTS" });
  assert.throws(() => tenants.createOrganization({ slug: "b", name: "B", ownerId: "nobody" }), { code: "NOT_FOUND" });
  assert.throws(() => tenants.createOrganization({ slug: "b", name: "B", ownerId, id: "../b" }), /orgId must be/);
  assert.throws(() => tenants.createOrganization(undefined as never), { name: "TypeError" });
  assert.deepEqual(idsIn(system), ["acme"]);
  assert.deepEqual(filesIn(tenants), ["tenant-acme.db"]);
});

test("createOrganization() makes no organisation when the file can't be made", (t) => {
  const { tenants, system, ownerId } = temporaryHub(t);
  mkdirSync(pathOf(tenants, "tenant-acme.db.pending"));
  assert.throws(() => tenants.createOrganization(acme(ownerId)));
  assert.deepEqual(idsIn(system), []);
  const older = closeAfter(t, openTenants({ directory: tenants.directory }));
  older.create("beta");
  older.close();
  assert.throws(() => tenants.createOrganization({ ...acme(ownerId), id: "beta" }), {
    code: "ALREADY_EXISTS",
    message: 'Cannot create tenant "beta": it has a file, without an organisation',
  });
  assert.deepEqual(idsIn(system), []);
});

test("createOrganization() is refused inside a transaction on the system database, and leaves nothing", (t) => {
  const { tenants, system, ownerId } = temporaryHub(t);
  system.transaction(() => {
    assert.throws(() => tenants.createOrganization(acme(ownerId)), { code: "TRANSACTION_OPEN" });
  });
  assert.deepEqual(filesIn(tenants), []);
});

test("createOrganization() commits to the disk, and leaves the system database with the setting it had", (t) => {
  const { tenants, system, ownerId } = temporaryHub(t);
  tenants.createOrganization(acme(ownerId));
  assert.equal(system.$client.row("PRAGMA synchronous")?.[0], 1);
});

test("deleteOrganization() deletes the organisation and its file, active or archived", (t) => {
  const { tenants, system, ownerId } = temporaryHub(t);
  tenants.createOrganization(acme(ownerId));
  tenants.createOrganization({ id: "beta", slug: "beta", name: "Beta", ownerId });
  addNote(tenants, "acme", "x");
  tenants.archive("beta");
  assert.equal(tenants.deleteOrganization("acme"), true);
  assert.equal(tenants.deleteOrganization("beta"), true);
  assert.equal(tenants.deleteOrganization("acme"), false);
  assert.deepEqual(idsIn(system), []);
  assert.deepEqual(filesIn(tenants), []);
});

test("deleteOrganization() leaves both while the tenant is in use", (t) => {
  const { tenants, system, ownerId } = temporaryHub(t);
  tenants.createOrganization(acme(ownerId));
  const lease = tenants.acquire("acme");
  assert.throws(() => tenants.deleteOrganization("acme"), { code: "TENANT_IN_USE" });
  lease.release();
  const other = closeAfter(t, openTenants({ directory: tenants.directory, migrations: [NOTES] }));
  other.acquire("acme");
  assert.throws(() => tenants.deleteOrganization("acme"), { code: "TENANT_IN_USE" });
  assert.deepEqual(idsIn(system), ["acme"]);
  assert.deepEqual(notesOf(tenants, "acme"), []);
});

test("deleteOrganization() deletes an organisation that has no file", (t) => {
  const { tenants, system, ownerId } = temporaryHub(t);
  createOrganization(system, acme(ownerId));
  assert.equal(tenants.deleteOrganization("acme"), true);
  assert.deepEqual(idsIn(system), []);
});

test("delete() is refused for a tenant that is an organisation", (t) => {
  const { tenants, ownerId } = temporaryHub(t);
  tenants.createOrganization(acme(ownerId));
  assert.throws(() => tenants.delete("acme"), {
    code: "TENANT_IN_USE",
    message: 'Cannot delete tenant "acme": it must not be in use: received its organisation: use deleteOrganization()',
  });
  assert.equal(tenants.has("acme"), true);
});

test("with a system database no tenant without organisation gets a file, and none is made by use()", (t) => {
  const { tenants, system, ownerId } = temporaryHub(t);
  assert.throws(() => tenants.create("acme"), {
    code: "NOT_FOUND",
    message: 'Cannot create tenant "acme": a tenant is wanted: received none of that id',
  });
  createOrganization(system, acme(ownerId)); // past the tenants
  assert.throws(() => tenants.use("acme", () => {}), { code: "NOT_FOUND" });
  assert.equal(tenants.create("acme"), true);
  assert.deepEqual(notesOf(tenants, "acme"), []);
});

test("createOrganization() and deleteOrganization() are refused without a system database", (t) => {
  const tenants = temporaryTenants(t);
  assert.throws(() => tenants.createOrganization(acme("x")), {
    name: "TypeError",
    message: "Cannot create an organisation: the tenants must be opened with system: they were opened without",
  });
  assert.throws(() => tenants.deleteOrganization("acme"), /^TypeError: Cannot delete an organisation/);
});

/** The states in which a process that is killed can leave an organisation and its file: how each is found, and left. */
const LEFT: Readonly<Record<string, [leave: (hub: Hub) => void, files: string[]]>> = {
  "made, and committed": [
    ({ tenants }) => renameSync(pathOf(tenants, "tenant-acme.db"), pathOf(tenants, "tenant-acme.db.pending")),
    ["tenant-acme.db"],
  ],
  "made, and not committed": [
    ({ tenants, system }) => {
      deleteOrganization(system, "acme");
      renameSync(pathOf(tenants, "tenant-acme.db"), pathOf(tenants, "tenant-acme.db.pending"));
    },
    [],
  ],
  "archived, and its deletion not committed": [
    ({ tenants }) => {
      tenants.archive("acme");
      renameSync(pathOf(tenants, "archived/tenant-acme.db"), pathOf(tenants, "archived/tenant-acme.db.pending"));
    },
    ["archived/tenant-acme.db"],
  ],
};

for (const [what, [leave, files]] of Object.entries(LEFT)) {
  for (const [when, look] of [
    ["when tenants are opened", (hub) => openTenants({ directory: hub.tenants.directory, system: hub.system }).close()],
    ["when the tenant is looked for", (hub) => hub.tenants.info("acme")],
    ["when all are listed", (hub) => hub.tenants.list()],
  ] as [string, (hub: Hub) => unknown][]) {
    test(`a file that was ${what} is settled ${when}`, (t) => {
      const hub = temporaryHub(t);
      hub.tenants.createOrganization(acme(hub.ownerId));
      leave(hub);
      look(hub);
      assert.deepEqual(
        filesIn(hub.tenants).map((name) => String(name).replaceAll("\\", "/")),
        files,
      );
    });
  }
}

test("without a system database a pending file is left alone, and no other is made in its place", (t) => {
  const hub = temporaryHub(t);
  hub.tenants.createOrganization(acme(hub.ownerId));
  renameSync(pathOf(hub.tenants, "tenant-acme.db"), pathOf(hub.tenants, "tenant-acme.db.pending"));
  const tenants = closeAfter(t, openTenants({ directory: hub.tenants.directory }));
  assert.throws(() => tenants.use("acme", () => {}), {
    code: "ALREADY_EXISTS",
    message: /it is being made or removed with its organisation: open tenants with system$/,
  });
  assert.equal(hub.tenants.has("acme"), true);
});
