import type { OperationContext } from "./operation-spec.ts";

const trusted = new WeakSet<OperationContext>();

/** Marks a context as one that the handler of an allowed operation calls with. A payload from outside can't carry that. */
export function trust(context: OperationContext): OperationContext {
  trusted.add(context);
  return context;
}

/** Whether {@link trust} marked exactly this context. */
export function isTrusted(context: OperationContext): boolean {
  return trusted.has(context);
}
