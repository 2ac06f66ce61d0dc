import type { Disposable } from './disposable.ts';

/** A listener of one event of the map `M`. */
export type Listener<M, K extends keyof M> = (payload: M[K]) => void;

/**
 * A typed emitter. A listener's throw never breaks the emitter or the other listeners: it goes to
 * `onFault` (default: swallowed after being counted in `faults`).
 */
export class Emitter<M extends object> {
  readonly #listeners = new Map<keyof M, Set<Listener<M, keyof M>>>();
  readonly #onFault: (event: keyof M, fault: unknown) => void;
  /** How many listener calls threw. */
  faults = 0;

  constructor(onFault: (event: keyof M, fault: unknown) => void = () => {}) {
    this.#onFault = onFault;
  }

  on<K extends keyof M>(event: K, listener: Listener<M, K>): Disposable {
    let set = this.#listeners.get(event);
    if (set === undefined) {
      set = new Set();
      this.#listeners.set(event, set);
    }
    const entry = listener as Listener<M, keyof M>;
    set.add(entry);
    return { dispose: () => void this.#listeners.get(event)?.delete(entry) };
  }

  emit<K extends keyof M>(event: K, payload: M[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(payload);
      } catch (fault) {
        this.faults++;
        this.#onFault(event, fault);
      }
    }
  }
}
