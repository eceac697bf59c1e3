import type { GraphModule } from "../../../graphs/mod.ts";
import type { GraphContext } from "../graph-context.ts";
import type { GraphLayout } from "../layout.ts";
import type { Direction } from "./questions.ts";

/** The names of the types of edges that count; undefined for all. */
export type EdgeTypeNames = readonly string[] | undefined;

type Make<Plan> = (context: GraphContext, direction: Direction, edgeTypes: EdgeTypeNames) => Plan;

const MOST = 100; // of one module in one layout: which types of edges a question names is up to who asks

/** What is worked out once for all questions of one kind about edges of some types, in one direction. */
export class Plans<Plan> {
  readonly #make: Make<Plan>;
  readonly #plans = new WeakMap<GraphLayout, WeakMap<GraphModule, Map<string, Plan>>>();

  /** @param make works it out, from nothing of the context but its layout and its module */
  constructor(make: Make<Plan>) {
    this.#make = make;
  }

  /** HOT (bench/graphs.ts): where no types are named, it makes no text to look the plan up by. */
  get(context: GraphContext, direction: Direction, edgeTypes: EdgeTypeNames): Plan {
    const known = this.#plans.get(context.layout)?.get(context.module);
    const name = edgeTypes === undefined ? direction : `${direction} ${JSON.stringify(edgeTypes)}`;
    const found = known?.get(name);
    if (found !== undefined) return found;
    const plan = this.#make(context, direction, edgeTypes);
    (known !== undefined && known.size < MOST ? known : this.#renew(context)).set(name, plan);
    return plan;
  }

  #renew({ layout, module }: GraphContext): Map<string, Plan> {
    let ofLayout = this.#plans.get(layout);
    if (ofLayout === undefined) {
      ofLayout = new WeakMap();
      this.#plans.set(layout, ofLayout);
    }
    const plans = new Map<string, Plan>();
    ofLayout.set(module, plans);
    return plans;
  }
}
