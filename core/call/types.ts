/**
 * A call as a module sees it (design, section 6): `CallSession`, the ordered mailbox on which DSM
 * and the SBC stand, and `Call`, the pleasant layer written only on it.
 *
 * Length: the whole face of calls, which modules read as one.
 */
import type { CallTag, DiValue } from '../di/index.ts';
import type {
  ItemId,
  MediaStream,
  PlayoutOptions,
  PlayRequest,
  Prompt,
  Recording,
  RecordOptions,
  StreamEvent,
  StreamSnapshot,
  StreamStats,
} from '../media/index.ts';
import type { Disposable, Log, Why } from '../runtime/index.ts';
import type { AudioParameters, Direction } from '../sdp/index.ts';
import type {
  CallerIdentity,
  Credentials,
  Dialog,
  DialogEvent,
  DialogSnapshot,
  Diversion,
  HeaderLine,
  OutgoingRequest,
  RegisterOptions,
  Registration,
  RequestOptions,
  RequestOutcome,
  ResponseOptions,
  SessionTimerOption,
  SipBody,
  SipRequest,
  SipResponse,
  SubscribeOptions,
  Subscription,
} from '../sip/index.ts';
import type { LegHooks, RouteDecision } from './leg-hooks.ts';
import type { EventPackage } from './outside-dialogs.ts';

/**
 * `new`: INVITE in or out, nothing answered · `early`: 101–199 · `connected`: 2xx ·
 * `ending`: our BYE is under way · `ended`: nothing is left.
 */
export type CallState = 'new' | 'early' | 'connected' | 'ending' | 'ended';

/** Everything that can happen to a call, in one ordered mailbox. */
export type CallEvent =
  | { readonly kind: 'sip'; readonly event: DialogEvent }
  | { readonly kind: 'media'; readonly event: StreamEvent }
  /** One key press, merged over all sources (reference/applications 4.6). */
  | {
      readonly kind: 'key';
      readonly key: string;
      readonly durationMs: number;
      readonly source: 'rtp' | 'inband' | 'info';
    }
  /** Offer and answer are complete while early (183 with SDP). SEMS: onEarlySessionStart. */
  | { readonly kind: 'earlyMedia'; readonly parameters: AudioParameters }
  /** Offer and answer are complete and the dialog is connected. SEMS: onSessionStart. */
  | { readonly kind: 'sessionStart'; readonly parameters: AudioParameters }
  /** A re-INVITE or UPDATE changed the session; `held`: the peer put us on hold. */
  | { readonly kind: 'sessionChanged'; readonly parameters: AudioParameters; readonly held: boolean }
  | { readonly kind: 'timer'; readonly name: string }
  | {
      readonly kind: 'room';
      readonly room: string;
      readonly change: 'joined' | 'left';
      readonly participants: number;
      readonly call: CallTag;
    }
  /** Posted by a module, a script or an RPC function. */
  | { readonly kind: 'posted'; readonly name: string; readonly data: DiValue }
  | { readonly kind: 'shutdown' };

/** `handled`: the default handling is left out. */
export type EventVerdict = 'handled' | 'default';

/** How a call ended; the payload of `call.ended` is made from it. */
export interface CallEnd {
  readonly status: number;
  readonly reason: string;
  readonly endedBy: 'local' | 'remote' | 'network';
  readonly why: readonly Why[];
  readonly stats: StreamStats | null;
}

