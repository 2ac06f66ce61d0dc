/**
 * Our requests inside a dialog: credentials, glare of offers, and the signs that the peer is gone. At
 * most one INVITE (RFC 3261 14.1) and one offer (RFC 3264 4) of ours is under way.
 */
import type { Timer } from '../runtime/index.ts';
import type { ClientTransaction } from './client-transaction.ts';
import { contactOf } from './dialog-data.ts';
import { type DialogLeg, targetRefreshers } from './dialog-leg.ts';
import { endsCall } from './dialog-usage.ts';
import { parseDecimal } from './grammar.ts';
import { parseRSeq } from './header-rack.ts';
import { localResponse } from './local-response.ts';
import type { ParsedResponse } from './message.ts';
import { Patience } from './patience.ts';
import { isReliable, ReliableReceiving } from './reliable-receiving.ts';
import type { SipCore } from './sip-core.ts';
import type { HeaderLine, RequestOptions, SipBody, SipResponse } from './types.ts';

export interface DialogClientOptions {
  readonly core: SipCore;
  readonly leg: DialogLeg;
  /** We made the Call-ID: after 491 we wait longer than the peer (14.1). */
  readonly ownsCallId: boolean;
  /** The peer's INVITE waits for our answer. */
  peerInvites(): boolean;
  isOver(): boolean;
  /** 2xx to an INVITE or UPDATE of ours. */
  onSuccess(response: ParsedResponse): void;
  /** A status that ends the dialog. */
  onRemoteGone(status: number): void;
}

type Resolve = (response: SipResponse) => void;

interface Waiting {
  readonly method: string;
  readonly options: RequestOptions;
  readonly start: () => void;
}

/** How often a 500 with Retry-After is obeyed, and the longest time that it may ask for. */
const MAX_BUSY = 3;
const MAX_BUSY_SECONDS = 32;

