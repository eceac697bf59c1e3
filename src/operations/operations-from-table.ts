import { type TObject, type TProperties, type TSchema, Type } from "@sinclair/typebox";
import { ERRORS } from "./error-definitions.ts";
import { filterSchema } from "./filters/filter-schema.ts";
import type { Verb } from "./filters/row-filter.ts";
import { bindSpec } from "./handler-source.ts";
import type { AccessControl, ErrorDefinition, OperationSpec, OperationType } from "./operation-spec.ts";
import { rowHandler } from "./table/row-handlers.ts";
import { checkTableOptions, type TableOperationsOptions } from "./table/table-options.ts";
import { type TablePlan, tablePlan } from "./table/table-plan.ts";
import type { Relation } from "./table/table-shape.ts";

/** What differs between the specs of a table. */
interface VerbParts {
  readonly type: OperationType;
  readonly description: string;
  readonly inputSchema: TSchema;
  readonly outputSchema: TSchema;
  readonly errorSchemas: readonly ErrorDefinition[];
}

const READING: readonly Verb[] = ["find", "list", "count"];
const WRITE_ERRORS = [ERRORS.CONFLICT, ERRORS.REFERENCE, ERRORS.CONSTRAINT];

/**
 * Gives the contracts of the operations on a table: `create`, `find`, `list`, `update`, `delete` and `count`. Does nothing by
 * itself: `handlersFor()` makes the handlers, of these very objects.
 *
 * Values are JSON: dates are Unix milliseconds, bytes are base64, bigints are decimal texts. A row is found by `id`, the
 * value of its primary key whatever its name; where that has several columns, by `key`, an object of them.
 *
 * ```ts
 * const specs = operationsFromTable(orders, { hidden: { output: ["secret"] } });
 * const registry = new OperationRegistry();
 * registry.registerAll(specs);
 * registry.registerHandlers(handlersFor(db, specs));
 * ```
 *
 * @throws {TypeError} If an option is unknown or does not fit the table. @throws {RangeError} If a limit is out of range.
 */
export function operationsFromTable<T extends Relation>(
  table: T,
  options: TableOperationsOptions<T> = {},
): OperationSpec[] {
  const given = options as unknown as TableOperationsOptions<Relation>;
  checkTableOptions(given);
  const plan = tablePlan(table, given);
  const { namespace, verbs } = plan;
  const subject = given.description ?? `a row of ${plan.shape.name}`;
  return verbs.map((name) => {
    const scope = READING.includes(name) ? (given.scopes?.read ?? `${namespace}:read`) : writeScope(given, namespace);
    const accessControl: AccessControl = given.accessControl?.[name] ?? { requiredScopes: [scope] };
    const spec: OperationSpec = {
      name,
      namespace,
      version: given.version ?? "1.0.0",
      ...partsOf(name, plan, subject),
      accessControl,
      ...(given.tags !== undefined && { tags: [...given.tags] }),
    };
    return bindSpec(spec, (source) => rowHandler(plan, name, source, spec));
  });
}

function writeScope({ scopes }: TableOperationsOptions<Relation>, namespace: string): string {
  return scopes?.write ?? `${namespace}:write`;
}

function partsOf(verb: Verb, plan: TablePlan, subject: string): VerbParts {
  const { output, namespace } = plan;
  const filter = filterSchema(plan.filterable.values(), `${namespace}.${verb}.filter`);
  switch (verb) {
    case "create":
      return mutation(`Creates ${subject}`, plan.create!.schema, output.schema, WRITE_ERRORS);
    case "find":
      return query(`Finds ${subject} by its key`, closed(keyProperties(plan)), output.schema, [ERRORS.NOT_FOUND]);
    case "list":
      return query(`Lists rows, a page at a time: ${subject} each`, listInput(plan, filter), listOutput(plan), []);
    case "update": {
      const set = { ...plan.update!.schema, minProperties: 1 };
      const input = closed({ ...keyProperties(plan), set, ...expected(plan) });
      return mutation(`Changes ${subject}`, input, output.schema, [ERRORS.NOT_FOUND, ...WRITE_ERRORS]);
    }
    case "delete": {
      const input = closed({ ...keyProperties(plan), ...expected(plan) });
      const deleted = closed({ deleted: Type.Literal(true) });
      return mutation(`Deletes ${subject}`, input, deleted, [ERRORS.NOT_FOUND, ...WRITE_ERRORS]);
    }
    case "count": {
      const input = closed({ filter: Type.Optional(filter) });
      return query(`Counts rows: ${subject} each`, input, closed({ count: Type.Integer({ minimum: 0 }) }), []);
    }
  }
}

function mutation(
  description: string,
  inputSchema: TSchema,
  outputSchema: TSchema,
  errorSchemas: readonly ErrorDefinition[],
): VerbParts {
  return { type: "mutation", description, inputSchema, outputSchema, errorSchemas };
}

function query(
  description: string,
  inputSchema: TSchema,
  outputSchema: TSchema,
  errorSchemas: readonly ErrorDefinition[],
): VerbParts {
  return { type: "query", description, inputSchema, outputSchema, errorSchemas };
}

function keyProperties({ shape, keyCodecs }: TablePlan): TProperties {
  if (keyCodecs.length === 1) return { id: keyCodecs[0]!.schema };
  return { key: closed(Object.fromEntries(shape.key.map((name, i) => [name, keyCodecs[i]!.schema]))) };
}

function expected({ versionCodec }: TablePlan): TProperties {
  if (versionCodec === undefined) return {};
  const description = "What the row had when it was read: if it has another now, nothing is done";
  return { expectedUpdatedAt: Type.Optional({ ...versionCodec.schema, description }) };
}

function listInput({ sortable, maxLimit, defaultLimit }: TablePlan, filter: TSchema): TObject {
  const term = closed({
    field: sortable.length === 0 ? Type.Never() : Type.Union(sortable.map((name) => Type.Literal(name))),
    direction: Type.Optional(Type.Union([Type.Literal("asc"), Type.Literal("desc")], { default: "asc" })),
  });
  return closed({
    filter: Type.Optional(filter),
    sort: Type.Optional(Type.Array(term, { maxItems: Math.min(8, sortable.length), description: "@default by key" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxLimit, default: defaultLimit })),
    cursor: Type.Optional(
      Type.String({ description: "The nextCursor of the page before, with the same filter and sort" }),
    ),
  });
}

function listOutput({ output }: TablePlan): TObject {
  return closed({
    items: Type.Array(output.schema),
    nextCursor: Type.Optional(Type.String({ description: "If there is a row behind these" })),
  });
}

function closed(properties: TProperties): TObject {
  return Type.Object(properties, { additionalProperties: false });
}
