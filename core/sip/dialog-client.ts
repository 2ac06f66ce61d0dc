/**
 * Our requests inside a dialog: credentials, glare of re-INVITEs, and the signs that the peer is
 * gone. At most one INVITE of ours is under way (RFC 3261 14.1).
 */
import type { Timer } from '../runtime/index.ts';
import type { ClientTransaction } from './client-transaction.ts';
import { cancelOf } from './derived-requests.ts';
import { contactOf } from './dialog-data.ts';
import type { DialogLeg } from './dialog-leg.ts';
import { localResponse } from './local-response.ts';
import type { ParsedResponse } from './message.ts';
import type { SipCore } from './sip-core.ts';
import { GLARE_RETRIES } from './stack-limits.ts';
import { TIMER_C_MS } from './timers.ts';
import type { RequestOptions, SipResponse } from './types.ts';

export interface DialogClientOptions {
  readonly core: SipCore;
  readonly leg: DialogLeg;
  /** We made the Call-ID: after 491 we wait longer than the peer (14.1). */
  readonly ownsCallId: boolean;
  /** The peer's INVITE waits for our answer. */
  peerInvites(): boolean;
  isOver(): boolean;
  /** 408 or 481 (12.2.1.2). */
  onRemoteGone(status: number): void;
}

type Resolve = (response: SipResponse) => void;

export class DialogClient {
  readonly #options: DialogClientOptions;
  /** A re-INVITE or UPDATE with an offer of ours waits for its final response. */
  #offering = 0;
  #inviting = false;
  #queue: (() => void)[] = [];
  /** Repetitions after 491 that wait for their time. */
  readonly #delayed = new Map<Timer, () => void>();
  /** Limits of INVITEs under way. They outlive the dialog, but not the stack. */
  readonly #limits = new Set<Timer>();
  /** CSeq numbers of answered INVITEs whose ACK waits for the owner. */
  readonly #owedAcks = new Set<number>();

  constructor(options: DialogClientOptions) {
    this.#options = options;
  }

  /** An INVITE of ours is under way. */
  get inviting(): boolean {
    return this.#inviting;
  }

  /** An offer of ours waits for its answer. */
  get offering(): boolean {
    return this.#offering > 0;
  }

