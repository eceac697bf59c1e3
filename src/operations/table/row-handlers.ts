import type { Verb } from "../filters/row-filter.ts";
import type { HandlerSource } from "../handler-source.ts";
import { type OperationHandler, type OperationSpec, operationId } from "../operation-spec.ts";
import { validateInput } from "../validate-input.ts";
import { countRows, findRow, listRows } from "./read-rows.ts";
import { mapRowError } from "./row-errors.ts";
import type { RowOperation, RowWork } from "./row-operation.ts";
import type { TablePlan } from "./table-plan.ts";
import { createRow, deleteRow, updateRow } from "./write-rows.ts";

const MAKE: Readonly<Record<Verb, (operation: RowOperation) => RowWork>> = {
  create: createRow,
  find: findRow,
  list: listRows,
  update: updateRow,
  delete: deleteRow,
  count: countRows,
};

/** The handler of one verb: it checks the input by the spec, also where no registry did, and tells nothing of the SQL. */
export function rowHandler(
  plan: TablePlan,
  verb: Verb,
  source: HandlerSource,
  { inputSchema, ...spec }: OperationSpec,
): OperationHandler {
  const id = operationId(spec);
  const work = MAKE[verb]({ plan, source, id });
  return (input, context) => {
    validateInput(inputSchema, input, id);
    try {
      const output = work(input, context ?? {});
      return output instanceof Promise ? output.catch(fail) : output;
    } catch (error) {
      throw mapRowError(error, plan, id);
    }
  };

  function fail(error: unknown): never {
    throw mapRowError(error, plan, id);
  }
}
