/** One request of a peer and our responses: the server machines joined to the flow it came on. */
import type { Clock } from '../runtime/index.ts';
import type { SipCounters } from './counters.ts';
import type { ParsedRequest } from './message.ts';
import { buildResponse, type ResponseParts } from './print.ts';
import {
  type InviteServerAction,
  type InviteServerInput,
  type InviteServerState,
  inviteServerMachine,
} from './transaction-invite-server.ts';
import { TransactionRunner } from './transaction-runner.ts';
import { type ServerAction, type ServerInput, type ServerState, serverMachine } from './transaction-server.ts';
import type { Flow } from './types.ts';

export interface ServerTransactionOptions {
  readonly request: ParsedRequest;
  readonly flow: Flow;
  /** Tag for To, the same in all responses (8.2.6.2). */
  readonly toTag: string;
  readonly clock: Clock;
  readonly t1Ms: number;
  readonly counters: SipCounters;
  /** Sends back the way the request came; false when that is impossible. */
  send(bytes: Uint8Array): boolean;
  onTerminated(): void;
}

interface Machinery {
  input(input: 'request' | 'transportError'): boolean;
  respond(status: number): boolean;
  ack(): boolean;
  terminate(): void;
}

export class ServerTransaction {
  readonly request: ParsedRequest;
  readonly flow: Flow;
  readonly toTag: string;
  /** A CANCEL that arrives before the final answer. The 487 is the owner's to send. */
  onCancel: ((cancel: ParsedRequest) => void) | null = null;
  /** Runs when the transaction is over: what waits for an answer waits in vain. */
  onEnd: (() => void) | null = null;
  readonly #options: ServerTransactionOptions;
  readonly #runner: Machinery;
  #last: Uint8Array | null = null;
  #status = 0;

  constructor(options: ServerTransactionOptions) {
    this.#options = options;
    this.request = options.request;
    this.flow = options.flow;
    this.toTag = options.toTag;
    this.#runner = options.request.method === 'INVITE' ? this.#inviteRunner() : this.#plainRunner();
  }

  /** Status of the newest response; 0: none yet. */
  get status(): number {
    return this.#status;
  }

  get answered(): boolean {
    return this.#status >= 200;
  }

  /** Sends a response; a second final one is ignored and counted. Returns whether it was sent. */
  respond(parts: ResponseParts): boolean {
    if (this.answered) {
      this.#options.counters.answeredTwice.add();
      return false;
    }
    this.#last = buildResponse(this.request, { toTag: this.toTag, source: this.flow.remote, ...parts });
    this.#status = parts.status;
    this.#runner.respond(parts.status);
    return true;
  }

  /** The newest response as it was sent. */
  get newest(): Uint8Array | null {
    return this.#last;
  }

  /** Sends a response again, the newest if none is given: a 2xx until its ACK, a provisional one to keep proxies waiting. */
  repeat(bytes = this.#last): void {
    if (bytes === null) return;
    this.#options.counters.retransmitted.add();
    this.#options.send(bytes);
  }

  /** The same request again. */
  retransmission(): void {
    this.#runner.input('request');
  }

  /** An ACK that matches this transaction; false when it is for the core (of a 2xx). */
  ack(): boolean {
    return this.#runner.ack();
  }

  terminate(): void {
    this.#runner.terminate();
  }

  #inviteRunner(): Machinery {
    const runner = new TransactionRunner<InviteServerState, InviteServerInput, InviteServerAction>({
      ...this.#shared(),
      machine: inviteServerMachine,
      initial: 'proceeding',
      timers: [],
    });
    return {
      input: (input) => runner.input(input),
      respond: (status) =>
        runner.input(status < 200 ? 'sendProvisional' : status < 300 ? 'sendSuccess' : 'sendFailure'),
      ack: () => runner.state !== 'accepted' && runner.input('ack'),
      terminate: () => runner.terminate(),
    };
  }

  #plainRunner(): Machinery {
    const runner = new TransactionRunner<ServerState, ServerInput, ServerAction>({
      ...this.#shared(),
      machine: serverMachine,
      initial: 'trying',
      timers: [],
    });
    return {
      input: (input) => runner.input(input),
      respond: (status) => runner.input(status < 200 ? 'sendProvisional' : 'sendFinal'),
      ack: () => false,
      terminate: () => runner.terminate(),
    };
  }

  #shared() {
    const { clock, t1Ms, flow, onTerminated } = this.#options;
    return {
      clock,
      t1Ms,
      reliable: flow.transport !== 'udp',
      perform: (action: InviteServerAction | ServerAction) => this.#perform(action),
      onTerminated: () => {
        onTerminated();
        this.onEnd?.();
      },
    };
  }

  #perform(action: InviteServerAction | ServerAction): void {
    switch (action) {
      case 'send':
        // A lost connection ends the transaction; the machine is in the middle of its step now.
        if (this.#last !== null && !this.#options.send(this.#last)) {
          queueMicrotask(() => this.#runner.input('transportError'));
        }
        break;
      case 'resend':
        this.repeat();
        break;
      case 'reportNoAck':
        this.#options.counters.noAck.add();
        break;
    }
  }
}
