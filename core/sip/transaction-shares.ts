/**
 * Live server transactions by the stranger who began them: with more than its share (`sip.maxTransactionsPerSource`)
 * a source gets 503, so that none takes the places of all. One entry for each source that has a live transaction.
 */
import type { Flow } from './types.ts';

export class TransactionShares {
  readonly #bySource = new Map<string, number>();

  /** Who a transaction counts for; null: nobody, as the peer is in `sip.trusted`. */
  static sourceOf({ trusted, remote }: Flow): string | null {
    return trusted ? null : remote.address;
  }

  of(source: string): number {
    return this.#bySource.get(source) ?? 0;
  }

  add(source: string | null): void {
    if (source !== null) this.#bySource.set(source, this.of(source) + 1);
  }

  remove(source: string | null): void {
    if (source === null) return;
    const left = this.of(source) - 1;
    if (left > 0) this.#bySource.set(source, left);
    else this.#bySource.delete(source);
  }
}
