/**
 * A subscription of ours (RFC 6665 4.1): one SUBSCRIBE, and the notifiers that answer it. "The dialog … is created
 * … upon receipt of the NOTIFY", which may come before the 200 and from several forks.
 *
 *   SUBSCRIBE sent                     NOTIFY                      NOTIFY terminated, refusal, expiry
 *   ──────────────► waiting ──────────────────► pending, active ───────────────────────────► terminated
 *                      └───────────── timer N, refusal ─────────────────────────────────────────┘
 */
import type { Timer } from '../runtime/index.ts';
import { contactOf, partyOf, routeSetOfRequest } from './dialog-data.ts';
import type { ParsedRequest } from './message.ts';
import { parseNameAddress } from './name-address.ts';
import { PendingRequest } from './server-request.ts';
import type { SipCore } from './sip-core.ts';
import { SubscriptionDialog } from './subscription-dialog.ts';
import {
  parseEvent,
  parseSeconds,
  parseSubscriptionState,
  type SubscriptionStateName,
} from './subscription-headers.ts';
import type { Usage, UsageRequest } from './subscription-table.ts';
import type { SubscribeOptions, Subscription, SubscriptionChange, UsageDialog } from './subscription-types.ts';
import { SubscriberUsage } from './subscription-usage.ts';
import type { OutgoingRequest, RequestOutcome, ServerRequest, SipBody } from './types.ts';

/** Notifiers that one SUBSCRIBE may have. */
const MAX_FORKS = 16;
const DEFAULT_EXPIRES_SECONDS = 3600;

export class Subscriber implements Subscription, Usage {
  readonly callId: string;
  readonly localTag: string;
  readonly #core: SipCore;
  readonly #options: SubscribeOptions;
  readonly #send: (request: OutgoingRequest) => Promise<RequestOutcome>;
  readonly #usages = new Map<string, SubscriberUsage>();
  #expiresSeconds: number;
  #timerN: Timer | null = null;
  /** CSeq of our last SUBSCRIBE outside a dialog. */
  #cseq = 1;
  #over = false;
  #leaving = false;
  #raisedExpires = false;

  constructor(core: SipCore, options: SubscribeOptions, send: (request: OutgoingRequest) => Promise<RequestOutcome>) {
    this.#core = core;
    this.#options = options;
    this.#send = send;
    this.#expiresSeconds = options.expiresSeconds ?? DEFAULT_EXPIRES_SECONDS;
    this.callId = options.dialog?.ids.callId ?? core.newTag();
    this.localTag = options.dialog?.ids.localTag ?? core.newTag();
    this.#leaving = this.#expiresSeconds === 0;
    core.subscriptions.add(this);
    // "Timer N … is set to 64*T1 when the SUBSCRIBE request is sent" (4.1.2.4).
    this.#timerN = core.seams.clock.after(64 * core.config.t1Ms, () => this.#onTimerN());
    if (options.dialog === undefined) void this.#subscribe();
    else this.#usage(options.dialog).subscribe(this.#expiresSeconds, options.body ?? null);
  }