/** The raw layer. Every method is harmless after the end. */
export interface CallSession {
  readonly tag: CallTag;
  readonly traceId: string;
  readonly direction: 'in' | 'out';
  readonly application: string;
  /** Tag of the other leg of a bridge, or null. */
  otherTag: CallTag | null;
  readonly state: CallState;
  readonly dialog: Dialog;
  /** Null until media was asked for. */
  readonly media: MediaStream | null;
  readonly log: Log;
  /** Sees every event, one at a time, before the default handling. A throw ends this call only. */
  onEvent: (event: CallEvent) => EventVerdict | Promise<EventVerdict>;
  /**
   * Sees every event when it arrives, before it is queued, and cannot change what becomes of it:
   * for waits that an `onEvent` in progress may itself depend on.
   */
  watch(listener: (event: CallEvent) => void): Disposable;
  /** Puts an event at the end of the mailbox. */
  post(event: CallEvent): void;
  /** Answers the INVITE with exactly this. SDP is the caller's affair. */
  reply(code: number, reason?: string, options?: ResponseOptions): void;
  /** A request in the dialog. */
  request(method: string, options?: RequestOptions): Promise<SipResponse>;
  /**
   * re-INVITE with an offer of ours (`direction`: what we want from now on) or with exactly `body`. The
   * answer is put in force; a refusal leaves the session as it was. Repeated after 491 (RFC 3261 14.1).
   */
  reinvite(options?: ReofferOptions): Promise<SipResponse>;
  /** UPDATE (RFC 3311): with an offer when `direction` is given, exactly `body`, else without a body. */
  update(options?: ReofferOptions): Promise<SipResponse>;
  /** The newest unanswered request of the peer. */
  readonly pendingRequest: SipRequest | null;
  /**
   * A request of ours that says that the peer is gone (`remoteGone`) does not end the call: `onEvent` is asked, and
   * keeps it with `handled`. Default false.
   */
  keepsLostPeer: boolean;
  /**
   * Another peer's session description as one of ours: with the origin line of this session, at its next version
   * (RFC 3264 8). Unchanged before the session has one.
   */
  borrowBody(body: SipBody): SipBody;
  /**
   * Opens media and makes the answer to the INVITE's offer (or an offer if it had none); the same
   * body each time. Media flows when it is sent with `reply`. @throws CodedError `sdp.*`, `media.*`.
   */
  answerBody(options?: { readonly sessionUri?: string }): Promise<SipBody>;
  setTimer(name: string, delayMs: number): void;
  cancelTimer(name: string): void;
  /** BYE, CANCEL or a refusal, by state; frees everything. Idempotent. */
  end(end?: { readonly status?: number; readonly reason?: string; readonly why?: Why }): void;
  /** Aborted as soon as the end is known, before the mailbox gets to it. Its reason is CodedError `call.ended`. */
  readonly signal: AbortSignal;
  readonly ended: Promise<CallEnd>;
}

export interface ReofferOptions {
  /** From our side, kept for later offers and answers: `sendonly` and `inactive` put the peer on hold. */
  readonly direction?: Direction;
  /** Sent as it is; its answer is the caller's affair. */
  readonly body?: SipBody;
  /** A browser looks for the way to us anew (RFC 8445 9); the old one works until it has found it. */
  readonly restartIce?: boolean;
  readonly headers?: readonly HeaderLine[];
}

export interface RoomOptions {
  /** Hears, but is not mixed in. */
  readonly listenOnly?: boolean;
  /** Refuse when the room has that many (0: no limit). @throws CodedError `room.full`. */
  readonly maxParticipants?: number;
  /** Enters also when the room is locked: who takes the seat of another. Default false. */
  readonly evenLocked?: boolean;
  /** Whose seat it takes (Replaces); told with `conference.joined`. */
  readonly inPlaceOf?: CallTag;
  /** Told of others who come and go, in order, and of the own join when alone (count 1). */
  readonly onChange?: (change: RoomChange) => void;
}

export interface RoomChange {
  readonly change: 'joined' | 'left';
  readonly call: CallTag;
  /** Participants after the change. */
  readonly participants: number;
}

/** A call's place in a room. */
export interface RoomSeat {
  readonly room: string;
  /** The playlist entry that carries the room. */
  readonly item: ItemId;
  readonly listenOnly: boolean;
  readonly muted: boolean;
  setMuted(muted: boolean): void;
  /**
   * Not heard for want of the floor, in a moderated room: a reason of its own beside `muted`. Who takes the seat over
   * begins without.
   */
  readonly hushed: boolean;
  setHushed(hushed: boolean): void;
  leave(): void;
}

export interface TransferOptions {
  /** What the promise waits for; default `accepted`. */
  readonly until?: 'accepted' | 'completed';
  /** Status lines of the referred call, as the peer tells them. */
  onProgress?(status: number, reason: string): void;
  /** False asks for no NOTIFYs (RFC 4488); default true. */
  readonly subscription?: boolean;
}

/** Outcome of one playlist entry. */
export interface PlayResult {
  readonly reason: 'finished' | 'flushed' | 'failed' | 'closed';
  readonly playedMs: number;
}

/** How keys leave a call. */
export interface SendKeysOptions {
  /** Default auto: RFC 4733 events where they were agreed, else tones; `info`: application/dtmf-relay. */
  readonly method?: 'auto' | 'rtp' | 'inband' | 'info';
  /** Default 100, by INFO 250. */
  readonly durationMs?: number;
}

/**
 * The pleasant layer. Every wait is aborted by the hang-up: it rejects with CodedError `call.ended`,
 * which an application need not catch. A hang-up in any phase frees everything.
 */
