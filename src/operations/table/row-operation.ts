import type { HandlerSource } from "../handler-source.ts";
import type { OperationContext } from "../operation-spec.ts";
import type { TablePlan } from "./table-plan.ts";

/** What every handler of a table works with. */
export interface RowOperation {
  readonly plan: TablePlan;
  readonly source: HandlerSource;
  readonly id: string;
}

/** Does the operation with an input that was checked. */
export type RowWork = (input: never, context: OperationContext) => unknown;
