import type { MediaPool, MediaStream, StreamEvent, StreamSnapshot, StreamStats } from '../media/index.ts';
import { CodedError } from '../runtime/index.ts';
import {
  type AudioParameters,
  acceptAnswer,
  answerOffer,
  createOffer,
  type LocalAudio,
  nextVersion,
  parseSdp,
  printSdp,
  type SessionDescription,
} from '../sdp/index.ts';
import type { SipBody } from '../sip/index.ts';
import { sdpType } from './sdp-body.ts';

export interface NegotiationOptions {
  readonly media: MediaPool;
  /** Address to bind, for a peer whose media come from `peer` (null: not known yet). */
  localAddress(peer: string | null): Promise<string>;
  /** `media.external`: goes into SDP instead of the bound address. */
  readonly external: string | null;
  readonly rtpTimeoutMs: number;
  readonly symmetric: boolean;
  /** Session id of our `o=` line. */
  readonly sessionId: string;
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
  #answerBody: Promise<SipBody> | null = null;
  #acceptedText: string | null = null;
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

  /** An offer of ours waits for its answer. */
  get offerPending(): boolean {
    return this.#offered !== null;
  }

  /** We have offered at least once. */
  get hasOffered(): boolean {
    return this.#hasOffered;
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
      remoteOffer === null ? this.offer(null, sessionUri) : this.answerOffer(remoteOffer, sessionUri);
    return this.#answerBody;
  }

  /** Our first offer. @throws CodedError `media.*`. */
  async offer(localAddress: string | null, sessionUri: string | null = null): Promise<SipBody> {
    const stream = await this.#open(localAddress ?? (await this.#options.localAddress(null)));
    this.#offered = nextVersion(this.#local, createOffer(this.#ours(stream, sessionUri)));
    this.#hasOffered = true;
    return sdpBody(this.#offered);
  }

  /** A new offer in the dialog, with the same media. @throws CodedError `media.*`. */
  offerAgain(): Promise<SipBody> {
    return this.offer(null);
  }

  /**
   * The answer to an offer of the peer; in force once it was sent (`commit`).
   * @throws CodedError `sdp.malformed`, `sdp.noCommonCodec`, `media.*`.
   */
  async answerOffer(text: string, sessionUri: string | null): Promise<SipBody> {
    const remote = parseSdp(text);
    const stream = await this.#open(await this.#options.localAddress(mediaAddress(remote)));
    const { answer, parameters } = answerOffer(remote, this.#ours(stream, sessionUri));
    const local = nextVersion(this.#local, answer);
    const body = sdpBody(local);
    this.#staged = { body, local, parameters };
    return body;
  }

  /** `body` is about to be sent: what it agrees to is in force. Null when it is no answer of ours. */
  commit(body: SipBody): AudioParameters | null {
    if (this.#staged === null || this.#staged.body.content !== body.content) return null;
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
    if (text === this.#acceptedText && this.#parameters !== null) {
      this.#offered = null;
      return this.#parameters;
    }
    const parameters = acceptAnswer(offer, parseSdp(text));
    this.#acceptedText = text;
    return this.#apply(offer, parameters);
  }

  /** Our offer was refused: as if it had not been made (RFC 3261 14.1). */
  rollBack(): void {
    this.#offered = null;
  }

  /** Takes over a stream of another process. */
  async restore(snapshot: StreamSnapshot): Promise<void> {
    const stream = await this.#options.media.restoreStream(snapshot);
    this.#adopt(stream);
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

  async #open(localAddress: string): Promise<MediaStream> {
    if (this.#closed) throw new CodedError('call.ended');
    if (this.#stream !== null) return this.#stream;
    const { media, rtpTimeoutMs, symmetric } = this.#options;
    this.#opening ??= media.openStream({ localAddress, rtpTimeoutMs, symmetric });
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
    this.#stream?.configure(parameters);
    return parameters;
  }

  #ours(stream: MediaStream, sessionUri: string | null): LocalAudio {
    const { media, external, sessionId } = this.#options;
    return {
      capabilities: media.capabilities,
      address: external ?? stream.address,
      rtpPort: stream.rtpPort,
      direction: 'sendrecv',
      sessionId,
      version: sessionId,
      sessionUri: sessionUri ?? this.#local?.uri ?? null,
      previous: this.#local,
    };
  }
}

function sdpBody(description: SessionDescription): SipBody {
  return { contentType: sdpType, content: new TextEncoder().encode(printSdp(description)) };
}

/** Where the peer's audio comes from, as it says. */
function mediaAddress(remote: SessionDescription): string | null {
  const audio = remote.media.find(({ kind, port }) => kind === 'audio' && port !== 0);
  return (audio?.connection ?? remote.connection)?.address ?? null;
}