  get state(): 'waiting' | SubscriptionStateName {
    const states = [...this.#usages.values()].map(({ state }) => state);
    for (const state of ['active', 'pending'] as const) if (states.includes(state)) return state;
    return this.#over ? 'terminated' : 'waiting';
  }

  refresh(body?: SipBody, expiresSeconds = this.#expiresSeconds): void {
    this.#expiresSeconds = expiresSeconds;
    for (const usage of this.#usages.values()) usage.subscribe(this.#expiresSeconds, body ?? null);
  }

  unsubscribe(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    for (const usage of this.#usages.values()) usage.subscribe(0, null);
  }

  close(): void {
    this.#over = true;
    this.#timerN?.cancel();
    for (const usage of this.#usages.values()) usage.close();
    this.#usages.clear();
    this.#core.subscriptions.remove(this);
  }

  receive({ pending, dialog, remoteTag }: UsageRequest): boolean {
    const { request } = pending;
    if (request.method !== 'NOTIFY' || (this.#options.dialog ?? null) !== dialog) return false;
    const event = parseEvent(request.header('event') ?? '');
    if (event?.package !== this.#options.event.toLowerCase() || event.id !== (this.#options.id ?? null)) return false;
    const value = request.header('subscription-state');
    const state = value === null ? null : parseSubscriptionState(value);
    if (state === null) {
      // 4.1.3: "The NOTIFY … MUST contain a Subscription-State header field".
      pending.respond(400, 'Missing or malformed Subscription-State');
      return true;
    }
    const usage = this.#usages.get(remoteTag) ?? this.#fork(pending, remoteTag);
    if (usage === null) return false;
    if (usage.dialog instanceof SubscriptionDialog && pending instanceof PendingRequest) {
      const refusal = usage.dialog.take(pending.transaction.request);
      if (refusal !== null) {
        pending.respond(refusal.status, undefined, { headers: refusal.headers });
        return true;
      }
    }
    pending.respond(200);
    usage.notified(request, state);
    return true;
  }

  /** A NOTIFY of a notifier that we do not know yet: null when no further one is taken. */
  #fork(pending: ServerRequest, remoteTag: string): SubscriberUsage | null {
    const isFirst = this.#usages.size === 0;
    const takesMore = this.#options.forks === 'accept' && this.#usages.size < MAX_FORKS;
    // "the subscriber … MUST accept … until Timer N expires"; whoever does not want forks answers 481 (4.1.2.4, 4.4.1).
    if (this.#over || this.#timerN === null || !(isFirst || takesMore) || !(pending instanceof PendingRequest))
      return null;
    const dialog = this.#dialogOf(pending.transaction.request, pending);
    if (dialog === null) return null;
    const usage = this.#usage(dialog);
    this.#usages.set(remoteTag, usage);
    if (this.#leaving && this.#expiresSeconds > 0) usage.subscribe(0, null);
    return usage;
  }

  #dialogOf(notify: ParsedRequest, pending: ServerRequest): SubscriptionDialog | null {
    const remoteTarget = contactOf(notify);
    const routeSet = routeSetOfRequest(notify);
    const from = parseNameAddress(this.#options.from);
    const to = parseNameAddress(this.#options.to);
    if (remoteTarget === null || routeSet === null || from === null || to === null) return null;
    return new SubscriptionDialog({
      core: this.#core,
      flow: pending.flow,
      credentials: this.#options.credentials === undefined ? [] : [this.#options.credentials].flat(),
      data: {
        callId: this.callId,
        localTag: this.localTag,
        remoteTag: notify.fromTag,
        localParty: partyOf(from),
        remoteParty: partyOf(to),
        localCseq: this.#cseq,
        remoteCseq: null,
        inviteCseq: 0,
        remoteTarget,
        routeSet,
      },
    });
  }

  #usage(dialog: UsageDialog): SubscriberUsage {
    const usage = new SubscriberUsage({
      core: this.#core,
      dialog,
      options: this.#options,
      expiresSeconds: this.#expiresSeconds,
      isLeaving: () => this.#leaving,
      onEnd: (change) => this.#usageEnded(dialog.ids.remoteTag, change),
    });
    this.#usages.set(dialog.ids.remoteTag, usage);
    return usage;
  }

  async #subscribe(): Promise<void> {
    const options = this.#options;
    const outcome = await this.#send({
      method: 'SUBSCRIBE',
      requestUri: options.requestUri,
      from: options.from,
      to: options.to,
      fromTag: this.localTag,
      callId: this.callId,
      cseq: this.#cseq,
      headers: [...SubscriberUsage.headers(options, this.#expiresSeconds), ...(options.headers ?? [])],
      ...(options.body === undefined ? {} : { body: options.body }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
      ...(options.nextHop === undefined ? {} : { nextHop: options.nextHop }),
      ...(options.outboundProxy === undefined ? {} : { outboundProxy: options.outboundProxy }),
      ...(options.listener === undefined ? {} : { listener: options.listener }),
      ...(options.admitTarget === undefined ? {} : { admitTarget: (target) => options.admitTarget?.(target) ?? true }),
      contact: ({ sentBy, transport }) =>
        `<sip:${this.localTag}@${sentBy}${transport === 'udp' ? '' : `;transport=${transport}`}>`,
    });
    this.#cseq = Math.max(this.#cseq, outcome.cseq);
    if (!this.#over) this.#answered(outcome);
  }

  #answered({ response }: RequestOutcome): void {
    const { status } = response;
    if (status < 300) {
      const granted = parseSeconds(response.header('expires'));
      // "The period of time in the response MAY be shorter but MUST NOT be longer" (4.1.2.1).
      if (granted !== null) this.#expiresSeconds = Math.min(granted, this.#expiresSeconds);
      return;
    }
    const minimum = parseSeconds(response.header('min-expires'));
    if (status === 423 && minimum !== null && minimum > this.#expiresSeconds && !this.#raisedExpires) {
      this.#raisedExpires = true;
      this.#expiresSeconds = minimum;
      this.#cseq++;
      void this.#subscribe();
      return;
    }
    const after = parseSeconds(response.header('retry-after'));
    this.#end({
      state: 'terminated',
      remoteTag: '',
      reason: null,
      status,
      retryAfterMs: after === null ? null : after * 1000,
    });
  }

  #onTimerN(): void {
    this.#timerN = null;
    if (this.#usages.size > 0) return;
    // 4.1.2.4: "the subscriber considers the subscription … to have failed".
    this.#end({ state: 'terminated', remoteTag: '', reason: null, status: 408, retryAfterMs: null });
  }

  #usageEnded(remoteTag: string, change: SubscriptionChange): void {
    this.#usages.delete(remoteTag);
    const awaitsForks = this.#timerN !== null && this.#options.forks === 'accept' && !this.#leaving;
    if (this.#usages.size > 0 || awaitsForks) this.#tell(change);
    else this.#end(change);
  }

  #end(change: SubscriptionChange): void {
    if (this.#over) return;
    this.close();
    this.#tell(change);
  }

  #tell(change: SubscriptionChange): void {
    try {
      this.#options.onState?.(change);
    } catch (fault) {
      this.#core.counters.ownerFaults.add();
      this.#core.log.error('the owner of a subscription threw', { event: this.#options.event, fault });
    }
  }
}
