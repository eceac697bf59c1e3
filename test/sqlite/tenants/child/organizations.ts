/**
 * Makes organisations in the hub of the directory of the first argument, uses, archives and deletes them, until it is killed.
 * It says `done` after each.
 */
import { writeSync } from "node:fs";
import { addNote, openHub } from "../fixture.ts";

const { tenants, ownerId } = openHub(process.argv[2]!);
for (;;) {
  const known = [...tenants.list(), ...tenants.list({ status: "archived" })];
  const chosen = known[Math.floor(Math.random() * known.length)];
  const draw = Math.random();
  if (chosen === undefined || (draw < 0.5 && known.length < 6)) {
    const name = `n${Math.random()}`.replace(".", "");
    const { id } = tenants.createOrganization({ slug: name, name, ownerId });
    addNote(tenants, id, "x");
  } else if (draw < 0.8) {
    tenants.deleteOrganization(chosen);
  } else if (tenants.has(chosen)) {
    tenants.archive(chosen);
  } else {
    tenants.unarchive(chosen);
  }
  writeSync(1, "done\n");
}
