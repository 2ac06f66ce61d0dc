import type { Prompt } from '../media/index.ts';
import { CodedError, type Disposable, formatEndpoint, secureToken, sleep } from '../runtime/index.ts';
import type { SrtpPolicy } from '../sdp/index.ts';
import {
  type Dialog,
  type Flow,
  type InviteContext,
  type OutgoingRequest,
  parseUri,
  type RegisterOptions,
  type Registration,
  type RequestOutcome,
  type ServerRequest,
  type SessionTimerOption,
  type SipRequest,
} from '../sip/index.ts';
import { abilitiesOf } from './abilities.ts';
import { admitCall, admitMedia, type HeadedRefusal, type Refusal, unsupportedBody } from './admission.ts';
import { incomingParameters } from './app-params.ts';
import { isBrowserFlow } from './browser-leg.ts';
import { registerBuiltins } from './builtins.ts';
import { type CallIdentity, type CallServices, LayeredCall } from './call.ts';
import { CallerAuth } from './caller-auth.ts';
import { type CoupledCall, coupleCalls } from './coupling.ts';
import { DialAccounts } from './dial-accounts.ts';
import { DialRules } from './dial-rules.ts';
import type { CallEngineParts } from './engine-parts.ts';
import { CallFeed, codecOf } from './feed.ts';
import { GatewayTable } from './gateway-table.ts';
import { MailboxDirectory } from './mailboxes.ts';
import { mayDial } from './may-dial.ts';
import { isLoopback, mediaAddressFor } from './media-address.ts';
import { isPrivate, srtpFor } from './media-security.ts';
import { registerMessages, takeMessage } from './messages.ts';
import { namedCall, serveHeir, serveJoiner } from './named-dialog.ts';
import { Negotiation } from './negotiation.ts';
import { placeCall } from './originate.ts';
import { type EventPackage, sendOutside, serveEventPackage } from './outside-dialogs.ts';
import { takeRefer } from './refer-in-dialog.ts';
import { takeReferOutside } from './refer-outside.ts';
import { registerAt, subscribeAt } from './registering.ts';
import { outOfDialogRequests } from './requests.ts';
import { RoomDirectory } from './rooms.ts';
import type { Routed } from './routing.ts';
import { RoutingTable } from './routing-table.ts';
import { findSdp } from './sdp-body.ts';
import { Session, type SessionObserver } from './session.ts';
import { restoreCalls, snapshotCalls } from './snapshot.ts';
import { Statistics } from './statistics.ts';
import { CallStory } from './story.ts';
import { tagMaker } from './tags.ts';
import { inheritedIdentity, type Legacy } from './takeover.ts';
import type {
  Application,
  Call,
  CallEngine,
  Coupling,
  CouplingOptions,
  EngineSnapshot,
  MessageTaker,
  OriginateOptions,
} from './types.ts';
import { isWebCallTo, ownAddresses } from './web-call.ts';

/**
 * Makes the engine, sets the handlers of the stack and registers the built-in functions.
 * @throws CodedError `config.invalid` naming the key of `routing`, `calls` or `dial`.
 */
export function createCallEngine(parts: CallEngineParts): Engine {
  return new Engine(parts);
}

/** How long calls may take to end when they are told to. */
const lastWordsMs = 2000;

