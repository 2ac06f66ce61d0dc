/** Puts a snapshot's numbers back where `Array.from` took them; false when they are none of ours. */
export function restoreIntegers(target: Int32Array | Int16Array, value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== target.length) return false;
  if (!value.every((each) => typeof each === 'number')) return false;
  target.set(value);
  return true;
}

/** A field of a snapshot that may be anything. */
export function fieldOf(state: unknown, name: string): unknown {
  return typeof state === 'object' && state !== null ? Reflect.get(state, name) : undefined;
}
