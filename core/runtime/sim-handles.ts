/** Numbers for open things, as a kernel gives them to files: those of closed ones are soon used again. */
export class SimHandles<T> {
  readonly #open = new Map<number, T>();
  readonly #free: number[] = [];
  #last = 0;

  /** Opens what `make` makes of its number; returns the number. */
  add(make: (handle: number) => T): number {
    const handle = this.#free.pop() ?? ++this.#last;
    this.#open.set(handle, make(handle));
    return handle;
  }

  get(handle: number): T | undefined {
    return this.#open.get(handle);
  }

  /** Closes a number; what it named. */
  take(handle: number): T | undefined {
    const named = this.#open.get(handle);
    if (this.#open.delete(handle)) this.#free.push(handle);
    return named;
  }
}