export interface Call {
  readonly session: CallSession;
  readonly tag: CallTag;
  readonly traceId: string;
  readonly direction: 'in' | 'out';
  readonly application: string;
  readonly state: CallState;
  /** Header texts of From and To as SEMS's monitoring shows them, and the Request-URI. */
  readonly from: string;
  readonly to: string;
  readonly ruri: string;
  /** User and host part of the Request-URI, unescaped user. */
  readonly user: string;
  readonly domain: string;
  /** The peer: From for incoming, To for outgoing calls. */
  readonly remoteParty: string;
  /** First header of that name of the INVITE; untrusted P-App-* and the like were removed. */
  header(name: string): string | null;
  /**
   * Who calls, best source first: asserted by a trusted peer (RFC 3325), Remote-Party-ID, From; and whether that is
   * to be shown (RFC 3323).
   */
  identity(): CallerIdentity;
  /** Where the call was before, newest first (RFC 5806); from trusted peers only. */
  diversions(): readonly Diversion[];
  /** P-App-Param by name, case-insensitive (applications 2.2). For outgoing calls: the dial parameters. */
  parameter(...names: readonly string[]): string | null;
  /** Values given to `originate` or `di_dial` (DSM: variables). */
  readonly parameters: DiValue;
  /** Who pays and what is given back in its events; of this leg. May be set until the call ends. */
  labels: CallLabels;
  readonly log: Log;
  /** Aborted at the end of the call. */
  readonly signal: AbortSignal;
  readonly ended: Promise<CallEnd>;

  ring(): void;
  /** 183 with SDP; media flows. */
  early(options?: { readonly headers?: readonly HeaderLine[] }): Promise<void>;
  /** 200 with SDP; media flows. Resolves when the 200 is sent (SEMS: onSessionStart). */
  accept(options?: { readonly headers?: readonly HeaderLine[]; readonly sessionUri?: string }): Promise<void>;
  reject(status: number, reason?: string, options?: ResponseOptions): void;
  /** Outgoing: resolves when connected; rejects with CodedError `call.ended` when refused. Incoming: at once when accepted. */
  readonly connected: Promise<void>;

  /** Plays after what is already queued (or in front of it); resolves at the item's end. A missing prompt (null) is skipped. */
  play(
    prompt: Prompt | null,
    options?: { readonly where?: 'back' | 'front'; readonly loop?: boolean },
  ): Promise<PlayResult>;
  playItem(
    item: PlayRequest,
    options?: { readonly where?: 'back' | 'front' },
  ): { readonly item: ItemId; readonly ended: Promise<PlayResult> };
  flush(): void;
  /** The next key, or null after `timeoutMs`. Keys pressed before are kept (at most 64). */
  key(options?: { readonly timeoutMs?: number }): Promise<string | null>;
  onKey(listener: (key: string, durationMs: number) => void): Disposable;
  on(listener: (event: CallEvent) => EventVerdict | undefined): Disposable;
  /** Presses keys, one after the other; what is no key is left out. */
  sendKeys(keys: string, options?: SendKeysOptions): void;
  record(path: string, options?: RecordOptions): Promise<Recording>;
  /** Enters a room: the room becomes the playlist's last entry. */
  join(room: string, options?: RoomOptions): RoomSeat;
  /** Connects the audio of both calls; either's end ends the other. */
  bridge(other: Call): Disposable;
  /**
   * REFER; resolves when the peer accepted it, or when the target answered (`until: 'completed'`). The call ends when
   * the target was reached, and goes on when it was not.
   */
  transfer(uri: string, options?: TransferOptions): Promise<void>;
  /** Attended transfer: the peer takes our place in `other`, which is answered. */
  transferTo(other: Call, options?: TransferOptions): Promise<void>;
  setReceiving(receiving: boolean): void;
  /**
   * Puts the peer on hold by re-INVITE: with `sendonly` (default) it hears what is played, with
   * `inactive` nothing. @throws CodedError `call.wrongState`, `call.failed` when the peer refuses.
   */
  hold(options?: { readonly direction?: 'sendonly' | 'inactive' }): Promise<void>;
  /** Takes the peer off hold. @throws CodedError as `hold`. */
  resume(): Promise<void>;
  hangup(why?: Why): void;
}

