/**
 * A call that came in (A) and one that we place (B) as one call: a back-to-back user agent (RFC 3261
 * 6, RFC 7092; core-and-sbc 4.9). Each leg is a session of its own with its own tag, Call-ID, CSeq and
 * timers; what one peer says is told to the other.
 *
 * ```
 *  A ──INVITE──► route ──► place(target 0) ──INVITE──► B
 *    ◄──1xx, 2xx─────────────────────────────1xx, 2xx──     ≥300, time-out: target 1, 2, …, then to A
 *    ──ACK───────────────────────────────────────ACK──►     with its body
 *    ◄─requests─► coupling-requests.ts ◄──────requests─►
 *  one leg ends (BYE, CANCEL, 481, time-out, fault) ──► the other is ended, with a Reason
 * ```
 */
import type { Why } from '../runtime/index.ts';
import { CodedError } from '../runtime/index.ts';
import type { DialogEvent, HeaderLine, ServerRequest, SipBody } from '../sip/index.ts';
import type { LayeredCall } from './call.ts';
import { carryBody } from './coupling-body.ts';
import type { OtherIds } from './coupling-dialog-ids.ts';
import { EarlyDescriptions } from './coupling-early.ts';
import { otherLegEnded, reasonsOf } from './coupling-end.ts';
import { EngineBridge, mediaModeOf } from './coupling-engine.ts';
import { crossingOfReply, reasonOf } from './coupling-headers.ts';
import { CoupledLeg } from './coupling-leg.ts';
import { placeTarget } from './coupling-place.ts';
import { reasonHeader } from './coupling-reason.ts';
import { type RelayContext, relayAck, relayRequest } from './coupling-requests.ts';
import { type EndCause, endedByRtpTimeout } from './ends.ts';
import type { Engine } from './engine.ts';
import { isRefusal, type LegHooks, type RouteDecision } from './leg-hooks.ts';
import { mediaAddressFor } from './media-address.ts';
import { RelayMedia } from './relay-media.ts';
import type { CallEnd, CallEvent, Coupling, CouplingOptions, EventVerdict } from './types.ts';

/** Names of our timers on the sessions. */
const ringTimer = '\0ring';
const callTimer = '\0call';

export function coupleCalls(engine: Engine, call: LayeredCall, options: CouplingOptions): Coupling {
  const coupled = new CoupledCall(engine, call, options);
  coupled.start();
  return coupled;
}

export class CoupledCall implements Coupling, RelayContext {
  readonly engine: Engine;
  readonly options: CouplingOptions;
  readonly hooks: LegHooks;
  readonly legA: CoupledLeg;
  readonly ended: Promise<void>;
  legB: CoupledLeg | null = null;
  decision: RouteDecision = { kind: 'connect', targets: [], media: 'bypass' };
  media: RelayMedia | null = null;
  /** Both legs end here; null: what they say is passed on. */
  engineBridge: EngineBridge | null = null;
  /** Our address towards the callee; '' before its INVITE. */
  localAddressB = '';
  /** The target turned out to be this server itself. */
  loops = false;
  /** SDP of 18x of B: the answer, should the 200 have none (core-and-sbc 4.9). */
  #early = new EarlyDescriptions();
  /** Index of the target in use. */
  #target = -1;
  #liveLegs = 1;
  #resolveEnded: () => void = () => {};

