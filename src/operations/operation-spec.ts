import type { TSchema } from "@sinclair/typebox";
import type { ResponseEnvelope } from "./envelope.ts";

/** What kinds of operations there are. The values are the ones of a string enum, and bare texts fit as well. */
export const OperationType = { QUERY: "query", MUTATION: "mutation", SUBSCRIPTION: "subscription" } as const;
/** Whether an operation reads, writes, or goes on telling. */
export type OperationType = `${(typeof OperationType)[keyof typeof OperationType]}`;

/** What a caller needs. An operation that requires nothing is open to everybody; who has no identity meets no requirement. */
export interface AccessControl {
  /** All of these. */
  readonly requiredScopes: readonly string[];
  /** One of these, if there is any. */
  readonly requiredScopesAny?: readonly string[];
  /** With `resourceAction`: the action on some resource of this type. On which one is for the handler to check. */
  readonly resourceType?: string;
  readonly resourceAction?: string;
  /** A requirement that nothing here can check: an operation with one is denied. */
  readonly customAuth?: string;
}

/** Who calls. */
export interface Identity {
  readonly id: string;
  readonly scopes: readonly string[];
  /** Actions by resource, which is named `type:id`. */
  readonly resources?: Readonly<Record<string, readonly string[]>>;
}

/** An error that an operation may answer with, beside those that every one may. */
export interface ErrorDefinition {
  readonly code: string;
  readonly description: string;
  /** Of the error's `details`. */
  readonly schema: TSchema;
  readonly httpStatus?: number;
}

/** The contract of an operation: plain data, without its handler. */
export interface OperationSpec {
  /** Unique in its namespace. */
  readonly name: string;
  readonly namespace: string;
  /** Such as `1.0.0`. It is no part of the id. */
  readonly version: string;
  readonly type: OperationType;
  readonly description: string;
  readonly inputSchema: TSchema;
  readonly outputSchema: TSchema;
  readonly accessControl: AccessControl;
  readonly title?: string;
  readonly tags?: readonly string[];
  readonly errorSchemas?: readonly ErrorDefinition[];
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** By namespace and name: the operations that a handler may call. */
export type OperationEnv = Readonly<
  Record<string, Readonly<Record<string, (input?: unknown) => Promise<ResponseEnvelope>>>>
>;

/** What a handler knows of the call. */
export interface OperationContext {
  readonly requestId?: string;
  /** The request in whose handler this one was made. */
  readonly parentRequestId?: string;
  readonly identity?: Identity;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Says that `buildEnv()` made it. Setting it opens nothing: the registry knows the contexts that it trusts. */
  readonly trusted?: boolean;
  readonly env?: OperationEnv;
}

/** Does a query or a mutation, and gives its raw output or a promise of it. */
export type OperationHandler = (input: never, context: OperationContext) => unknown;
/** Does a subscription: an async generator function. */
export type SubscriptionHandler = (
  input: never,
  context: OperationContext,
) => AsyncGenerator<unknown, unknown, undefined>;

/** The name of an operation in a registry: `namespace.name`. */
export function operationId({ namespace, name }: Pick<OperationSpec, "namespace" | "name">): string {
  return `${namespace}.${name}`;
}
