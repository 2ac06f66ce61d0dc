/** Runs what concerns one key one after the other, and what concerns others beside it. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  take<T>(key: string, run: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const done = before.then(run, run);
    const settled = done
      .catch(() => {})
      .then(() => {
        if (this.#last.get(key) === settled) this.#last.delete(key);
      });
    this.#last.set(key, settled);
    return done;
  }

  /** Resolves when all that has begun is done. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
