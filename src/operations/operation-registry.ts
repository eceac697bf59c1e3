import { checkOptions } from "../arguments.ts";
import { describeKind, quote } from "../json-values.ts";
import { checkSchema } from "../schema-check.ts";
import { enforceAccess } from "./access-control.ts";
import { CallError, mapError } from "./call-error.ts";
import { isMadeEnvelope, localEnvelope, type ResponseEnvelope } from "./envelope.ts";
import {
  type AccessControl,
  type OperationContext,
  type OperationHandler,
  type OperationSpec,
  OperationType,
  operationId,
  type SubscriptionHandler,
} from "./operation-spec.ts";
import { isTrusted } from "./trusted-context.ts";
import { validateInput } from "./validate-input.ts";

/** A spec, with its handler where it has one. */
export type RegisteredOperation = OperationSpec & { readonly handler?: OperationHandler | SubscriptionHandler };

interface Entry {
  readonly id: string;
  readonly spec: OperationSpec;
  /** A copy: who gets the spec may change it, and opens nothing. */
  readonly accessControl: AccessControl;
  handler: OperationHandler | undefined;
}

const TYPES: readonly unknown[] = Object.values(OperationType);
const ACCESS = ["requiredScopes", "requiredScopesAny", "resourceType", "resourceAction", "customAuth"];
const NAME = /^[\p{L}\p{N}_$/-]+$/u;
const NOBODY: OperationContext = Object.freeze({});

/**
 * Operations by id, `namespace.name`: their contracts, and the handlers that do them.
 *
 * Each call goes the same way: the spec is looked up, then the handler, access is checked, then the input, and the handler
 * runs. What fails is a {@link CallError}, always.
 *
 * ```ts
 * const registry = new OperationRegistry();
 * registry.registerAll(specs);
 * registry.registerHandlers(handlersFor(db, specs));
 * const { data } = await registry.execute("orders.find", { id }, { identity });
 * ```
 */
export class OperationRegistry {
  readonly #entries = new Map<string, Entry>();

  /** Adds an operation, with its handler if it has one. @throws {TypeError} As {@link registerSpec} does. */
  register(operation: RegisteredOperation): void {
    const { handler, ...spec } = operation;
    this.registerSpec(handler === undefined ? operation : spec);
    if (handler !== undefined) this.registerHandler(operationId(spec), handler);
  }

  /** {@link register} for many, in their order. */
  registerAll(operations: Iterable<RegisteredOperation>): void {
    for (const operation of operations) this.register(operation);
  }

  /**
   * Adds the contract of an operation. The same object again changes nothing.
   *
   * @throws {TypeError} If it is no spec, or another one has its id: a contract is never replaced unseen.
   */
  registerSpec(spec: OperationSpec): void {
    checkSpec(spec);
    const id = operationId(spec);
    const known = this.#entries.get(id);
    if (known?.spec === spec) return;
    if (known !== undefined) throw new TypeError(`Cannot register operation ${quote(id)}: another one has this id`);
    this.#entries.set(id, { id, spec, accessControl: structuredClone(spec.accessControl), handler: undefined });
  }

  /**
   * Says what does an operation whose spec is registered.
   *
   * @throws {TypeError} If there is no such spec, it has another handler, or the handler is not of its kind: an async
   * generator function for a subscription, a function that gives a value for all others.
   */
  registerHandler(id: string, handler: OperationHandler | SubscriptionHandler): void {
    const action = `register the handler of operation ${quote(String(id))}`;
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new TypeError(`Cannot ${action}: its spec must be registered first`);
    if (typeof handler !== "function") {
      throw new TypeError(`Cannot ${action}: a function is wanted: received ${describeKind(handler)}`);
    }
    const isSubscription = entry.spec.type === "subscription";
    const isGenerator = Object.prototype.toString.call(handler) === "[object AsyncGeneratorFunction]";
    if (isSubscription !== isGenerator) {
      const wanted = isSubscription ? "an async generator function" : "a function that gives its output";
      throw new TypeError(
        `Cannot ${action}: ${wanted} is wanted for a ${entry.spec.type}: received ${isGenerator ? "an async generator function" : "a function"}`,
      );
    }
    if (entry.handler !== undefined && entry.handler !== handler) {
      throw new TypeError(`Cannot ${action}: it has one already`);
    }
    entry.handler = handler;
  }

  /** {@link registerHandler} for many: what `handlersFor()` gives. */
  registerHandlers(handlers: Iterable<readonly [id: string, handler: OperationHandler | SubscriptionHandler]>): void {
    for (const [id, handler] of handlers) this.registerHandler(id, handler);
  }

