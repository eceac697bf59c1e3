/**
 * A process that rotates the secrets of a graph one by one, and tells of each, until it is killed.
 *
 * @module
 */
import { createEncryptionKeys, SecretGraph } from "../../../../src/graphs/mod.ts";
import { open } from "../../../../src/honker/mod.ts";
import { createGraphStore } from "../../../../src/sqlite/graphs/graph-store.ts";
import { rotateSecrets } from "../../../../src/sqlite/graphs/rotate-secrets.ts";
import { createTenantDatabase } from "../../../../src/sqlite/mod.ts";

const [path = "", graphId = "", secrets = "{}"] = process.argv.slice(2);
const store = createGraphStore(createTenantDatabase(open(path)));
const keys = createEncryptionKeys({ current: 4, keys: JSON.parse(secrets) });
const onProgress = ({ done }: { done: number }) => console.log(done);
await rotateSecrets(store.graph(graphId, SecretGraph), keys, { batchSize: 1, onProgress });
