/** What every variant sends: about 200 bytes of JSON. */
export interface Message {
  /** When it was sent, in nanoseconds of the monotonic clock, which is one for all processes. */
  readonly sentAtNs: number;
  readonly order: number;
  readonly customer: { readonly name: string; readonly email: string };
  readonly items: readonly { readonly item: string; readonly count: number; readonly price: number }[];
  readonly isPaid: boolean;
}

/** A message that is sent now. */
export function message(order: number): Message {
  return {
    sentAtNs: nowNs(),
    order,
    customer: { name: "Ada Lovelace", email: "ada@example.com" },
    items: [
      { item: "desk lamp, brass", count: 1, price: 49.9 },
      { item: "bulb, warm white", count: 4, price: 3.25 },
    ],
    isPaid: true,
  };
}

/** The monotonic clock in nanoseconds. */
export function nowNs(): number {
  return Number(process.hrtime.bigint());
}
