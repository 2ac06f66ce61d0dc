/** Limits before anything is made of a request: live transactions, new calls a second per source. */
import type { Clock } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';

/** Sources counted apart within one second; further ones share a count. */
const MAX_SOURCES = 10_000;

export type Limit = 'transactions' | 'rate';

export class Admission {
  readonly #config: SipConfig;
  readonly #clock: Clock;
  readonly #transactions: () => number;
  #second = 0;
  readonly #callsBySource = new Map<string, number>();

  constructor(config: SipConfig, clock: Clock, transactions: () => number) {
    this.#config = config;
    this.#clock = clock;
    this.#transactions = transactions;
  }

  /** The limit that a new request is past, or null. Counts the INVITE. */
  exceeded(method: string, source: string): Limit | null {
    if (this.#transactions() >= this.#config.maxTransactions) return 'transactions';
    const limit = this.#config.newCallsPerSecondPerSource;
    if (method !== 'INVITE' || limit === 0) return null;
    return this.#count(source) > limit ? 'rate' : null;
  }

  #count(source: string): number {
    const second = Math.floor(this.#clock.nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#callsBySource.clear();
    }
    const key = this.#callsBySource.size < MAX_SOURCES || this.#callsBySource.has(source) ? source : '';
    const count = (this.#callsBySource.get(key) ?? 0) + 1;
    this.#callsBySource.set(key, count);
    return count;
  }
}
