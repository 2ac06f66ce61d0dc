/**
 * What comes in on a stream's RTP port: whose packet is it, what is in it, where does it go. Runs
 * for every packet and allocates nothing.
 */
import type { SockAddr } from '../../runtime/index.ts';
import type { AudioParameters, NegotiatedCodec } from '../../sdp/types.ts';
import { ComfortNoise, type ComfortNoiseState } from './comfort-noise.ts';
import { DtmfReceiver } from './dtmf-receive.ts';
import { JitterBuffer, type JitterDecoder, usualPlayout } from './jitter-buffer.ts';
import { Latch } from './latch.ts';
import { lostPeerMs, movedPeerMs, PeerSearch } from './peer-search.ts';
import type { JitterBufferOptions } from './playout-state.ts';
import type { PlayoutOptions } from './protocol.ts';
import { ReceptionStatistics } from './reception-statistics.ts';
import { Resampler } from './resampler.ts';
import type { StreamCodec } from './room.ts';
import { parseRtp, RtpHeader } from './rtp.ts';
import { SourceChoice } from './source-choice.ts';
import type { SrtpContext } from './srtp.ts';

const longestPayloadBytes = 1460;
const shortestLimitBytes = 640;
/** What a payload number means where it is no codec: its place in `#byPayloadType`. */
const unknownPayload = -1;
const telephoneEvent = -2;
const comfortNoise = -3;
/** RFC 3551, section 6: the static number of comfort noise, understood whether or not it was agreed. */
const comfortNoisePayloadType = 13;
/** RFC 3551, section 4.2: "A receiver SHOULD accept packets representing between 0 and 200 ms of audio data." */
const longestPacketMs = 200;

/** Q.24: a press and its pause last 80 ms at least. Twice that, and what a stalled network gives at once. */
const keysPerSecond = 25;
const keysAtOnce = 64;

const header = new RtpHeader();

/** As plain data. */
export interface CountsBefore {
  readonly late: number;
  readonly concealedMs: number;
  readonly stretchedMs: number;
  readonly droppedMs: number;
}

export class Receiver {
  // What every packet needs comes first: fields that are used together lie together.
  readonly latch: Latch;
  jitter: JitterBuffer;
  #bufferOptions: JitterBufferOptions;
  readonly statistics = new ReceptionStatistics();
  /** When the peer last gave a sign of life, on the engine's clock, whole ms. */
  lastSignMs = 0;
  /** When it last sent anything from its address; unlike `lastSignMs` not changed by a new offer. */
  #heardMs = 0;
  readonly source = new SourceChoice();
  /** Audio is wanted in this direction. */
  #wanted = false;
  /** Set by the application: off means that packets go unread. */
  receiving = true;
  /** A key is pressed: `tickKey` must be called. */
  keyOpen = false;
  /** Payload number of the first codec, -1: none. */
  #mainPayloadType = -1;
  /** Of the decoders. */
  #clockRatesHz: readonly number[] = [];
  /** Their places in the negotiated codecs. */
  #codecIndexes: readonly number[] = [];
  /** The decoder of the newest packet, and how many packets in a row were for it. */
  #decoder = 0;
  #decoderRun = 0;
  /** The peer pauses: noise is played as it described it. */
  #noise: ComfortNoise | null = null;
  #inNoise = false;
  #audioAfterNoise = false;
  readonly #byPayloadType = new Int8Array(128).fill(unknownPayload);
  readonly dtmf: DtmfReceiver;
  /** Presses that may still be told, and when that was reckoned. */
  #keysLeft = keysAtOnce;
  #keysAtMs = 0;
  readonly #onLearned: (from: SockAddr) => void;
  /** Finds the peer again at another address. */
  readonly search = new PeerSearch();
  /** A new offer and answer came: the peer may have moved. */
  #mayHaveMoved = false;
  fromStrangers = 0;
  /** Of an SSRC that is not the one that is heard. */
  otherSources = 0;
  malformed = 0;
  unknownPayloads = 0;
  /** What the buffers before the present one counted. */
  before: CountsBefore = { late: 0, concealedMs: 0, stretchedMs: 0, droppedMs: 0 };
  /** Decrypts what is received; null: plain RTP. It counts what it refuses. */
  srtp: SrtpContext | null = null;

