/** All transactions of a stack: finds the one that a message belongs to, makes new ones. */
import type { Clock } from '../runtime/index.ts';
import { type ClientContext, type ClientOwner, ClientTransaction } from './client-transaction.ts';
import type { SipCounters } from './counters.ts';
import { cancelOf } from './derived-requests.ts';
import type { Channel } from './flow.ts';
import type { Via } from './header-via.ts';
import type { ParsedRequest, ParsedResponse } from './message.ts';
import type { RequestParts } from './print.ts';
import { type ReplyPath, type ServerContext, ServerMachine } from './server-machine.ts';
import { ServerTransaction } from './server-transaction.ts';
import { clientKey, isSentBy, mergeKey, responseKey, serverKey } from './transaction-keys.ts';
import { TransactionShares } from './transaction-shares.ts';
import type { Flow, HeaderLine } from './types.ts';

export interface TransactionLayerOptions {
  readonly clock: Clock;
  readonly t1Ms: number;
  readonly counters: SipCounters;
  /** The way back for responses to a request that came on `flow`. */
  replyPath(flow: Flow, request: ParsedRequest): ReplyPath;
}

/** The outcome of a CANCEL matters to nobody: its INVITE is answered 487, or is over 64*T1 later. */
const silent: ClientOwner = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} };

export class TransactionLayer {
  /** Server transactions of strangers. */
  readonly shares = new TransactionShares();
  readonly #options: TransactionLayerOptions;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerMachine>();
  /** Requests without To tag that are under way, by `mergeKey`. */
  readonly #ongoing = new Map<string, ServerMachine>();
  /** Of the newest request: it is looked for first, then it becomes a transaction. */
  #newestVia: Via | null = null;
  #newestKey = '';
  readonly #clientContext: ClientContext;
  readonly #serverContext: ServerContext;

  constructor(options: TransactionLayerOptions) {
    const { clock, t1Ms, counters } = options;
    this.#options = options;
    this.#clientContext = { clock, t1Ms, counters, forget: ({ key }) => this.#clients.delete(key) };
    this.#serverContext = { clock, t1Ms, counters, forget: (machine) => this.#forget(machine) };
  }

  /** Live transactions. */
  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** Sends `request` through a new client transaction. */
  request(request: RequestParts, branch: string, channel: Channel, owner: ClientOwner): ClientTransaction {
    const key = clientKey(branch, request.method);
    const transaction = new ClientTransaction(this.#clientContext, { request, branch, channel, owner, key });
    this.#clients.set(key, transaction);
    return transaction;
  }

  /** Sends the CANCEL of a request that has no final response yet. */
  cancel({ request, branch, channel }: ClientTransaction, headers: readonly HeaderLine[] = []): void {
    if (request !== null) this.request(cancelOf(request, headers), branch, channel, silent);
  }

  /** The transaction that a response answers, or null: a stray. */
  clientOf(response: ParsedResponse): ClientTransaction | null {
    const key = responseKey(response);
    const found = key === null ? undefined : this.#clients.get(key);
    return found !== undefined && isSentBy(response.via, found.channel.sentBy) ? found : null;
  }

  /** The transaction that a request repeats; with `method` INVITE the one that a CANCEL is for. */
  serverOf(request: ParsedRequest, method = request.method): ServerMachine | null {
    const key = method === request.method ? this.#keyOf(request) : serverKey(request, method);
    return this.#servers.get(key) ?? null;
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
  inviteOf(request: ParsedRequest): ServerMachine | null {
    const exact = this.serverOf(request, 'INVITE');
    if (exact !== null) return exact;
    const loose = this.#ongoing.get(mergeKey(request, 'INVITE')) ?? null;
    if (loose !== null) this.#options.counters.looseMatches.add();
    return loose;
  }

  /** A new server transaction. `toTag` outlives the request: a tag of ours, not the piece of it that is the same. */
  serve(request: ParsedRequest, flow: Flow, toTag: string): ServerTransaction {
    const machine = new ServerMachine(this.#serverContext, {
      isInvite: request.method === 'INVITE',
      path: this.#options.replyPath(flow, request),
      toTag,
      key: this.#keyOf(request),
      mergeKey: request.toTag === '' ? mergeKey(request) : null,
      source: TransactionShares.sourceOf(flow),
    });
    this.shares.add(machine.source);
    this.#servers.set(machine.key, machine);
    if (machine.mergeKey !== null) this.#ongoing.set(machine.mergeKey, machine);
    return new ServerTransaction(request, flow, machine);
  }

  /** Ends all of them silently. */
  close(): void {
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.terminate();
  }

  #keyOf(request: ParsedRequest): string {
    if (this.#newestVia !== request.via) {
      this.#newestVia = request.via;
      this.#newestKey = serverKey(request, request.method);
    }
    return this.#newestKey;
  }

  #forget({ key, mergeKey: merge, source }: ServerMachine): void {
    this.shares.remove(source);
    this.#servers.delete(key);
    if (merge !== null) this.#ongoing.delete(merge);
  }
}
