/** Waits of the pleasant layer: each ends with the call. */
import type { Clock } from '../runtime/index.ts';

/**
 * Settles as `start` says, or rejects with the reason of `signal` when that aborts first. A
 * rejection that nobody handles is no fault: the end of a call is the normal end of its waits.
 */
export function abortable<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (fault: unknown) => void) => void,
): Promise<T> {
  const promise = new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => reject(signal.reason);
    const settled = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    start(
      (value) => {
        settled();
        resolve(value);
      },
      (fault) => {
        settled();
        reject(fault);
      },
    );
  });
  return quiet(promise);
}

/** The same promise; its rejection may go unhandled. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Keys in order, for whoever waits for the next one. */
export class KeyQueue {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #kept: string[] = [];
  readonly #waiters: ((key: string) => void)[] = [];

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Gives the key to the first who waits, or keeps it; past 64 the oldest is forgotten. */
  push(key: string): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter(key);
    else if (this.#kept.push(key) > 64) this.#kept.shift();
  }

  next(timeoutMs: number | undefined): Promise<string | null> {
    return abortable(this.#signal, (resolve) => {
      const kept = this.#kept.shift();
      if (kept !== undefined) {
        resolve(kept);
        return;
      }
      const waiter = (key: string | null): void => {
        timer?.cancel();
        this.#signal.removeEventListener('abort', onAbort);
        resolve(key);
      };
      const drop = (): void => {
        const at = this.#waiters.indexOf(waiter);
        if (at >= 0) this.#waiters.splice(at, 1);
      };
      const onAbort = (): void => {
        timer?.cancel();
        drop();
      };
      const timer =
        timeoutMs === undefined
          ? null
          : this.#clock.after(timeoutMs, () => {
              drop();
              waiter(null);
            });
      this.#signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }
}
