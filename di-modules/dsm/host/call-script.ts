import type {
  AudioParameters,
  Call,
  CallEvent,
  DialogEvent,
  EventVerdict,
  SipBody,
  SipResponse,
  Timer,
} from '../../../core/index.ts';
import { B2bHeaders } from './b2b-headers.ts';
import type { Bundle } from './bundle.ts';
import {
  disappearedStatuses,
  extraHeaders,
  keyNumber,
  type Parameters,
  replyParameters,
  requestParameters,
  ringingParameters,
  statusParameters,
} from './call-events.ts';
import type { CallScript, FaceRequest } from './call-face.ts';
import { answeredRequest, faceRequest, type RelayableRequest } from './face-request.ts';
import { HostScript } from './host-script.ts';
import type { LegOwner, OtherLeg } from './other-leg.ts';
import { ScriptPlaylist } from './playlist.ts';
import { postedEvent, type ScriptEvent } from './posted-events.ts';
import { ScriptRecorder } from './recorder.ts';
import { relayRequest, sdpOf } from './relay.ts';
import { ScriptFace } from './script-face.ts';
import { selectOf } from './selects.ts';
import type { ScriptServices } from './services.ts';

/** Names of our own entries of the mailbox. */
const runEvent = 'dsm.run';

type MediaPhase = Extract<CallEvent, { readonly kind: 'earlyMedia' | 'sessionStart' }>;

/**
 * A script with its call, on the call's mailbox (reference/dsm 3.2, 3.4). Events of the call become events of the
 * script; what SEMS does by itself afterwards is done here unless the script says `#processed`.
 *
 * ```
 *  in:   start ─► [sipRequest] ─► onInvite of modules ─► invite ─► 200 unless the script answered ─► sessionStart ─► …
 *  out:  start ─► ringing, early ─► sessionStart | [remoteDisappeared] failed ─► …
 *  …  ─► hangup ─► (stop) ─► beforeDestroy
 * ```
 */
export class DsmCall extends HostScript implements CallScript, LegOwner {
  declare readonly call: Call;
  readonly playlist: ScriptPlaylist;
  readonly recorder: ScriptRecorder;
  readonly b2bHeaders = new B2bHeaders();
  readonly face: ScriptFace;
  other: OtherLeg | null = null;
  /** Requests pass between the legs (`B2B.setRelayOnly`). */
  relaysOnly = false;
  relaysEarlyMedia = false;
  /** Keys become events. */
  hearsKeys = true;
  /** RTP supervision as `monitorRTPTimeout` has it. */
  watchesRtp = true;
  /** What the running event is about. */
  request: FaceRequest | null = null;
  reply: SipResponse | null = null;
  #latestSdp: SipBody | null = null;
  #begun: Promise<void> | null = null;
  #earlyRaised = false;
  /** Raised inside an action already: not once more from the mailbox. */
  readonly #raised = new Set<CallEvent>();
  readonly #entries = new Map<number, () => void | Promise<void>>();
  #nextEntry = 0;
  #dialogStatus = 'Disconnected';
  #hungUp = false;
  #linger: Timer | null = null;
  #acknowledged: ((body: SipBody | null) => void)[] = [];

  constructor(services: ScriptServices, bundle: Bundle, call: Call) {
    super(services, bundle, { tag: call.tag, call });
    const { context, prompts } = services;
    this.playlist = new ScriptPlaylist({
      call,
      prompts,
      load: (path) => context.calls.prompt(path),
      fallsBack: () => this.variables.get('prompts.default_fallback') === 'yes',
      attaches: () => this.#attaches(call.state !== 'connected'),
    });
    this.recorder = new ScriptRecorder(call, context.files);
    this.face = new ScriptFace(this);
    this.#latestSdp = call.direction === 'in' ? sdpOf(call.session.dialog.invite) : null;
    this.#dialogStatus = 'Trying';
  }

  get session() {
    return this.call.session;
  }

  get latestSdp(): SipBody | null {
    return this.#latestSdp;
  }

  /** By SEMS's names. */
  get dialogStatus(): string {
    if (this.#hungUp || this.call.state === 'ended') return 'Disconnected';
    if (this.session.dialog.state === 'terminated') return 'Disconnecting';
    return this.call.state === 'connected' ? 'Connected' : this.#dialogStatus;
  }

  /** Runs the script; `diagram` begins. */
  begin(diagram: string): Promise<void> {
    const { session } = this;
    session.keepsLostPeer = true;
    session.onEvent = (event) => this.#receive(event);
    this.services.watch.began(this, { diagram, application: this.call.application });
    void this.call.ended.then(() => this.#onEnd());
    this.#begun = this.turn(() => this.#begin(diagram)).finally(() => {
      this.#begun = null;
    });
    return this.#begun;
  }