/** All calls of the server. */
export class Engine implements CallEngine {
  readonly parts: CallEngineParts;
  readonly rooms: RoomDirectory;
  readonly mailboxes = new MailboxDirectory((tag) => this.#calls.get(tag)?.session ?? null);
  readonly statistics: Statistics;
  readonly dialRules: DialRules;
  readonly gateways: GatewayTable;
  readonly routing: RoutingTable;
  readonly accounts: DialAccounts;
  readonly feed: CallFeed;
  readonly story: CallStory;
  readonly callerAuth: CallerAuth;
  /** Coupled calls by the tags of their legs. */
  readonly couplings = new Map<string, CoupledCall>();
  readonly messageTakers = new Set<MessageTaker>();
  readonly newTag: () => string;
  readonly newTrace: () => string;
  shutdownMode = false;
  #exposedKeysTold = false;
  #sessionTimer: SessionTimerOption | undefined;
  readonly #services: CallServices;
  readonly #observer: SessionObserver;
  readonly #applications = new Map<string, Application>();
  readonly #calls = new Map<string, LayeredCall>();

  constructor(parts: CallEngineParts) {
    this.parts = parts;
    const { seams, sip, bus, config } = parts;
    this.statistics = new Statistics(seams.clock, config.calls.perSecond.limit);
    this.dialRules = new DialRules(config.dial);
    this.gateways = new GatewayTable(this.dialRules, config.dial.gateways);
    this.accounts = new DialAccounts(seams.clock, config.dial.limits);
    this.feed = new CallFeed(bus, (tag) => this.#calls.get(tag));
    this.story = new CallStory(seams.clock, seams.log);
    this.#observer = this.#newObserver();
    this.rooms = new RoomDirectory(this.feed);
    this.newTag = tagMaker(seams.random, config.calls.tagPrefix);
    this.newTrace = () => secureToken(seams.random, 8);
    this.routing = new RoutingTable(config.routing, config.calls.mapping);
    this.#services = {
      rooms: this.rooms,
      privateRoom: () => `bridge:${secureToken(seams.random, 12)}`,
      layered: (tag) => this.layered(tag),
      linked: (call, other) => this.#linked(call, other),
      labelled: (call) => this.feed.labelled(call),
      checkTarget: (uri) => this.checkTarget(uri),
    };
    this.callerAuth = new CallerAuth({ ...seams, config: config.calls.authenticate });
    sip.handlers = this.callerAuth.guard({
      abilities: abilitiesOf(config.calls),
      newTag: this.newTag,
      passesReplaces: (request, flow) =>
        this.#applications.get(this.#route(request, flow)?.application ?? '')?.passesReplaces === true,
      onInvite: (dialog, context) => this.#onInvite(dialog, context),
      onRequest: outOfDialogRequests({
        calls: config.calls,
        clock: seams.clock,
        counters: seams.counters,
        log: seams.log,
        shutdownMode: () => this.shutdownMode,
        route: ({ request, flow }) => this.#route(request, flow)?.application ?? null,
        onMessage: (request) => takeMessage(this, request, null),
        onRefer: (request, application) => takeReferOutside(this, request, application),
      }),
    });
    seams.counters.gauge('callbus_calls', 'Live calls', () => this.#calls.size);
    registerBuiltins(bus, { engine: this, logControl: parts.logControl });
    registerMessages(this);
  }

  takeMessages(taker: MessageTaker): Disposable {
    this.messageTakers.add(taker);
    return { dispose: () => void this.messageTakers.delete(taker) };
  }

  registerApplication(application: Application): Disposable {
    const { name } = application;
    if (this.#applications.has(name)) throw new CodedError('module.failed', `the application ${name} exists already`);
    this.#applications.set(name, application);
    return {
      dispose: () => {
        if (this.#applications.get(name) === application) this.#applications.delete(name);
      },
    };
  }

  applications(): readonly string[] {
    return [...this.#applications.keys()];
  }

  application(name: string): Application | undefined {
    return this.#applications.get(name);
  }

  checkTarget(uri: string): void {
    mayDial(this.dialRules, uri);
  }

  originate(options: OriginateOptions): Call {
    return placeCall(this, options);
  }

  register(options: RegisterOptions): Registration {
    return registerAt(this, options);
  }

  request(options: OutgoingRequest): Promise<RequestOutcome> {
    return sendOutside(this, options);
  }

  serveEvents(eventPackage: string, handlers: EventPackage): Disposable {
    return serveEventPackage(this, eventPackage, handlers);
  }

  readonly subscribe: CallEngine['subscribe'] = (options) => subscribeAt(this, options);

  useSessionTimer(option: SessionTimerOption): Disposable {
    this.#sessionTimer = option;
    return {
      dispose: () => {
        if (this.#sessionTimer === option) this.#sessionTimer = undefined;
      },
    };
  }

  /** Session timers of the calls of an application; undefined: as `sip.sessionTimer` says. */
  sessionTimerOf(application: Application | undefined): SessionTimerOption | undefined {
    return application?.sessionTimer ?? this.#sessionTimer;
  }

  couple(call: Call, options: CouplingOptions): Coupling {
    const known = this.#calls.get(call.tag);
    if (known === undefined) throw new CodedError('call.ended');
    return coupleCalls(this, known, options);
  }

  find(tag: string): Call | null {
    return this.#calls.get(tag) ?? null;
  }

  layered(tag: string): LayeredCall | null {
    return this.#calls.get(tag) ?? null;
  }

  calls(): readonly LayeredCall[] {
    return [...this.#calls.values()];
  }

  prompt(path: string): Promise<Prompt> {
    return this.parts.media.prompt(path);
  }

  snapshot(): Promise<EngineSnapshot> {
    return snapshotCalls(this);
  }

  restore(snapshot: EngineSnapshot): Promise<void> {
    return restoreCalls(this, snapshot);
  }

  async drain(drainMs: number): Promise<void> {
    this.shutdownMode = true;
    const { clock } = this.parts.seams;
    await this.#allEnded(clock.nowMs() + drainMs);
    for (const { session } of this.calls()) session.post({ kind: 'shutdown' });
    await this.#allEnded(clock.nowMs() + lastWordsMs);
    for (const { session } of this.calls())
      session.end({ status: 503, why: { code: 'call.shutdown', sentence: 'The server is shutting down.' } });
    await this.#allEnded(clock.nowMs() + lastWordsMs);
  }

  /** Makes session and call of a dialog, and registers them. */
  adopt(
    dialog: Dialog,
    application: string,
    identity: CallIdentity,
    options: {
      readonly traceId?: string | undefined;
      readonly remoteOffer?: string | null;
      readonly srtp?: SrtpPolicy | undefined;
    } = {},
  ): LayeredCall {
    const { seams } = this.parts;
    const session = new Session({
      clock: seams.clock,
      random: seams.random,
      counters: seams.counters,
      log: seams.log,
      dialog,
      application,
      negotiation: this.#negotiation(dialog, application, options),
      traceId: options.traceId ?? this.newTrace(),
      observer: this.#observer,
    });
    const call = new LayeredCall(session, identity, this.#services);
    this.#calls.set(session.tag, call);
    this.statistics.started();
    return call;
  }

  /** Runs an application on a call; what it throws ends that call and harms nobody else. */
  run(call: LayeredCall, serve: (call: Call) => void | Promise<void>): void {
    void (async () => {
      try {
        await serve(call);
      } catch (fault) {
        call.session.fail(fault);
      }
    })();
  }

  #onInvite(dialog: Dialog, context?: InviteContext): void {
    const { config } = this.parts;
    const { invite } = dialog;
    const isExempt = this.parts.sip.overload.exempts(invite.uri);
    const admission =
      admitCall(config.calls, this.statistics, this.shutdownMode, isExempt) ??
      (isExempt ? null : admitMedia(this.parts.media));
    if (admission !== null) {
      this.#refuse(dialog, admission);
      return;
    }
    const named = namedCall(this, dialog, context);
    if (named.kind === 'refused') {
      this.#refuse(dialog, named.refusal);
      return;
    }
    // A coupled leg only stands for its other side, which the id names in the end: the INVITE is routed there.
    const isCoupled = named.kind !== 'none' && this.couplings.has(named.call.tag);
    if (named.kind !== 'none' && !isCoupled && findSdp(invite).kind !== 'unsupported') {
      const serve = named.kind === 'replaces' ? serveHeir : serveJoiner;
      serve(this, named.call, (legacy) => this.#adoptHeir(dialog, legacy));
      return;
    }
    // The stack removed the headers that a stranger may not set (design, section 4: Trust).
    const routed = this.#route(invite, dialog.flow);
    const application = routed === null ? undefined : this.#applications.get(routed.application);
    const sdp = findSdp(invite);
    if (routed === null || application === undefined || sdp.kind === 'unsupported') {
      this.#refuse(dialog, application === undefined ? this.#notFound(invite.uri) : unsupportedBody);
      return;
    }

    const sessionTimer = this.sessionTimerOf(application);
    const tooShort = sessionTimer === undefined ? null : dialog.useSessionTimer(sessionTimer);
    if (tooShort !== null) {
      const { status, reason: sentence, headers } = tooShort;
      this.#refuse(dialog, { status, reason: sentence, why: { code: 'call.rejected', sentence }, headers });
      return;
    }
    const uri = parseUri(invite.uri);
    const call = this.adopt(
      dialog,
      application.name,
      {
        from: invite.header('From') ?? '',
        to: invite.header('To') ?? '',
        ruri: invite.uri,
        user: uri?.user ?? '',
        domain: uri?.host ?? '',
        parameters: null,
        labels: routed.labels,
        header: (each) => invite.header(each),
        parameter: incomingParameters((each) => invite.header(each)),
      },
      { remoteOffer: sdp.kind === 'sdp' ? sdp.text : null },
    );
    this.story.began(call);
    this.feed.started(call);
    call.session.log.debug('routed', { rule: routed.rule, application: routed.application });
    this.run(call, (each) => application.onInvite(each));
  }

  /** The call of an INVITE that goes on where another one was. */
  #adoptHeir(dialog: Dialog, legacy: Legacy): LayeredCall {
    const { invite } = dialog;
    const sdp = findSdp(invite);
    const own = { from: invite.header('From') ?? '', to: invite.header('To') ?? '', ruri: invite.uri };
    const call = this.adopt(dialog, legacy.call.application, inheritedIdentity(legacy, own), {
      traceId: legacy.call.traceId,
      remoteOffer: sdp.kind === 'sdp' ? sdp.text : null,
    });
    this.story.began(call);
    this.feed.started(call);
    return call;
  }

  /** REFER, MESSAGE, SUBSCRIBE, NOTIFY in a call that its application did not take. */
  #serveInCall(session: Session, request: ServerRequest): boolean {
    const { method } = request.request;
    const call = this.layered(session.tag);
    if (method === 'REFER' && call !== null) takeRefer(this, call, request);
    else if (method === 'MESSAGE') takeMessage(this, request, call);
    else if (method !== 'SUBSCRIBE' && method !== 'NOTIFY') return false;
    // RFC 6665 4.1.3, 4.2.1.1: no such subscription; no such package.
    else if (!this.parts.sip.takeSubscription(session.dialog, request))
      request.respond(method === 'NOTIFY' ? 481 : 489);
    return true;
  }

  #route(request: SipRequest, flow: Flow): Routed | null {
    const { sip, seams, config } = this.parts;
    const applicationHeader = request.header('P-App-Name');
    const advertised = (config.sip?.listen ?? []).map((each) => each.advertised ?? '');
    const isWebCall = (): boolean => isWebCallTo(request.uri, flow, () => ownAddresses(sip, advertised, seams.network));
    const routed = { uri: request.uri, applicationHeader, isWebCall };
    return this.routing.route(routed, (name) => this.#applications.has(name));
  }

  #notFound(uri: string): Refusal {
    return {
      status: 404,
      reason: this.routing.notFoundReason((name) => this.#applications.has(name)),
      why: {
        ...(new CodedError('application.unknown').why()[0] ?? { code: 'application.unknown', sentence: '' }),
        cause: uri.slice(0, 200),
      },
    };
  }

  #refuse(dialog: Dialog, { status, reason, why, headers = [] }: HeadedRefusal): void {
    const { invite, flow } = dialog;
    dialog.respond(status, reason, {
      headers: [...(status === 503 ? ([['Retry-After', '5']] as const) : []), ...headers],
    });
    const source = formatEndpoint(flow.remote);
    const refused = { status, reason, from: invite.header('From') ?? '', ruri: invite.uri, source };
    this.parts.seams.counters
      .counter('callbus_calls_refused_total', 'INVITEs refused before a call existed')
      .add(1, { status: String(status) });
    this.feed.refused(refused, why);
    this.story.refused(refused);
  }

  #negotiation(
    dialog: Dialog,
    application: string,
    { remoteOffer = null, srtp }: { readonly remoteOffer?: string | null; readonly srtp?: SrtpPolicy | undefined },
  ): Negotiation {
    const { seams, media, config } = this.parts;
    const { codecOrder = 'offer', rtcpMux = 'accept', comfortNoise, silenceSuppression } = config.media;
    return new Negotiation({
      media,
      localAddress: (peer, isBrowser) => {
        const signalling = { peer: dialog.flow.remote.address, local: dialog.localAddress };
        // What a browser writes there is an address of its NAT, if any; past a proxy of this machine it is all we know.
        const mediaPeer = isBrowser && !isLoopback(signalling.peer) ? null : peer;
        return mediaAddressFor(seams.network, config.media.address, signalling, mediaPeer);
      },
      browser: {
        enabled: config.media.webRtc ?? true,
        isCalled: () => isBrowserFlow(dialog.flow),
        pageHost: () => dialog.flow.pageHost ?? null,
        newTlsId: () => secureToken(seams.random, 18),
      },
      external: config.media.external,
      rtpTimeoutMs: config.media.rtpTimeoutMs,
      symmetric: config.media.symmetricRtp,
      urgent: this.parts.sip.overload.exempts(dialog.invite.uri),
      playout: this.application(application)?.playout,
      style: { codecOrder, rtcpMux, comfortNoise: comfortNoise === true || silenceSuppression === true },
      srtp: () => srtpFor(dialog.flow, srtp ?? null, config.media, config.sip?.listen ?? [], seams.random),
      onKeys: () => this.#tellExposedKeys(dialog),
      newSessionId: () => String(seams.random.integer(2 ** 31)),
      remoteOffer,
    });
  }

  /** Whether keys may travel in the clear is the operator's decision; that they do is told once. */
  #tellExposedKeys({ flow }: Dialog): void {
    if (this.#exposedKeysTold || isPrivate(flow)) return;
    this.#exposedKeysTold = true;
    const transport = flow.transport.toUpperCase();
    this.parts.seams.log.warn(`SRTP keys travel in SIP over ${transport}, where others can read them: use TLS`);
  }

  #newObserver(): SessionObserver {
    const { feed, story } = this;
    return {
      ringing: (session, status, reason) => feed.ringing(session, status, reason),
      answered: (session) => {
        feed.answered(session);
        story.answered(session, codecOf(session));
        this.accounts.answered(session);
      },
      key: (session, key, durationMs, source) => feed.key(session, key, durationMs, source),
      quality: (session, report) => feed.quality(session, report),
      request: (session, request) => this.#serveInCall(session, request),
      ended: (session, end) => {
        story.ended(session, end);
        feed.ended(session, end);
        this.#calls.delete(session.tag);
        this.statistics.ended();
        this.accounts.ended(session);
      },
    };
  }

  #linked(call: Call, other: Call): void {
    // One service has one trace: the second leg joins that of the first.
    this.#calls.get(other.tag)?.session.adoptTrace(call.traceId);
    for (const [one, two] of [
      [call, other],
      [other, call],
    ] as const) {
      const known = this.#calls.get(one.tag);
      if (known !== undefined) this.feed.linked(known, two.tag);
    }
  }

  async #allEnded(untilMs: number): Promise<void> {
    const { clock } = this.parts.seams;
    const leftMs = untilMs - clock.nowMs();
    if (this.#calls.size === 0 || leftMs <= 0) return;
    const stop = new AbortController();
    const timeUp = sleep(clock, leftMs, stop.signal).catch(() => {});
    await Promise.race([Promise.all(this.calls().map(({ ended }) => ended)), timeUp]);
    stop.abort();
    await timeUp;
  }
}
