/** All transactions of a stack: finds the one that a message belongs to, makes new ones. */
import type { Clock } from '../runtime/index.ts';
import { type ClientOwner, ClientTransaction } from './client-transaction.ts';
import type { SipCounters } from './counters.ts';
import type { Channel } from './flow.ts';
import type { ParsedRequest, ParsedResponse } from './message.ts';
import type { RequestParts } from './print.ts';
import { ServerTransaction } from './server-transaction.ts';
import { clientKey, mergeKey, responseKey, serverKey } from './transaction-keys.ts';
import type { Flow } from './types.ts';

export interface TransactionLayerOptions {
  readonly clock: Clock;
  readonly t1Ms: number;
  readonly counters: SipCounters;
  /** Sends a response back along `flow`. */
  answer(flow: Flow, request: ParsedRequest, bytes: Uint8Array): boolean;
}

export class TransactionLayer {
  readonly #options: TransactionLayerOptions;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  /** Requests without To tag that are under way, by `mergeKey`. */
  readonly #ongoing = new Map<string, ServerTransaction>();

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
  }

  /** Live transactions. */
  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** Sends `request` through a new client transaction. */
  request(request: RequestParts, branch: string, channel: Channel, owner: ClientOwner): ClientTransaction {
    const key = clientKey(branch, request.method);
    const transaction = new ClientTransaction({
      ...this.#options,
      request,
      branch,
      channel,
      owner,
      onTerminated: () => this.#clients.delete(key),
    });
    this.#clients.set(key, transaction);
    return transaction;
  }

  /** The transaction that a response answers, or null: a stray. */
  clientOf(response: ParsedResponse): ClientTransaction | null {
    const key = responseKey(response);
    return key === null ? null : (this.#clients.get(key) ?? null);
  }

  /** The transaction that a request repeats; with `method` INVITE the one that a CANCEL is for. */
  serverOf(request: ParsedRequest, method = request.method): ServerTransaction | null {
    return this.#servers.get(serverKey(request, method)) ?? null;
  }

  /** Did this request come before, on another path? */
  isMerged(request: ParsedRequest): boolean {
    return request.toTag === '' && this.#ongoing.has(mergeKey(request));
  }

  /**
   * The INVITE that a CANCEL or ACK means. First by the rules; then, as deployed clients give these
   * a branch of their own, by Call-ID, From tag and CSeq number, which name one INVITE only since
   * merged ones are refused. A BYE needs no more than these to be believed.
   */
  inviteOf(request: ParsedRequest): ServerTransaction | null {
    const exact = this.serverOf(request, 'INVITE');
    if (exact !== null) return exact;
    const loose = this.#ongoing.get(mergeKey(request, 'INVITE')) ?? null;
    if (loose !== null) this.#options.counters.looseMatches.add();
    return loose;
  }

  /** A new server transaction. */
  serve(request: ParsedRequest, flow: Flow, toTag: string): ServerTransaction {
    const key = serverKey(request, request.method);
    const merge = request.toTag === '' ? mergeKey(request) : null;
    const transaction = new ServerTransaction({
      ...this.#options,
      request,
      flow,
      toTag,
      send: (bytes) => this.#options.answer(flow, request, bytes),
      onTerminated: () => {
        this.#servers.delete(key);
        if (merge !== null) this.#ongoing.delete(merge);
      },
    });
    this.#servers.set(key, transaction);
    if (merge !== null) this.#ongoing.set(merge, transaction);
    return transaction;
  }

  /** Ends all of them silently. */
  close(): void {
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.terminate();
  }
}
