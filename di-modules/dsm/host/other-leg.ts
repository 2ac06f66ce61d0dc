import type {
  Call,
  CallEvent,
  DialogEvent,
  EventVerdict,
  HeaderLine,
  ModuleContext,
  OriginateOptions,
  SipBody,
  SipRequest,
  SipResponse,
} from '../../../core/index.ts';
import { extraHeaders, statusParameters } from './call-events.ts';
import type { FaceRequest } from './call-face.ts';
import { answeredRequest, faceRequest } from './face-request.ts';
import type { ScriptEvent } from './posted-events.ts';
import { bodyOf, type RelayEnd, relayRequest, sdpOf } from './relay.ts';

/** What the other leg needs of the script's own. */
export interface LegOwner extends RelayEnd {
  readonly call: Call;
  readonly context: Pick<ModuleContext<unknown>, 'calls' | 'publish'>;
  enqueue(run: () => void | Promise<void>): void;
  /** Runs an event of the script with the message that it is about; true: `#processed` is set. */
  raiseAbout(
    event: ScriptEvent,
    about: { readonly request?: FaceRequest; readonly reply?: SipResponse },
  ): Promise<boolean>;
  /** Requests pass between the legs. */
  relaysOnly: boolean;
  /** The caller's newest session description; null: none was seen. */
  readonly latestSdp: SipBody | null;
}

export interface LegOrder {
  readonly from: string;
  readonly to: string;
  readonly uri: string;
  readonly headers: readonly HeaderLine[];
  readonly credentials?: OriginateOptions['credentials'];
  readonly callId?: string;
  /** The caller's INVITE itself goes on: replies go through to the caller. */
  readonly relayed: boolean;
}

/**
 * The leg that `B2B.connectCallee` places: an INVITE with the caller's offer. Once it is answered the caller is
 * re-INVITEd with the answer, media flow from end to end, and requests pass from leg to leg (reference/dsm 7.1).
 * It runs no script: what happens to it becomes an event of the caller's.
 *
 * ```
 *   calling ──1xx──► calling ──2xx──► connected ──BYE──► over
 *      └────────── ≥300, time-out ────────────────────────►
 * ```
 */
export class OtherLeg implements RelayEnd {
  readonly #owner: LegOwner;
  readonly #relayed: boolean;
  readonly call: Call;
  state: 'calling' | 'connected' | 'over' = 'calling';
  /** 180–183 with SDP re-INVITE the caller. */
  relaysEarlyMedia = false;
  #earlySdp: SipBody | null = null;
  #acknowledged: ((body: SipBody | null) => void)[] = [];
  #told = false;

