/** The peer's requests inside a dialog: order, overlap, what the stack answers itself (RFC 3261 12.2.2). */
import { formatEndpoint } from '../runtime/index.ts';
import { AnswerRepeater } from './answer-repeater.ts';
import type { DialogClient } from './dialog-client.ts';
import { contactOf } from './dialog-data.ts';
import { contactLine, type DialogLeg, targetRefreshers } from './dialog-leg.ts';
import { parseRAck } from './header-rack.ts';
import type { ParsedRequest } from './message.ts';
import { PendingRequest } from './server-request.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { sessionTimerFault } from './session-timer.ts';
import type { DialogTimer } from './session-timer-dialog.ts';
import type { SipCore } from './sip-core.ts';
import { productLine } from './stack-headers.ts';
import type { DialogEvent, Flow, HeaderLine } from './types.ts';

export interface DialogServerOptions {
  readonly core: SipCore;
  readonly leg: DialogLeg;
  readonly client: DialogClient;
  readonly timer: DialogTimer;
  emit(event: DialogEvent): void;
  /** The INVITE that makes the dialog and has no final answer yet: whose it is. */
  invite(): 'ours' | 'theirs' | null;
  /** What an INVITE or UPDATE of the peer says of its abilities. */
  note(request: ParsedRequest): void;
  /** Takes a PRACK with a RAck; false: it is for nothing that we sent. */
  onPrack(transaction: ServerTransaction): boolean;
  /** The peer's BYE: answered already. */
  onBye(request: ParsedRequest): void;
}

const nonePending: readonly PendingRequest[] = [];

export class DialogServer {
  readonly #options: DialogServerOptions;
  /** A row, not a set: there is one of them, or none. */
  #pending: readonly PendingRequest[] = nonePending;
  /** 2xx without ACK, by the CSeq number of their INVITE. */
  readonly #repeaters = new Map<number, AnswerRepeater>();
  /** What waits for the ACKs (a BYE of ours). */
  #onAcknowledged: (() => void) | null = null;

  constructor(options: DialogServerOptions) {
    this.#options = options;
  }

  /** A re-INVITE of the peer waits for our final answer. */
  get inviting(): boolean {
    for (const { request, answered } of this.#pending) if (request.method === 'INVITE' && !answered) return true;
    return false;
  }

  /** A 2xx of ours waits for its ACK: its INVITE is in progress still (RFC 3261 14.1). */
  get awaitsAck(): boolean {
    return this.#repeaters.size > 0;
  }

  /** A request with our tag and the peer's. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { leg } = this.#options;
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      this.refuse(transaction, refusal.status, refusal.headers, refusal.reason);
      return;
    }
    leg.data = { ...leg.data, remoteCseq: request.cseq.number };
    if (request.method === 'BYE') this.#bye(transaction);
    else if (request.method === 'PRACK') this.#prack(transaction);
    else this.handUp(transaction);
  }

  /** A response that the stack gives by itself. */
  refuse(transaction: ServerTransaction, status: number, headers: readonly HeaderLine[] = [], reason?: string): void {
    const { core } = this.#options;
    core.counters.refused.add(1, { status: String(status) });
    transaction.respond({
      status,
      ...(reason === undefined ? {} : { reason }),
      headers: [...headers, ...productLine('Server', core.config)],
    });
  }

  /** An ACK of one of our 2xx. */
  receiveAck(request: ParsedRequest): void {
    const { core, emit } = this.#options;
    const repeater = this.#repeaters.get(request.cseq.number);
    if (repeater === undefined) {
      core.counters.stray.add(1, { kind: 'ack' });
      return;
    }
    this.#stopRepeating(repeater);
    const { body } = request;
    emit({ kind: 'acknowledged', body, contentType: body.length === 0 ? null : request.header('content-type') });
    this.#allAcknowledged();
  }

  /** Repeats the 2xx of `transaction` until its ACK. */
  repeatUntilAck(transaction: ServerTransaction): void {
    const { core, emit } = this.#options;
    const cseq = transaction.request.cseq.number;
    const repeater = new AnswerRepeater({
      clock: core.seams.clock,
      t1Ms: core.config.t1Ms,
      cseq,
      repeat: () => transaction.repeat(),
      onNoAck: () => {
        core.counters.noAck.add();
        this.#repeaters.delete(cseq);
        emit({ kind: 'noAck' });
        this.#allAcknowledged();
      },
    });
    this.#repeaters.set(cseq, repeater);
  }

  /**
   * Runs `run` when no 2xx waits for its ACK: "the callee's UA … MUST NOT send a BYE on a confirmed
   * dialog until it has received an ACK for its 2xx response or until the server transaction times
   * out" (15).
   */
  afterAcks(run: () => void): void {
    this.#onAcknowledged = run;
    this.#allAcknowledged();
  }

  /** The dialog is over: what waits for an answer gets 487 (15.1.2), nothing is repeated any more. */
  close(options: { readonly answer: boolean; readonly keepRepeating: boolean }): void {
    for (const pending of this.#pending) {
      if (options.answer && !pending.answered) pending.respond(487);
      pending.abandon();
    }
    this.#pending = nonePending;
    if (options.keepRepeating || this.#repeaters.size === 0) return;
    for (const repeater of this.#repeaters.values()) this.#stopRepeating(repeater);
  }

  #stopRepeating(repeater: AnswerRepeater): void {
    repeater.stop();
    this.#repeaters.delete(repeater.cseq);
  }

  #allAcknowledged(): void {
    if (this.#repeaters.size > 0) return;
    const run = this.#onAcknowledged;
    this.#onAcknowledged = null;
    run?.();
    this.#options.client.inviteEnded();
  }

  #refusal(request: ParsedRequest): { status: number; reason?: string; headers: readonly HeaderLine[] } | null {
    const { core, leg, client, invite } = this.#options;
    const { method } = request;
    const last = leg.data.remoteCseq;
    const { number } = request.cseq;
    // "If the remote sequence number was not empty, but the sequence number of the request is lower
    // than the remote sequence number, the request is out of order and MUST be rejected with a 500".
    if (last !== null && (number < last || (number === last && method === 'INVITE'))) {
      return { status: 500, headers: method === 'NOTIFY' ? [['Retry-After', '0']] : [] };
    }
    if (method !== 'INVITE' && method !== 'UPDATE') return null;
    const offers = method === 'INVITE' || request.body.length > 0;
    // 14.2: "A UAS that receives an INVITE on a dialog while an INVITE it had sent on that dialog is
    // in progress MUST return a 491 (Request Pending)"; RFC 3311 5.2 the same for offers in UPDATE.
    const ours = invite() === 'ours';
    if (method === 'INVITE' ? ours || client.inviting || client.offering : offers && client.offering) {
      core.counters.glare.add();
      return { status: 491, headers: [['Retry-After', String(core.seams.random.integer(10))]] };
    }
    // "A UAS that receives a second INVITE before it sends the final response to a first INVITE …
    // MUST return a 500 … and MUST include a Retry-After header field with a randomly chosen value
    // of between 0 and 10 seconds"; RFC 3311 5.2 for a second UPDATE, and for an offer in an UPDATE
    // while an offer of the peer waits for our answer.
    if (this.#overlaps(method, offers) || (method === 'INVITE' && invite() === 'theirs')) {
      core.counters.glare.add();
      return { status: 500, headers: [['Retry-After', String(core.seams.random.integer(11))]] };
    }
    return sessionTimerFault(this.#options.timer.settings, request);
  }

  #overlaps(method: string, offers: boolean): boolean {
    for (const { request, answered } of this.#pending) {
      if (answered || (request.method !== 'INVITE' && request.method !== 'UPDATE')) continue;
      if (request.method === method || (offers && request.body.length > 0)) return true;
    }
    return false;
  }

  #prack(transaction: ServerTransaction): void {
    const { core, onPrack } = this.#options;
    if (core.config.reliableProvisional === 'relay') this.handUp(transaction);
    else if (parseRAck(transaction.request.header('rack')) === null) this.refuse(transaction, 400);
    else if (!onPrack(transaction)) this.refuse(transaction, 481);
  }

