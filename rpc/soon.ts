/** A value that is there, or that will be: who answers at once costs no turn of the microtask queue. */
export type Soon<T> = T | Promise<T>;

/** What `use` makes of it: now where it is there. */
export function whenThere<T, U>(value: Soon<T>, use: (value: T) => U): Soon<U> {
  return value instanceof Promise ? value.then(use) : use(value);
}