export class DialogClient {
  readonly #options: DialogClientOptions;
  /** A re-INVITE or UPDATE with an offer of ours waits for its final response. */
  #offering = 0;
  #inviting = false;
  #closed = false;
  #queue: Waiting[] = [];
  // Most dialogs need none of these: they are made when they are.
  /** Repetitions after 491 that wait for their time. */
  #delayed: Map<Timer, () => void> | null = null;
  /** Limits of INVITEs under way. They outlive the dialog, but not the stack. */
  #limits: Set<Timer> | null = null;
  /** CSeq numbers of answered INVITEs whose ACK waits for the owner. */
  #owedAcks: Set<number> | null = null;

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
      if (!this.#mustWait(method, options)) {
        this.#begin(method, options, resolve);
        return;
      }
      // What waits is as if it had not been made.
      options.glare?.withdrawn();
      const waiting: Waiting = { method, options, start: () => this.#again(method, options, resolve) };
      this.#queue.push(waiting);
      options.withdrawal?.take(() => {
        if (!this.#queue.includes(waiting)) return;
        this.#queue = this.#queue.filter((each) => each !== waiting);
        resolve(localResponse(487));
      });
    });
  }

  /** An INVITE of either side or an offer of ours has ended: the next one of ours may go. */
  inviteEnded(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (this.#mustWait(next.method, next.options)) return;
      this.#queue.shift();
      next.start();
    }
  }

  get #isOver(): boolean {
    return this.#closed || this.#options.isOver();
  }

  /** The dialog is over: what waits is not sent any more but resolved. */
  close(): void {
    this.#closed = true;
    if (this.#queue.length === 0 && this.#delayed === null) return;
    const waiting = [...this.#queue.map(({ start }) => start), ...(this.#delayed?.values() ?? [])];
    for (const timer of this.#delayed?.keys() ?? []) timer.cancel();
    this.#delayed = null;
    this.#queue = [];
    for (const run of waiting) run();
  }

  /** The stack ends: no timer stays. */
  abandon(): void {
    for (const timer of this.#limits ?? []) timer.cancel();
    this.#limits = null;
    this.close();
  }

  /**
   * "a UAC MUST NOT initiate a new INVITE transaction within a dialog while another … is in progress";
   * RFC 3311 5.1 likewise for an offer in an UPDATE while one of ours waits for its answer.
   */
  #mustWait(method: string, options: RequestOptions): boolean {
    if ((method !== 'INVITE' && method !== 'UPDATE') || this.#isOver) return false;
    const busy = this.#inviting || this.offering;
    return method === 'INVITE' ? busy || this.#options.peerInvites() : busy && options.body !== undefined;
  }

  /** `busy`: 500s with Retry-After so far. */
  #begin(method: string, options: RequestOptions, resolve: Resolve, busy = 0): void {
    const wished = options.withdrawal?.wished === true;
    if (this.#isOver || wished) {
      resolve(localResponse(wished ? 487 : 481));
      return;
    }
    const invites = method === 'INVITE';
    const offers = (invites || method === 'UPDATE') && options.body !== undefined;
    if (offers) this.#offering++;
    if (invites) this.#inviting = true;
    this.#attempt(method, options, 0, (response) => {
      if (offers) this.#offering--;
      if (invites) this.#inviting = false;
      if (response.status === 491 && (invites || method === 'UPDATE') && options.withdrawal?.wished !== true) {
        this.#repeat(method, options, response, resolve, { delayMs: this.#glareDelayMs(), busy });
        return;
      }
      // 14.2, RFC 3311 5.2: a 500 with Retry-After says that an offer of the peer's is in the way.
      const busyMs = options.glare === undefined || busy >= MAX_BUSY ? null : busyDelayMs(response);
      if (busyMs !== null) {
        this.#repeat(method, options, response, resolve, { delayMs: busyMs, busy: busy + 1 });
        return;
      }
      if (endsCall(method, response.status)) this.#options.onRemoteGone(response.status);
      resolve(response);
      if (invites || offers) this.inviteEnded();
    });
  }

  /**
   * 14.1 and RFC 3311 5.1: after 491 the request is tried again until the call ends, after 500 with
   * Retry-After a few times. Meanwhile it is as
   * if it had not been sent, so that the peer's own can get through.
   */
  #repeat(
    method: string,
    options: RequestOptions,
    response: SipResponse,
    resolve: Resolve,
    { delayMs, busy }: { readonly delayMs: number; readonly busy: number },
  ): void {
    this.#options.core.counters.glare.add();
    options.glare?.withdrawn();
    const timer = this.#later(delayMs, () => {
      if (this.#isOver) resolve(response);
      else this.#again(method, options, resolve, busy);
    });
    options.withdrawal?.take(() => {
      if (this.#delayed?.delete(timer) !== true) return;
      timer.cancel();
      resolve(localResponse(487));
    });
  }

  /** The body is made when its turn has come, as the session may have changed until then. */
  #again(method: string, options: RequestOptions, resolve: Resolve, busy = 0): void {
    const start = (): void => {
      if (this.#mustWait(method, options)) {
        this.#queue.unshift({ method, options, start });
        return;
      }
      if (options.glare === undefined) this.#begin(method, options, resolve, busy);
      else
        void options.glare
          .body()
          .catch(() => null)
          .then((body) => {
            if (this.#mustWait(method, options)) start();
            else this.#begin(method, body === null ? options : { ...options, body }, resolve, busy);
          });
    };
    start();
  }

  #attempt(method: string, options: RequestOptions, challenges: number, finish: Resolve): void {
    const { leg } = this.#options;
    let receiving: ReliableReceiving | null = null;
    let started: { transaction: ClientTransaction; cseq: number } | null = null;
    const patience = new Patience(this.#options.core);
    let timerC: Timer | null = null;
    let done = false;
    let heard = false;
    const once = (act: () => void): void => {
      this.#unlimit(timerC);
      if (done) return;
      done = true;
      act();
    };
    const limit = (): void => {
      this.#unlimit(timerC);
      timerC = this.#limit(patience.leftMs(), () => {
        if (started !== null) this.#cancel(started.transaction);
        once(() => finish(localResponse(408)));
      });
    };
    // 9.1: "If no provisional response has been received, the CANCEL request MUST NOT be sent".
    const withdraw = (): void => {
      if (done || !heard || started === null) return;
      this.#cancel(started.transaction, wishedHeaders);
      this.#unlimit(timerC);
      timerC = this.#limit(64 * this.#options.core.config.t1Ms, () => once(() => finish(localResponse(487))));
    };
    let wishedHeaders: readonly HeaderLine[] = [];
    options.withdrawal?.take((headers) => {
      wishedHeaders = headers;
      withdraw();
    });
    leg.send(
      method,
      options,
      {
        onResponse: (response) => {
          if (response.status < 200) {
            const isFirst = !heard;
            heard = true;
            if (options.withdrawal?.wished === true) {
              if (isFirst) withdraw();
              return;
            }
            if (method === 'INVITE' && !done) limit();
            if (method === 'INVITE' && isReliable(response)) {
              receiving ??= new ReliableReceiving(this.#options.core.counters);
              if (!this.#prack(response, receiving, options, () => !done)) return;
            }
            if (response.status > 100 && !done) options.onProvisional?.(response);
            return;
          }
          if (method === 'INVITE' && response.status < 300 && started !== null)
            this.#acknowledge(started.cseq, options, response);
          once(() => this.#final(method, options, challenges, response, finish));
        },
        onTimeout: () => once(() => finish(localResponse(408))),
        onTransportError: () => once(() => finish(localResponse(503))),
        accepts: (response) => isOfDialog(response, method, leg),
      },
      (transaction, cseq) => {
        started = { transaction, cseq };
      },
    );
  }

  /** A reliable provisional response to a re-INVITE; false: it is out of order (RFC 3262 4). */
  #prack(
    response: ParsedResponse,
    receiving: ReliableReceiving,
    options: RequestOptions,
    isOpen: () => boolean,
  ): boolean {
    const rseq = parseRSeq(response.header('rseq'));
    const carriesOffer = options.body === undefined && response.body.length > 0;
    if (rseq === null || !receiving.take(rseq, response.cseq.number, carriesOffer)) return false;
    const rack = this.#options.core.config.reliableProvisional === 'relay' ? null : receiving.settle();
    if (rack === null) return true;
    const send = (body: SipBody | null): void => {
      const prack = { headers: [['RAck', rack]] as const, ...(body === null ? {} : { body }) };
      void receiving.inTurn(() => this.request('PRACK', prack), isOpen);
    };
    // RFC 3262 5: an offer in a reliable provisional response "MUST" be answered in the PRACK.
    const answer = receiving.waitsForOwner ? options.answerProvisional?.(response) : undefined;
    if (answer === undefined) send(null);
    else void answer.catch(() => null).then(send);
    return true;
  }

  /** At once, or when the owner has the body of the ACK; again for each repetition of the 2xx. */
  #acknowledge(cseq: number, options: RequestOptions, response: ParsedResponse): void {
    const { leg } = this.#options;
    if (leg.repeatAck(cseq) || this.#owedAcks?.has(cseq)) return;
    if (options.acknowledge === undefined) {
      leg.acknowledge(cseq, null);
      return;
    }
    this.#owedAcks ??= new Set();
    this.#owedAcks.add(cseq);
    void options
      .acknowledge(response)
      .catch(() => null)
      .then((body) => {
        this.#owedAcks?.delete(cseq);
        leg.acknowledge(cseq, body);
      });
  }

  #cancel(transaction: ClientTransaction, headers: readonly HeaderLine[] = []): void {
    const { core } = this.#options;
    core.transactions.cancel(transaction, headers);
    // 9.1: without a final response 64*T1 later "the client SHOULD destroy the client transaction".
    this.#limit(64 * core.config.t1Ms, () => transaction.terminate());
  }

  #limit(delayMs: number, run: () => void): Timer {
    const timer = this.#options.core.seams.clock.after(delayMs, () => {
      this.#limits?.delete(timer);
      run();
    });
    this.#limits ??= new Set();
    this.#limits.add(timer);
    return timer;
  }

  #unlimit(timer: Timer | null): void {
    if (timer === null) return;
    timer.cancel();
    this.#limits?.delete(timer);
  }

  #final(method: string, options: RequestOptions, challenges: number, response: ParsedResponse, finish: Resolve): void {
    const { core, leg } = this.#options;
    if (options.withdrawal?.wished !== true && leg.auth.accept(response, challenges)) {
      core.counters.authRetries.add();
      this.#attempt(method, options, challenges + 1, finish);
      return;
    }
    if (response.status < 300 && targetRefreshers.has(method)) {
      const remoteTarget = contactOf(response);
      if (remoteTarget !== null) leg.data = { ...leg.data, remoteTarget };
    }
    if (response.status < 300 && (method === 'INVITE' || method === 'UPDATE')) this.#options.onSuccess(response);
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

  #later(delayMs: number, run: () => void): Timer {
    const timer = this.#options.core.seams.clock.after(delayMs, () => {
      this.#delayed?.delete(timer);
      run();
    });
    this.#delayed ??= new Map();
    this.#delayed.set(timer, run);
    return timer;
  }
}

/** Retry-After of a 500, ms; null: no 500, no such header, or too long a wait. */
function busyDelayMs(response: SipResponse): number | null {
  if (response.status !== 500) return null;
  const seconds = parseDecimal(/^\s*(\d{1,9})/.exec(response.header('retry-after') ?? '')?.[1] ?? '', MAX_BUSY_SECONDS);
  return seconds === null ? null : seconds * 1000;
}

/**
 * Both tags are the dialog's. Some proxies answer without a To tag; the responses to INVITE and BYE are
 * taken with any (reference 2.7).
 */
function isOfDialog(response: ParsedResponse, method: string, { data }: DialogLeg): boolean {
  if (response.fromTag !== data.localTag) return false;
  const { toTag } = response;
  return method === 'INVITE' || method === 'BYE' || toTag === '' || data.remoteTag === '' || toTag === data.remoteTag;
}
