/** Steps that may have to wait for a promise in between. */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/**
 * Runs steps to their end: at once where nothing waits, else as a promise. `resumed` is called before the
 * steps go on after a wait.
 */
export function drive<T>(steps: Steps<T>, resumed: () => void): T | Promise<T> {
  const first = steps.next();
  return first.done === true ? first.value : wait(steps, first.value, resumed);
}

async function wait<T>(steps: Steps<T>, first: Promise<unknown>, resumed: () => void): Promise<T> {
  let pending = first;
  for (;;) {
    const outcome = await pending.then(
      (value: unknown) => ({ value }),
      (fault: unknown) => ({ fault }),
    );
    resumed();
    const next = 'fault' in outcome ? steps.throw(outcome.fault) : steps.next(outcome.value);
    if (next.done === true) return next.value;
    pending = next.value;
  }
}

/** Whether a row's code gave a promise. */
export const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
