/**
 * The face of the SIP stack towards `core/call`: dialogs and requests as plain data and a few verbs.
 * Messages are read lazily (`message.ts`); what crosses this face is already checked.
 */
import type { Disposable, Endpoint } from '../runtime/index.ts';
import type { SipOverload } from './overload-types.ts';
import type { RegisterOptions, Registration } from './registration-types.ts';
import type { SessionTimerRefusal } from './session-timer.ts';
import type { SessionTimerOption } from './session-timer-config.ts';
import type { NotifierHandlers, ServerSubscription, SubscribeOptions, Subscription } from './subscription-types.ts';
import type { SipTrace } from './trace-types.ts';
import type { Withdrawal } from './withdrawal.ts';

export type Transport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** Where a message came from or goes to: transport, our socket, the peer. */
export interface Flow {
  readonly transport: Transport;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Identifies the connection (0 for UDP), so that answers go back on it. */
  readonly connectionId: number;
  /** `sip.trusted` covers the peer's address or one of its identities (design, section 4). */
  readonly trusted: boolean;
  /** TLS: SIP domains of the peer's verified certificate (RFC 5922 7.1), lower-case; absent: it gave none. */
  readonly peerIdentities?: readonly string[];
  /** WebSocket: the host by which the page reached us (`Host`, without port and brackets, lower-case). */
  readonly pageHost?: string;
}

/** A header of a message that we build: name and value, printed in this order. */
export type HeaderLine = readonly [name: string, value: string];

/** What both kinds of message offer to readers. Names are case-insensitive, compact forms included. */
export interface SipHeaders {
  /** The first header line of that name (trimmed, unfolded), or null. */
  header(name: string): string | null;
  /** All header lines of that name, in order; comma lists are not split. */
  headers(name: string): readonly string[];
  /** Every header line in order. */
  allHeaders(): readonly HeaderLine[];
}

export interface SipRequest extends SipHeaders {
  readonly kind: 'request';
  readonly method: string;
  /** The Request-URI as text. */
  readonly uri: string;
  readonly body: Uint8Array;
}

export interface SipResponse extends SipHeaders {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly body: Uint8Array;
}

