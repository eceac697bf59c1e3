/**
 * The engine: one SQLite file, and the messages, streams and transactions that Honker keeps in it.
 *
 * ```ts
 * import { open } from "@alkdev/storage/honker";
 *
 * const db = open("app.db");
 * db.run("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL)");
 *
 * const orders = db.listen("orders", { ref: true });
 * const tx = db.transaction();
 * tx.execute("INSERT INTO orders (total) VALUES (?)", [42]);
 * tx.notify("orders", { total: 42 }); // sent with the row, or not at all
 * tx.commit();
 *
 * for await (const { payload } of orders) {
 *   console.log(payload); // { total: 42 }
 *   break;
 * }
 * db.close();
 * ```
 *
 * @module
 */
export { CheckpointMigrationError } from "./checkpoints.ts";
export type { HonkerClient, HonkerTransaction } from "./client.ts";
export type { RawRow, Row, RunResult } from "./connection.ts";
export { Database, type ListenOptions } from "./database.ts";
export type { JsonPrimitive, JsonValue } from "./json.ts";
export { Listener, type Notification } from "./listener.ts";
export { type OpenOptions, open } from "./open.ts";
export type { SqlParameter, SqlValue } from "./parameters.ts";
export { SqliteError } from "./sqlite-error.ts";
export { Stream } from "./stream.ts";
export { type StreamEvent, StreamSubscription, type SubscribeOptions } from "./stream-subscription.ts";
export { Transaction } from "./transaction.ts";
export { UpdateEvents } from "./update-events.ts";
