/** One request of ours and its responses: the client machines joined to a channel. */
import type { Clock } from '../runtime/index.ts';
import type { SipCounters } from './counters.ts';
import { ackOfRefusal } from './derived-requests.ts';
import type { Channel } from './flow.ts';
import type { ParsedResponse } from './message.ts';
import { buildRequest, type RequestParts } from './print.ts';
import { type ClientAction, type ClientInput, type ClientState, clientMachine } from './transaction-client.ts';
import {
  type InviteClientAction,
  type InviteClientInput,
  type InviteClientState,
  inviteClientMachine,
} from './transaction-invite-client.ts';
import { TransactionRunner } from './transaction-runner.ts';

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

export interface ClientTransactionOptions {
  readonly request: RequestParts;
  /** Of its Via. A CANCEL uses it too. */
  readonly branch: string;
  readonly channel: Channel;
  readonly owner: ClientOwner;
  readonly clock: Clock;
  readonly t1Ms: number;
  readonly counters: SipCounters;
  onTerminated(): void;
}

/** What both machines offer here. */
interface Machinery {
  input(input: 'transportError'): boolean;
  respond(status: number): boolean;
  hush(): void;
  terminate(): void;
}

type Action = InviteClientAction | ClientAction;

export class ClientTransaction {
  readonly request: RequestParts;
  readonly branch: string;
  readonly channel: Channel;
  readonly #options: ClientTransactionOptions;
  readonly #bytes: Uint8Array;
  readonly #runner: Machinery;
  readonly #stopWatching: () => void;
  #response: ParsedResponse | null = null;

  /** Sends the request at once. */
  constructor(options: ClientTransactionOptions) {
    this.#options = options;
    this.request = options.request;
    this.branch = options.branch;
    this.channel = options.channel;
    this.#bytes = buildRequest(options.request);
    this.#stopWatching = options.channel.onLost(() => this.#runner.input('transportError'));
    this.#runner = options.request.method === 'INVITE' ? this.#inviteRunner() : this.#plainRunner();
    if (!options.channel.send(this.#bytes)) {
      // Not in the constructor's call: the owner does not hold the transaction yet.
      queueMicrotask(() => this.#runner.input('transportError'));
    }
  }

  receive(response: ParsedResponse): void {
    const { owner, counters } = this.#options;
    if (owner.accepts?.(response) === false) {
      counters.stray.add(1, { kind: 'tag' });
      return;
    }
    this.#response = response;
    this.#runner.respond(response.status);
  }

  /** Sends the request no more; its responses are still taken. */
  hush(): void {
    this.#runner.hush();
  }

  /** Ends it silently. */
  terminate(): void {
    this.#runner.terminate();
  }

  #inviteRunner(): Machinery {
    const runner = new TransactionRunner<InviteClientState, InviteClientInput, InviteClientAction>({
      ...this.#shared(),
      machine: inviteClientMachine,
      initial: 'calling',
      timers: ['A', 'B'],
    });
    return {
      input: (input) => runner.input(input),
      respond: (status) => runner.input(status < 200 ? 'provisional' : status < 300 ? 'success' : 'failure'),
      hush: () => runner.stop('A'),
      terminate: () => runner.terminate(),
    };
  }

  #plainRunner(): Machinery {
    const runner = new TransactionRunner<ClientState, ClientInput, ClientAction>({
      ...this.#shared(),
      machine: clientMachine,
      initial: 'trying',
      timers: ['E', 'F'],
    });
    return {
      input: (input) => runner.input(input),
      respond: (status) => runner.input(status < 200 ? 'provisional' : 'final'),
      hush: () => runner.stop('E'),
      terminate: () => runner.terminate(),
    };
  }

  /** Options that both machines share. */
  #shared() {
    const { clock, t1Ms, channel } = this.#options;
    return {
      clock,
      t1Ms,
      reliable: channel.reliable,
      perform: (action: Action) => this.#perform(action),
      onTerminated: () => {
        this.#stopWatching();
        this.#options.onTerminated();
      },
    };
  }

  #perform(action: Action): void {
    const { owner, channel, counters } = this.#options;
    switch (action) {
      case 'resend':
        counters.retransmitted.add();
        channel.send(this.#bytes);
        break;
      case 'sendAck':
        if (this.#response !== null) channel.send(buildRequest(ackOfRefusal(this.request, this.#response)));
        break;
      case 'deliver':
        if (this.#response !== null) owner.onResponse(this.#response);
        break;
      case 'reportTimeout':
        counters.timeouts.add();
        owner.onTimeout();
        break;
      case 'reportTransportError':
        owner.onTransportError();
        break;
    }
  }
}
