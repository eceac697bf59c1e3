import { StorageError } from "../../../errors.ts";
import { quote } from "../../../json-values.ts";
import type { Scope } from "../../adapter/scope.ts";
import type { ChangeName, GraphChange } from "../change-publisher.ts";
import type { GraphContext } from "../graph-context.ts";
import { notFound } from "../refusals.ts";
import { idSequence } from "./id-sequence.ts";

/** One write to a graph: where its statements run, and the changes it has made so far. */
export interface WriteSession {
  readonly context: GraphContext;
  readonly scope: Scope;
  /** Of all rows it writes, in Unix milliseconds. */
  readonly nowMs: number;
  /** The id of the next row. */
  newId(): string;
  /** Takes a change to be told. Does nothing where nobody is told. */
  note(name: ChangeName, change: Omit<GraphChange, "graphId">): void;
}

const STATUS = 'SELECT "status" FROM "graphs" WHERE "id" = ?';

const TOLD_AT_ONCE = 1000; // changes: bounds memory

/**
 * Runs `work` all or nothing, and tells of its changes in the same transaction.
 *
 * @throws {StorageError} `NOT_FOUND` if the graph is gone, `GRAPH_ARCHIVED` if it is only read any more.
 */
export function writeGraph<T>(context: GraphContext, action: string, work: (session: WriteSession) => T): T {
  return context.connection.write((scope) => runSession(context, scope, action, work));
}

/** Runs `work` in a session on `scope`. See {@link writeGraph}. */
export function runSession<T>(
  context: GraphContext,
  scope: Scope,
  action: string,
  work: (session: WriteSession) => T,
): T {
  const { publisher, module, id } = context;
  checkWritable(context, scope, action);
  let changes: [ChangeName, GraphChange][] = [];
  const tell = () => {
    publisher.publish(scope, module, id, changes);
    changes = [];
  };
  const note = (name: ChangeName, change: Omit<GraphChange, "graphId">) => {
    if (changes.push([name, { graphId: id, ...change }]) === TOLD_AT_ONCE) tell();
  };
  const session = {
    context,
    scope,
    nowMs: Date.now(),
    newId: idSequence(),
    note: publisher.isTelling ? note : () => {},
  };
  const result = work(session);
  tell();
  return result;
}

/** @throws {StorageError} `NOT_FOUND` if the graph is gone, `GRAPH_ARCHIVED` if it is only read any more. */
export function checkWritable({ id }: GraphContext, scope: Scope, action: string): void {
  const status = scope.row(STATUS, [id], 1)?.[0];
  if (status === undefined) throw notFound(action, `graph ${quote(id)}`);
  if (status !== "archived") return;
  throw new StorageError("GRAPH_ARCHIVED", `Cannot ${action}: the graph is archived: activate it first`, {
    details: { graphId: id },
  });
}