  /** Sends a request; resolves with its final response, 408, 481 or 503 made by us included. */
  request(method: string, options: RequestOptions): Promise<SipResponse> {
    return new Promise((resolve) => {
      const start = (): void => this.#begin(method, options, resolve);
      if (method === 'INVITE' && this.#mustWait()) this.#queue.push(start);
      else start();
    });
  }

  /** An INVITE of either side has ended: the next one of ours may go. */
  inviteEnded(): void {
    if (this.#mustWait()) return;
    this.#queue.shift()?.();
  }

  /** The dialog is over: what waits is not sent any more but resolved. */
  close(): void {
    const waiting = [...this.#queue, ...this.#delayed.values()];
    for (const timer of this.#delayed.keys()) timer.cancel();
    this.#delayed.clear();
    this.#queue = [];
    for (const run of waiting) run();
  }

  /** The stack ends: no timer stays. */
  abandon(): void {
    for (const timer of this.#limits) timer.cancel();
    this.#limits.clear();
    this.close();
  }

  /** "a UAC MUST NOT initiate a new INVITE transaction within a dialog while another … is in progress". */
  #mustWait(): boolean {
    return !this.#options.isOver() && (this.#inviting || this.#options.peerInvites());
  }

  #begin(method: string, options: RequestOptions, resolve: Resolve): void {
    if (this.#options.isOver()) {
      resolve(localResponse(481));
      return;
    }
    const offers = (method === 'INVITE' || method === 'UPDATE') && options.body !== undefined;
    if (offers) this.#offering++;
    if (method === 'INVITE') this.#inviting = true;
    const finish = (response: SipResponse): void => {
      if (offers) this.#offering--;
      if (method === 'INVITE') this.#inviting = false;
      if (response.status === 408 || response.status === 481) this.#options.onRemoteGone(response.status);
      resolve(response);
      if (method === 'INVITE') this.inviteEnded();
    };
    this.#attempt(method, options, { challenges: 0, glares: 0 }, finish);
  }

  #attempt(
    method: string,
    options: RequestOptions,
    attempts: { readonly challenges: number; readonly glares: number },
    finish: Resolve,
  ): void {
    const { leg } = this.#options;
    let started: { transaction: ClientTransaction; cseq: number } | null = null;
    let timerC: Timer | null = null;
    let done = false;
    const once = (act: () => void): void => {
      this.#unlimit(timerC);
      if (done) return;
      done = true;
      act();
    };
    const limit = (): void => {
      this.#unlimit(timerC);
      timerC = this.#limit(TIMER_C_MS, () => {
        if (started !== null) this.#cancel(started.transaction);
        once(() => finish(localResponse(408)));
      });
    };
    leg.send(
      method,
      options,
      {
        onResponse: (response) => {
          if (response.status < 200) {
            if (method === 'INVITE' && !done) limit();
            if (response.status > 100 && !done) options.onProvisional?.(response);
            return;
          }
          if (method === 'INVITE' && response.status < 300 && started !== null)
            this.#acknowledge(started.cseq, options, response);
          once(() => this.#final(method, options, attempts, response, finish));
        },
        onTimeout: () => once(() => finish(localResponse(408))),
        onTransportError: () => once(() => finish(localResponse(503))),
      },
      (transaction, cseq) => {
        started = { transaction, cseq };
      },
    );
  }

  /** At once, or when the owner has the body of the ACK; again for each repetition of the 2xx. */
  #acknowledge(cseq: number, options: RequestOptions, response: ParsedResponse): void {
    const { leg } = this.#options;
    if (leg.repeatAck(cseq) || this.#owedAcks.has(cseq)) return;
    if (options.acknowledge === undefined) {
      leg.acknowledge(cseq, null);
      return;
    }
    this.#owedAcks.add(cseq);
    void options
      .acknowledge(response)
      .catch(() => null)
      .then((body) => {
        this.#owedAcks.delete(cseq);
        leg.acknowledge(cseq, body);
      });
  }

  #cancel(transaction: ClientTransaction): void {
    const { core } = this.#options;
    const silent = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} };
    const { request, branch, channel } = transaction;
    core.transactions.request(cancelOf(request, []), branch, channel, silent);
    // 9.1: without a final response 64*T1 later "the client SHOULD destroy the client transaction".
    this.#limit(64 * core.config.t1Ms, () => transaction.terminate());
  }

  #limit(delayMs: number, run: () => void): Timer {
    const timer = this.#options.core.seams.clock.after(delayMs, () => {
      this.#limits.delete(timer);
      run();
    });
    this.#limits.add(timer);
    return timer;
  }

  #unlimit(timer: Timer | null): void {
    if (timer === null) return;
    timer.cancel();
    this.#limits.delete(timer);
  }

  #final(
    method: string,
    options: RequestOptions,
    attempts: { readonly challenges: number; readonly glares: number },
    response: ParsedResponse,
    finish: Resolve,
  ): void {
    const { core, leg } = this.#options;
    if (leg.auth.accept(response, attempts.challenges)) {
      core.counters.authRetries.add();
      this.#attempt(method, options, { ...attempts, challenges: attempts.challenges + 1 }, finish);
      return;
    }
    if (response.status === 491 && method === 'INVITE' && attempts.glares < GLARE_RETRIES) {
      core.counters.glare.add();
      this.#later(this.#glareDelayMs(), () => {
        if (this.#options.isOver()) finish(response);
        else this.#attempt(method, options, { ...attempts, glares: attempts.glares + 1 }, finish);
      });
      return;
    }
    if (response.status < 300 && (method === 'INVITE' || method === 'UPDATE')) {
      const remoteTarget = contactOf(response);
      if (remoteTarget !== null) leg.data = { ...leg.data, remoteTarget };
    }
    finish(response);
  }

  /**
   * 14.1: the owner of the Call-ID waits "between 2.1 and 4 seconds in units of 10 ms", the other
   * side "between 0 and 2 seconds in units of 10 ms".
   */
  #glareDelayMs(): number {
    const { core, ownsCallId } = this.#options;
    const { random } = core.seams;
    return ownsCallId ? 2100 + 10 * random.integer(191) : 10 * random.integer(201);
  }

  #later(delayMs: number, run: () => void): void {
    const timer = this.#options.core.seams.clock.after(delayMs, () => {
      this.#delayed.delete(timer);
      run();
    });
    this.#delayed.set(timer, run);
  }
}
