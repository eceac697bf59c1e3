const DEADLINE_MS = 30_000;

/** Waits until `condition` holds, looking at each turn of the event loop. */
export async function until(condition: () => boolean | Promise<boolean>, what = "the condition"): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Cannot wait any longer: ${what} did not come true`);
    await turn();
  }
}

/** Lets timers and I/O have their turn of the event loop, `count` times. */
export async function turn(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setTimeout(resolve, 1));
}