  constructor(engine: Engine, call: LayeredCall, options: CouplingOptions) {
    this.engine = engine;
    this.options = options;
    this.hooks = options.hooks ?? {};
    this.legA = new CoupledLeg('a', call);
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  get a(): LayeredCall {
    return this.legA.call;
  }

  get b(): LayeredCall | null {
    return this.legB?.call ?? null;
  }

  end(why?: Why): void {
    this.legA.session.end(why === undefined ? {} : { why });
  }

  /** Registry of all coupled legs: the ids of the other side of a dialog that somebody names. */
  readonly otherIds: OtherIds = (callId, tags) => {
    for (const tag of tags) {
      const coupled = this.engine.couplings.get(tag);
      if (coupled === undefined || coupled.legB === null) continue;
      const [own, other] =
        coupled.legA.ids.localTag === tag ? [coupled.legA, coupled.legB] : [coupled.legB, coupled.legA];
      const named = own.ids.callId === callId && own.ids.localTag === tag && tags.includes(own.ids.remoteTag);
      if (named && other.ids.remoteTag !== '') return { own: own.ids, other: other.ids };
    }
    return null;
  };

  start(): void {
    const { session } = this.legA;
    this.#adopt(this.legA, (event) => this.#onCaller(event));
    try {
      const decided = this.hooks.route?.(session.dialog.invite) ?? this.options.decision;
      if (decided === undefined) throw new CodedError('dial.failed', 'no route was given');
      if (isRefusal(decided)) {
        session.reply(
          decided.status,
          decided.reason,
          decided.headers === undefined ? {} : { headers: decided.headers },
        );
        return;
      }
      this.decision = decided;
      const { sessionTimer } = decided;
      const tooShort = sessionTimer === undefined ? null : session.dialog.useSessionTimer(sessionTimer);
      if (tooShort !== null) {
        session.reply(tooShort.status, tooShort.reason, { headers: tooShort.headers });
        return;
      }
      const mode = mediaModeOf(decided, this.a);
      if (mode === 'relay') this.media = this.#relayMedia(decided);
      if (mode === 'engine') this.engineBridge = new EngineBridge(this.a);
      else this.#relays(this.legA);
      const none = (): CodedError => new CodedError('dial.failed', 'the route has no target');
      if (this.engineBridge === null) this.#placeNext(none);
      else this.#prepare(this.engineBridge, none);
    } catch (fault) {
      session.fail(fault);
    }
  }

  /** Nobody rings for an offer that cannot be answered. */
  #prepare(bridge: EngineBridge, none: () => CodedError): void {
    const { session } = this.legA;
    void bridge.prepare().then(
      () => {
        if (!this.a.signal.aborted) this.#placeNext(none);
      },
      (fault) => session.fail(fault),
    );
  }

  fault(fault: unknown): void {
    this.legA.session.fail(fault);
  }

  dialogGone(leg: CoupledLeg, status: number): void {
    const cause: EndCause = {
      status: 200,
      reason: 'OK',
      endedBy: 'network',
      why: [{ code: 'call.remoteGone', sentence: 'A request in the dialog was refused for good.', cause: `${status}` }],
    };
    leg.reason = [reasonHeader(status, 'Dialog gone')];
    leg.session.endBecause(cause, leg.reason);
  }

  /** Places the next target's call; when none is left, the caller gets what `refusal` makes. */
  #placeNext(refusal: () => CodedError): void {
    this.#target++;
    const target = this.decision.targets[this.#target];
    if (target === undefined) {
      this.legA.session.fail(refusal());
      return;
    }
    try {
      const call = placeTarget(this, target);
      this.#early = new EarlyDescriptions();
      this.#liveLegs++;
      const leg = new CoupledLeg('b', call);
      this.legB = leg;
      if (this.engineBridge === null) this.#relays(leg);
      else this.engineBridge.place(call);
      this.#adopt(leg, (event) => this.#onCallee(leg, event));
      this.#link(leg);
      const ringMs = target.ringTimeoutMs ?? this.decision.ringTimeoutMs ?? 0;
      if (ringMs > 0) call.session.setTimer(ringTimer, ringMs);
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      this.#placeNext(() => fault);
    }
  }

  #adopt(leg: CoupledLeg, onEvent: (event: CallEvent) => EventVerdict | Promise<EventVerdict>): void {
    const { session } = leg;
    session.onEvent = onEvent;
    void session.ended.then((end) => this.#onLegEnd(leg, end));
  }

