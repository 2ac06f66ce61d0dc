/** A subscription of a peer to a package of ours (RFC 6665 4.2): what is granted, and the NOTIFYs in their order. */
import type { Timer } from '../runtime/index.ts';
import { PendingRequest } from './server-request.ts';
import type { SipCore } from './sip-core.ts';
import { SubscriptionDialog } from './subscription-dialog.ts';
import {
  endsUsage,
  parseEvent,
  printEvent,
  printSubscriptionState,
  type SubscriptionState,
  type SubscriptionStateName,
  type TerminationReason,
} from './subscription-headers.ts';
import type { Usage, UsageRequest } from './subscription-table.ts';
import type { ServerSubscription, UsageDialog } from './subscription-types.ts';
import type {
  Dialog,
  DialogIds,
  Flow,
  HeaderLine,
  ResponseOptions,
  ServerRequest,
  SipBody,
  SipRequest,
} from './types.ts';

/** NOTIFYs that wait for the one under way; of more the oldest is left out. */
const MAX_WAITING = 16;

export interface NotifierSubscriptionOptions {
  readonly core: SipCore;
  readonly first: ServerRequest;
  readonly dialog: UsageDialog;
  /** The INVITE dialog that it shares, or null. */
  readonly shared: Dialog | null;
  readonly event: string;
  readonly id: string | null;
  readonly expiresSeconds: number;
  /** A REFER makes it: `Event: refer` is not in the request, and the state ends with the last NOTIFY. */
  readonly implicit: boolean;
  /** Seconds for a refresh, or the refusal. */
  grant(request: SipRequest): number | { readonly status: number; readonly headers: readonly HeaderLine[] };
  onOver(): void;
}

interface Waiting {
  readonly state: SubscriptionState;
  readonly body: SipBody | null;
  readonly headers: readonly HeaderLine[];
}

export class NotifierSubscription implements ServerSubscription, Usage {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly event: string;
  readonly id: string | null;
  expiresSeconds: number;
  currentBody: (() => SipBody | null) | null = null;
  onEnd: ((reason: TerminationReason | 'peerGone') => void) | null = null;
  readonly #options: NotifierSubscriptionOptions;
  #state: 'new' | SubscriptionStateName = 'new';
  #expiresAtMs = 0;
  #expiry: Timer | null = null;
  #lastBody: SipBody | null = null;
  #waiting: Waiting[] = [];
  #notifying = false;

  constructor(options: NotifierSubscriptionOptions) {
    this.#options = options;
    this.request = options.first.request;
    this.flow = options.first.flow;
    this.event = options.event;
    this.id = options.id;
    this.expiresSeconds = options.expiresSeconds;
    options.core.subscriptions.add(this);
  }

  get ids(): DialogIds {
    return this.#options.dialog.ids;
  }

  get callId(): string {
    return this.ids.callId;
  }

  get localTag(): string {
    return this.ids.localTag;
  }

  get state(): 'new' | SubscriptionStateName {
    return this.#state;
  }

