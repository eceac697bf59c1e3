import { Transaction } from "../../honker/mod.ts";
import type { Executor, Host, HostTransaction } from "../adapter/executor.ts";
import { hostOf, scopeOf } from "../adapter/hosts.ts";
import { Scope } from "../adapter/scope.ts";

/** Where a graph is read: committed state, or what an open transaction sees. */
export type GraphReader = Pick<Executor, "values" | "row">;

/** Where a store reads and writes: an open database, or a transaction on it. */
export class GraphConnection {
  readonly client: object;
  readonly #host: Host;
  readonly #scope: Scope | undefined;

  private constructor(client: object, host: Host, scope: Scope | undefined) {
    this.client = client;
    this.#host = host;
    this.#scope = scope;
  }

  /** @throws {TypeError} If `db` is no Drizzle database on a Honker file. */
  static of(db: unknown, action: string): GraphConnection {
    const host = hostOf(db);
    if (host !== undefined) return new GraphConnection((db as { $client: object }).$client, host, undefined);
    const received = scopeOf(db) === undefined ? typeof db : "a transaction: use in(tx)";
    throw new TypeError(
      `Cannot ${action}: what createTenantDatabase(), createSystemDatabase() or createDrizzleWithAdapter() returns is wanted: received ${received}`,
    );
  }

  /** Whether it is inside a transaction that somebody else ends. */
  get isInTransaction(): boolean {
    return this.#scope !== undefined;
  }

  /**
   * The same inside the open transaction `tx`, Drizzle's or the client's own.
   *
   * @throws {TypeError} If `tx` is no transaction on this database.
   */
  in(tx: unknown): GraphConnection {
    const open = scopeOf(tx);
    if (open?.host === this.#host) return new GraphConnection(this.client, this.#host, open.scope);
    const isOwn = tx instanceof Transaction && "path" in this.client && tx.path === this.client.path;
    if (isOwn) return new GraphConnection(this.client, this.#host, new Scope(tx, undefined));
    const received = open === undefined && !(tx instanceof Transaction) ? typeof tx : "one of another database";
    throw new TypeError(
      `Cannot work in a transaction: tx must be the open transaction of this database: received ${received}`,
    );
  }

  /** Where single statements read. */
  get reader(): GraphReader {
    return this.#scope ?? this.#host.executor;
  }

  /** Runs `work`, whose reads all see one state. */
  inOneState<T>(work: (reader: GraphReader) => T): T {
    if (this.#scope !== undefined) return work(this.#scope); // nobody else writes while it is open
    const snapshot = this.#host.snapshot();
    try {
      return work(snapshot);
    } finally {
      snapshot.close();
    }
  }

  /** A state to read from for longer: who asks closes it. In a transaction it is what that sees. */
  snapshot(): GraphReader & { close(): void } {
    const scope = this.#scope;
    if (scope === undefined) return this.#host.snapshot();
    const { values, row } = { values: scope.values.bind(scope), row: scope.row.bind(scope) };
    return { values, row, close: () => {} };
  }

  /** The same on one state until it is closed: it only reads. In a transaction it is what that sees. */
  pinned(): { readonly connection: GraphConnection; close(): void } {
    if (this.#scope !== undefined) return { connection: this, close: () => {} };
    const snapshot = this.#host.snapshot();
    const state = { values: snapshot.values.bind(snapshot), row: snapshot.row.bind(snapshot), close: () => {} };
    const host: Host = { ...this.#host, executor: { ...this.#host.executor, ...state }, snapshot: () => state };
    return { connection: new GraphConnection(this.client, host, undefined), close: () => snapshot.close() };
  }

  /** Runs `work` all or nothing: in a transaction of its own, or as a part of the open one. It must not wait. */
  write<T>(work: (scope: Scope) => T): T {
    return this.#complete(() => this.#host.begin(), work);
  }

  /**
   * The same for a load of rows whose checks are made by the set: where it can be, SQLite makes none, neither of foreign keys
   * nor of CHECK constraints, and indexes may be dropped and made again. `isUnchecked` says whether it is so.
   */
  writeUnchecked<T>(work: (scope: Scope, isUnchecked: boolean) => T): T {
    const begin = this.#scope === undefined ? this.#host.beginUnchecked : undefined;
    return this.#complete(begin ?? (() => this.#host.begin()), (scope) => work(scope, begin !== undefined));
  }

  #complete<T>(begin: () => HostTransaction, work: (scope: Scope) => T): T {
    const scope = this.#scope?.nest() ?? new Scope(begin(), undefined);
    try {
      const result = this.#scope === undefined ? this.#host.runCallback(scope, () => work(scope)) : work(scope);
      scope.commit();
      return result;
    } catch (error) {
      scope.rollback();
      throw error;
    }
  }
}