  constructor(
    symmetric: boolean,
    onLearned: (from: SockAddr) => void,
    onKey: (key: string, durationMs: number) => void,
    playout: PlayoutOptions = usualPlayout,
  ) {
    this.#bufferOptions = { playout, longestBytes: shortestLimitBytes, sampleRateHz: 8000, decoders: [] };
    this.jitter = new JitterBuffer(this.#bufferOptions);
    this.latch = new Latch(symmetric);
    this.dtmf = new DtmfReceiver((key, durationMs) => this.#key(key, durationMs, onKey));
    this.#onLearned = onLearned;
  }

  /** SSRC of the source that is heard. */
  get ssrc(): number {
    return this.source.ssrc;
  }

  get hasSource(): boolean {
    return this.source.known;
  }

  /** The codec (its place in the negotiated ones) that the peer sends with for `packets` in a row; -1: none. */
  codecHeardFor(packets: number): number {
    return this.#decoderRun < packets ? -1 : (this.#codecIndexes[this.#decoder] ?? -1);
  }

  /** A new offer and answer: where the peer sends from may be learned once more. */
  rearm(): void {
    this.#mayHaveMoved = true;
  }

  /** Offer and answer are done: `codecs` belong to `parameters.codecs`, the first gives the rate. */
  configure(parameters: AudioParameters, codecs: readonly (StreamCodec | null)[], sampleRateHz: number): void {
    this.#wanted = parameters.direction === 'sendrecv' || parameters.direction === 'recvonly';
    this.#byPayloadType.fill(unknownPayload);
    const decoders: JitterDecoder[] = [];
    const codecIndexes: number[] = [];
    let longestBytes = shortestLimitBytes;
    parameters.codecs.forEach((negotiated: NegotiatedCodec, index) => {
      const codec = codecs[index];
      if (codec === null || codec === undefined) return;
      const { record } = codec;
      this.#byPayloadType[negotiated.receivePayloadType & 0x7f] = decoders.length;
      longestBytes = Math.max(longestBytes, Math.min(longestPayloadBytes, longestPacketBytes(codec)));
      codecIndexes.push(index);
      decoders.push(
        record.sampleRateHz === sampleRateHz
          ? codec.decoder
          : { ...codec.decoder, table: null, resampler: new Resampler(record.sampleRateHz, sampleRateHz) },
      );
    });
    this.#mainPayloadType = this.#byPayloadType.indexOf(0);
    const event = parameters.telephoneEvent;
    if (event !== null) this.#byPayloadType[event.receivePayloadType & 0x7f] = telephoneEvent;
    this.dtmf.clockRateHz = event?.clockRateHz ?? 8000;
    const noise = parameters.comfortNoise?.receivePayloadType ?? comfortNoisePayloadType;
    if (this.#byPayloadType[noise & 0x7f] === unknownPayload) this.#byPayloadType[noise & 0x7f] = comfortNoise;
    this.#clockRatesHz = decoders.map(({ clockRateHz }) => clockRateHz);
    this.#codecIndexes = codecIndexes;
    this.#decoder = 0;
    this.#decoderRun = 0;
    this.#renewBuffer({ playout: this.#bufferOptions.playout, longestBytes, sampleRateHz, decoders });
  }

  /** What is buffered is thrown away. */
  setPlayout(playout: PlayoutOptions): void {
    this.#renewBuffer({ ...this.#bufferOptions, playout });
  }

  #renewBuffer(options: JitterBufferOptions): void {
    const { latePackets: late, concealedMs, stretchedMs, droppedMs } = this;
    this.before = { late, concealedMs, stretchedMs, droppedMs };
    this.#bufferOptions = options;
    this.jitter = new JitterBuffer(options);
  }

  /** One datagram of the RTP port. */
  receive(packet: Uint8Array, length: number, from: SockAddr, nowMs: number): void {
    const isPeer = this.latch.accepts(from);
    if (!isPeer && !this.latch.open && !this.#mayBePeer(nowMs)) {
      this.fromStrangers++;
      return;
    }
    const plainLength = this.srtp === null ? length : this.srtp.unprotect(packet, length);
    if (plainLength < 0) return; // counted there; nothing else may change by it
    if (isPeer) this.lastSignMs = nowMs;
    if (!parseRtp(packet, plainLength, header)) {
      this.malformed++;
      return;
    }
    if (isPeer ? !this.latch.locked : this.#isFoundPeer(from, nowMs)) {
      if (this.latch.learn(from)) this.#onLearned(from);
    } else if (!isPeer) {
      this.fromStrangers++;
      return;
    }
    this.#take(packet, nowMs);
  }

  /** A datagram of the RTP port of a source that ICE vouches for. */
  receiveFromPeer(packet: Uint8Array, length: number, nowMs: number): void {
    const plainLength = this.srtp === null ? length : this.srtp.unprotect(packet, length);
    if (plainLength < 0) return;
    if (parseRtp(packet, plainLength, header)) this.#take(packet, nowMs);
    else this.malformed++;
  }

  /** `header` is of the peer's packet. */
  #take(packet: Uint8Array, nowMs: number): void {
    this.lastSignMs = nowMs;
    this.#heardMs = nowMs;
    this.#mayHaveMoved = false;
    if (header.payloadLength === 0) {
      this.malformed++; // a sign of life (RFC 6263), and a way to be learned, but nothing to hear
      return;
    }
    if (this.receiving) this.#read(packet, nowMs);
  }

  /** A stranger while the peer is locked: is it worth a look whether the peer moved there? */
  #mayBePeer(nowMs: number): boolean {
    if (!this.latch.learns || !this.latch.known) return false;
    const silentMs = nowMs - this.#heardMs;
    return silentMs >= lostPeerMs || (this.#mayHaveMoved && silentMs >= movedPeerMs);
  }

  /** `header` is of a packet from another address than the peer's. */
  #isFoundPeer(from: SockAddr, nowMs: number): boolean {
    const { latch } = this;
    if (!latch.known) return false; // no description yet: nobody is expected
    if (latch.open) return true;
    if (this.#mayHaveMoved && nowMs - this.#heardMs >= movedPeerMs) {
      this.search.moved(nowMs);
      return true;
    }
    const continues = this.source.is(header.ssrc);
    return continues && this.search.isPeer(from, header.sequence, this.statistics.highest, nowMs);
  }

