import type { SqlParameter } from "./parameters.ts";

/**
 * What everything above the engine asks of an open database: {@link Database} has it, and so has Honker's native Node
 * binding.
 */
export interface HonkerClient {
  query(sql: string, params?: readonly SqlParameter[]): Record<string, unknown>[];
  transaction(): HonkerTransaction;
  notify(channel: string, payload: unknown): number;
  listen(channel: string): AsyncIterable<unknown> & { close(): void };
  close(): void;
}

/** An open transaction of a {@link HonkerClient}. */
export interface HonkerTransaction {
  execute(sql: string, params?: readonly SqlParameter[]): number;
  query(sql: string, params?: readonly SqlParameter[]): Record<string, unknown>[];
  notify(channel: string, payload: unknown): number;
  commit(): void;
  rollback(): void;
}