/** A parsed `sip:`, `sips:` or `tel:` URI (RFC 3261 19.1). `uri.ts` parses and prints. */
export interface SipUri {
  readonly scheme: string;
  /** Unescaped; null when absent. */
  readonly user: string | null;
  readonly password: string | null;
  /** No brackets around IPv6; empty for tel URIs, whose number is `user`. */
  readonly host: string;
  readonly port: number | null;
  /** Names lower-case; a parameter without value has ''. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
}

/** A From, To, Contact or Route value: `"Joe" <sip:joe@example.org>;tag=1` (RFC 3261 20.10). */
export interface NameAddress {
  readonly displayName: string | null;
  readonly uri: SipUri;
  /** The URI as it was written. */
  readonly uriText: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Body and type of a message that we send. */
export interface SipBody {
  readonly contentType: string;
  readonly content: Uint8Array;
}

export interface ResponseOptions {
  readonly headers?: readonly HeaderLine[];
  readonly body?: SipBody;
  /** A 101–199 to an INVITE: `true` sends it reliably (RFC 3262) when the peer takes that. */
  readonly reliable?: boolean;
}

/** What a request of ours in a dialog may have besides headers and body. */
export interface RequestOptions extends ResponseOptions {
  /** Default 70. */
  readonly maxForwards?: number;
  /**
   * re-INVITE: makes the body of the ACK of its 2xx, which waits for it (the answer to an offer in the
   * 2xx, an ACK that goes end to end). Default: an ACK without a body, at once.
   */
  acknowledge?(response: SipResponse): Promise<SipBody | null>;
  /**
   * re-INVITE without a body: makes the body of the PRACK of the first reliable 101–199 that carries an offer, which
   * waits for it (RFC 3262 5). Default: a PRACK without a body.
   */
  answerProvisional?(response: SipResponse): Promise<SipBody | null>;
  /** re-INVITE: each 101–199. */
  onProvisional?(response: SipResponse): void;
  /**
   * re-INVITE, UPDATE: the body of the repetition after a 491, as the session may have changed meanwhile.
   * `withdrawn` runs when the 491 comes: the offer is as if it had not been made. Default: the same body.
   */
  readonly glare?: { withdrawn(): void; body(): Promise<SipBody | null> };
  /** re-INVITE: lets its owner CANCEL it. */
  readonly withdrawal?: Withdrawal;
}

/** One of the early dialogs of an INVITE of ours (RFC 3261 12.1.2). */
export interface EarlyDialog {
  readonly tag: string;
  /** The URI that requests in it go to. */
  readonly remoteTarget: string;
}

/** Digest credentials; an empty realm fits any. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly realm: string;
}

/**
 * 100rel (RFC 3262, core-and-sbc 2.8). `relay`: the owner of the dialog handles RSeq, RAck and PRACK
 * itself (a B2BUA that carries them end to end).
 */
export type ReliableProvisional = 'off' | 'supported' | 'required' | 'relay';

/** A request that waits for our final answer. Answering twice is ignored and counted. */
export interface ServerRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  respond(status: number, reason?: string, options?: ResponseOptions): void;
  readonly answered: boolean;
  /**
   * re-INVITE: a CANCEL of the peer, which the stack has answered. Its owner gives the final answer by and by.
   * Default: 487 at once.
   */
  onCancel: (cancel: SipRequest) => void;
}

export interface DialogIds {
  readonly callId: string;
  /** Our tag: the call tag. */
  readonly localTag: string;
  /** Empty until the peer gave one. */
  readonly remoteTag: string;
}

/**
 * `calling`: INVITE sent or received, nothing sent or received but 100;
 * `early`: 101–199; `confirmed`: 2xx; `terminated`.
 */
export type DialogState = 'calling' | 'early' | 'confirmed' | 'terminated';

/** What happens on a dialog, in order. */
export type DialogEvent =
  /**
   * UAC: 100–199, of the early dialog `tag` ('' for 100). `reliable`: it came with `Require: 100rel` and
   * is in order; repetitions are not told. `acknowledgeProvisional` says who sends its PRACK.
   */
  | {
      readonly kind: 'provisional';
      readonly response: SipResponse;
      readonly tag?: string;
      readonly reliable?: boolean;
    }
  /**
   * UAS: PRACK for our newest reliable 1xx. A body is an answer or a new offer and waits for the owner's
   * response; a PRACK without one is answered 200 by the stack right after `onEvent`.
   */
  | { readonly kind: 'provisionalAcknowledged'; readonly request: ServerRequest }
  /** UAS: no PRACK came to our reliable 1xx within 64*T1; the stack has refused the INVITE with 504. */
  | { readonly kind: 'noPrack' }
  /** Session timer (RFC 4028): nobody refreshed the session; the owner ends the call. */
  | { readonly kind: 'sessionExpired' }
  /** UAC: first 2xx; the stack has not yet sent the ACK: `acknowledge` does, with a late answer or none. */
  | { readonly kind: 'answered'; readonly response: SipResponse }
  /** UAC: final refusal, time-out (408) or transport failure (503), with a response made by us. */
  | { readonly kind: 'failed'; readonly response: SipResponse; readonly cause: 'response' | 'timeout' | 'transport' }
  /** UAS: ACK of our 2xx to the INVITE or a re-INVITE; its body is the answer to a late offer. */
  | { readonly kind: 'acknowledged'; readonly body: Uint8Array; readonly contentType: string | null }
  /** UAS: no ACK came to our 2xx within 64*T1. */
  | { readonly kind: 'noAck' }
  /** UAS: CANCEL before our final answer. The stack has answered 200 to it and 487 to the INVITE. */
  | { readonly kind: 'cancelled'; readonly request: SipRequest }
  /** A request inside the dialog: re-INVITE, UPDATE, INFO, OPTIONS, REFER, … (BYE: the stack answered 200). */
  | { readonly kind: 'request'; readonly request: ServerRequest }
  | { readonly kind: 'bye'; readonly request: SipRequest }
  /** A request of ours inside the dialog got 408, 481 or another status that ends it (RFC 3261 12.2.1.2, RFC 5057 5.1). */
  | { readonly kind: 'remoteGone'; readonly status: number };

/** One INVITE dialog, one leg. All verbs are harmless once it is terminated. */
export interface Dialog {
  readonly ids: DialogIds;
  readonly role: 'caller' | 'callee';
  readonly state: DialogState;
  readonly flow: Flow;
  /** From and To header values as seen in the INVITE, without our later tag. */
  readonly from: NameAddress;
  readonly to: NameAddress;
  /** The INVITE: received (callee) or sent (caller). */
  readonly invite: SipRequest;
  /** Address of ours towards this peer, for SDP and Contact. */
  readonly localAddress: string;
  onEvent: (event: DialogEvent) => void;
  /**
   * The owner hands on what another peer says (a B2BUA): with `Privacy: id` its asserted identity does not leave
   * for a stranger (RFC 3325 9.3). Default false: the owner speaks for itself.
   */
  relays: boolean;
  /** The session description in force, for a re-INVITE that only refreshes the session; null: none. */
  onRefreshBody: () => SipBody | null;
  /** The 2xx to a re-INVITE with that description: its answer may differ from the one before. */
  onRefreshAnswer: (response: SipResponse) => void;
  /** Callee: answers the INVITE. 2xx is retransmitted until the ACK. Also CANCELs nothing: reject with it. */
  respond(status: number, reason?: string, options?: ResponseOptions): void;
  /**
   * Callee, before the answer: as `InviteOptions.sessionTimer`. Gives the refusal that an INVITE earns which asks
   * for less than that minimum (422, RFC 4028 9); null: it may be answered.
   */
  useSessionTimer(option: SessionTimerOption): SessionTimerRefusal | null;
  /** Caller: sends the ACK of the 2xx that `answered` announced (again for its retransmissions). */
  acknowledge(body?: SipBody): void;
  /**
   * Caller: PRACK for the newest reliable 1xx of the newest early dialog, with an answer or an offer;
   * resolves with its final response. The stack sends a bare one right after `onEvent` unless the 1xx
   * carries an offer (the INVITE had none) or the mode is `relay`: then it waits for this.
   * 481 made by us when nothing waits for a PRACK.
   */
  acknowledgeProvisional(body?: SipBody): Promise<SipResponse>;
  /** Caller, until the 2xx: every early dialog, the newest last; requests of ours go to that one. */
  readonly earlyDialogs: readonly EarlyDialog[];
  /** The peer's newest Allow names the method. INVITE, ACK, BYE, CANCEL and OPTIONS need no naming. */
  peerAllows(method: string): boolean;
  /** The peer's newest Supported or Require names the option tag. */
  peerSupports(optionTag: string): boolean;
  /** Caller, before the final answer: CANCEL as soon as RFC 3261 9.1 allows. */
  cancel(headers?: readonly HeaderLine[]): void;
  /**
   * A request inside the dialog (INFO, OPTIONS, re-INVITE, UPDATE, …). The ACK of a 2xx to a
   * re-INVITE is sent by the stack. Resolves with the final response, 408 or 503 made by us
   * included; never rejects.
   */
  request(method: string, options?: RequestOptions): Promise<SipResponse>;
  /** Sends BYE if confirmed, CANCEL or 487 before (SEMS's `bye()`); the state is then `terminated`. */
  end(headers?: readonly HeaderLine[]): void;
  /** Plain data from which `SipStack.restoreDialog` resumes. Only in `confirmed`. */
  snapshot(): DialogSnapshot;
}

/** Plain, versioned, JSON-safe. */
export interface DialogSnapshot {
  readonly version: 1;
  readonly data: { readonly [key: string]: unknown };
}

export interface InviteOptions {
  readonly requestUri: string;
  /** From and To header values without tags, for example `<sip:a@b>`. */
  readonly from: string;
  readonly to: string;
  /** The call tag, used as From tag. */
  readonly localTag: string;
  readonly callId?: string;
  readonly headers?: readonly HeaderLine[];
  /**
   * The offer, once the local address towards the target is known; null: late offer. Not called
   * when the target cannot be resolved.
   */
  offer(localAddress: string): Promise<SipBody | null>;
  /** Digest credentials for a 401 or 407: one pair, or one for each realm. */
  readonly credentials?: Credentials | readonly Credentials[];
  /** Where to send it instead of to the Request-URI's host: `host[:port][/transport]`, comma list allowed. */
  readonly nextHop?: string;
  /** A SIP URI that goes in front of the route set of the INVITE (RFC 3261 8.1.2). */
  readonly outboundProxy?: string;
  /** Name of the `sip.listen` entry to send from; default: the one that fits the target. */
  readonly listener?: string;
  /** Default: `sip.reliableProvisional`. */
  readonly reliableProvisional?: ReliableProvisional;
  /** Session timers (RFC 4028): false: none, true: also with peers that know nothing of it, keys: instead of `sip.sessionTimer`. */
  readonly sessionTimer?: SessionTimerOption;
  /** Default 70. */
  readonly maxForwards?: number;
  /**
   * Judges each resolved address before anything is sent to it (the dial rules); false: it is
   * skipped, and when none is left the dialog fails with 403, cause `transport`.
   */
  admitTarget?(target: Endpoint): boolean;
}

/** A request outside a dialog that we send (REGISTER, OPTIONS, MESSAGE, SUBSCRIBE, NOTIFY, REFER, PUBLISH, …). */
export interface OutgoingRequest {
  readonly method: string;
  readonly requestUri: string;
  /** From and To header values without tags. */
  readonly from: string;
  readonly to: string;
  /** Default: a fresh one each. */
  readonly fromTag?: string;
  readonly callId?: string;
  /** Default 1; raised by one at each repetition for credentials. */
  readonly cseq?: number;
  readonly headers?: readonly HeaderLine[];
  readonly body?: SipBody;
  readonly credentials?: Credentials | readonly Credentials[];
  /** Instead of `credentials`: keeps nonces from request to request. */
  readonly authorizer?: RequestAuthorizer;
  readonly nextHop?: string;
  readonly outboundProxy?: string;
  readonly listener?: string;
  readonly maxForwards?: number;
  /** Contact of ours once the way is known; default: none. */
  contact?(channel: { readonly sentBy: string; readonly transport: Transport }): string;
  admitTarget?(target: Endpoint): boolean;
  /** Every provisional response. */
  onProvisional?(response: SipResponse): void;
}

/** Answers challenges (`auth-retry.ts`). */
export interface RequestAuthorizer {
  /** Takes a final response; true: the request is to be repeated with new `lines`. */
  accept(response: SipResponse, attempts: number): boolean;
  lines(method: string, uri: string, body: Uint8Array): readonly HeaderLine[];
}

/** The outcome of an `OutgoingRequest`: never a rejection. */
export interface RequestOutcome {
  /** The final response, or 408, 478, 503, … made by us. */
  readonly response: SipResponse;
  /** `response`: a peer sent it. */
  readonly cause: 'response' | 'timeout' | 'transport';
  /** CSeq of the last attempt, for the next request of the same Call-ID. */
  readonly cseq: number;
  /** The way that the final attempt took; null when there was none. */
  readonly flow: Flow | null;
}

/** The dialogs that an INVITE names (RFC 3891, RFC 3911): at most one of them is not null. */
export interface InviteContext {
  readonly replaces: { readonly dialog: Dialog; readonly earlyOnly: boolean } | null;
  readonly join: Dialog | null;
}

/** What the owner of a stack takes beside calls. */
export interface OwnerAbilities {
  /** Of MESSAGE, REFER, PUBLISH, …. */
  readonly methods: readonly string[];
  /** Of `join`, `norefersub`, `replaces`, ….  */
  readonly extensions: readonly string[];
}

export interface SipHandlers {
  /** Goes into Allow and Supported; the object must not change. Default: REFER, `join`, `norefersub`, `replaces`. */
  readonly abilities?: OwnerAbilities;
  /** Judges a request outside dialogs before anything is kept of it; what is refused costs no transaction. */
  readonly admit?: AdmissionRule;
  /**
   * Judges a request outside dialogs that `admit` let pass, before anybody acts on it: INVITE, SUBSCRIBE to a
   * served package and all others alike. Null, or resolving with null: it may come in.
   */
  judge?(request: SipRequest, flow: Flow): Promise<AdmissionRefusal | null> | null;
  /** Our tag for the dialog that a new INVITE opens: the call tag. Default: 96 random bits. */
  newTag?(): string;
  /**
   * An INVITE whose Replaces or Join names no dialog of this stack: true when its owner sends it on, so that
   * somebody else may know it. Default: 481.
   */
  passesReplaces?(request: SipRequest, flow: Flow): boolean;
  /**
   * A new INVITE; the stack sent 100. The owner answers through the dialog. `context`: a live dialog of this
   * stack that its Replaces or Join names; whether the sender may do that is the owner's to judge.
   */
  onInvite(dialog: Dialog, context?: InviteContext): void;
  /** Any other request outside a dialog (OPTIONS, REGISTER, MESSAGE, …). */
  onRequest(request: ServerRequest): void;
}

export interface BoundListener {
  /** `sip.listen[].name`. */
  readonly name?: string;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
}

export interface SipStack {
  readonly listeners: readonly BoundListener[];
  /** Must be set before the first message is let in by `open`. */
  handlers: SipHandlers;
  /** Lets messages in: what came before was dropped. */
  open(): void;
  /** Sends an INVITE; every outcome comes as events of the dialog, even an unresolvable target. */
  invite(options: InviteOptions): Dialog;
  /** Sends a request outside a dialog. Never rejects; one that waits when the stack closes gets 503. */
  request(options: OutgoingRequest): Promise<RequestOutcome>;
  /** Registers at a registrar, and keeps it so until `stop` (RFC 3261 10.2). */
  register(options: RegisterOptions): Registration;
  /** Route values for requests of that address of record (RFC 3608); null: no registration of it stands. */
  serviceRoute(addressOfRecord: string): readonly string[] | null;
  restoreDialog(snapshot: DialogSnapshot): Dialog;
  /** The INVITE dialog of those ids, as this side sees them. */
  findDialog(callId: string, localTag: string, remoteTag: string): Dialog | null;
  /** SUBSCRIBE (RFC 6665): everything that becomes of it comes through `options.onNotify` and `onState`. */
  subscribe(options: SubscribeOptions): Subscription;
  /**
   * Serves SUBSCRIBEs to an event package; of packages without one they reach `handlers.onRequest`.
   * @throws CodedError `module.failed` when the package is served already.
   */
  notifier(eventPackage: string, handlers: NotifierHandlers): Disposable;
  /** Event packages that have a notifier, for Allow-Events. */
  readonly eventPackages: readonly string[];
  /**
   * The subscription that a REFER makes; `accept` or `reject` answers the REFER.
   * @throws CodedError `sip.malformed` for a REFER outside a dialog without a usable Contact.
   */
  referSubscription(dialog: Dialog | null, request: ServerRequest, id: string | null): ServerSubscription;
  /** Offers a SUBSCRIBE or NOTIFY of an INVITE dialog to the subscriptions that share it; true: answered. */
  takeSubscription(dialog: Dialog, request: ServerRequest): boolean;
  /**
   * A WebSocket that agreed on the sub-protocol `sip` (RFC 7118): its messages come in from now on. The
   * stack sets the peer's handlers, and closes it past its limits. `pageHost`: as `Flow.pageHost`.
   */
  acceptWebSocket(peer: SipWebSocket, pageHost?: string | null): void;
  /** Reads the certificates of the TLS listeners again; a broken one leaves the old in use and is told. */
  reload(): Promise<ReloadReport>;
  /** Number of live transactions and dialogs, for leak tests and metrics. */
  readonly load: { readonly transactions: number; readonly dialogs: number; readonly connections: number };
  /** Closes all sockets and timers at once. Dialogs get no further event. */
  close(): Promise<void>;
  /** Load shedding: what it does now, and word of its begin and end. */
  readonly overload: SipOverload;
  /** The messages of the last calls. */
  readonly trace: SipTrace;
}

/** What the stack needs of a WebSocket; `core/http` has one. */
export interface SipWebSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** It runs over TLS: `wss`. */
  readonly secure: boolean;
  /** Bytes accepted by `send` that the kernel has not taken yet. */
  readonly bufferedBytes: number;
  send(message: string | Uint8Array): void;
  close(code: number, reason: string): void;
  ping(): void;
  onMessage: (message: string | Uint8Array) => void;
  onPong: () => void;
  onClose: (code: number) => void;
}

/** What a reload did. */
export interface ReloadReport {
  /** Listeners that use fresh certificates, by `transport address:port`. */
  readonly renewed: readonly string[];
  /** What could not be read; the old stays in use. */
  readonly faults: readonly string[];
}

/** What a request that is not let in is answered. */
export interface AdmissionRefusal {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: readonly HeaderLine[];
}

/** Answers a new INVITE or request before any call exists; null lets it through. */
export type AdmissionRule = (request: SipRequest, flow: Flow) => AdmissionRefusal | null;

export type { OverloadState, SipOverload } from './overload-types.ts';
export type { SipTrace, TraceDirection, TracedMessage } from './trace-types.ts';
export type { Disposable };
