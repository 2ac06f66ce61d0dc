import { setMaxListeners } from 'node:events';
import type { MediaStream, QualityReport, StreamEvent } from '../media/index.ts';
import {
  asCodedError,
  type Clock,
  CodedError,
  type Counters,
  type Disposable,
  type Log,
  type Random,
  type Why,
} from '../runtime/index.ts';
import type { AudioParameters } from '../sdp/index.ts';
import {
  type Dialog,
  type DialogEvent,
  type HeaderLine,
  type RequestOptions,
  type ResponseOptions,
  reasonPhrase,
  type ServerRequest,
  type SipBody,
  type SipResponse,
} from '../sip/index.ts';
import { ownReason } from './coupling-reason.ts';
import { type EndCause, endedByExpiry, endedByFault, endedByUs, endOfEvent } from './ends.ts';
import { isHeld } from './held.ts';
import { expiryOf } from './invite-expiry.ts';
import { KeyMerger, type KeySource } from './key-merger.ts';
import { Mailbox } from './mailbox.ts';
import type { Negotiation } from './negotiation.ts';
import { offerWarning } from './offer-refusal.ts';
import { refreshAnswered, reoffer } from './reoffer.ts';
import { defaultHandling } from './session-defaults.ts';
import { NamedTimers } from './session-timers.ts';
import type { Transfer } from './transfer.ts';
import type { CallEnd, CallEvent, CallSession, CallState, EventVerdict, ReofferOptions } from './types.ts';

/** What the engine is told about its sessions, for events, figures and accounts. */
export interface SessionObserver {
  ringing(session: Session, status: number, reason: string): void;
  answered(session: Session): void;
  key(session: Session, key: string, durationMs: number, source: KeySource): void;
  ended(session: Session, end: CallEnd): void;
  quality(session: Session, report: QualityReport): void;
  /** REFER, MESSAGE, SUBSCRIBE, NOTIFY that the application left to the default; true: answered. */
  request(session: Session, request: ServerRequest): boolean;
}

export interface SessionOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly log: Log;
  readonly dialog: Dialog;
  readonly negotiation: Negotiation;
  readonly application: string;
  readonly traceId: string;
  readonly observer: SessionObserver;
}

/** A mailbox whose handler stands still this long after the end is known is given up. */
const endGraceMs = 5000;
/** Our own timer's name; no application's name begins so. */
const endGrace = '\0end';
/** The Expires of an INVITE. */
const inviteExpiry = '\0expires';
/** Time to ask a peer that need not send whether it is still there. */
const peerCheck = '\0peer';

/** One leg: the raw layer of `types.ts`. `session-defaults.ts` has the default handling. */
export class Session implements CallSession {
  readonly tag: string;
  readonly direction: 'in' | 'out';
  readonly application: string;
  readonly dialog: Dialog;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly negotiation: Negotiation;
  startedAtMs: number;
  readonly ended: Promise<CallEnd>;
  otherTag: string | null = null;
  keepsLostPeer = false;
  onEvent: (event: CallEvent) => EventVerdict | Promise<EventVerdict> = () => 'default';
  /** The transfer of ours that is under way: NOTIFYs about it are to be expected (RFC 3515 2.4.4). */
  transfer: Transfer | null = null;
  /** The peer referred us elsewhere, and that call is under way or stands. */
  referred = false;
  /** REFERs of the peer so far. */
  referrals = 0;

  #traceId: string;
  #state: CallState = 'new';
  #answeredAtMs: number | null = null;
  #cause: EndCause | null = null;
  #pending: ServerRequest | null = null;
  #receiving = true;
  readonly #random: Random;
  readonly #observer: SessionObserver;
  readonly #mailbox: Mailbox<CallEvent>;
  #keys: KeyMerger | null = null;
  readonly #timers: NamedTimers;
  readonly #parentLog: Log;
  #log: Log | null = null;
  /** Made for the first who waits: a plain call has none. */
  #abort: AbortController | null = null;
  #endIsKnown = false;
  #endReason: CodedError | null = null;
  /** Replaced, never changed: a watcher may leave while they are told. */
  #watchers: readonly ((event: CallEvent) => void)[] = [];
  #resolveEnded: (end: CallEnd) => void = () => {};

