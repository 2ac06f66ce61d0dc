/** One request of ours and its responses: the client machines joined to a channel. */
import { ackOfRefusal } from './derived-requests.ts';
import type { Channel } from './flow.ts';
import type { ParsedResponse } from './message.ts';
import { buildRequest, type RequestParts } from './print.ts';
import { type ClientAction, type ClientInput, clientMachine } from './transaction-client.ts';
import { type InviteClientAction, type InviteClientInput, inviteClientMachine } from './transaction-invite-client.ts';
import { type TransactionContext, TransactionRunner } from './transaction-runner.ts';

/** What the owner of a request is told. Nothing follows `onTimeout` or `onTransportError`. */
export interface ClientOwner {
  /** 1xx, the final response, and to INVITE every 2xx. */
  onResponse(response: ParsedResponse): void;
  /** Timer B or F: no final response. */
  onTimeout(): void;
  onTransportError(): void;
  /** False: the response is not of this dialog and is dropped. Default: all are taken. */
  accepts?(response: ParsedResponse): boolean;
}

export interface ClientContext extends TransactionContext {
  /** The transaction has terminated. */
  forget(transaction: ClientTransaction): void;
}

export interface ClientTransactionOptions {
  readonly request: RequestParts;
  /** Of its Via. A CANCEL uses it too. */
  readonly branch: string;
  readonly channel: Channel;
  readonly owner: ClientOwner;
  /** What it is found by. */
  readonly key: string;
}

export class ClientTransaction extends TransactionRunner<
  InviteClientInput | ClientInput,
  InviteClientAction | ClientAction
> {
  readonly branch: string;
  readonly channel: Channel;
  readonly key: string;
  readonly #client: ClientContext;
  readonly #isInvite: boolean;
  readonly #stopWatching: () => void;
  /** Until it is refused or, if it is no INVITE, answered. */
  #request: RequestParts | null;
  #owner: ClientOwner | null;
  /** What is sent again: the request, or the ACK of its refusal. */
  #bytes: Uint8Array | null;
  /** The one that is being taken. */
  #response: ParsedResponse | null = null;

  /** Sends the request at once. */
  constructor(context: ClientContext, { request, branch, channel, owner, key }: ClientTransactionOptions) {
    const isInvite = request.method === 'INVITE';
    super(context, isInvite ? inviteClientMachine : clientMachine, isInvite ? 'calling' : 'trying', channel.reliable);
    this.#client = context;
    this.#isInvite = isInvite;
    this.branch = branch;
    this.channel = channel;
    this.key = key;
    this.#request = request;
    this.#owner = owner;
    this.#bytes = buildRequest(request);
    this.#stopWatching = channel.onLost(() => this.input('transportError'));
    this.start(isInvite ? 'A' : 'E');
    this.start(isInvite ? 'B' : 'F');
    // Not in the constructor's call: the owner does not hold the transaction yet.
    if (!channel.send(this.#bytes)) queueMicrotask(() => this.input('transportError'));
  }

  /** What was sent; null once nothing can be derived from it any more. */
  get request(): RequestParts | null {
    return this.#request;
  }

  receive(response: ParsedResponse): void {
    if (this.#owner?.accepts?.(response) === false) {
      this.context.counters.stray.add(1, { kind: 'tag' });
      return;
    }
    const { status } = response;
    this.#response = response;
    if (status < 200) this.input('provisional');
    else if (this.#isInvite) this.input(status < 300 ? 'success' : 'failure');
    else this.input('final');
    this.#response = null;
    if (status >= 200) this.#letGo();
  }

  /** From now on `owner` is told, in the place of who was; nobody if there is no owner any more. */
  handOver(owner: ClientOwner): void {
    if (this.#owner !== null) this.#owner = owner;
  }

  /** Sends the request no more; its responses are still taken. */
  hush(): void {
    this.stopRepeating();
  }

  /** A 2xx may come again, and from other forks; nobody hears of anything else after a final response. */
  #letGo(): void {
    if (this.state === 'accepted') {
      this.#bytes = null;
      this.#request = null;
    } else {
      this.#owner = null;
      this.#request = null;
      if (!this.#isInvite) this.#bytes = null;
    }
  }

  protected override perform(action: InviteClientAction | ClientAction): void {
    switch (action) {
      case 'resend':
        this.context.counters.retransmitted.add();
        if (this.#bytes !== null) this.channel.send(this.#bytes);
        break;
      case 'sendAck':
        if (this.#response !== null && this.#request !== null) {
          this.#bytes = buildRequest(ackOfRefusal(this.#request, this.#response));
        }
        if (this.#bytes !== null) this.channel.send(this.#bytes);
        break;
      case 'deliver':
        if (this.#response !== null) this.#owner?.onResponse(this.#response);
        break;
      case 'reportTimeout':
        this.context.counters.timeouts.add();
        this.#owner?.onTimeout();
        break;
      case 'reportTransportError':
        this.#owner?.onTransportError();
        break;
    }
  }

  protected override onTerminated(): void {
    this.#stopWatching();
    this.#client.forget(this);
  }
}
