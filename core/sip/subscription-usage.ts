/** One notifier of a subscription of ours: its state, refreshes and expiry (RFC 6665 4.1.2). */
import type { Timer } from '../runtime/index.ts';
import type { SipCore } from './sip-core.ts';
import {
  endsUsage,
  parseSeconds,
  printEvent,
  resubscribeAfterMs,
  type SubscriptionState,
  type SubscriptionStateName,
} from './subscription-headers.ts';
import type { SubscribeOptions, SubscriptionChange, UsageDialog } from './subscription-types.ts';
import type { HeaderLine, SipBody, SipRequest, SipResponse } from './types.ts';

export interface SubscriberUsageOptions {
  readonly core: SipCore;
  readonly dialog: UsageDialog;
  readonly options: SubscribeOptions;
  /** Granted or asked for. */
  readonly expiresSeconds: number;
  /** We unsubscribe, or poll: no refresh. */
  isLeaving(): boolean;
  onEnd(change: SubscriptionChange): void;
}

export class SubscriberUsage {
  readonly dialog: UsageDialog;
  readonly #options: SubscriberUsageOptions;
  #state: 'notifyWait' | SubscriptionStateName = 'notifyWait';
  #expiresSeconds: number;
  #refresh: Timer | null = null;
  #expiry: Timer | null = null;
  #asking = false;

  constructor(options: SubscriberUsageOptions) {
    this.#options = options;
    this.dialog = options.dialog;
    this.#expiresSeconds = options.expiresSeconds;
  }

  get state(): 'notifyWait' | SubscriptionStateName {
    return this.#state;
  }

  /** What every SUBSCRIBE carries beside the dialog's own headers. */
  static headers(options: SubscribeOptions, expiresSeconds: number): readonly HeaderLine[] {
    const event = printEvent({ package: options.event, id: options.id ?? null });
    return [
      ['Event', event],
      ['Expires', String(expiresSeconds)],
      ...(options.accept === undefined ? [] : [['Accept', options.accept.join(', ')] as const]),
    ];
  }

  /** SUBSCRIBE in the dialog: a refresh, or with 0 the end. */
  subscribe(expiresSeconds: number, body: SipBody | null): void {
    if (this.#state === 'terminated') return;
    this.#refresh?.cancel();
    const { core, options, dialog } = this.#options;
    if (expiresSeconds === 0) {
      // The last NOTIFY may not come.
      this.#expireAfter(64 * core.config.t1Ms);
    } else if (this.#asking) return;
    this.#asking = true;
    const headers = [...SubscriberUsage.headers(options, expiresSeconds), ...(options.headers ?? [])];
    void dialog.request('SUBSCRIBE', body === null ? { headers } : { headers, body }).then((response) => {
      this.#asking = false;
      if (this.#state !== 'terminated') this.#answered(response, expiresSeconds);
    });
  }

  /** A NOTIFY, answered already. */
  notified(request: SipRequest, state: SubscriptionState): void {
    const { core, options, isLeaving, dialog } = this.#options;
    const before = this.#state;
    // `active;expires=0` is a way to say that it is over.
    const isOver = state.state === 'terminated' || state.expiresSeconds === 0;
    this.#state = isOver ? 'terminated' : state.state;
    const { remoteTag } = dialog.ids;
    this.#guarded(() =>
      options.onNotify?.({
        request,
        state,
        remoteTag,
        contentType: request.header('content-type'),
        body: request.body,
      }),
    );
    if (isOver) {
      this.#end({
        state: 'terminated',
        remoteTag,
        reason: state.reason,
        status: null,
        retryAfterMs: isLeaving() ? null : resubscribeAfterMs(state),
      });
      return;
    }
    if (state.expiresSeconds !== null) this.#expiresSeconds = state.expiresSeconds;
    if (!isLeaving() && (state.expiresSeconds !== null || before === 'notifyWait')) this.#granted(this.#expiresSeconds);
    else if (isLeaving() && before === 'notifyWait') this.#expireAfter(64 * core.config.t1Ms);
    if (before !== this.#state)
      this.#guarded(() =>
        options.onState?.({ state: state.state, remoteTag, reason: null, status: null, retryAfterMs: null }),
      );
  }

  close(): void {
    this.#state = 'terminated';
    this.#refresh?.cancel();
    this.#expiry?.cancel();
  }

  #answered(response: SipResponse, askedSeconds: number): void {
    const { status } = response;
    const { isLeaving, dialog } = this.#options;
    const { remoteTag } = dialog.ids;
    if (status < 300) {
      const granted = Math.min(parseSeconds(response.header('expires')) ?? askedSeconds, askedSeconds);
      if (askedSeconds > 0 && !isLeaving()) this.#granted(granted);
      return;
    }
    const minimum = parseSeconds(response.header('min-expires'));
    if (status === 423 && minimum !== null && minimum > askedSeconds && askedSeconds > 0 && !isLeaving()) {
      this.subscribe(minimum, null);
      return;
    }
    const waitsForFirst = this.#state === 'notifyWait';
    // 4.1.2.2: these end it; any other failure leaves it "valid for the duration of the most recently known Expires".
    if (endsUsage(status) || isLeaving() || waitsForFirst) {
      const after = parseSeconds(response.header('retry-after'));
      this.#end({
        state: 'terminated',
        remoteTag,
        reason: null,
        status,
        retryAfterMs: after === null ? null : after * 1000,
      });
      return;
    }
    const after = parseSeconds(response.header('retry-after')) ?? Math.max(5, this.#expiresSeconds / 10);
    this.#refreshAfter(after * 1000);
  }

  /** It runs so long from now: a refresh in time, and the end when none succeeds. */
  #granted(seconds: number): void {
    this.#expiresSeconds = seconds;
    this.#expireAfter(seconds * 1000);
    this.#refreshAfter(refreshDelayMs(seconds));
  }

  #refreshAfter(delayMs: number): void {
    this.#refresh?.cancel();
    const { core, options } = this.#options;
    const seconds = options.expiresSeconds ?? this.#expiresSeconds;
    this.#refresh = core.seams.clock.after(delayMs, () =>
      this.subscribe(Math.max(seconds, this.#expiresSeconds), null),
    );
  }

  #expireAfter(delayMs: number): void {
    this.#expiry?.cancel();
    this.#expiry = this.#options.core.seams.clock.after(delayMs, () => {
      const retryAfterMs = this.#options.isLeaving() ? null : 0;
      const { remoteTag } = this.dialog.ids;
      this.#end({ state: 'terminated', remoteTag, reason: 'timeout', status: null, retryAfterMs });
    });
  }

  #end(change: SubscriptionChange): void {
    this.close();
    this.#options.onEnd(change);
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (fault) {
      const { core, options } = this.#options;
      core.counters.ownerFaults.add();
      core.log.error('the owner of a subscription threw', { event: options.event, fault });
    }
  }
}

/** A minute before the end, or at three quarters of a short time. */
export function refreshDelayMs(expiresSeconds: number): number {
  return 1000 * Math.max(expiresSeconds - 60, expiresSeconds * 0.75);
}
