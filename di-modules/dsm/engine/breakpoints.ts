import type { Place } from './hooks.ts';

/** At most so many for a machine. */
const maxBreakpoints = 100;

/** States at which one machine waits before their enter list, until it is told to go on. */
export class Breakpoints {
  readonly #signal: AbortSignal;
  readonly #places = new Set<string>();
  #pausedAt: Place | null = null;
  #goOn: (() => void) | null = null;
  #stepping = false;
  /** Told when it pauses. */
  onPause: (place: Place) => void = () => {};

  /** `signal`: the end of the script lets it go on, and no breakpoint counts any more. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.resume(), { once: true });
  }

  /** Where it waits now; null: it runs. */
  get pausedAt(): Place | null {
    return this.#pausedAt;
  }

  /** False: there are 100 already. */
  add(place: Place): boolean {
    if (this.#places.size >= maxBreakpoints) return false;
    this.#places.add(keyOf(place));
    return true;
  }

  remove(place: Place): boolean {
    return this.#places.delete(keyOf(place));
  }

  /** Removes all and lets it go on. */
  clear(): void {
    this.#places.clear();
    this.#stepping = false;
    this.resume();
  }

  /** Lets it go on. */
  resume(): void {
    const goOn = this.#goOn;
    this.#goOn = null;
    this.#pausedAt = null;
    goOn?.();
  }

  /** Lets it go on to the next state, whichever it is. */
  step(): void {
    this.#stepping = true;
    this.resume();
  }

  /** Called by the machine: a promise where it has to wait. */
  reached(place: Place | null): Promise<void> | null {
    if (place === null || this.#signal.aborted || this.#pausedAt !== null) return null;
    if (!this.#stepping && !this.#places.has(keyOf(place))) return null;
    this.#stepping = false;
    this.#pausedAt = place;
    const waiting = new Promise<void>((resolve) => {
      this.#goOn = resolve;
    });
    this.onPause(place);
    return waiting;
  }
}

const keyOf = ({ diagram, state }: Place): string => JSON.stringify([diagram, state]);