  /** @throws CodedError `dial.*`, `call.limit`. */
  constructor(owner: LegOwner, order: LegOrder) {
    this.#owner = owner;
    this.#relayed = order.relayed;
    const { call, context, latestSdp } = owner;
    const offer = latestSdp ?? bodyOf(call.session.dialog.invite);
    this.call = context.calls.originate({
      application: call.application,
      user: call.user,
      from: order.from,
      to: order.to,
      requestUri: order.uri,
      headers: order.headers,
      origin: { name: `call:${call.tag}` },
      traceId: call.traceId,
      labels: call.labels,
      body: offer,
      ...(order.credentials === undefined ? {} : { credentials: order.credentials }),
      ...(order.callId === undefined ? {} : { callId: order.callId }),
      onCall: (placed) => {
        placed.session.onEvent = (event) => this.#onEvent(event);
      },
    });
    const { session } = this.call;
    session.dialog.relays = true;
    session.otherTag = call.tag;
    call.session.otherTag = this.call.tag;
    context.publish('call.linked', { call: call.tag, trace: call.traceId, other: this.call.tag });
    context.publish('call.linked', { call: this.call.tag, trace: call.traceId, other: call.tag });
    void this.call.ended.then(() => this.#onEnd());
  }

  get session() {
    return this.call.session;
  }

  dress(body: SipBody): SipBody {
    return body;
  }

  whenAcknowledged(): Promise<SipBody | null> {
    return new Promise((resolve) => this.#acknowledged.push(resolve));
  }

  /** Ends it without a word to the script. */
  terminate(): void {
    this.#told = true;
    this.state = 'over';
    this.session.end({ why: { code: 'call.otherLeg', sentence: 'The script ended this leg.' } });
  }

  #onEvent(event: CallEvent): EventVerdict {
    if (event.kind !== 'sip') return 'default';
    return this.#onDialog(event.event);
  }

  #onDialog(event: DialogEvent): EventVerdict {
    const owner = this.#owner;
    switch (event.kind) {
      case 'provisional':
        owner.enqueue(() => this.#onProvisional(event.response));
        return 'handled';
      case 'answered':
        this.#onAnswered(event.response);
        return 'handled';
      case 'failed':
        this.#told = true;
        this.state = 'over';
        owner.enqueue(() => this.#onFailed(event.response));
        return 'default';
      case 'bye':
        this.#told = true;
        this.state = 'over';
        owner.enqueue(() => this.#onBye(event.request));
        return 'default';
      case 'acknowledged': {
        const body = event.body.length === 0 ? null : { contentType: event.contentType ?? '', content: event.body };
        for (const resolve of this.#acknowledged.splice(0)) resolve(body);
        return 'handled';
      }
      case 'request':
        if (this.state === 'connected') void relayRequest(this, owner, faceRequest(event.request));
        else event.request.respond(491);
        return 'handled';
      default:
        return 'default';
    }
  }

  async #onProvisional(response: SipResponse): Promise<void> {
    if (this.state === 'over') return;
    const sdp = sdpOf(response);
    if (sdp !== null) this.#earlySdp = sdp;
    const { call } = this.#owner;
    if (this.#relayed && response.status > 100) this.#pass(response, sdp);
    else if (this.relaysEarlyMedia && sdp !== null && response.status >= 180 && response.status <= 183)
      if (call.state === 'connected') void call.session.reinvite({ body: this.#owner.dress(sdp) });
    await this.#tell(response);
  }

  #onAnswered(response: SipResponse): void {
    this.state = 'connected';
    const owner = this.#owner;
    owner.relaysOnly = true;
    const { session } = owner.call;
    const sdp = sdpOf(response) ?? this.#earlySdp;
    const lateOffer = this.#relayed && session.dialog.invite.body.length === 0;
    // An offer in the 2xx is answered by the caller's ACK.
    if (lateOffer) void owner.whenAcknowledged().then((body) => this.session.dialog.acknowledge(body ?? undefined));
    else this.session.dialog.acknowledge();
    owner.enqueue(async () => {
      if (this.#relayed) this.#pass(response, sdp);
      else if (sdp !== null && owner.call.state === 'connected') void session.reinvite({ body: owner.dress(sdp) });
      await this.#tell(response);
    });
  }

  async #onFailed(response: SipResponse): Promise<void> {
    await this.#tell(response);
    const { call } = this.#owner;
    if (this.#relayed && call.state !== 'connected' && call.state !== 'ended') this.#pass(response, null);
  }

  /** BYE of the callee: relayed, unless the script says that it was processed. */
  async #onBye(message: SipRequest): Promise<void> {
    await this.#otherBye(message, extraHeaders(message));
  }

  /** It ended otherwise: no answer to a request, a session timer, the dial rules. */
  #onEnd(): void {
    const wasConnected = this.state === 'connected';
    this.state = 'over';
    for (const resolve of this.#acknowledged.splice(0)) resolve(null);
    if (this.#told || !wasConnected) return;
    this.#owner.enqueue(() => this.#otherBye(null, ''));
  }

  async #otherBye(message: SipRequest | null, hdrs: string): Promise<void> {
    const processed = await this.#owner.raiseAbout(
      { type: 'B2BOtherBye', parameters: new Map([['hdrs', hdrs]]) },
      message === null ? {} : { request: answeredRequest(message) },
    );
    if (!processed) this.#owner.call.session.dialog.end();
  }

  /** The callee's answer as an answer to the caller's INVITE. */
  #pass(response: SipResponse, sdp: SipBody | null): void {
    this.#owner.call.session.reply(response.status, response.reason, {
      ...(sdp === null ? {} : { body: this.#owner.dress(sdp) }),
    });
  }

  async #tell(response: SipResponse): Promise<void> {
    const parameters = statusParameters(response.status, response.reason).set('hdrs', extraHeaders(response));
    await this.#owner.raiseAbout({ type: 'B2BOtherReply', parameters }, { reply: response });
  }
}
