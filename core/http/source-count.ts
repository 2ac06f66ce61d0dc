/** Connections by address of the client: one that opens many leaves places for the others. */
export interface SourceCount {
  /** Has this address all that it may have? An address of loopback never has. */
  isFull(source: string): boolean;
  /** One more, or with -1 one less. */
  add(source: string, change: 1 | -1): void;
  /** Addresses in the table: those with an open connection. */
  readonly size: number;
}

/** `most` 0: no limit. */
export function createSourceCount(most: number): SourceCount {
  const open = new Map<string, number>();
  return {
    isFull: (source) => most > 0 && !isLoopback(source) && (open.get(source) ?? 0) >= most,
    add(source, change) {
      const count = (open.get(source) ?? 0) + change;
      if (count === 0) open.delete(source);
      else open.set(source, count);
    },
    get size() {
      return open.size;
    },
  };
}

/** IPv4-mapped addresses are unwrapped already. */
function isLoopback(source: string): boolean {
  return source === '::1' || source.startsWith('127.');
}