  async #begin(diagram: string): Promise<void> {
    await this.runner.init(diagram, 'Start');
    if (this.runner.place === null) this.log.error('DSM: there is no such diagram to start', { diagram });
    if (this.call.direction === 'in' && !this.stopped && !this.isOver) await this.#onInvite();
    this.#endIfStopped();
  }

  async #onInvite(): Promise<void> {
    const { invite } = this.session.dialog;
    const about = { request: answeredRequest(invite) };
    if (
      this.#wantsRequests &&
      (await this.raiseAbout({ type: 'SipRequest', parameters: requestParameters(invite) }, about))
    )
      return;
    let answers = true;
    for (const module of this.modules) if ((await module.onInvite?.(this)) === false) answers = false;
    this.resetB2bHeaders();
    const before = this.#dialogStatus;
    await this.raise({ type: 'Invite', parameters: null, objects: { request: invite } });
    const untouched = this.#dialogStatus === before && this.call.state === 'new' && !this.stopped;
    if (!answers || !untouched) return;
    this.resetB2bHeaders();
    await this.face.answer(200, 'OK', []).catch((fault) => this.log.info('DSM: no answer', { fault: String(fault) }));
  }

  resetB2bHeaders(): void {
    this.b2bHeaders.reset(this.face.callerHeaders());
  }

  enqueue(run: () => void | Promise<void>): void {
    if (this.call.state === 'ended') return;
    const entry = this.#nextEntry++;
    this.#entries.set(entry, run);
    this.session.post({ kind: 'posted', name: runEvent, data: entry });
  }

  receiveNamed(event: CallEvent): void {
    this.session.post(event);
  }

  override select(name: string): string {
    return selectOf(this.call, name);
  }

  override stop(_bye: boolean): void {
    this.stopped = true;
  }

  /** The script answers its INVITE with this status: the automatic 200 does not come. */
  noteReply(status: number): void {
    this.#dialogStatus = status === 100 ? 'Proceeding' : status < 200 ? 'Early' : 'Connected';
  }

  async raiseAbout(
    event: ScriptEvent,
    { request = null, reply = null }: { readonly request?: FaceRequest | null; readonly reply?: SipResponse | null },
  ): Promise<boolean> {
    const outer = { request: this.request, reply: this.reply };
    this.request = request;
    this.reply = reply;
    const objects = {
      ...(request === null ? {} : { request: request.message }),
      ...(reply === null ? {} : { reply }),
      ...event.objects,
    };
    try {
      return await this.isProcessed({ ...event, objects });
    } finally {
      this.request = outer.request;
      this.reply = outer.reply;
    }
  }

  /** Offer and answer completed inside an action: the event is raised there (reference/dsm 3.4). */
  async raiseMedia(event: MediaPhase): Promise<void> {
    this.#raised.add(event);
    await this.#onMediaPhase(event);
  }

  dress(body: SipBody): SipBody {
    return this.session.borrowBody(body);
  }

  whenAcknowledged(): Promise<SipBody | null> {
    return new Promise((resolve) => this.#acknowledged.push(resolve));
  }

  get #wantsRequests(): boolean {
    return this.variables.get('enable_request_events') === 'true';
  }

  get #wantsReplies(): boolean {
    return this.variables.get('enable_reply_events') === 'true';
  }

  /** A reply to a request of ours, if the script wants to hear of it; true: processed. */
  async tellReply(response: SipResponse, oldStatus: string): Promise<boolean> {
    if (!this.#wantsReplies) return false;
    const parameters = replyParameters(response, this.dialogStatus, oldStatus);
    return this.raiseAbout({ type: 'SipReply', parameters }, { reply: response });
  }

  async #receive(event: CallEvent): Promise<EventVerdict> {
    if (this.#begun !== null) await this.#begun;
    return this.turn(async () => {
      const verdict = await this.#handle(event);
      return this.#endIfStopped() ? 'handled' : verdict;
    });
  }

  #endIfStopped(): boolean {
    if (!this.stopped || this.isOver) return false;
    this.session.end({ why: { code: 'call.hangup', sentence: 'The script ended the call.' } });
    return true;
  }

  async #handle(event: CallEvent): Promise<EventVerdict> {
    switch (event.kind) {
      case 'sip':
        return this.#onDialog(event.event);
      case 'media':
        return this.#onMedia(event.event);
      case 'key':
        if (this.hearsKeys) await this.raise({ type: 'Key', parameters: keyParameters(event.key, event.durationMs) });
        return 'handled';
      case 'earlyMedia':
      case 'sessionStart':
        if (!this.#raised.delete(event)) await this.#onMediaPhase(event);
        return 'handled';
      case 'timer':
        await this.raise({ type: 'Timer', parameters: new Map([['id', event.name]]) });
        return 'handled';
      case 'posted':
        await this.#onPosted(event);
        return 'handled';
      case 'shutdown':
        if (await this.isProcessed({ type: 'System', parameters: new Map([['type', 'ServerShutdown']]) }))
          return 'handled';
        this.other?.terminate();
        return 'default';
      default:
        return 'default';
    }
  }

  async #onPosted({ name, data }: Extract<CallEvent, { readonly kind: 'posted' }>): Promise<void> {
    if (name !== runEvent) {
      await this.raise(postedEvent(name, data));
      return;
    }
    const entry = typeof data === 'number' ? data : -1;
    const run = this.#entries.get(entry);
    this.#entries.delete(entry);
    await run?.();
  }

  async #onMediaPhase({
    kind,
  }: {
    readonly kind: MediaPhase['kind'];
    readonly parameters: AudioParameters;
  }): Promise<void> {
    const isEarly = kind === 'earlyMedia';
    // "After an early-media 183 with SDP the later 200 raises no sessionStart on the inbound side".
    const isRepeated = this.call.direction === 'in' && this.#earlyRaised;
    if (isEarly) this.#earlyRaised = true;
    if (!isRepeated) await this.raise({ type: isEarly ? 'EarlySession' : 'SessionStart', parameters: null });
    if (this.isOver || this.call.state === 'ended') return;
    this.playlist.mediaReady(this.#attaches(isEarly) && (!isRepeated || this.playlist.connected));
    try {
      await this.recorder.mediaReady();
    } catch (fault) {
      this.log.warn('DSM: the recording could not begin', { fault: String(fault) });
    }
  }

  #attaches(isEarly: boolean): boolean {
    return this.variables.get(isEarly ? 'connect_early_session' : 'connect_session') !== '0';
  }

  async #onMedia(event: Extract<CallEvent, { readonly kind: 'media' }>['event']): Promise<EventVerdict> {
    switch (event.kind) {
      case 'itemEnded': {
        const news = this.playlist.itemEnded(event.item, event.reason);
        if (news?.kind === 'separator')
          await this.raise({ type: 'PlaylistSeparator', parameters: new Map([['id', news.id]]) });
        return 'handled';
      }
      case 'playlistEmpty':
        await this.raise({ type: 'NoAudio', parameters: new Map([['type', 'noAudio']]) });
        return 'handled';
      case 'rtpTimeout':
        return this.#onRtpTimeout();
      default:
        return 'default';
    }
  }

  async #onRtpTimeout(): Promise<EventVerdict> {
    // Media go from end to end, or the script does not care.
    if (this.relaysOnly || !this.watchesRtp || this.call.state !== 'connected') return 'handled';
    const processed = await this.isProcessed({
      type: 'RtpTimeout',
      parameters: new Map([
        ['type', 'rtp_timeout'],
        ['timeout_value', ''],
      ]),
    });
    if (processed || this.services.context.config.rtp_timeout === 'ignore') return 'handled';
    this.other?.terminate();
    return 'default';
  }

  async #onDialog(event: DialogEvent): Promise<EventVerdict> {
    switch (event.kind) {
      case 'provisional':
        return this.#onProvisional(event.response);
      case 'answered':
        return this.#onAnswered(event.response);
      case 'failed':
        return this.#onFailed(event.response);
      case 'cancelled':
      case 'bye':
        return this.#onHangup(event.request);
      case 'request':
        return this.#onRequest(faceRequest(event.request));
      case 'acknowledged':
        return this.#onAck(event);
      case 'noAck':
        await this.raise({ type: 'Hangup', parameters: new Map(Object.entries({ headers: '', reason: 'onNoAck' })) });
        this.other?.terminate();
        return 'default';
      case 'sessionExpired':
        if (await this.isProcessed({ type: 'SessionTimeout', parameters: new Map() })) return 'handled';
        this.other?.terminate();
        return 'default';
      case 'remoteGone':
        if (await this.#disappeared(event.status, '', null)) return 'handled';
        this.other?.terminate();
        return 'default';
      default:
        return 'default';
    }
  }

  async #onProvisional(response: SipResponse): Promise<EventVerdict> {
    const before = this.#dialogStatus;
    if (this.call.direction === 'out') this.#dialogStatus = response.status === 100 ? 'Proceeding' : 'Early';
    if (await this.tellReply(response, before)) return 'handled';
    if (response.status === 180) await this.raise({ type: 'Ringing', parameters: ringingParameters(response) });
    if (response.status > 100 && this.variables.get('accept_early_session') === '0') return 'handled';
    return 'default';
  }

  async #onAnswered(response: SipResponse): Promise<EventVerdict> {
    this.#latestSdp = sdpOf(response) ?? this.#latestSdp;
    if (!(await this.tellReply(response, this.#dialogStatus))) return 'default';
    this.session.dialog.acknowledge();
    return 'handled';
  }

  async #onFailed(response: SipResponse): Promise<EventVerdict> {
    const before = this.#dialogStatus;
    this.#hungUp = true;
    await this.tellReply(response, before);
    if (disappearedStatuses.has(response.status)) await this.#disappeared(response.status, response.reason, response);
    await this.raiseAbout(
      { type: 'FailedCall', parameters: statusParameters(response.status, response.reason) },
      { reply: response },
    );
    return 'default';
  }

  #disappeared(status: number, reason: string, reply: SipResponse | null): Promise<boolean> {
    const parameters = statusParameters(status, reason)
      .set('hdrs', reply === null ? '' : extraHeaders(reply))
      .set('cseq', /^\s*([0-9]+)/.exec(reply?.header('CSeq') ?? '')?.[1] ?? '')
      .set('dlg_status', this.dialogStatus);
    return this.raiseAbout({ type: 'RemoteDisappeared', parameters }, { reply });
  }

  /** BYE, or CANCEL before the answer: "nothing: the script must call `stop()`, else the session stays". */
  async #onHangup(message: Extract<DialogEvent, { readonly kind: 'bye' }>['request']): Promise<EventVerdict> {
    this.#hungUp = true;
    const about = { request: answeredRequest(message) };
    if (this.#wantsRequests)
      if (await this.raiseAbout({ type: 'SipRequest', parameters: requestParameters(message) }, about))
        return this.#stay();
    await this.raiseAbout({ type: 'Hangup', parameters: new Map([['headers', extraHeaders(message)]]) }, about);
    if (this.relaysOnly) this.other?.terminate();
    return this.#stay();
  }

  /** Nobody listens any more; the script goes on, though not for ever. */
  #stay(): 'handled' {
    this.session.media?.setSending(false);
    const { clock, config } = this.services.context;
    if (config.linger_s > 0 && !this.stopped)
      this.#linger ??= clock.after(config.linger_s * 1000, () => {
        this.log.warn('DSM: the script went on after the end of its call: ended', { seconds: config.linger_s });
        this.session.end();
      });
    return 'handled';
  }

  async #onRequest(request: RelayableRequest): Promise<EventVerdict> {
    const { message } = request;
    if (message.method === 'INVITE' || message.method === 'UPDATE') this.#latestSdp = sdpOf(message) ?? this.#latestSdp;
    if (this.#wantsRequests)
      if (await this.raiseAbout({ type: 'SipRequest', parameters: requestParameters(message) }, { request }))
        return 'handled';
    if (!request.answerable) return 'handled';
    if (!this.relaysOnly || this.other?.state !== 'connected') return 'default';
    void relayRequest(this, this.other, request);
    return 'handled';
  }

  async #onAck(event: Extract<DialogEvent, { readonly kind: 'acknowledged' }>): Promise<EventVerdict> {
    const body =
      event.body.length === 0 ? null : { contentType: event.contentType ?? 'application/sdp', content: event.body };
    if (body !== null) this.#latestSdp = body;
    const waiting = this.#acknowledged.splice(0);
    for (const resolve of waiting) resolve(body);
    if (this.#wantsRequests)
      await this.raise({
        type: 'SipRequest',
        parameters: new Map([
          ...requestParameters(this.session.dialog.invite),
          ['method', 'ACK'],
          ['hdrs', ''],
          ['content_type', event.contentType ?? ''],
          ['body', Buffer.from(event.body).toString('utf8')],
        ]),
      });
    return waiting.length > 0 ? 'handled' : 'default';
  }

  #onEnd(): void {
    this.#linger?.cancel();
    for (const resolve of this.#acknowledged.splice(0)) resolve(null);
    this.other?.terminate();
    void this.finish().finally(() => this.#entries.clear());
  }
}

function keyParameters(key: string, durationMs: number): Parameters {
  return new Map([
    ['key', keyNumber(key)],
    ['duration', String(Math.round(durationMs))],
  ]);
}
