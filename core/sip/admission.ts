/**
 * Limits before anything is made of a request that is not of a dialog: live transactions, requests
 * and new calls a second from one source, and the load of this thread.
 */
import type { Clock } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import type { ParsedRequest } from './message.ts';
import type { Overload } from './overload.ts';
import type { Flow } from './types.ts';

/** Sources counted apart within one second; further ones share a count. */
const MAX_SOURCES = 10_000;

export type Limit = 'transactions' | 'rate' | 'overload';

interface SourceCount {
  requests: number;
  calls: number;
}

export class Admission {
  readonly #config: SipConfig;
  readonly #clock: Clock;
  readonly #transactions: () => number;
  readonly #overload: Overload;
  #second = 0;
  readonly #bySource = new Map<string, SourceCount>();

  constructor(config: SipConfig, clock: Clock, transactions: () => number, overload: Overload) {
    this.#config = config;
    this.#clock = clock;
    this.#transactions = transactions;
    this.#overload = overload;
  }

  /** The limit that a new request is past, or null. Counts it. */
  exceeded(request: ParsedRequest, flow: Flow): Limit | null {
    const limit = this.#limit(request, flow);
    return limit !== null && limit !== 'overload' && this.#overload.exempts(request.uri) ? null : limit;
  }

  #limit(request: ParsedRequest, flow: Flow): Limit | null {
    if (this.#transactions() >= this.#config.maxTransactions) return 'transactions';
    if (!flow.trusted && this.#isOverRate(request.method, flow.remote.address)) return 'rate';
    return this.#overload.sheds(request.uri) ? 'overload' : null;
  }

  #isOverRate(method: string, source: string): boolean {
    const { requestsPerSecondPerSource, newCallsPerSecondPerSource } = this.#config;
    if (requestsPerSecondPerSource === 0 && newCallsPerSecondPerSource === 0) return false;
    const count = this.#countOf(source);
    count.requests++;
    if (requestsPerSecondPerSource > 0 && count.requests > requestsPerSecondPerSource) return true;
    if (method !== 'INVITE' || newCallsPerSecondPerSource === 0) return false;
    return ++count.calls > newCallsPerSecondPerSource;
  }

  #countOf(source: string): SourceCount {
    const second = Math.floor(this.#clock.nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#bySource.clear();
    }
    const key = this.#bySource.size < MAX_SOURCES || this.#bySource.has(source) ? source : '';
    let count = this.#bySource.get(key);
    if (count === undefined) {
      count = { requests: 0, calls: 0 };
      this.#bySource.set(key, count);
    }
    return count;
  }
}
