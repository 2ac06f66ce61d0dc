/**
 * What comes in on a stream's RTP port: whose packet is it, what is in it, where does it go. Runs
 * for every packet and allocates nothing.
 */
import type { SockAddr } from '../../runtime/index.ts';
import type { AudioParameters, NegotiatedCodec } from '../../sdp/types.ts';
import { DtmfReceiver } from './dtmf-receive.ts';
import { JitterBuffer, type JitterDecoder, usualPlayout } from './jitter-buffer.ts';
import { Latch } from './latch.ts';
import type { PlayoutOptions } from './protocol.ts';
import { ReceptionStatistics } from './reception-statistics.ts';
import { Resampler } from './resampler.ts';
import type { StreamCodec } from './room.ts';
import { parseRtp, RtpHeader } from './rtp.ts';
import type { SrtpContext } from './srtp.ts';

const longestPayloadBytes = 1460;
const shortestLimitBytes = 640;
/** What a payload number means where it is no codec: its place in `#byPayloadType`. */
const unknownPayload = -1;
const telephoneEvent = -2;

const header = new RtpHeader();

export class Receiver {
  // What every packet needs comes first: fields that are used together lie together.
  readonly latch: Latch;
  jitter: JitterBuffer;
  readonly #playout: PlayoutOptions;
  readonly statistics = new ReceptionStatistics();
  /** When the peer last gave a sign of life, on the engine's clock, whole ms. */
  lastSignMs = 0;
  #ssrcBits = 0;
  #hasSource = false;
  /** Audio is wanted in this direction. */
  #wanted = false;
  /** Set by the application: off means that packets go unread. */
  receiving = true;
  /** A key is pressed: `tickKey` must be called. */
  keyOpen = false;
  /** Payload number of the first codec, -1: none. */
  #mainPayloadType = -1;
  #clockRateHz = 8000;
  readonly #byPayloadType = new Int8Array(128).fill(unknownPayload);
  readonly dtmf: DtmfReceiver;
  readonly #onLearned: (from: SockAddr) => void;
  fromStrangers = 0;
  malformed = 0;
  unknownPayloads = 0;
  /** Decrypts what is received; null: plain RTP. It counts what it refuses. */
  srtp: SrtpContext | null = null;

  constructor(
    symmetric: boolean,
    onLearned: (from: SockAddr) => void,
    onKey: (key: string, durationMs: number) => void,
    playout: PlayoutOptions = usualPlayout,
  ) {
    this.#playout = playout;
    this.jitter = new JitterBuffer({ playout, longestBytes: shortestLimitBytes, sampleRateHz: 8000, decoders: [] });
    this.latch = new Latch(symmetric);
    this.dtmf = new DtmfReceiver(onKey);
    this.#onLearned = onLearned;
  }

  /** SSRC of the source that is heard. */
  get ssrc(): number {
    return this.#ssrcBits >>> 0;
  }

  get hasSource(): boolean {
    return this.#hasSource;
  }

  /** Offer and answer are done: `codecs` belong to `parameters.codecs`, the first gives the rate. */
  configure(parameters: AudioParameters, codecs: readonly (StreamCodec | null)[], sampleRateHz: number): void {
    this.#wanted = parameters.direction === 'sendrecv' || parameters.direction === 'recvonly';
    this.#byPayloadType.fill(unknownPayload);
    const decoders: JitterDecoder[] = [];
    let longestBytes = shortestLimitBytes;
    parameters.codecs.forEach((negotiated: NegotiatedCodec, index) => {
      const codec = codecs[index];
      if (codec === null || codec === undefined) return;
      const { record } = codec;
      this.#byPayloadType[negotiated.receivePayloadType & 0x7f] = decoders.length;
      longestBytes = Math.max(longestBytes, Math.min(longestPayloadBytes, record.maxFrameBytes * 4));
      decoders.push(
        record.sampleRateHz === sampleRateHz
          ? codec.decoder
          : { ...codec.decoder, table: null, resampler: new Resampler(record.sampleRateHz, sampleRateHz) },
      );
    });
    this.#mainPayloadType = this.#byPayloadType.indexOf(0);
    const event = parameters.telephoneEvent;
    if (event !== null) this.#byPayloadType[event.receivePayloadType & 0x7f] = telephoneEvent;
    this.#clockRateHz = decoders[0]?.clockRateHz ?? 8000;
    this.dtmf.clockRateHz = this.#clockRateHz;
    this.jitter = new JitterBuffer({ playout: this.#playout, longestBytes, sampleRateHz, decoders });
  }

  /** One datagram of the RTP port. */
  receive(packet: Uint8Array, length: number, from: SockAddr, nowMs: number): void {
    const isPeer = this.latch.accepts(from);
    if (!isPeer && !this.latch.open) {
      this.fromStrangers++;
      return;
    }
    const plainLength = this.srtp === null ? length : this.srtp.unprotect(packet, length);
    if (plainLength < 0) return; // counted there; nothing else may change by it
    if (isPeer) this.lastSignMs = nowMs;
    if (!parseRtp(packet, plainLength, header) || header.payloadLength === 0) {
      this.malformed++;
      return;
    }
    if (!this.latch.locked && this.latch.known) {
      this.lastSignMs = nowMs;
      if (this.latch.learn(from)) this.#onLearned(from);
    } else if (!isPeer) {
      this.fromStrangers++; // no description yet: nobody is expected
      return;
    }
    if (this.receiving) this.#read(packet, nowMs);
  }

  #read(packet: Uint8Array, nowMs: number): void {
    const { payloadType } = header;
    const decoder = payloadType === this.#mainPayloadType ? 0 : (this.#byPayloadType[payloadType] as number);
    if (decoder === unknownPayload) {
      this.unknownPayloads++;
      return;
    }
    if ((header.ssrc | 0) !== this.#ssrcBits || !this.#hasSource) this.#newSource();
    const { sequence, payloadStart, payloadLength } = header;
    const timestamp = header.timestamp | 0;
    if (payloadLength > this.jitter.longestBytes) {
      this.malformed++;
      return;
    }
    if (decoder === telephoneEvent) {
      // Also while held: the keys of a caller who waits still count.
      if (!this.dtmf.push(packet, payloadStart, payloadLength, timestamp)) this.malformed++;
      this.keyOpen = this.dtmf.pressed;
    }
    const isAudio = decoder >= 0 && this.#wanted;
    const result = this.jitter.push(
      sequence,
      timestamp,
      packet,
      payloadStart,
      isAudio ? payloadLength : 0,
      isAudio ? decoder : -1,
    );
    if (result === 'duplicate') this.statistics.duplicates++;
    else this.statistics.received(sequence, timestamp, payloadLength, nowMs, this.#clockRateHz, decoder >= 0);
  }

  /** A key is pressed and time passes. */
  tickKey(elapsedMs: number): void {
    this.dtmf.tick(elapsedMs);
    this.keyOpen = this.dtmf.pressed;
  }

  /** Another SSRC: another sequence, other timestamps. */
  #newSource(): void {
    this.#hasSource = true;
    this.#ssrcBits = header.ssrc | 0;
    this.jitter.reset();
    this.dtmf.reset();
    this.statistics.newSource();
    this.keyOpen = false;
  }

  restoreSource(ssrc: number, hasSource: boolean): void {
    this.#ssrcBits = ssrc | 0;
    this.#hasSource = hasSource;
  }
}
