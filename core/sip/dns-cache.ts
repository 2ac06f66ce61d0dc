/**
 * Answers of one record type: kept for their time, asked for once for all who wait. Expired ones
 * go when room is needed; no entry has a timer.
 */
import type { Clock } from '../runtime/index.ts';
import { DNS_CACHE_ENTRIES, DNS_FAILURE_SECONDS, NO_RECORD_SECONDS } from './stack-limits.ts';

interface Entry<T> {
  readonly answer: Promise<readonly T[]>;
  /** While it is asked for: without end. */
  untilMs: number;
}

export interface DnsCacheOptions<T> {
  readonly clock: Clock;
  /** No answer is kept longer; 0: none is kept. */
  readonly maxSeconds: number;
  /** Asks for the name and reads what is usable of the answer. @throws CodedError `dns.failed`. */
  ask(name: string): Promise<readonly T[]>;
}

export class DnsCache<T extends { readonly ttlSeconds: number }> {
  readonly #options: DnsCacheOptions<T>;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(options: DnsCacheOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @throws CodedError `dns.failed`, also from the cache. */
  get(name: string): Promise<readonly T[]> {
    const { clock } = this.#options;
    const known = this.#entries.get(name);
    if (known !== undefined && known.untilMs > clock.nowMs()) return known.answer;
    if (this.#entries.size >= DNS_CACHE_ENTRIES) this.#makeRoom();
    const entry: Entry<T> = { answer: this.#options.ask(name), untilMs: Number.POSITIVE_INFINITY };
    this.#entries.set(name, entry);
    const keep = (seconds: number): void => {
      const capped = Math.max(0, Math.min(seconds, this.#options.maxSeconds));
      entry.untilMs = clock.nowMs() + 1000 * capped;
      if (capped === 0 && this.#entries.get(name) === entry) this.#entries.delete(name);
    };
    entry.answer.then(
      (records) => keep(records.reduce((least, { ttlSeconds }) => Math.min(least, ttlSeconds), ttlOf(records))),
      () => keep(DNS_FAILURE_SECONDS),
    );
    return entry.answer;
  }

  /** Expired ones go; where there are none, the oldest quarter. */
  #makeRoom(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [name, { untilMs }] of this.#entries) if (untilMs <= nowMs) this.#entries.delete(name);
    let surplus = this.#entries.size - (DNS_CACHE_ENTRIES * 3) / 4;
    for (const name of this.#entries.keys()) {
      if (surplus-- <= 0) return;
      this.#entries.delete(name);
    }
  }
}

function ttlOf(records: readonly unknown[]): number {
  return records.length === 0 ? NO_RECORD_SECONDS : Number.POSITIVE_INFINITY;
}