  /** What comes in on the leg goes out on the other one; who names its dialog means that of the other one. */
  #relays(leg: CoupledLeg): void {
    leg.relay();
    this.engine.couplings.set(leg.session.tag, this);
  }

  #link(leg: CoupledLeg): void {
    const { engine, legA } = this;
    legA.session.otherTag = leg.session.tag;
    leg.session.otherTag = legA.session.tag;
    engine.feed.linked(legA.call, leg.session.tag);
    engine.feed.linked(leg.call, legA.session.tag);
  }

  #onCaller(event: CallEvent): EventVerdict | Promise<EventVerdict> {
    if (event.kind === 'timer' && event.name === callTimer) {
      this.end({ code: 'call.limit', sentence: 'The call reached its longest duration.' });
      return 'handled';
    }
    if (this.engineBridge !== null) {
      this.#note(this.legA, event);
      return this.engineBridge.onCaller(event);
    }
    return event.kind === 'sip' ? this.#onDialog(this.legA, this.legB, event.event) : 'default';
  }

  #onCallee(leg: CoupledLeg, event: CallEvent): EventVerdict | Promise<EventVerdict> {
    if (event.kind === 'timer' && event.name === ringTimer) {
      leg.session.end({ status: 408, why: { code: 'call.noAnswer', sentence: 'Nobody answered in time.' } });
      return 'handled';
    }
    if (this.engineBridge !== null) {
      this.#note(leg, event);
      return this.engineBridge.onCallee(leg.call, event);
    }
    if (event.kind !== 'sip') return 'default';
    const { event: happened } = event;
    switch (happened.kind) {
      case 'provisional':
        return this.#onProvisional(leg, happened);
      case 'answered':
        return this.#onAnswered(leg, happened.response);
      case 'failed':
        leg.failure = happened.response;
        return 'default';
      default:
        return this.#onDialog(leg, this.legA, happened);
    }
  }

  /** What the other leg is told when this one, which ends here, is over; and the timers of an answer. */
  #note(leg: CoupledLeg, event: CallEvent): void {
    const { maxCallMs = 0 } = this.decision;
    if (event.kind === 'sessionStart' && leg === this.legA && maxCallMs > 0) leg.session.setTimer(callTimer, maxCallMs);
    if (event.kind !== 'sip') return;
    const { event: happened } = event;
    if (happened.kind === 'bye' || happened.kind === 'cancelled') leg.reason = reasonOf(happened.request);
    else if (happened.kind === 'failed') leg.failure = happened.response;
    else if (happened.kind === 'answered') leg.session.cancelTimer(ringTimer);
  }

  /** What both legs have in common. */
  #onDialog(leg: CoupledLeg, other: CoupledLeg | null, event: DialogEvent): EventVerdict | Promise<EventVerdict> {
    switch (event.kind) {
      case 'request':
        // Not waited for: the answer comes from the other side, and the leg goes on meanwhile.
        void relayRequest(this, leg, other, event.request);
        return 'handled';
      case 'provisionalAcknowledged':
        return this.#onPrack(event.request);
      case 'acknowledged':
        return relayAck(this, leg, event).then(() => 'handled');
      case 'bye':
      case 'cancelled':
        leg.reason = reasonOf(event.request);
        return 'default';
      default:
        return 'default';
    }
  }

  /** 101–199 of B, of whichever early dialog, is one of A's only dialog; a 100 goes no further (140). */
  async #onProvisional(
    leg: CoupledLeg,
    { response, tag = '', reliable = false }: Extract<DialogEvent, { kind: 'provisional' }>,
  ): Promise<EventVerdict> {
    if (response.status === 100) return 'handled';
    const { session } = this.legA;
    const number = `${tag} ${response.header('RSeq')}`;
    if (reliable && number === leg.newestReliable) return 'handled';
    if (reliable) leg.newestReliable = number;
    const reply = await this.#replyOf(response);
    if (reply === null) return 'handled';
    if (reply.body !== null) this.#early.note(tag, response, reply.body);
    const offers = session.dialog.invite.body.length === 0 && response.body.length > 0;
    const waits = reliable && (offers || this.relaysPrack);
    leg.awaitsPrack = waits && session.dialog.peerSupports('100rel');
    session.reply(reply.status, reply.reason, {
      headers: reply.headers,
      ...(leg.awaitsPrack ? { reliable: true } : {}),
      ...(reply.body === null ? {} : { body: reply.body }),
    });
    // A caller who does not know PRACK need not know that there was one.
    if (waits && !leg.awaitsPrack) void leg.session.dialog.acknowledgeProvisional();
    return 'handled';
  }

  /** RSeq and PRACK go end to end: asked for, and the caller can. */
  get relaysPrack(): boolean {
    return this.decision.reliableProvisional === 'relay' && this.legA.session.dialog.peerSupports('100rel');
  }

  /** The caller's PRACK; RSeq and RAck are those of each leg, its body and answer cross (141). */
  async #onPrack(request: ServerRequest): Promise<EventVerdict> {
    const leg = this.legB;
    if (leg === null || !leg.awaitsPrack) {
      if (request.request.body.length > 0) request.respond(488);
      return 'handled';
    }
    leg.awaitsPrack = false;
    const offered = this.legA.session.dialog.invite.body.length > 0;
    const body = await carryBody(request.request, 'a', offered ? 'offer' : 'answer', this);
    if (body !== null && isRefusal(body)) {
      request.respond(body.status, body.reason);
      return 'handled';
    }
    void leg.session.dialog
      .acknowledgeProvisional(body ?? undefined)
      .then(async (response) => {
        const answer = await carryBody(response, 'b', offered ? 'answer' : 'offer', this);
        if (request.answered) return;
        const refused = answer !== null && isRefusal(answer);
        request.respond(
          refused ? answer.status : response.status,
          refused ? answer.reason : response.reason,
          answer === null || refused ? {} : { body: answer },
        );
      })
      .catch((fault) => this.fault(fault));
    return 'handled';
  }

  async #onAnswered(
    leg: CoupledLeg,
    response: Extract<DialogEvent, { kind: 'answered' }>['response'],
  ): Promise<EventVerdict> {
    leg.session.cancelTimer(ringTimer);
    const { session } = this.legA;
    const reply = await this.#replyOf(response);
    if (reply === null || session.state === 'ended' || session.state === 'ending') return 'handled';
    if (reply.status >= 300) {
      session.reply(reply.status, reply.reason, { headers: reply.headers });
      return 'handled';
    }
    const { remoteTag } = leg.ids;
    const offered = session.dialog.invite.body.length > 0;
    const body = reply.body ?? (offered ? await this.#earlyAnswer(remoteTag) : null);
    if (body !== null) this.legA.sentSdp = body;
    // The callee's ACK waits for the caller's, and takes its body along (139).
    void this.legA.whenAcknowledged().then((ack) => {
      if (ack !== null) leg.sentSdp = ack;
      leg.session.dialog.acknowledge(ack ?? undefined);
      if (offered && body !== null && this.#early.misled(remoteTag, body)) this.#agreeAgain(body);
    });
    this.media?.expectMedia();
    session.reply(reply.status, reply.reason, { headers: reply.headers, ...(body === null ? {} : { body }) });
    const { maxCallMs = 0 } = this.decision;
    if (maxCallMs > 0) session.setTimer(callTimer, maxCallMs);
    return 'handled';
  }

  /** The answer that the 2xx lacks: the fork's own 18x, whose media take the place of those of another fork. */
  async #earlyAnswer(tag: string): Promise<SipBody | null> {
    const said = this.#early.answerOf(tag);
    if (said === null || this.#early.isNewest(said)) return said?.body ?? null;
    const body = await carryBody(said.carrier, 'b', 'answer', this);
    return body === null || isRefusal(body) ? said.body : body;
  }

  /** The caller holds the answer of a fork that did not win: a re-INVITE tells that of the one that did. */
  #agreeAgain(body: SipBody): void {
    void this.legA.session.request('INVITE', {
      body,
      acknowledge: async (response) => {
        await carryBody(response, 'a', 'answer', this);
        return null;
      },
    });
  }

  /** A response of B to the INVITE as A gets it; null when a hook refused its SDP, which ends the call. */
  async #replyOf(response: {
    readonly status: number;
    readonly reason: string;
    readonly body: Uint8Array;
    header(name: string): string | null;
    headers(name: string): readonly string[];
    allHeaders(): readonly HeaderLine[];
  }): Promise<{ status: number; reason: string; headers: readonly HeaderLine[]; body: SipBody | null } | null> {
    const role = this.legA.session.dialog.invite.body.length > 0 ? 'answer' : 'offer';
    const going = carryBody(response, 'b', role, this);
    const body = going instanceof Promise ? await going : going;
    if (body !== null && isRefusal(body)) {
      const { status, reason, headers = [] } = body;
      this.legA.session.reply(status, reason, { headers });
      return null;
    }
    const plain = {
      to: 'a' as const,
      initial: true,
      method: 'INVITE',
      status: response.status,
      reason: response.reason,
      headers: crossingOfReply(response, response.status),
      body,
    };
    return this.hooks.onReply?.(plain) ?? plain;
  }

  #onLegEnd(leg: CoupledLeg, end: CallEnd): void {
    this.engine.couplings.delete(leg.session.tag);
    leg.acknowledged(null);
    this.#liveLegs--;
    const concernsOther = this.engineBridge?.endsOther(leg.call) ?? true;
    if (!concernsOther) {
      if (this.#liveLegs === 0) this.#resolveEnded();
      return;
    }
    if (leg === this.legA) this.legB?.session.endBecause(otherLegEnded(leg, end, 487), reasonsOf(leg, end));
    else if (leg === this.legB) this.#onCalleeEnd(leg, end);
    if (this.#liveLegs > 0) return;
    void this.media?.close();
    this.#resolveEnded();
  }

  #onCalleeEnd(leg: CoupledLeg, end: CallEnd): void {
    const { session } = this.legA;
    if (session.state === 'ended' || session.state === 'ending') return;
    if (session.state === 'connected') {
      session.endBecause(otherLegEnded(leg, end, 200), reasonsOf(leg, end));
      return;
    }
    const { tryNext = notGlobal, targets } = this.decision;
    if (this.#target + 1 < targets.length && tryNext(end.status)) {
      try {
        this.#placeNext(() => new CodedError('dial.failed', `${end.status} ${end.reason}`));
      } catch (fault) {
        session.fail(fault);
      }
      return;
    }
    void this.#refuseCaller(leg, end).catch((fault) => session.fail(fault));
  }

  /** The callee's final refusal, or what stands for it, to the caller. */
  async #refuseCaller(leg: CoupledLeg, end: CallEnd): Promise<void> {
    const { session } = this.legA;
    const { failure } = leg;
    const cause = otherLegEnded(leg, end, end.status >= 300 ? end.status : 500);
    if (failure === null) {
      session.endBecause(cause, reasonsOf(leg, end));
      return;
    }
    if (this.loops) {
      session.endBecause({ ...cause, status: 482, reason: 'Loop Detected' });
      return;
    }
    const target = this.decision.targets[this.#target];
    // A challenge that our credentials did not meet concerns nobody else.
    if ((failure.status === 401 || failure.status === 407) && target?.credentials !== undefined) {
      session.endBecause({ ...cause, status: 403, reason: 'Forbidden' });
      return;
    }
    const reply = await this.#replyOf(failure);
    if (reply === null) return;
    session.endBecause(
      { ...cause, status: Math.max(300, reply.status), reason: reply.reason },
      reply.headers,
      reply.body ?? undefined,
    );
  }

  #relayMedia(decision: RouteDecision): RelayMedia {
    const { seams, media, config } = this.engine.parts;
    const { dialog } = this.legA.session;
    return new RelayMedia({
      media,
      external: config.media.external,
      symmetric: decision.symmetricRtp ?? config.media.symmetricRtp,
      localAddress: (name) => {
        const peer = name === 'a' ? dialog.flow.remote.address : (this.b?.session.dialog.flow.remote.address ?? '');
        const local = name === 'a' ? dialog.localAddress : this.localAddressB;
        if (name === 'b') return Promise.resolve(config.media.address === 'auto' ? local : config.media.address);
        return mediaAddressFor(seams.network, config.media.address, { peer, local }, null);
      },
      onEvent: (event) => {
        const { session } = this.legA;
        // While it rings nobody need speak.
        if (event === 'silent' && session.answeredAtMs === null) return;
        if (event === 'silent') session.endBecause(endedByRtpTimeout(config.media.rtpTimeoutMs));
        else session.fail(new CodedError('media.failed', event.failed));
      },
    });
  }
}

const notGlobal = (status: number): boolean => status < 600;
