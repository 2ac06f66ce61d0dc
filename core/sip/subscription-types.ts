/** The face of the SUBSCRIBE/NOTIFY framework (RFC 6665) towards `core/call` and modules. */
import type { Endpoint } from '../runtime/index.ts';
import type { SubscriptionState, SubscriptionStateName, TerminationReason } from './subscription-headers.ts';
import type {
  Credentials,
  Dialog,
  DialogIds,
  Flow,
  HeaderLine,
  ResponseOptions,
  SipBody,
  SipRequest,
  SipResponse,
} from './types.ts';

/** What a usage needs of the dialog that it lives in: an INVITE dialog has it, too (RFC 5057). */
export interface UsageDialog {
  readonly ids: DialogIds;
  request(method: string, options?: ResponseOptions): Promise<SipResponse>;
}

/** A NOTIFY of a subscription of ours; answered 200 already. */
export interface Notification {
  readonly request: SipRequest;
  readonly state: SubscriptionState;
  /** Tells the forks of one SUBSCRIBE apart. */
  readonly remoteTag: string;
  readonly contentType: string | null;
  readonly body: Uint8Array;
}

/** A change of a subscription of ours, or of one of its forks. */
export interface SubscriptionChange {
  readonly state: SubscriptionStateName;
  readonly remoteTag: string;
  readonly reason: TerminationReason | null;
  /** The response that ended it (408 and 503 made by us included), or null when a NOTIFY did. */
  readonly status: number | null;
  /** When to try again, ms from now; null: do not (RFC 6665 4.1.3). Only for `terminated`. */
  readonly retryAfterMs: number | null;
}

export interface SubscribeOptions {
  readonly requestUri: string;
  /** From and To header values without tags. */
  readonly from: string;
  readonly to: string;
  /** Event package, for example `message-summary`. */
  readonly event: string;
  readonly id?: string;
  /** Body types of the package that we understand. */
  readonly accept?: readonly string[];
  /** Seconds; default 3600. 0 asks once (RFC 6665 4.4.3: a poll). */
  readonly expiresSeconds?: number;
  readonly headers?: readonly HeaderLine[];
  /** A filter, as the package defines it. Goes with the first SUBSCRIBE. */
  readonly body?: SipBody;
  readonly credentials?: Credentials | readonly Credentials[];
  readonly nextHop?: string;
  readonly outboundProxy?: string;
  readonly listener?: string;
  /** Subscribes within this INVITE dialog; the usage ends with it. */
  readonly dialog?: Dialog;
  /** As `InviteOptions.admitTarget`, for the SUBSCRIBE that opens it. */
  admitTarget?(target: Endpoint): boolean;
  /** What becomes of NOTIFYs of a second notifier: 481 (default), or a usage of its own. */
  readonly forks?: 'refuse' | 'accept';
  onNotify?(notification: Notification): void;
  onState?(change: SubscriptionChange): void;
}

/** A subscription of ours: one SUBSCRIBE and all notifiers that answer it. */
export interface Subscription {
  /** `waiting`: no NOTIFY yet. With forks the best of their states. */
  readonly state: 'waiting' | SubscriptionStateName;
  /** Asks for the state now and for a new duration: the same, or `expiresSeconds` from now on. */
  refresh(body?: SipBody, expiresSeconds?: number): void;
  /** SUBSCRIBE with Expires 0; `terminated` follows with the last NOTIFY, after 64*T1 at the latest. */
  unsubscribe(): void;
  /** Forgets it without a word. */
  close(): void;
}

/** A subscription of a peer to a package of ours. */
export interface ServerSubscription {
  /** The SUBSCRIBE or REFER that made it. */
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly ids: DialogIds;
  readonly event: string;
  readonly id: string | null;
  readonly state: 'new' | SubscriptionStateName;
  /** Granted seconds that are left at the last SUBSCRIBE; 0: the peer polls. */
  readonly expiresSeconds: number;
  /** Answers 2xx and sends the first NOTIFY, which tells `body`. */
  accept(options?: { readonly status?: 200 | 202; readonly body?: SipBody; readonly pending?: boolean }): void;
  /** Answers with a refusal; it is over. */
  reject(status: number, reason?: string, options?: ResponseOptions): void;
  /** NOTIFY of a change; `active: true` ends a pending state. NOTIFYs are sent one after the other. */
  notify(body: SipBody | null, options?: { readonly active?: boolean; readonly headers?: readonly HeaderLine[] }): void;
  /** The last NOTIFY. */
  terminate(
    reason: TerminationReason,
    options?: { readonly retryAfterSeconds?: number; readonly body?: SipBody },
  ): void;
  /** The state in full, for the NOTIFY that each SUBSCRIBE causes; default: the body of the last NOTIFY. */
  currentBody: (() => SipBody | null) | null;
  /** Once, when it is over: by us, by the peer (`timeout` after Expires 0), or because it does not answer. */
  onEnd: ((reason: TerminationReason | 'peerGone') => void) | null;
}

export interface NotifierHandlers {
  /** Body types that we can send; a SUBSCRIBE whose Accept has none of them gets 406. Default: any. */
  readonly types?: readonly string[];
  /** Seconds; defaults 60, 3600, 3600. Shorter ones get 423. */
  readonly minExpiresSeconds?: number;
  readonly maxExpiresSeconds?: number;
  readonly defaultExpiresSeconds?: number;
  /**
   * Judges each address that NOTIFYs would go to; `uri`: the Contact or first route that led there, `flow`: of the
   * SUBSCRIBE. False: it is passed over, and a subscription without any left is over. Default: all will do.
   */
  admitTarget?(target: Endpoint, uri: string, flow: Flow): boolean;
  /** A new subscription: `accept` or `reject` it, now or later. */
  onSubscribe(subscription: ServerSubscription): void;
}
