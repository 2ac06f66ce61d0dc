/**
 * The time seam. Everything that waits or dates does so through a `Clock`, so that a test can run
 * two hours in seconds (design, section 3). Real: `real-clock.ts`; simulated: `sim-clock.ts`.
 */
export interface Clock {
  /** Monotonic time in milliseconds, with a fraction; the origin has no meaning. */
  nowMs(): number;
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. */
  unixMs(): number;
  /** Runs `run` once, `delayMs` from now (0 or less: as soon as possible, never synchronously). */
  after(delayMs: number, run: () => void): Timer;
}

/** A pending one-shot timer. `cancel` is idempotent and harmless after the timer ran. */
export interface Timer {
  cancel(): void;
}

/** Resolves `delayMs` from now; rejects with the signal's reason when `signal` aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Runs `run` every `periodMs` on absolute deadlines (no drift) until cancelled. */
export function every(clock: Clock, periodMs: number, run: () => void): Timer {
  let due = clock.nowMs() + periodMs;
  let timer = clock.after(periodMs, fire);
  function fire(): void {
    due += periodMs;
    timer = clock.after(due - clock.nowMs(), fire);
    run();
  }
  return { cancel: () => timer.cancel() };
}
