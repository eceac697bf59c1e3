/**
 * Migrates the file of the first argument. `race`: waits for a line, then prints the ids it applied. `stall`: stops for
 * ever inside the transaction, once the second statement of the migration has run.
 */
import { writeSync } from "node:fs";
import { open } from "../../../src/honker/mod.ts";
import { type MigrationClient, migrate } from "../../../src/sqlite/migrate.ts";
import { shop } from "../migrations.ts";

const [path = "", mode] = process.argv.slice(2);
const db = open(path);
if (mode === "race") {
  process.stdin.once("data", () => {
    writeSync(1, `${JSON.stringify(migrate(db, shop))}\n`);
    db.close();
    process.exit();
  });
  writeSync(1, "ready\n");
} else {
  migrate(stalling(), shop);
}

function stalling(): MigrationClient {
  return {
    query: (sql) => db.query(sql),
    run: (sql) => db.run(sql),
    transaction() {
      const tx = db.transaction();
      return {
        query: (sql, params) => tx.query(sql, params),
        commit: () => tx.commit(),
        rollback: () => tx.rollback(),
        execute(sql, params) {
          const changes = tx.execute(sql, params);
          if (sql === shop[0]?.statements[1]) {
            writeSync(1, "in the middle\n");
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
          }
          return changes;
        },
      };
    },
  };
}