/** An application serves incoming calls and, with `originate`, calls that we place. */
export interface Application {
  readonly name: string;
  /** Session timers of its calls; default: as `sip.sessionTimer` says. */
  readonly sessionTimer?: SessionTimerOption;
  /** How the audio of its calls waits; default: as `media.playout…` says. */
  readonly playout?: Partial<PlayoutOptions>;
  /**
   * Its calls go on to somebody else, whom a Replaces or Join may mean that names no dialog of ours (an attended
   * transfer through us). Default: such a call is refused with 481.
   */
  readonly passesReplaces?: boolean;
  /** Runs for each incoming call. Its rejection ends that call (500 before the answer, BYE after). */
  onInvite(call: Call): void | Promise<void>;
  /** Runs for each placed call, before the INVITE is answered. Default: `onInvite` once connected is not called; the application cannot be dialled. */
  originate?(call: Call): void | Promise<void>;
  /** Runs for each call of this application that `CallEngine.restore` took over; `seat`: its room, if it sat in one. */
  resume?(call: Call, seat: RoomSeat | null): void | Promise<void>;
  /**
   * Runs for a call that has sat down in the seat of the call `predecessor` (Replaces, a followed REFER; that one may
   * be gone), or beside another (Join: null). Default: `resume`.
   */
  inherit?(call: Call, seat: RoomSeat, predecessor: string | null): void | Promise<void>;
}

export function defineApplication(application: Application): Application {
  return application;
}

/** What a call carries for billing and for the program that dialled it; all in its events. */
export interface CallLabels {
  readonly account?: string;
  readonly tariff?: string;
  /** At most 4096 bytes as JSON. */
  readonly data?: DiValue;
}

/** Who wants to dial, for `mayDial` and the accounting. */
export interface DialOrigin {
  /** For example `rpc:alice`, `module:webconference`, `call:<tag>`. */
  readonly name: string;
}

export interface OriginateOptions {
  readonly application: string;
  /** User part for the application (`call.user`). */
  readonly user: string;
  /** From, To: SIP URIs or name-addr texts. */
  readonly from: string;
  readonly to: string;
  readonly requestUri: string;
  readonly headers?: readonly HeaderLine[];
  readonly credentials?: Credentials | readonly Credentials[];
  readonly parameters?: DiValue;
  readonly origin: DialOrigin;
  readonly labels?: CallLabels;
  readonly traceId?: string;
  /** Encryption of the media instead of `media.srtp` and that of the listener. */
  readonly srtp?: 'off' | 'optional' | 'required';
  /** Address of record of a registration of ours (`sip:user@domain`): the INVITE takes its Service-Route (RFC 3608). */
  readonly account?: string;
  /** Its tag; must be unused, else CodedError `dial.failed`. Default: a fresh one. */
  readonly tag?: CallTag;
  /** Of the SIP dialog. Default: a fresh one. */
  readonly callId?: string;
  /**
   * The INVITE's body instead of an offer of ours: another peer's offer, or none (null). Then the application answers for the
   * session: its `onEvent` handles `answered`, and says `dialog.acknowledge`.
   */
  readonly body?: SipBody | null;
  /** Used instead of the registered application's `originate`. */
  readonly onCall?: (call: Call) => void | Promise<void>;
}

/** How a call that came in is connected to one that we place (`CallEngine.couple`). */
export interface CouplingOptions {
  /** Who dials, for the dial rules and the accounts. */
  readonly origin: DialOrigin;
  readonly hooks?: LegHooks;
  /** Where it goes when `hooks.route` does not say. */
  readonly decision?: RouteDecision;
}

/** Two legs as one call: a back-to-back user agent (RFC 7092). Messages and, if so decided, media cross. */
export interface Coupling {
  readonly a: Call;
  /** The newest call that was placed; null before. */
  readonly b: Call | null;
  /** Both legs are over and nothing is left. */
  readonly ended: Promise<void>;
  /** Ends both legs. Idempotent. */
  end(why?: Why): void;
}

/** Rooms of conference, webconference and scripts: one namespace. */
export interface RoomRegistry {
  list(): readonly { readonly room: string; readonly participants: readonly CallTag[] }[];
  participants(room: string): readonly CallTag[];
  /** The seat of that call, or null. */
  seat(room: string, call: CallTag): RoomSeat | null;
  isLocked(room: string): boolean;
  /**
   * Calls that come in cannot enter a locked room (`room.locked`); calls that we place can. The lock goes with the
   * room's last participant. @throws CodedError `room.unknown` when nobody is in it.
   */
  setLocked(room: string, locked: boolean): void;
}

/** A MESSAGE with a text that came in. */
export interface IncomingMessage {
  /** The call in whose dialog it came, or null. */
  readonly call: Call | null;
  /** Header values. */
  readonly from: string;
  readonly to: string;
  /** Request-URI. */
  readonly ruri: string;
  readonly text: string;
  /** Address of the sender, without its port. */
  readonly source: string;
}

/** Answers a MESSAGE that is for it: the SIP status; null: it is not. */
export type MessageTaker = (message: IncomingMessage) => number | null;

