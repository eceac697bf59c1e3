/** Values by name, at most `most` of them: over that, the one that was not asked for the longest is let go. */
export class RecentlyUsed<Value> {
  readonly #most: number;
  readonly #values = new Map<string, Value>(); // the one asked for last stands last

  constructor(most: number) {
    this.#most = most;
  }

  /** The value under `name`: the kept one, or what `make` gives. */
  get(name: string, make: () => Value): Value {
    const value = this.#values.get(name) ?? make();
    this.#values.delete(name);
    this.#values.set(name, value);
    if (this.#values.size > this.#most) this.#values.delete(this.#values.keys().next().value!);
    return value;
  }

  get size(): number {
    return this.#values.size;
  }

  /** Lets all go. */
  clear(): void {
    this.#values.clear();
  }

  /** Lets `value` go if it is still the one under `name`. */
  forget(name: string, value: Value): void {
    if (this.#values.get(name) === value) this.#values.delete(name);
  }
}
