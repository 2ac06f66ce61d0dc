/** What registers returns this; `dispose` undoes it and is idempotent. */
export interface Disposable {
  dispose(): void;
}

/** Several disposables ended together, last first. One that throws does not keep the others. */
export class DisposableStack implements Disposable {
  readonly #items: Disposable[] = [];

  /** Adds `item` and returns it. */
  use<T extends Disposable>(item: T): T {
    this.#items.push(item);
    return item;
  }

  /** Adds a plain function. */
  defer(run: () => void): void {
    this.#items.push({ dispose: run });
  }

  dispose(): void {
    const faults: unknown[] = [];
    for (let item = this.#items.pop(); item !== undefined; item = this.#items.pop()) {
      try {
        item.dispose();
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
