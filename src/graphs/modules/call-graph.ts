import { type Static, Type } from "@sinclair/typebox";
import { defineGraph } from "../graph-module.ts";

const CLOSED = { additionalProperties: false };

/**
 * The states of a call:
 *
 * - `pending`: asked for, not begun; becomes running, or aborted;
 * - `running`: its handler runs; becomes completed, failed, or aborted;
 * - `completed`, `failed`, `aborted`: over, for good.
 */
const Status = Type.Union([
  Type.Literal("pending"),
  Type.Literal("running"),
  Type.Literal("completed"),
  Type.Literal("failed"),
  Type.Literal("aborted"),
]);
/** A point of time that a `Date` can hold, in Unix milliseconds. */
const Time = Type.Integer({ minimum: -8.64e15, maximum: 8.64e15 });

/** A state of a call. */
export type CallStatus = Static<typeof Status>;

/** Every state of a call, in the order in which they come. */
export const CALL_STATUSES: readonly CallStatus[] = Object.freeze(Status.anyOf.map((literal) => literal.const));

const TRANSITIONS: Readonly<Record<CallStatus, readonly CallStatus[]>> = {
  pending: ["running", "aborted"],
  running: ["completed", "failed", "aborted"],
  completed: [],
  failed: [],
  aborted: [],
};

/**
 * The calls of operations and what called them: a call is a node whose key is its request id.
 *
 * `triggered` leads from a call to the one it made; `depends_on` from a call to one whose result it needs. Two calls are
 * joined once, and no calls in a circle.
 */
export const CallGraph = defineGraph({
  name: "call-graph",
  version: 1,
  description: "Calls of operations, and which triggered and need which",
  scope: "tenant",
  config: { type: "directed", multi: false, allowSelfLoops: false, acyclic: true },
  nodes: {
    call: Type.Object(
      {
        requestId: Type.String({ minLength: 1 }),
        operationId: Type.String({ minLength: 1 }),
        status: Status,
        parentRequestId: Type.Optional(Type.String({ minLength: 1 })),
        input: Type.Unknown(),
        output: Type.Optional(Type.Unknown()),
        error: Type.Optional(
          Type.Object({ code: Type.String(), message: Type.String(), details: Type.Optional(Type.Unknown()) }, CLOSED),
        ),
        identity: Type.Optional(
          Type.Object(
            {
              id: Type.String(),
              scopes: Type.Array(Type.String()),
              resources: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
            },
            CLOSED,
          ),
        ),
        startedAt: Type.Optional(Time),
        completedAt: Type.Optional(Time),
      },
      { description: "One call of an operation", ...CLOSED },
    ),
  },
  edges: {
    triggered: { description: "A call made another", from: ["call"], to: ["call"] },
    depends_on: { description: "A call needs the result of another", from: ["call"], to: ["call"] },
  },
  indexes: { nodes: { call: ["operationId", "status", "parentRequestId"] } },
  keys: { call: "requestId" },
  transitions: { call: { attribute: "status", allowed: TRANSITIONS } },
});

/** Whether a call may go from one state to another. Staying in a state is no transition. */
export function isCallTransition(from: CallStatus, to: CallStatus): boolean {
  return Object.hasOwn(TRANSITIONS, from) && TRANSITIONS[from].includes(to);
}
