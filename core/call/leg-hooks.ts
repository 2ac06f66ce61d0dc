/**
 * What a B2BUA may change while it passes messages from one leg to the other (design, section 6):
 * pure functions over plain data. They do no I/O and keep no state of their own; what they throw ends
 * their call and no other. The profile of an SBC maps on them one to one:
 *
 * | SBC profile                                               | here                                    |
 * | --------------------------------------------------------- | --------------------------------------- |
 * | RURI, From, To, Call-ID, next_hop, outbound_proxy, auth   | `route` → `RouteTarget`                 |
 * | refuse_with                                               | `route` → `HookRefusal`                 |
 * | header_filter, append_headers, message_filter             | `onRequest`, `onReply`                  |
 * | reply_translations                                        | `onReply` (`status`, `reason`)          |
 * | sdp_filter, media_filter, sdp_alines_filter, anonymize    | `onSdp`                                 |
 * | enable_rtprelay, transcoder, force_symmetric_rtp          | `route` → `media`, `symmetricRtp`       |
 * | call timer, ring time-out, session timer                  | `route` → `maxCallMs`, `ringTimeoutMs`, `sessionTimer` |
 */
import type { Credentials, HeaderLine, ReliableProvisional, SipBody, SipRequest } from '../sip/index.ts';

/** `a`: the leg that called us · `b`: the leg that we placed. */
export type LegName = 'a' | 'b';

export const otherLeg = (leg: LegName): LegName => (leg === 'a' ? 'b' : 'a');

/** A request on its way to the leg `to`. */
export interface HookRequest {
  readonly to: LegName;
  /** The INVITE that makes the dialog; else a request inside it. */
  readonly initial: boolean;
  readonly method: string;
  /** Request-URI; only that of the initial INVITE can be changed, inside a dialog it is the peer's Contact. */
  readonly uri: string;
  /** What is copied (`coupling-headers.ts`); the stack adds Via, From, To, Call-ID, CSeq, Contact and Max-Forwards. */
  readonly headers: readonly HeaderLine[];
  /** After `onSdp`, before the media relay puts its addresses in. */
  readonly body: SipBody | null;
}

/** A response on its way to the leg `to`. */
export interface HookReply {
  readonly to: LegName;
  /** Answers the INVITE that makes the dialog. */
  readonly initial: boolean;
  /** The method that it answers. */
  readonly method: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderLine[];
  readonly body: SipBody | null;
}

/** A session description on its way to the leg `to`. */
export interface HookSdp {
  readonly to: LegName;
  readonly role: 'offer' | 'answer';
  readonly text: string;
}

/** Not passed on; answered with this on the leg where it came from. */
export interface HookRefusal {
  readonly kind: 'refuse';
  /** 300–699. */
  readonly status: number;
  readonly reason?: string;
  readonly headers?: readonly HeaderLine[];
}

/**
 * `bypass`: media go from end to end, unseen · `relay`: through our ports, unread · `engine`: both legs end here,
 * each with its own codecs and keys · `auto`: `engine` where a side is a browser, else `relay`.
 */
export type MediaMode = 'bypass' | 'relay' | 'engine' | 'auto';

/** One place to send the INVITE to. */
export interface RouteTarget {
  readonly requestUri: string;
  /** From and To of the B leg, without tags; default: those of the caller. */
  readonly from?: string;
  readonly to?: string;
  /** Default: a fresh one, so that the caller's is not shown. */
  readonly callId?: string;
  /** `host[:port][/transport]`, comma list: where it goes instead of to the Request-URI's host. */
  readonly nextHop?: string;
  readonly outboundProxy?: string;
  /** Name of a `sip.listen` entry. */
  readonly listener?: string;
  /** Answer the callee's 401 and 407; without them challenges go to the caller. */
  readonly credentials?: Credentials | readonly Credentials[];
  /** Further headers of this INVITE. */
  readonly headers?: readonly HeaderLine[];
  /** Until the final answer; default: that of the decision. */
  readonly ringTimeoutMs?: number;
}

/** How a call is connected. */
export interface RouteDecision {
  readonly kind: 'connect';
  /** Tried one after the other (fork in sequence). */
  readonly targets: readonly RouteTarget[];
  /** May the next target be tried after this final status? Default: anything but 6xx (RFC 3261 21.6: "will be unsuccessful"). */
  readonly tryNext?: (status: number) => boolean;
  readonly media: MediaMode;
  /** Media relay: send to where packets come from. Default: `media.symmetricRtp`. */
  readonly symmetricRtp?: boolean;
  /** Until the final answer of one target; 0 or absent: only timer C of the stack. */
  readonly ringTimeoutMs?: number;
  /** Longest time from the answer on; 0 or absent: none. */
  readonly maxCallMs?: number;
  /** Session timers (RFC 4028) on the legs. Default: as `sip.sessionTimer` says. */
  readonly sessionTimer?: boolean;
  /** `relay`: RSeq and PRACK go end to end. Default: `sip.reliableProvisional`, each leg for itself. */
  readonly reliableProvisional?: ReliableProvisional;
  /** REFER is passed on (default), or refused with 603. */
  readonly refer?: 'relay' | 'refuse';
}

export interface LegHooks {
  /** Decides about the initial INVITE. */
  route?(invite: SipRequest): RouteDecision | HookRefusal;
  onRequest?(request: HookRequest): HookRequest | HookRefusal;
  onReply?(reply: HookReply): HookReply;
  /** The text of the description as it goes on. A refused answer of the callee ends the call. */
  onSdp?(sdp: HookSdp): string | HookRefusal;
}

export function isRefusal(value: object | string): value is HookRefusal {
  return typeof value === 'object' && 'kind' in value && value.kind === 'refuse';
}