  /** The operation with this id, with its handler if it has one. */
  get(id: string): RegisteredOperation | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    return entry.handler === undefined ? { ...entry.spec } : { ...entry.spec, handler: entry.handler };
  }

  /** {@link get} by namespace and name. */
  getByName(namespace: string, name: string): RegisteredOperation | undefined {
    return this.get(operationId({ namespace, name }));
  }

  getSpec(id: string): OperationSpec | undefined {
    return this.#entries.get(id)?.spec;
  }

  getHandler(id: string): OperationHandler | SubscriptionHandler | undefined {
    return this.#entries.get(id)?.handler;
  }

  /** The ids of all operations, in the order of their registration. */
  list(): string[] {
    return [...this.#entries.keys()];
  }

  /** The specs of all operations, in the order of their registration. */
  getAllSpecs(): OperationSpec[] {
    return Array.from(this.#entries.values(), ({ spec }) => spec);
  }

  /**
   * HOT (bench/operations.ts): does a query or a mutation. An envelope that the handler made by `localEnvelope()` and the
   * like is passed on; everything else is put into one.
   *
   * @throws {CallError} Always: `OPERATION_NOT_FOUND`, `ACCESS_DENIED`, `VALIDATION_ERROR`, what the operation declares,
   * `EXECUTION_ERROR` or `UNKNOWN_ERROR`.
   */
  async execute(id: string, input?: unknown, context: OperationContext = NOBODY): Promise<ResponseEnvelope> {
    const { spec, handler } = this.#toCall(id, context);
    if (spec.type === "subscription") throw wrongKind(id, "a subscription: subscribe to it");
    validateInput(spec.inputSchema, input, id);
    try {
      const output = await handler(input as never, context);
      return isMadeEnvelope(output) ? output : localEnvelope(output, id);
    } catch (error) {
      throw mapError(error, spec.errorSchemas);
    }
  }

  /**
   * Runs a subscription: gives its values, each in an envelope, until it ends or the loop is left. Checks are made when the
   * first value is asked for.
   *
   * @throws {CallError} As {@link execute} does.
   */
  async *subscribe(
    id: string,
    input?: unknown,
    context: OperationContext = NOBODY,
  ): AsyncGenerator<ResponseEnvelope, void, undefined> {
    const { spec, handler } = this.#toCall(id, context);
    if (spec.type !== "subscription") throw wrongKind(id, `a ${spec.type}: execute it`);
    validateInput(spec.inputSchema, input, id);
    try {
      for await (const value of (handler as SubscriptionHandler)(input as never, context)) {
        yield isMadeEnvelope(value) ? value : localEnvelope(value, id);
      }
    } catch (error) {
      throw mapError(error, spec.errorSchemas);
    }
  }

  #toCall(id: string, context: OperationContext): { spec: OperationSpec; handler: OperationHandler } {
    const entry = this.#entries.get(id);
    if (entry?.handler === undefined) {
      const operationId = typeof id === "string" ? id.slice(0, MAX_ID) : "";
      throw new CallError("OPERATION_NOT_FOUND", "There is no such operation", { operationId });
    }
    const { spec, accessControl, handler } = entry;
    enforceAccess(accessControl, context?.identity, id, isTrusted(context));
    return { spec, handler };
  }
}

const MAX_ID = 200; // characters of an unknown id that are told back

function wrongKind(id: string, what: string): CallError {
  return new CallError("VALIDATION_ERROR", `${id} is ${what}`, { operationId: id });
}

function checkSpec(spec: unknown): asserts spec is OperationSpec {
  const action = "register an operation";
  if (typeof spec !== "object" || spec === null) {
    throw new TypeError(`Cannot ${action}: an OperationSpec is wanted: received ${describeKind(spec)}`);
  }
  const { name, namespace, version, description, type, accessControl, inputSchema, outputSchema } =
    spec as Partial<OperationSpec>;
  for (const [what, value] of Object.entries({ name, namespace })) {
    if (typeof value === "string" && NAME.test(value)) continue;
    const received = typeof value === "string" ? quote(value) : describeKind(value);
    throw new TypeError(
      `Cannot ${action}: ${what} must be of letters, digits, "_", "-", "$" or "/": received ${received}`,
    );
  }
  for (const [what, value] of Object.entries({ version, description })) {
    if (typeof value === "string") continue;
    throw new TypeError(`Cannot ${action}: ${what} must be text: received ${describeKind(value)}`);
  }
  if (!TYPES.includes(type)) {
    throw new TypeError(`Cannot ${action}: type must be query, mutation or subscription: received ${String(type)}`);
  }
  checkAccessControl(accessControl, action);
  checkSchema(inputSchema, `${action}: inputSchema`);
  if (typeof outputSchema !== "object" || outputSchema === null) {
    throw new TypeError(`Cannot ${action}: outputSchema must be a schema: received ${describeKind(outputSchema)}`);
  }
}

/** A requirement that is misspelled or half said would let everybody in. */
function checkAccessControl(accessControl: unknown, action: string): void {
  if (typeof accessControl !== "object" || accessControl === null) {
    throw new TypeError(`Cannot ${action}: accessControl must be an object: received ${describeKind(accessControl)}`);
  }
  checkOptions(accessControl, ACCESS, "registerSpec: accessControl");
  const { requiredScopes, requiredScopesAny, resourceType, resourceAction, customAuth } = accessControl as Record<
    string,
    unknown
  >;
  if (!isTexts(requiredScopes) || !(requiredScopesAny === undefined || isTexts(requiredScopesAny))) {
    throw new TypeError(`Cannot ${action}: the scopes of accessControl must be arrays of texts: received others`);
  }
  if (Array.isArray(requiredScopesAny) && requiredScopesAny.length === 0) {
    throw new TypeError(`Cannot ${action}: requiredScopesAny must name scopes, or be left out: received none`);
  }
  for (const [what, value] of Object.entries({ resourceType, resourceAction, customAuth })) {
    if (value === undefined || typeof value === "string") continue;
    throw new TypeError(`Cannot ${action}: ${what} must be text: received ${describeKind(value)}`);
  }
  if ((resourceType === undefined) !== (resourceAction === undefined)) {
    throw new TypeError(`Cannot ${action}: resourceType and resourceAction must come together: received one of them`);
  }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
