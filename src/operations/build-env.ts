import type { ResponseEnvelope } from "./envelope.ts";
import type { OperationRegistry } from "./operation-registry.ts";
import type { OperationContext, OperationEnv } from "./operation-spec.ts";
import { trust } from "./trusted-context.ts";

/** What a handler is to call with. */
export interface EnvOptions {
  readonly registry: OperationRegistry;
  /** Of the call in whose handler it is used: the identity goes on, the request becomes the parent. */
  readonly context: OperationContext;
  /** @default all */
  readonly allowedNamespaces?: readonly string[];
}

/**
 * Gives the operations that are registered now as functions, `env[namespace][name](input)`, for the handler of another one.
 *
 * Their access is not checked again: who was let in to the outer operation may use what that is made of. Row filters still
 * see the identity. Subscriptions are left out.
 */
export function buildEnv({ registry, context, allowedNamespaces }: EnvOptions): OperationEnv {
  const { requestId, identity, metadata } = context;
  const env: Record<string, Record<string, (input?: unknown) => Promise<ResponseEnvelope>>> = Object.create(null);
  const inner = trust(
    Object.freeze({
      ...(requestId !== undefined && { parentRequestId: requestId }),
      ...(identity !== undefined && { identity }),
      ...(metadata !== undefined && { metadata }),
      trusted: true,
      env,
    }),
  );
  for (const id of registry.list()) {
    const { namespace, name, type } = registry.getSpec(id)!;
    if (type === "subscription") continue;
    if (allowedNamespaces !== undefined && !allowedNamespaces.includes(namespace)) continue;
    env[namespace] ??= Object.create(null) as Record<string, never>;
    env[namespace][name] = (input = {}) => registry.execute(id, input, inner);
  }
  for (const operations of Object.values(env)) Object.freeze(operations);
  return Object.freeze(env);
}
