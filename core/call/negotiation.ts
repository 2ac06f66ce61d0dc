import type {
  MediaPool,
  MediaStream,
  PlayoutOptions,
  StreamEvent,
  StreamSnapshot,
  StreamStats,
  StreamWebRtc,
} from '../media/index.ts';
import { CodedError } from '../runtime/index.ts';
import {
  type AudioParameters,
  acceptAnswer,
  answerOffer,
  browserOffer,
  createOffer,
  type Direction,
  type IceCandidate,
  type LocalAudio,
  nextVersion,
  parseSdp,
  printSdp,
  restartsIce,
  type SessionDescription,
  type SrtpLocal,
} from '../sdp/index.ts';
import type { SipBody } from '../sip/index.ts';
import { type BrowserLegs, browserCandidates, localWebRtc, pageAddressOf } from './browser-leg.ts';
import { EarlyAnswers } from './early-answers.ts';
import { sdpType, withOrigin } from './sdp-body.ts';
import type { CallSnapshot } from './types.ts';

export interface NegotiationOptions {
  readonly media: MediaPool;
  /** Address to bind, for a peer whose media come from `peer` (null: not known yet), as a browser says or a phone. */
  localAddress(peer: string | null, isBrowser: boolean): Promise<string>;
  /** Default: there are none. */
  readonly browser?: BrowserLegs;
  /** `media.external`: goes into SDP instead of the bound address. */
  readonly external: string | null;
  readonly rtpTimeoutMs: number;
  readonly symmetric: boolean;
  /** An emergency call: has its stream even when the media workers have no headroom left. */
  readonly urgent?: boolean;
  /** How the application wants its audio to wait. */
  readonly playout?: Partial<PlayoutOptions> | undefined;
  /** Order of codecs, RTCP and comfort noise, as configured. */
  readonly style?: Pick<LocalAudio, 'codecOrder' | 'rtcpMux' | 'comfortNoise'>;
  /** How the media are encrypted, once the way to the peer is known. Default: not. */
  readonly srtp?: () => SrtpLocal;
  /** Keys were agreed, or offered. */
  readonly onKeys?: () => void;
  /** Makes the session id of our `o=` line, when there is to be one. */
  newSessionId(): string;
  /** The session description in the INVITE that came in; null: late offer, or a call of ours. */
  readonly remoteOffer: string | null;
}

/** An answer of ours and what its sending agrees to. */
interface Staged {
  readonly body: SipBody;
  readonly local: SessionDescription;
  readonly parameters: AudioParameters;
}

/**
 * Offer and answer of one leg (RFC 3264), and the stream that they are about. `core/sdp` decides as
 * pure functions; what is agreed here takes effect when our answer is sent (`commit`) or the peer's
 * comes in (`acceptAnswer`).
 *
 * ```
 *            answerOffer          commit
 *   idle ───────────────► staged ───────► idle      (the peer offers)
 *            offer, offerAgain    acceptAnswer
 *   idle ───────────────► offered ──────► idle      (we offer)
 *                         │     ▲
 *                         └─────┘ acceptEarlyAnswer: media flow, but only the 2xx, or a reliable
 *                                 provisional response, completes the exchange
 * ```
 */
export class Negotiation {
  readonly #options: NegotiationOptions;
  onStreamEvent: (event: StreamEvent) => void = () => {};
  #stream: MediaStream | null = null;
  #opening: Promise<MediaStream> | null = null;
  #closed = false;
  /** Our newest description that is in force or offered. */
  #local: SessionDescription | null = null;
  #staged: Staged | null = null;
  #offered: SessionDescription | null = null;
  #hasOffered = false;
  /** Our open offer went out in a response: its answer comes in the ACK or PRACK. */
  #offeredInResponse = false;
  #answerBody: Promise<SipBody> | null = null;
  #acceptedText: string | null = null;
  #acceptedOffer: SessionDescription | null = null;
  /** Null until a provisional response answered our first offer. */
  #early: EarlyAnswers | null = null;
  /** Early dialog whose offer our PRACK answered. */
  #offerTag: string | null = null;
  /** What we want, from our side: `sendonly` and `inactive` hold the peer. */
  #direction: Direction = 'sendrecv';
  /** What our open offer asks for. */
  #wish: Direction = 'sendrecv';
  /** Our newest answer that was sent. */
  #sentAnswer: SipBody | null = null;
  /** The answer to the INVITE has reached the peer for certain. */
  #delivered = false;
  #sessionId: string | null = null;
  #turn: Promise<unknown> | null = null;
  #tlsId: string | null = null;
  #candidates: readonly IceCandidate[] = [];
  #parameters: AudioParameters | null = null;

  constructor(options: NegotiationOptions) {
    this.#options = options;
  }