  #bye(transaction: ServerTransaction): void {
    const { core, onBye } = this.#options;
    transaction.respond({ status: 200, headers: productLine('Server', core.config) });
    onBye(transaction.request);
  }

  /** Hands a request to the owner, as `request` or as the event that `eventOf` makes of it. */
  handUp(
    transaction: ServerTransaction,
    eventOf: (request: PendingRequest) => DialogEvent = (request) => ({ kind: 'request', request }),
    onAnswered: () => void = () => {},
  ): PendingRequest {
    const { core, emit } = this.#options;
    const { request, flow } = transaction;
    const isInvite = request.method === 'INVITE';
    const pending = new PendingRequest({
      core,
      transaction,
      headersFor: (status) => this.#headersFor(request, status, flow),
      onResponse: (status) => {
        if (status < 200) return;
        this.#pending = this.#pending.filter((each) => each !== pending);
        this.#answered(transaction, status);
        onAnswered();
      },
    });
    this.#pending = [...this.#pending, pending];
    if (isInvite) transaction.onCancel = (cancel) => pending.onCancel(cancel);
    emit(eventOf(pending));
    return pending;
  }

  #answered(transaction: ServerTransaction, status: number): void {
    const { leg, client, note } = this.#options;
    const { request, flow } = transaction;
    if (status < 300 && targetRefreshers.has(request.method)) {
      leg.route.follow(flow);
      const remoteTarget = contactOf(request);
      // 12.2.2: "the UAS MUST replace the dialog's remote target URI with the URI from the Contact".
      if (remoteTarget !== null) leg.data = { ...leg.data, remoteTarget };
    }
    if (request.method !== 'INVITE' && request.method !== 'UPDATE') return;
    note(request);
    if (request.method !== 'INVITE') return;
    if (status < 300) this.repeatUntilAck(transaction);
    client.inviteEnded();
  }

  #headersFor(request: ParsedRequest, status: number, flow: Flow): readonly HeaderLine[] {
    const { method } = request;
    if ((method !== 'INVITE' && method !== 'UPDATE') || status <= 100 || status >= 300) return [];
    return [
      ['Contact', ownContact(this.#options.core, this.#options.leg.data.localTag, flow, this.#options.leg.isSecure)],
      ['Allow', this.#options.core.capabilities.allow],
      ...(status >= 200 ? this.#options.core.capabilities.supportedLines() : []),
      ...(status >= 200 ? this.#options.timer.accepted(request) : []),
    ];
  }
}

/** Our Contact towards the peer of `flow`, also when its connection has just gone. */
export function ownContact(core: SipCore, localTag: string, flow: Flow, secure = false): string {
  const channel = core.transports.answerChannel(flow) ?? { flow, sentBy: formatEndpoint(flow.local) };
  return contactLine(localTag, channel, secure);
}
