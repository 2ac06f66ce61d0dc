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
  readonly #ongoing = new Set<string>();

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

  /** The transaction of a repeated request, of an ACK, or (with `method` INVITE) of a CANCEL. */
  serverOf(request: ParsedRequest, method = request.method): ServerTransaction | null {
    return this.#servers.get(serverKey(request, method)) ?? null;
  }

  /** Did this request come before, on another path? */
  isMerged(request: ParsedRequest): boolean {
    const key = mergeKey(request);
    return key !== null && this.#ongoing.has(key);
  }

  /** A new server transaction. */
  serve(request: ParsedRequest, flow: Flow, toTag: string): ServerTransaction {
    const key = serverKey(request, request.method);
    const merge = mergeKey(request);
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
    if (merge !== null) this.#ongoing.add(merge);
    return transaction;
  }

  /** Ends all of them silently. */
  close(): void {
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.terminate();
  }
}