  constructor(options: SessionOptions) {
    const { dialog, clock } = options;
    this.dialog = dialog;
    this.tag = dialog.ids.localTag;
    this.direction = dialog.role === 'callee' ? 'in' : 'out';
    this.application = options.application;
    this.clock = clock;
    this.counters = options.counters;
    this.negotiation = options.negotiation;
    this.#parentLog = options.log;
    this.startedAtMs = clock.unixMs();
    this.#traceId = options.traceId;
    this.#random = options.random;
    this.#observer = options.observer;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#mailbox = new Mailbox(
      (event) => this.#process(event),
      (fault) => this.fail(fault),
    );
    this.#timers = new NamedTimers(clock, (name) => this.#onTimer(name));
    const expiresMs = this.direction === 'in' ? expiryOf(dialog.invite) : null;
    if (expiresMs !== null) this.#timers.set(inviteExpiry, expiresMs);
    this.negotiation.onStreamEvent = (event) => this.#onMedia(event);
    dialog.onEvent = (event) => this.#onDialog(event);
    dialog.onRefreshBody = () => this.negotiation.descriptionInForce;
    dialog.onRefreshAnswer = (response) => refreshAnswered(this, response);
  }

  get traceId(): string {
    return this.#traceId;
  }

  get state(): CallState {
    return this.#state;
  }

  get answeredAtMs(): number | null {
    return this.#answeredAtMs;
  }

  get media(): MediaStream | null {
    return this.negotiation.stream;
  }

  get log(): Log {
    this.#log ??= this.#parentLog.child({ call: this.tag });
    return this.#log;
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      // One listener a pending wait: a queue of prompts may have many.
      setMaxListeners(0, this.#abort.signal);
      if (this.endReason !== null) this.#abort.abort(this.endReason);
    }
    return this.#abort.signal;
  }

  /** Why waits are aborted, as soon as the end is known; null before. Made for the first who asks. */
  get endReason(): CodedError | null {
    if (this.#endIsKnown) this.#endReason ??= new CodedError('call.ended', this.#cause?.why[0]?.sentence ?? '');
    return this.#endReason;
  }

  /** The newest request of the peer that nobody answered. */
  get pendingRequest(): ServerRequest['request'] | null {
    if (this.#pending !== null && !this.#pending.answered) return this.#pending.request;
    return this.direction === 'in' && (this.#state === 'new' || this.#state === 'early') ? this.dialog.invite : null;
  }

  /**
   * No RTP is no sign of absence: the peer holds or only listens, we know no address of it, or the
   * application does not want to hear. Such a peer is asked by OPTIONS every `rtpTimeoutMs`; of all
   * others the stream tells the silence.
   */
  get mayBeSilent(): boolean {
    const { parameters } = this.negotiation;
    if (parameters === null) return false;
    const isNowhere = parameters.remote === null && !parameters.webRtc;
    return !this.#receiving || parameters.direction !== 'sendrecv' || isNowhere;
  }

  /** What `mayBeSilent` depends on has changed. */
  checkPeer(): void {
    const { rtpTimeoutMs } = this.negotiation;
    if (rtpTimeoutMs > 0 && this.#answeredAtMs !== null && this.mayBeSilent) this.setTimer(peerCheck, rtpTimeoutMs);
    else this.#timers.cancel(peerCheck);
  }

  /** False: packets of the peer are dropped unread. */
  setReceiving(receiving: boolean): void {
    this.#receiving = receiving;
    this.media?.setReceiving(receiving);
    this.checkPeer();
  }

  /** For a 491: 0 to 9 s, so that two who collided do not meet again. */
  retryAfterSeconds(): number {
    return this.#random.integer(10);
  }

  /** Joins the trace of another leg. */
  adoptTrace(traceId: string): void {
    this.#traceId = traceId;
  }

  /** Goes on where a snapshot was taken: connected since `answeredAtMs`. */
  resume(startedAtMs: number, answeredAtMs: number | null): void {
    this.#state = 'connected';
    this.startedAtMs = startedAtMs;
    this.#answeredAtMs = answeredAtMs;
  }

  watch(listener: (event: CallEvent) => void): Disposable {
    const watcher = (event: CallEvent): void => listener(event);
    this.#watchers = [...this.#watchers, watcher];
    return {
      dispose: () => {
        this.#watchers = this.#watchers.filter((each) => each !== watcher);
      },
    };
  }

  post(event: CallEvent): void {
    if (this.#state === 'ended') return;
    if (event.kind === 'sessionStart' || event.kind === 'sessionChanged') this.checkPeer();
    for (const watcher of this.#watchers) {
      try {
        watcher(event);
      } catch (fault) {
        this.fail(fault);
      }
    }
    if (!this.#mailbox.post(event))
      this.#count('callbus_call_events_dropped_total', 'Events of calls whose mailbox was full or closed');
  }

  /** A key press as one source tells it; merged with the others (reference/applications 4.6). */
  reportKey(key: string, durationMs: number, source: KeySource): void {
    this.#keys ??= new KeyMerger(this.clock, (...press) => this.#onKey(...press));
    this.#keys.report(key, durationMs, source);
  }

  borrowBody(body: SipBody): SipBody {
    return this.negotiation.borrow(body);
  }

  answerBody(options: { readonly sessionUri?: string } = {}): Promise<SipBody> {
    return this.negotiation.answerBody(options.sessionUri ?? null);
  }

  reply(code: number, reason = reasonPhrase(code), options: ResponseOptions = {}): void {
    if (this.direction === 'out' || this.#answeredAtMs !== null || this.#state === 'ended') {
      this.#count('callbus_call_replies_ignored_total', 'Answers to an INVITE that was answered or has ended');
      return;
    }
    if (code >= 200 && code < 300 && options.body !== undefined && this.negotiation.isOutdated(options.body)) {
      const { body: _outdated, ...bare } = options;
      options = bare;
    }
    // What the peer hears from now on goes to where the answer says: open before it is sent.
    const parameters = options.body === undefined ? null : this.negotiation.commit(options.body);
    if (code < 200) {
      this.dialog.respond(code, reason, options);
      if (code === 100) return;
      if (this.#state === 'new') this.#state = 'early';
      this.#observer.ringing(this, code, reason);
      if (parameters !== null) this.post({ kind: 'earlyMedia', parameters });
    } else if (code < 300) {
      this.dialog.respond(code, reason, options);
      this.negotiation.answerDelivered();
      this.markAnswered();
      const started = parameters ?? this.negotiation.parameters;
      if (started !== null) this.post({ kind: 'sessionStart', parameters: started });
    } else {
      this.#end(endedByUs(code, reason, { code: 'call.rejected', sentence: 'The application refused the call.' }), () =>
        this.dialog.respond(code, reason, options),
      );
    }
  }

  request(method: string, options: RequestOptions = {}): Promise<SipResponse> {
    return this.dialog.request(method, options);
  }

  /** Hands a request of the peer to the engine; false: nobody wants it. */
  offerToEngine(request: ServerRequest): boolean {
    return this.#observer.request(this, request);
  }

  reinvite(options: ReofferOptions = {}): Promise<SipResponse> {
    return reoffer(this, 'INVITE', options);
  }

  update(options: ReofferOptions = {}): Promise<SipResponse> {
    return reoffer(this, 'UPDATE', options);
  }

  /** An offer inside the dialog was answered, whoever made it. */
  sessionChanged(parameters: AudioParameters): void {
    this.post({ kind: 'sessionChanged', parameters, held: isHeld(parameters, this.negotiation.direction) });
  }

  setTimer(name: string, delayMs: number): void {
    if (this.#state !== 'ended') this.#timers.set(name, delayMs);
  }

  cancelTimer(name: string): void {
    this.#timers.cancel(name);
  }

  end(end: { readonly status?: number; readonly reason?: string; readonly why?: Why } = {}): void {
    const answered = this.#answeredAtMs !== null;
    const status = end.status ?? 487;
    const reason = end.reason ?? reasonPhrase(status);
    const cause = answered ? endedByUs(200, 'OK', end.why) : endedByUs(status, reason, end.why);
    this.endBecause(cause, answered ? ownReason(cause, 'request', end.status) : []);
  }

  /**
   * Ends the call with a cause that `ends.ts` made. `headers` go with the refusal, CANCEL or BYE, `body` with a refusal;
   * the peer is told the cause in a Reason, unless they tell it (RFC 3326).
   */
  endBecause(cause: EndCause, headers: readonly HeaderLine[] = [], body?: SipBody): void {
    this.#end(cause, () => {
      // SEMS's bye(): connected: BYE; outgoing, unanswered: CANCEL; incoming, unanswered: a refusal.
      const refuses = this.#answeredAtMs === null && this.direction === 'in';
      const tells = headers.some(([name]) => name === 'Reason' || name === 'Warning');
      const lines = tells ? headers : [...headers, ...ownReason(cause, refuses ? 'refusal' : 'request')];
      if (refuses)
        this.dialog.respond(
          cause.status,
          cause.reason,
          body === undefined ? { headers: lines } : { headers: lines, body },
        );
      else this.dialog.end(lines);
    });
  }

  /** A fault of the application, of ours, or in what was negotiated: ends this call and no other. */
  fail(fault: unknown): void {
    if (this.#state === 'ended') return;
    const coded = asCodedError(fault, 'call.failed');
    // A wait that the end of the call aborted: the end itself is next in the mailbox.
    if (coded.code === 'call.ended' && this.#cause !== null) return;
    this.#count('callbus_call_faults_total', 'Calls ended by a fault', { code: coded.code });
    // A coded fault is told with the end of the call, as its `why`; anything else is a bug of somebody's.
    if (fault instanceof CodedError) this.log.debug('the call fails', { code: coded.code, detail: coded.detail });
    else this.log.error('the call fails', { fault: fault instanceof Error ? (fault.stack ?? fault.message) : fault });
    this.endBecause(endedByFault(coded, this.#answeredAtMs !== null), offerWarning(coded));
  }

  /** The dial rules forbade every address of the target: that is the cause, not the failed sending. */
  forbid(fault: CodedError): void {
    this.#cause = endedByFault(fault, false);
  }

  /** The INVITE got its 2xx. */
  markAnswered(): void {
    if (this.#answeredAtMs !== null || this.#state === 'ended') return;
    if (this.#state === 'early') this.negotiation.expectMedia();
    this.#state = 'connected';
    this.#answeredAtMs = this.clock.unixMs();
    this.#timers.cancel(inviteExpiry);
    this.#observer.answered(this);
  }

  /** Offer and answer are complete and the dialog is connected. */
  startSession(parameters: AudioParameters): void {
    this.post({ kind: 'sessionStart', parameters });
  }

  /** Synchronous as long as the application is: most events need no promise. */
  #process(event: CallEvent): void | Promise<void> {
    if (event.kind === 'sip' && this.#cause !== null) this.#timers.cancel(endGrace);
    const verdict = this.onEvent(event);
    return verdict instanceof Promise
      ? verdict.then((each) => this.#conclude(event, each))
      : this.#conclude(event, verdict);
  }

  #conclude(event: CallEvent, verdict: EventVerdict): void | Promise<void> {
    if (this.#state === 'ended') return undefined;
    if (verdict === 'default') return defaultHandling(this, event);
    if (event.kind === 'sip' && event.event.kind === 'answered') this.markAnswered();
    return undefined;
  }

  #onDialog(event: DialogEvent): void {
    if (this.#state === 'ended') return;
    const cause = endOfEvent(event, this.#answeredAtMs !== null);
    if (cause !== null && !(this.keepsLostPeer && event.kind === 'remoteGone')) this.#endIsNear(cause);
    else if (event.kind === 'provisional' && event.response.status > 100) {
      if (this.#state === 'new') this.#state = 'early';
      this.#observer.ringing(this, event.response.status, event.response.reason);
    } else if (event.kind === 'request') this.#pending = event.request;
    this.post({ kind: 'sip', event });
  }

  /** Aborts the waits at once, so that a handler in progress comes to its end and the mailbox moves on. */
  #endIsNear(cause: EndCause): void {
    if (this.#cause !== null) return;
    this.#cause = cause;
    this.#state = 'ending';
    this.#abortWaits();
    if (this.#mailbox.isBusy) this.#timers.set(endGrace, endGraceMs);
  }

  #abortWaits(): void {
    this.#endIsKnown = true;
    this.#abort?.abort(this.endReason);
  }

  #onTimer(name: string): void {
    if (name === endGrace) this.#giveUpHandler();
    else if (name === inviteExpiry) this.endBecause(endedByExpiry());
    else if (name === peerCheck) this.#askPeer();
    else this.post({ kind: 'timer', name });
  }

  /** 408 or 481 come back as `remoteGone`; any other answer is a sign of life. */
  #askPeer(): void {
    this.request('OPTIONS').catch(() => {});
    this.checkPeer();
  }

  #giveUpHandler(): void {
    this.log.error('the handler of an event did not end with the call; given up');
    this.#count('callbus_call_handlers_given_up_total', 'Event handlers that did not end with their call');
    if (this.#cause !== null) this.endBecause(this.#cause);
  }

  #onMedia(event: StreamEvent): void {
    if (this.#state === 'ended') return;
    if (event.kind === 'key') this.reportKey(event.key, event.durationMs, event.source ?? 'rtp');
    else if (event.kind === 'quality') this.#observer.quality(this, event.report);
    else this.post({ kind: 'media', event });
  }

  #onKey(key: string, durationMs: number, source: KeySource): void {
    if (this.#state === 'ended') return;
    this.#observer.key(this, key, durationMs, source);
    this.post({ kind: 'key', key, durationMs, source });
  }

  /** The one end of every call. `speak` tells the peer, unless the peer is who ended it. */
  #end(cause: EndCause, speak: () => void): void {
    if (this.#state === 'ended') return;
    const known = this.#cause;
    this.#cause ??= cause;
    this.#state = 'ended';
    this.#mailbox.close();
    this.#timers.cancelAll();
    this.#watchers = [];
    this.#abortWaits();
    if (known === null) speak();
    // A lost peer ended nothing. "The UAC SHOULD terminate the dialog" (RFC 3261 12.2.1.2): BYE, for what it is worth.
    else if (this.dialog.state === 'confirmed') this.dialog.end(ownReason(known, 'request'));
    void this.#finish(this.#cause);
  }

  async #finish(cause: EndCause): Promise<void> {
    const stats = await this.negotiation.close();
    const { status, reason, endedBy, why } = cause;
    const end: CallEnd = { status, reason, endedBy, why, stats };
    this.#observer.ended(this, end);
    this.#resolveEnded(end);
  }

  #count(name: string, help: string, labels: { readonly [name: string]: string } = {}): void {
    this.counters.counter(name, help).add(1, labels);
  }
}