  get stream(): MediaStream | null {
    return this.#stream;
  }

  /** What is in force; null before the first agreement. */
  get parameters(): AudioParameters | null {
    return this.#parameters;
  }

  /** Another peer's description in our name (`CallSession.borrowBody`); ours that follows comes after it. */
  borrow(body: SipBody): SipBody {
    if (this.#local === null) return body;
    const { origin } = this.#local;
    const version = BigInt(origin.version) + 1n;
    this.#local = { ...this.#local, origin: { ...origin, version: String(version + 1n) } };
    return withOrigin(body, { ...this.#local, origin: { ...origin, version: String(version) } });
  }

  /** An offer of ours waits for its answer. */
  get offerPending(): boolean {
    return this.#offered !== null;
  }

  /** Our description in force, for a re-INVITE that changes nothing (RFC 4028 7.4); null: there is none. */
  get descriptionInForce(): SipBody | null {
    return this.#local === null || this.#offered !== null ? null : sdpBody(this.#local);
  }

  /** An offer of ours in a response waits for its answer in the ACK or PRACK. */
  get awaitsAck(): boolean {
    return this.#offered !== null && this.#offeredInResponse;
  }

  /** We have offered at least once. */
  get hasOffered(): boolean {
    return this.#hasOffered;
  }

  /** What we want, from our side. */
  get direction(): Direction {
    return this.#direction;
  }

  /** The offer in the INVITE that came in has no answer of ours that the peer has for certain. */
  get answerPending(): boolean {
    return this.#options.remoteOffer !== null && !this.#delivered;
  }

  /** The peer has our answer, if one was sent: by our 2xx, or by a provisional response, as its PRACK or next offer says. */
  answerDelivered(): void {
    this.#delivered ||= this.#sentAnswer !== null;
  }

  /** An answer of the INVITE that an UPDATE has overtaken: a 2xx must not repeat it (RFC 6337 3.1.1). */
  isOutdated(body: SipBody): boolean {
    return this.#delivered && this.#sentAnswer !== null && this.#sentAnswer.content !== body.content;
  }

  /** Offers of ours one after the other. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.#turn === null ? run() : this.#turn.then(run, run);
    this.#turn = mine;
    return mine;
  }

  get rtpTimeoutMs(): number {
    return this.#options.rtpTimeoutMs;
  }

  /**
   * The answer to the INVITE's offer, or an offer if it had none; the same body each time.
   * @throws CodedError `sdp.*`, `media.*`.
   */
  answerBody(sessionUri: string | null): Promise<SipBody> {
    const { remoteOffer } = this.#options;
    this.#answerBody ??=
      remoteOffer === null ? this.offerInResponse(sessionUri) : this.answerOffer(remoteOffer, sessionUri);
    return this.#answerBody;
  }

  /** Where a browser was told to reach its media; empty: it is no browser leg. */
  get candidates(): readonly IceCandidate[] {
    return this.#candidates;
  }

  /** Our first offer. @throws CodedError `media.*`. */
  offer(localAddress: string | null, sessionUri: string | null = null): Promise<SipBody> {
    return this.#offer(localAddress, sessionUri, this.#direction);
  }

  /**
   * A new offer in the dialog, with the same media; `restartIce`: a browser looks for the way anew.
   * @throws CodedError `media.*`.
   */
  offerAgain(direction: Direction = this.#direction, restartIce = false): Promise<SipBody> {
    return this.#offer(null, null, direction, restartIce);
  }

  /** An offer in our response to an INVITE without one. @throws CodedError `media.*`. */
  async offerInResponse(sessionUri: string | null = null): Promise<SipBody> {
    const body = await this.#offer(null, sessionUri, this.#direction);
    this.#offeredInResponse = true;
    return body;
  }

  async #offer(
    localAddress: string | null,
    sessionUri: string | null,
    direction: Direction,
    restartIce = false,
  ): Promise<SipBody> {
    const { browser } = this.#options;
    const isBrowser = browser?.enabled === true && browser.isCalled();
    const address = localAddress ?? (await this.#options.localAddress(null, isBrowser));
    const stream = await this.#open(address, isBrowser);
    const fresh = restartIce && stream.webRtc !== null ? await stream.restartIce() : null;
    this.#offered = nextVersion(this.#local, createOffer({ ...this.#ours(stream, sessionUri, fresh), direction }));
    this.#wish = direction;
    this.#offeredInResponse = false;
    this.#hasOffered = true;
    return sdpBody(this.#offered);
  }

  /**
   * The answer to an offer of the peer; in force once it was sent (`commit`).
   * @throws CodedError `sdp.*`, `media.*`.
   */
  async answerOffer(text: string, sessionUri: string | null): Promise<SipBody> {
    const remote = parseSdp(text);
    const offered = this.#stream === null || this.#stream.webRtc !== null ? browserOffer(remote) : null;
    const { browser } = this.#options;
    if (offered !== null && browser?.enabled !== true)
      throw new CodedError('sdp.webRtc', 'browsers are not answered here: media.webRtc is false');
    const isBrowser = offered !== null;
    const stream = await this.#open(await this.#options.localAddress(mediaAddress(remote), isBrowser), isBrowser);
    // RFC 8839 4.4.3.1.1: who is asked to restart changes its own credentials, too.
    const restarts = offered !== null && restartsIce(offered, this.#parameters?.webRtc ?? null);
    const fresh = restarts ? await stream.restartIce() : null;
    const { answer, parameters } = answerOffer(remote, this.#ours(stream, sessionUri, fresh), this.#parameters);
    const local = nextVersion(this.#local, answer);
    const body = sdpBody(local);
    this.#staged = { body, local, parameters };
    return body;
  }

  /** `body` is about to be sent: what it agrees to is in force. Null when it is no answer of ours. */
  commit(body: SipBody): AudioParameters | null {
    if (this.#staged === null || this.#staged.body.content !== body.content) return null;
    this.#sentAnswer = body;
    return this.#apply(this.#staged.local, this.#staged.parameters);
  }

  /** The answer that was made last is sent, or the offer was answered: what is in force. */
  commitNow(): AudioParameters | null {
    return this.#staged === null ? this.#parameters : this.commit(this.#staged.body);
  }

  /**
   * The peer's answer to our offer. The same text again changes nothing.
   * @throws CodedError `sdp.malformed`, `sdp.noCommonCodec`.
   */
  acceptAnswer(text: string): AudioParameters {
    const offer = this.#offered ?? this.#local;
    if (offer === null) throw new CodedError('sdp.malformed', 'an answer came, but there was no offer');
    if (text === this.#acceptedText && offer === this.#acceptedOffer && this.#parameters !== null) {
      this.#offered = null;
      return this.#parameters;
    }
    const parameters = this.#accepted(offer, text, this.#parameters);
    if (this.#offered !== null) this.#direction = this.#wish;
    this.#acceptedText = text;
    this.#acceptedOffer = offer;
    return this.#apply(offer, parameters);
  }

  /**
   * An answer to our first offer in a provisional response of the early dialog `tag`: in force from now
   * on, as it is the newest. Null when it is no news.
   * @throws CodedError `sdp.malformed`, `sdp.noCommonCodec`.
   */
  acceptEarlyAnswer(tag: string, text: string, reliable: boolean): AudioParameters | null {
    const offer = this.#early?.offer ?? this.#offered;
    if (offer === null) return null;
    const known = this.#early?.get(tag) ?? null;
    // "the UAC MUST … ignore any session descriptions in subsequent responses" (RFC 3261 13.2.1).
    if (known?.reliable) return null;
    const repeats = known?.text === text && this.#early?.newest === tag;
    if (repeats && !reliable) return null;
    const parameters = known?.text === text ? known.parameters : this.#accepted(offer, text, null);
    this.#early ??= new EarlyAnswers(offer);
    this.#early.set(tag, { text, parameters, reliable });
    if (!repeats) this.#apply(offer, parameters);
    this.#offered = reliable ? null : offer;
    return repeats ? null : parameters;
  }

  /**
   * The 2xx of the dialog `tag`, with its session description: completes our first offer. A reliable
   * answer of that dialog stays what it is.
   * @throws CodedError `sdp.malformed`, `sdp.noCommonCodec`.
   */
  acceptFinalAnswer(tag: string, text: string | null): AudioParameters {
    const early = this.#early;
    const key = early?.keyOf(tag) ?? tag;
    const known = early?.get(key) ?? null;
    this.#early = null;
    if (early !== null && known !== null && (known.reliable || text === null || text === known.text)) {
      this.#offered = null;
      if (early.newest === key && this.#parameters !== null) return this.#parameters;
      return this.#apply(early.offer, known.parameters);
    }
    if (text === null) throw new CodedError('sdp.malformed', 'the 2xx has no session description');
    this.#offered ??= early?.offer ?? null;
    return this.acceptAnswer(text);
  }

  /** The offer in a reliable provisional response of the dialog `tag` is answered by our PRACK. */
  answeredEarly(tag: string): void {
    this.#offerTag = tag;
  }

  /** A late offer: it was answered in that dialog already, a 2xx has no new one (RFC 6337 3.1.1). */
  isAnswered(tag: string): boolean {
    return this.#offerTag !== null && this.#offerTag === tag;
  }

  #accepted(offer: SessionDescription, text: string, current: AudioParameters | null): AudioParameters {
    return acceptAnswer(offer, parseSdp(text), current, this.#options.media.capabilities);
  }

  /** The peer should be heard from now on: what it was silent before does not count. */
  expectMedia(): void {
    if (this.#parameters !== null) this.#stream?.configure(this.#parameters);
  }

  /** Our offer was refused: as if it had not been made (RFC 3261 14.1). */
  rollBack(): void {
    this.#offered = null;
  }

  /** What `restore` goes on from, besides the stream; null before the first agreement. */
  snapshot(): NonNullable<CallSnapshot['session']> | null {
    return this.#local === null ? null : { local: printSdp(this.#local), direction: this.#direction };
  }

  /** Takes over a stream of another process, and the description that was in force. */
  async restore(snapshot: StreamSnapshot, session: CallSnapshot['session']): Promise<void> {
    if (session !== undefined) {
      this.#local = parseSdp(session.local);
      this.#direction = session.direction;
    }
    const stream = await this.#options.media.restoreStream(snapshot);
    this.#adopt(stream);
    this.#delivered = true;
    this.#parameters = snapshot.parameters;
  }

  /** Frees the stream; its final figures, or null without media. Never rejects. */
  async close(): Promise<StreamStats | null> {
    this.#closed = true;
    this.#offered = null;
    try {
      const stream = this.#stream ?? (this.#opening === null ? null : await this.#opening);
      return stream === null ? null : await stream.close();
    } catch {
      return null;
    }
  }

  /** A stream is a browser's or none for good: which it is, its first description decides. */
  async #open(localAddress: string, webRtc: boolean): Promise<MediaStream> {
    if (this.#closed) throw new CodedError('call.ended');
    if (this.#stream !== null) return this.#stream;
    const { media, rtpTimeoutMs, symmetric, urgent = false, playout = {} } = this.#options;
    this.#opening ??= media.openStream({
      localAddress,
      rtpTimeoutMs,
      symmetric,
      urgent,
      playout,
      ...(webRtc ? { webRtc } : {}),
    });
    const stream = await this.#opening;
    if (this.#closed) throw new CodedError('call.ended');
    this.#adopt(stream);
    return stream;
  }

  #adopt(stream: MediaStream): void {
    this.#stream = stream;
    stream.onEvent = (event) => this.onStreamEvent(event);
  }

  #apply(local: SessionDescription, parameters: AudioParameters): AudioParameters {
    this.#local = local;
    this.#offered = null;
    this.#staged = null;
    this.#parameters = parameters;
    if (parameters.srtp) this.#options.onKeys?.();
    this.#stream?.configure(parameters);
    return parameters;
  }

  #ours(stream: MediaStream, sessionUri: string | null, fresh: StreamWebRtc | null): LocalAudio {
    const { media, external, newSessionId, style, srtp, browser } = this.#options;
    this.#sessionId ??= newSessionId();
    const sessionId = this.#sessionId;
    return {
      capabilities: media.capabilities,
      address: external ?? stream.address,
      rtpPort: stream.rtpPort,
      direction: this.#direction,
      sessionId,
      version: sessionId,
      sessionUri: sessionUri ?? this.#local?.uri ?? null,
      previous: this.#local,
      ...style,
      srtp: srtp?.(),
      ...(stream.webRtc === null || browser === undefined ? {} : this.#browser(stream, stream.webRtc, browser, fresh)),
    };
  }

  /** What a browser leg has instead of a port and keys: candidates, the best of which stands in c= and m=. */
  #browser(
    stream: MediaStream,
    webRtc: StreamWebRtc,
    browser: BrowserLegs,
    fresh: StreamWebRtc | null,
  ): Pick<LocalAudio, 'address' | 'webRtc'> {
    const { address, rtpPort } = stream;
    const place = { address, rtpPort, webRtc };
    this.#tlsId ??= browser.newTlsId();
    this.#candidates = browserCandidates(place, this.#options.external, pageAddressOf(browser.pageHost()));
    const current = this.#parameters?.webRtc ?? null;
    return {
      address: this.#candidates[0]?.address ?? address,
      webRtc: localWebRtc(place, this.#candidates, this.#tlsId, fresh, current),
    };
  }
}

const utf8 = new TextEncoder();

function sdpBody(description: SessionDescription): SipBody {
  return { contentType: sdpType, content: utf8.encode(printSdp(description)) };
}

/** Where the peer's audio comes from, as it says. */
function mediaAddress(remote: SessionDescription): string | null {
  const audio = remote.media.find(({ kind, port }) => kind === 'audio' && port !== 0);
  return (audio?.connection ?? remote.connection)?.address ?? null;
}
