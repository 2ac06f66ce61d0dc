/**
 * Limits before anything is made of a request: live transactions, of all and of one source, requests
 * and new calls a second from one source, and the load of this thread.
 */
import type { Clock } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import type { ParsedRequest } from './message.ts';
import type { Overload } from './overload.ts';
import type { TransactionLayer } from './transaction-layer.ts';
import type { Flow } from './types.ts';

/** Sources counted apart within one second; further ones share a count. */
const MAX_SOURCES = 10_000;

/** What belongs to a dialog is served until its source has so many shares: calls go on when new ones are refused. */
const SHARES_WITHIN_DIALOGS = 2;

export type Limit = 'transactions' | 'share' | 'rate' | 'overload';

interface SourceCount {
  requests: number;
  calls: number;
}

export class Admission {
  readonly #config: SipConfig;
  readonly #clock: Clock;
  readonly #transactions: Pick<TransactionLayer, 'size' | 'shares'>;
  readonly #overload: Overload;
  #second = 0;
  readonly #bySource = new Map<string, SourceCount>();

  constructor(
    config: SipConfig,
    clock: Clock,
    transactions: Pick<TransactionLayer, 'size' | 'shares'>,
    overload: Overload,
  ) {
    this.#config = config;
    this.#clock = clock;
    this.#transactions = transactions;
    this.#overload = overload;
  }

  /** The limit that a request in a dialog is past, or null. A BYE makes room. */
  exceededWithin({ method }: ParsedRequest, flow: Flow): Limit | null {
    return method !== 'BYE' && this.#isOverShare(flow, SHARES_WITHIN_DIALOGS) ? 'share' : null;
  }

  /** The limit that a new request is past, or null. Counts it. */
  exceeded(request: ParsedRequest, flow: Flow): Limit | null {
    const limit = this.#limit(request, flow);
    return limit !== null && limit !== 'overload' && this.#overload.exempts(request.uri) ? null : limit;
  }

  #limit(request: ParsedRequest, flow: Flow): Limit | null {
    if (this.#transactions.size >= this.#config.maxTransactions) return 'transactions';
    if (this.#isOverShare(flow, 1)) return 'share';
    if (!flow.trusted && this.#isOverRate(request.method, flow.remote.address)) return 'rate';
    return this.#overload.sheds(request.uri) ? 'overload' : null;
  }

  #isOverShare(flow: Flow, shares: number): boolean {
    const { maxTransactionsPerSource: share } = this.#config;
    return share > 0 && !flow.trusted && this.#transactions.shares.of(flow.remote.address) >= share * shares;
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