  #read(packet: Uint8Array, nowMs: number): void {
    const { payloadType } = header;
    const decoder = payloadType === this.#mainPayloadType ? 0 : (this.#byPayloadType[payloadType] as number);
    if (decoder === unknownPayload) {
      this.unknownPayloads++;
      return;
    }
    if (this.source.is(header.ssrc)) this.source.heard(nowMs);
    else if (this.source.takesOver(header.ssrc, header.sequence, nowMs)) this.#newSource();
    else {
      this.otherSources++;
      return;
    }
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
    if (decoder === comfortNoise) {
      this.#noise ??= new ComfortNoise();
      this.#noise.update(packet, payloadStart, payloadLength);
      this.#inNoise = true;
      this.#audioAfterNoise = false;
    } else if (decoder >= 0) this.#note(decoder);
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
    else {
      const clockRateHz = decoder >= 0 ? (this.#clockRatesHz[decoder] as number) : 0;
      this.statistics.received(sequence, timestamp, payloadLength, nowMs, clockRateHz);
    }
  }

  /** An audio packet for this decoder came. */
  #note(decoder: number): void {
    this.#audioAfterNoise = true;
    if (decoder === this.#decoder) this.#decoderRun++;
    else {
      this.#decoder = decoder;
      this.#decoderRun = 1;
      this.statistics.newClock();
    }
  }

  /** The next frame of what the peer says, or the noise of its pause; false: nothing is to be heard. */
  pull(out: Int16Array, count: number): boolean {
    if (this.jitter.pull(out, count)) {
      if (this.#audioAfterNoise) this.#inNoise = false;
      return true;
    }
    if (!this.#inNoise || this.#noise === null || !this.#wanted || !this.receiving) return false;
    this.#noise.generate(out, count);
    return true;
  }

  get latePackets(): number {
    return this.before.late + this.jitter.latePackets;
  }

  get concealedMs(): number {
    return this.before.concealedMs + this.jitter.concealedMs;
  }

  get stretchedMs(): number {
    return this.before.stretchedMs + this.jitter.stretchedMs;
  }

  get droppedMs(): number {
    return this.before.droppedMs + this.jitter.droppedMs;
  }

  /** A key is pressed and time passes. */
  tickKey(elapsedMs: number): void {
    this.dtmf.tick(elapsedMs);
    this.keyOpen = this.dtmf.pressed;
  }

  /** A press is over: told, unless they come faster than anybody can mean them. */
  #key(key: string, durationMs: number, tell: (key: string, durationMs: number) => void): void {
    const passedMs = Math.max(0, this.#heardMs - this.#keysAtMs);
    this.#keysLeft = Math.min(keysAtOnce, this.#keysLeft + (passedMs * keysPerSecond) / 1000);
    this.#keysAtMs = this.#heardMs;
    if (this.#keysLeft < 1) {
      this.malformed++;
      return;
    }
    this.#keysLeft--;
    tell(key, durationMs);
  }

  /** Another SSRC: another sequence, other timestamps. */
  #newSource(): void {
    this.#inNoise = false;
    this.jitter.reset();
    this.dtmf.reset();
    this.statistics.newSource();
    this.keyOpen = false;
  }

  /** The noise of a pause that lasts; null: there is none. */
  noiseState(): ComfortNoiseState | null {
    return this.#inNoise ? (this.#noise?.state() ?? null) : null;
  }

  restoreNoise(state: ComfortNoiseState | null): void {
    if (state === null) return;
    this.#noise ??= new ComfortNoise();
    this.#noise.restore(state);
    this.#inNoise = true;
  }

  restoreSource(ssrc: number, hasSource: boolean, nowMs: number): void {
    this.source.restore(ssrc, hasSource, nowMs);
    this.#heardMs = nowMs;
  }
}

function longestPacketBytes({ record, codec }: StreamCodec): number {
  return record.maxFrameBytes * Math.ceil(longestPacketMs / (codec.frameMs ?? 20));
}