/** Ordered mailboxes by name: calls (by tag), registrations, system scripts. */
export interface Mailboxes {
  /** False when nobody of that name is there. */
  post(name: string, event: CallEvent): boolean;
  register(name: string, receive: (event: CallEvent) => void): Disposable;
}

/** The engine's face for modules and faces: `core/call/engine.ts` implements it. */
export interface CallEngine {
  readonly rooms: RoomRegistry;
  readonly mailboxes: Mailboxes;
  registerApplication(application: Application): Disposable;
  applications(): readonly string[];
  /**
   * Places a call and returns it at once; its outcome comes on the call.
   * @throws CodedError `application.unknown`, `dial.forbidden`, `call.limit`, `call.shutdown`, `dial.failed`.
   */
  originate(options: OriginateOptions): Call;
  /**
   * Would the dial rules let a call go there, as far as is known before its host name is resolved? For what is dialled
   * later, so that nobody rings in vain.
   * @throws CodedError `dial.forbidden` naming the key to change, `dial.failed`.
   */
  checkTarget(uri: string): void;
  /**
   * Registers at a registrar, where the dial rules allow it, and keeps it so until `stop` or `drop`.
   * @throws CodedError `dial.forbidden` naming the key to change, `dial.failed`.
   */
  register(options: RegisterOptions): Registration;
  /**
   * A request outside a dialog, sent where the dial rules allow it; its outcome never rejects otherwise.
   * @throws CodedError as `register`.
   */
  request(options: OutgoingRequest): Promise<RequestOutcome>;
  /**
   * Serves SUBSCRIBEs to an event package (RFC 6665). NOTIFYs go back to the subscriber, or where the dial rules allow.
   * @throws CodedError `module.failed` when the package is served already.
   */
  serveEvents(eventPackage: string, options: EventPackage): Disposable;
  /** Subscribes to a package of a peer, where the dial rules allow it. @throws CodedError as `register`. */
  subscribe(options: SubscribeOptions): Subscription;
  /**
   * Asked about each MESSAGE with a text, in the order of their coming, before `calls.messages` is: what one of them
   * takes is answered with its status, also where messages are refused.
   */
  takeMessages(taker: MessageTaker): Disposable;
  /** Session timers of applications that do not say theirs, instead of `sip.sessionTimer`; the newest word counts. */
  useSessionTimer(option: SessionTimerOption): Disposable;
  /**
   * Serves an unanswered incoming call by connecting it to one that we place, end to end; what becomes of
   * it comes on the coupling. What cannot be placed is refused to the caller. @throws CodedError `call.ended`.
   */
  couple(call: Call, options: CouplingOptions): Coupling;
  find(tag: CallTag): Call | null;
  /** A fresh tag, for who must know that of a call before it is placed. */
  newTag(): CallTag;
  calls(): readonly Call[];
  /** Loads a prompt once (see MediaPool.prompt). */
  prompt(path: string): Promise<Prompt>;
  readonly statistics: CallStatistics;
  /** New calls and OPTIONS get `call.shutdown` while set. */
  shutdownMode: boolean;
  /** Waits until no call is left or `drainMs` passed, then ends the rest. */
  drain(drainMs: number): Promise<void>;
  snapshot(): Promise<EngineSnapshot>;
  restore(snapshot: EngineSnapshot): Promise<void>;
}

/** SEMS's figures (di-interfaces 3.3). Queries reset as there. */
export interface CallStatistics {
  calls(): number;
  total(): number;
  averageSinceQuery(): number;
  maximumSinceQuery(): number;
  callsPerSecondAverage(): number;
  callsPerSecondMaximum(): number;
  limit: { hard: number; current: number };
}

export interface CallSnapshot {
  readonly tag: CallTag;
  readonly traceId: string;
  readonly application: string;
  readonly direction: 'in' | 'out';
  readonly dialog: DialogSnapshot;
  readonly media: StreamSnapshot | null;
  /** Our description in force, whose lines and version later offers go on from, and what we want; absent: none. */
  readonly session?: { readonly local: string; readonly direction: Direction };
  readonly room: {
    readonly name: string;
    readonly item: ItemId;
    readonly listenOnly: boolean;
    readonly muted: boolean;
  } | null;
  readonly startedAtMs: number;
  readonly answeredAtMs: number | null;
  readonly identity: {
    readonly from: string;
    readonly to: string;
    readonly ruri: string;
    readonly user: string;
    readonly domain: string;
  };
  readonly labels?: CallLabels;
  readonly otherTag: CallTag | null;
}

export interface EngineSnapshot {
  readonly version: 1;
  readonly calls: readonly CallSnapshot[];
}