  accept(options: { readonly status?: 200 | 202; readonly body?: SipBody; readonly pending?: boolean } = {}): void {
    if (this.#state !== 'new') return;
    const { first, implicit } = this.#options;
    const headers: HeaderLine[] = implicit ? [] : [['Expires', String(this.expiresSeconds)]];
    first.respond(options.status ?? 200, undefined, { headers });
    this.#state = options.pending === true ? 'pending' : 'active';
    this.#lastBody = options.body ?? null;
    if (this.expiresSeconds === 0) {
      this.#finish('timeout', null, this.#lastBody);
      return;
    }
    this.#run();
    // "When a SUBSCRIBE request is answered with a 200 … the notifier MUST immediately construct and send a NOTIFY" (4.2.1.2).
    this.#queue(this.#lastBody, []);
  }

  reject(status: number, reason?: string, options: ResponseOptions = {}): void {
    if (this.#state !== 'new') return;
    this.#options.first.respond(status, reason, options);
    this.#over('rejected');
  }

  notify(
    body: SipBody | null,
    options: { readonly active?: boolean; readonly headers?: readonly HeaderLine[] } = {},
  ): void {
    if (this.#state !== 'active' && this.#state !== 'pending') return;
    if (options.active === true) this.#state = 'active';
    this.#lastBody = body;
    this.#queue(body, options.headers ?? []);
  }

  terminate(
    reason: TerminationReason,
    options: { readonly retryAfterSeconds?: number; readonly body?: SipBody } = {},
  ): void {
    if (this.#state === 'new') this.reject(reason === 'rejected' ? 403 : 480);
    else if (this.#state !== 'terminated')
      this.#finish(reason, options.retryAfterSeconds ?? null, options.body ?? this.#lastBody);
  }

  receive({ pending, dialog, remoteTag }: UsageRequest): boolean {
    const { request } = pending;
    const { shared } = this.#options;
    if (request.method !== 'SUBSCRIBE' || dialog !== shared || remoteTag !== this.ids.remoteTag) return false;
    const event = parseEvent(request.header('event') ?? '');
    if (event?.package !== this.event || event.id !== this.id) return false;
    const own = this.#options.dialog;
    if (own instanceof SubscriptionDialog && pending instanceof PendingRequest) {
      const refusal = own.take(pending.transaction.request);
      if (refusal !== null) {
        pending.respond(refusal.status, undefined, { headers: refusal.headers });
        return true;
      }
    }
    this.#resubscribed(pending);
    return true;
  }

  close(): void {
    this.#waiting = [];
    this.#over('peerGone');
  }

  /** A refresh, a new poll, or with Expires 0 the end. */
  #resubscribed(pending: ServerRequest): void {
    if (this.#state === 'terminated' || this.#state === 'new') {
      pending.respond(481);
      return;
    }
    const granted = this.#options.grant(pending.request);
    if (typeof granted !== 'number') {
      pending.respond(granted.status, undefined, { headers: granted.headers });
      return;
    }
    this.expiresSeconds = granted;
    pending.respond(200, undefined, { headers: [['Expires', String(granted)]] });
    const body = this.#currentBody();
    if (granted === 0) {
      this.#finish('timeout', null, body);
      return;
    }
    this.#run();
    this.#queue(body, []);
  }

  #currentBody(): SipBody | null {
    if (this.currentBody === null) return this.#lastBody;
    try {
      return this.currentBody();
    } catch (fault) {
      this.#faulty(fault);
      return this.#lastBody;
    }
  }

  #run(): void {
    const { clock } = this.#options.core.seams;
    this.#expiresAtMs = clock.nowMs() + this.expiresSeconds * 1000;
    this.#expiry?.cancel();
    this.#expiry = clock.after(this.expiresSeconds * 1000, () => this.#finish('timeout', null, this.#lastBody));
  }

  #finish(reason: TerminationReason, retryAfterSeconds: number | null, body: SipBody | null): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#expiry?.cancel();
    this.#waiting.push({
      state: { state: 'terminated', reason, expiresSeconds: null, retryAfterSeconds },
      body,
      headers: [],
    });
    this.#next();
    this.#tellEnd(reason);
  }

  #queue(body: SipBody | null, headers: readonly HeaderLine[]): void {
    const state = this.#state === 'pending' ? 'pending' : 'active';
    const left = Math.max(1, Math.round((this.#expiresAtMs - this.#options.core.seams.clock.nowMs()) / 1000));
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting.shift();
      this.#options.core.counters.notifiesLeftOut.add();
    }
    const notified: SubscriptionState = { state, reason: null, expiresSeconds: left, retryAfterSeconds: null };
    this.#waiting.push({ state: notified, body, headers });
    this.#next();
  }

  /** One NOTIFY at a time, so that none overtakes another. */
  #next(): void {
    const next = this.#notifying ? undefined : this.#waiting.shift();
    if (next === undefined) return;
    this.#notifying = true;
    const headers: HeaderLine[] = [
      ['Event', printEvent({ package: this.event, id: this.id })],
      ['Subscription-State', printSubscriptionState(next.state)],
      ...next.headers,
    ];
    const options = next.body === null ? { headers } : { headers, body: next.body };
    void this.#options.dialog.request('NOTIFY', options).then(({ status }) => {
      this.#notifying = false;
      // 4.2.2: "If the NOTIFY request … receives a 481 response, the notifier MUST remove the subscription"; a
      // time-out, too, as nobody is there.
      if (endsUsage(status) || status === 408 || status === 503) {
        this.#waiting = [];
        this.#over('peerGone');
      } else if (this.#waiting.length > 0) this.#next();
      else if (this.#state === 'terminated') this.#remove();
    });
  }

  #over(reason: TerminationReason | 'peerGone'): void {
    const told = this.#state === 'terminated';
    this.#state = 'terminated';
    this.#expiry?.cancel();
    this.#remove();
    if (!told) this.#tellEnd(reason);
  }

  #remove(): void {
    this.#options.core.subscriptions.remove(this);
    this.#options.onOver();
  }

  #tellEnd(reason: TerminationReason | 'peerGone'): void {
    const { onEnd } = this;
    this.onEnd = null;
    try {
      onEnd?.(reason);
    } catch (fault) {
      this.#faulty(fault);
    }
  }

  #faulty(fault: unknown): void {
    const { core } = this.#options;
    core.counters.ownerFaults.add();
    core.log.error('a notifier threw', { event: this.event, fault });
  }
}
