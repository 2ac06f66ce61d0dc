import { byteOrder, DsmException, type DsmVariables } from '../../../core/index.ts';

/** What one session may keep. Lengths are characters, of names and values together. */
export interface VariableLimits {
  readonly count: number;
  readonly valueLength: number;
  readonly totalLength: number;
}

export const defaultVariableLimits: VariableLimits = Object.freeze({
  count: 10_000,
  valueLength: 1 << 20,
  totalLength: 4 << 20,
});

type Entry = readonly [name: string, value: string];

/**
 * A session's variables. Scripts see them in the order of their bytes (structs, arrays, copies); the order
 * is made when it is first asked for and kept from then on.
 */
export class Variables implements DsmVariables {
  readonly #values = new Map<string, string>();
  readonly #limits: VariableLimits;
  #ordered: string[] | null = null;
  #length = 0;

  constructor(limits: VariableLimits = defaultVariableLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#values.size;
  }

  get(name: string): string {
    return this.#values.get(name) ?? '';
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** @throws DsmException `limit` where the session would keep more than it may; the old value stays. */
  set(name: string, value: string): void {
    const former = this.#values.get(name);
    const length =
      this.#length +
      value.length +
      (former === undefined ? name.length : 0) -
      (former === undefined ? 0 : former.length);
    this.#check(name, value, length, former === undefined);
    this.#values.set(name, value);
    this.#length = length;
    if (former === undefined && this.#ordered !== null) this.#ordered.splice(this.#place(this.#ordered, name), 0, name);
  }

  delete(name: string): void {
    const former = this.#values.get(name);
    if (former === undefined) return;
    this.#values.delete(name);
    this.#length -= former.length + name.length;
    if (this.#ordered !== null) this.#ordered.splice(this.#place(this.#ordered, name), 1);
  }

  /** Deletes all whose name begins so. */
  deletePrefix(prefix: string): void {
    const ordered = this.#order();
    const from = this.#place(ordered, prefix);
    const to = this.#behind(ordered, from, prefix);
    for (const name of ordered.splice(from, to - from)) {
      this.#length -= name.length + this.get(name).length;
      this.#values.delete(name);
    }
  }

  /** Whether there is one whose name begins so. */
  hasPrefix(prefix: string): boolean {
    if (this.#values.has(prefix)) return true;
    const ordered = this.#order();
    return ordered[this.#place(ordered, prefix)]?.startsWith(prefix) === true;
  }

  withPrefix(prefix: string): readonly Entry[] {
    const ordered = this.#order();
    const from = this.#place(ordered, prefix);
    return ordered.slice(from, this.#behind(ordered, from, prefix)).map((name) => [name, this.get(name)]);
  }

  all(): readonly Entry[] {
    return this.#order().map((name) => [name, this.get(name)]);
  }

  #check(name: string, value: string, length: number, isNew: boolean): void {
    const { count, valueLength, totalLength } = this.#limits;
    const cause =
      value.length > valueLength
        ? `a value of more than ${valueLength} characters`
        : isNew && this.#values.size >= count
          ? `more than ${count} variables`
          : length > totalLength && length > this.#length
            ? `variables of more than ${totalLength} characters`
            : null;
    if (cause !== null) throw new DsmException('limit', { name: name.slice(0, 80), cause });
  }

  #order(): string[] {
    this.#ordered ??= [...this.#values.keys()].sort(byteOrder);
    return this.#ordered;
  }

  /** Index of the first name that does not stand before `name`. */
  #place(ordered: readonly string[], name: string): number {
    let low = 0;
    let high = ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byteOrder(ordered[middle] ?? '', name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #behind(ordered: readonly string[], from: number, prefix: string): number {
    let to = from;
    while (to < ordered.length && ordered[to]?.startsWith(prefix) === true) to++;
    return to;
  }
}
