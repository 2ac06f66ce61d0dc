/**
 * A server transaction as the layer keeps it until its timers end: state, timers, newest response.
 * What it is about, the request and whose it is, is let go with the final response.
 */
import type { ParsedRequest } from './message.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { type InviteServerAction, type InviteServerInput, inviteServerMachine } from './transaction-invite-server.ts';
import { type TransactionContext, TransactionRunner } from './transaction-runner.ts';
import { type ServerAction, type ServerInput, serverMachine } from './transaction-server.ts';

/** The way back for responses; false when it is closed. */
export interface ReplyPath {
  readonly reliable: boolean;
  send(bytes: Uint8Array): boolean;
}

export interface ServerContext extends TransactionContext {
  /** The machine has terminated. */
  forget(machine: ServerMachine): void;
}

export interface ServerMachineOptions {
  readonly isInvite: boolean;
  readonly path: ReplyPath;
  /** Tag for To, the same in all responses (8.2.6.2). */
  readonly toTag: string;
  /** What it is found by. */
  readonly key: string;
  readonly mergeKey: string | null;
  /** The stranger whose share it takes of; null: nobody's. */
  readonly source: string | null;
}

export class ServerMachine extends TransactionRunner<
  InviteServerInput | ServerInput,
  InviteServerAction | ServerAction
> {
  readonly toTag: string;
  readonly key: string;
  readonly mergeKey: string | null;
  readonly source: string | null;
  /** Null once it has its final response. */
  owner: ServerTransaction | null = null;
  /** Status of the newest response; 0: none yet. */
  status = 0;
  /** The newest response, for as long as this machine sends it again: a 2xx to INVITE is the core's to repeat. */
  #newest: Uint8Array | null = null;
  readonly #isInvite: boolean;
  readonly #path: ReplyPath;
  readonly #server: ServerContext;

  constructor(context: ServerContext, { isInvite, path, toTag, key, mergeKey, source }: ServerMachineOptions) {
    const initial = isInvite ? 'proceeding' : 'trying';
    super(context, isInvite ? inviteServerMachine : serverMachine, initial, path.reliable);
    this.#server = context;
    this.#isInvite = isInvite;
    this.#path = path;
    this.toTag = toTag;
    this.key = key;
    this.mergeKey = mergeKey;
    this.source = source;
  }

  get answered(): boolean {
    return this.status >= 200;
  }

  /** The response that goes out now. */
  respond(status: number, bytes: Uint8Array): void {
    this.#newest = bytes;
    this.status = status;
    if (status < 200) this.input('sendProvisional');
    else {
      if (!this.#isInvite) this.input('sendFinal');
      else this.input(status < 300 ? 'sendSuccess' : 'sendFailure');
      this.owner = null;
      if (this.state === 'accepted') this.#newest = null;
    }
  }

  /** Sends a response again. */
  repeat(bytes: Uint8Array): void {
    this.context.counters.retransmitted.add();
    this.#path.send(bytes);
  }

  /** A second final response: it is not sent. */
  answeredTwice(): void {
    this.context.counters.answeredTwice.add();
  }

  /** The same request again. */
  retransmission(): void {
    this.input('request');
  }

  /** An ACK that matches this transaction; false when it is for the core (of a 2xx). */
  ack(): boolean {
    return this.#isInvite && this.state !== 'accepted' && this.input('ack');
  }

  /** A CANCEL of its request; after the final response it changes nothing. */
  cancel(request: ParsedRequest): void {
    this.owner?.onCancel?.(request);
  }

  protected override perform(action: InviteServerAction | ServerAction): void {
    switch (action) {
      case 'send':
        // A lost connection ends the transaction; the machine is in the middle of its step now.
        if (this.#newest !== null && !this.#path.send(this.#newest)) {
          queueMicrotask(() => this.input('transportError'));
        }
        break;
      case 'resend':
        if (this.#newest !== null) this.repeat(this.#newest);
        break;
      case 'reportNoAck':
        this.context.counters.noAck.add();
        break;
    }
  }

  protected override onTerminated(): void {
    const { owner } = this;
    this.owner = null;
    this.#server.forget(this);
    owner?.onEnd?.();
  }
}
