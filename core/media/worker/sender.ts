/**
 * What goes out on a stream's RTP port: frames of 20 ms become packets of the negotiated length, keys
 * take the place of audio, silence that of packets. Buffers are made once; headers change in place.
 *
 *   20 ms of samples ─► collected to the codec's frame ─► encode ─► packed or cut to ptime ─► packet
 *                                                          0 bytes: DTX, nothing is sent
 */
import type { PacketIo, SocketHandle } from '../../runtime/index.ts';
import type { AudioParameters } from '../../sdp/types.ts';
import { encodeComfortNoise } from './comfort-noise.ts';
import { DtmfSender, type DtmfSendState, writeDtmf } from './dtmf-send.ts';
import type { FrameScratch } from './frame-scratch.ts';
import { copySamples } from './kernels.ts';
import type { Latch } from './latch.ts';
import { seqAdd, tsAdd } from './modular.ts';
import { longestSentPayload, type PacketPlan, planPackets, tickFrameMs } from './packet-plan.ts';
import type { Codec } from './records.ts';
import type { StreamCodec } from './room.ts';
import { rtpHeaderBytes, writeRtpHeader } from './rtp.ts';
import { SilenceDetector } from './silence-detector.ts';
import type { SrtpContext } from './srtp.ts';

/** What SRTP may put behind a payload, and some more. */
const tailBytes = 64;
/** So many packets in a row that the kernel refuses (no route, ICMP): the peer cannot be reached. */
const refusedInARow = 50;
/** Then one packet of so many is tried: the way may be free again. */
const probeEvery = 10;

const none = new Uint8Array(0);
const noSamples = new Int16Array(0);
const noCodec: Codec = { encode: () => 0, decode: () => 0 };

/** As plain data. */
export interface SenderState {
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly packets: number;
  readonly octets: number;
  readonly errors: number;
  /** A packet in the making: its bytes, and how many whole frames they are. */
  readonly partial: readonly number[];
  readonly partialFrames: number;
  /** Samples that wait for the codec's frame to be full. */
  readonly collected: readonly number[];
  readonly pendingUnits: number;
  readonly dtmf: DtmfSendState;
}

export class Sender {
  // What every packet needs comes first.
  readonly #io: PacketIo;
  /** Where packets leave; a browser leg may change it. */
  socket: SocketHandle;
  readonly #ssrc: number;
  readonly #latch: Latch;
  #sequence: number;
  /** Of the first sample of the packet in the making. */
  #timestamp: number;
  /** How much is in the making: `#timestamp` and this make now. */
  #pendingUnits = 0;
  packets = 0;
  octets = 0;
  /** The next packet begins a talk spurt (RFC 3551, section 4.1). */
  #marker = true;
  /** The codec encodes frames of 20 ms: one that somebody else encoded is as good (`sendFrame`). */
  takesFrames = true;
  /** Keys wait or are being sent. */
  hasKeys = false;
  /** The silence that is sent may be left out: the samples must be seen. */
  suppresses = false;
  #payloadType = 0;
  /** Timestamp units of 20 ms, of audio and of keys. */
  #tickUnits = 160;
  #keyUnits = 160;
  #codec: Codec = noCodec;
  #plan: PacketPlan | null = null;
  /** The packet in the making. */
  #packet: Uint8Array;
  /** Its payload part. */
  #payload: Uint8Array;
  /** Where to encode the next frame to: the packet itself, or a frame's place of its own. */
  target: Uint8Array;
  readonly #scratch: FrameScratch;
  readonly dtmf = new DtmfSender();
  #eventPayloadType = -1;
  /** One frame, where packets are not one frame long. */
  #frame: Uint8Array = none;
  #filled = 0;
  #framesFilled = 0;
  /** Where the codec's frame is not 20 ms: samples until it is full. */
  #collect = noSamples;
  #collected = 0;
  readonly #wantsSuppression: boolean;
  readonly #silence = new SilenceDetector();
  #noisePayloadType = -1;
  /** The kernel refuses packets for the peer. */
  unreachable = false;
  #refused = 0;
  #refusedLate = false;
  #lastBytes = 0;
  #unsent = 0;
  errors = 0;
  /** Encrypts what is sent; null: plain RTP. */
  srtp: SrtpContext | null = null;

  constructor(
    io: PacketIo,
    scratch: FrameScratch,
    socket: SocketHandle,
    ssrc: number,
    latch: Latch,
    start: { readonly sequence: number; readonly timestamp: number; readonly silenceSuppression?: boolean },
  ) {
    this.#io = io;
    this.#scratch = scratch;
    this.#packet = scratch.packet;
    this.#payload = scratch.payload;
    this.target = scratch.payload;
    this.socket = socket;
    this.#ssrc = ssrc | 0;
    this.#latch = latch;
    this.#sequence = start.sequence;
    this.#timestamp = start.timestamp | 0;
    this.#wantsSuppression = start.silenceSuppression ?? false;
  }

  /** Of the next sample. */
  get timestamp(): number {
    return tsAdd(this.#timestamp, this.#pendingUnits);
  }

  get canSendKeys(): boolean {
    return this.#eventPayloadType >= 0;
  }

  /** Length of a packet, ms; 0 before the first configuration. */
  get packetMs(): number {
    const plan = this.#plan;
    return plan === null ? 0 : (plan.packetUnits * plan.frameMs) / plan.frameUnits;
  }

  /** Of what is sent, with the headers of RTP, UDP and IPv4. */
  get kbps(): number {
    return this.#plan === null ? 0 : ((this.#plan.payloadBytes + 40) * 8) / this.packetMs;
  }

  /** Sends with number `index` of the negotiated codecs from now on; a packet in the making is lost. */
  configure(parameters: AudioParameters, codec: StreamCodec, index = 0): void {
    const { record } = codec;
    const plan = planPackets(record, codec.codec.frameMs, parameters.ptimeMs);
    this.#discard();
    this.#plan = plan;
    this.#codec = codec.codec;
    this.#payloadType = (parameters.codecs[index] ?? parameters.codecs[0]).sendPayloadType & 0x7f;
    this.#tickUnits = (record.clockRateHz * tickFrameMs) / 1000;
    const { telephoneEvent, comfortNoise } = parameters;
    this.#eventPayloadType = telephoneEvent?.sendPayloadType ?? -1;
    this.#keyUnits = ((telephoneEvent?.clockRateHz ?? 8000) * tickFrameMs) / 1000;
    // RFC 3389, section 5.2: the noise's clock is that of the audio beside it, and 13 stands for 8000 Hz.
    this.#noisePayloadType = comfortNoise?.sendPayloadType ?? -1;
    const noiseFits = this.#noisePayloadType !== 13 || record.clockRateHz === 8000;
    this.suppresses = this.#wantsSuppression && this.#noisePayloadType >= 0 && noiseFits;
    this.#silence.reset();
    this.takesFrames = plan.frameMs === tickFrameMs;
    this.#collect = this.takesFrames ? noSamples : new Int16Array(plan.frameSamples);
    this.#packet = plan.isOneFrame
      ? this.#scratch.packet
      : new Uint8Array(rtpHeaderBytes + plan.payloadBytes + tailBytes);
    this.#payload = plan.isOneFrame ? this.#scratch.payload : this.#packet.subarray(rtpHeaderBytes);
    this.#frame = plan.isOneFrame ? none : new Uint8Array(record.maxFrameBytes);
    this.target = plan.isOneFrame ? this.#payload : this.#frame;
  }

  /** How much of what we send the peer loses, 0 to 1. */
  setPeerLoss(fraction: number): void {
    this.#codec.setPeerLoss?.(fraction);
  }

  /** Queues keys; returns how many. */
  pushKeys(keys: string, durationMs: number, gapMs: number): number {
    this.hasKeys = true;
    return this.dtmf.push(keys, durationMs, gapMs);
  }

  /** A key is due in this frame and was sent: audio has to wait. */
  sendKey(): boolean {
    if (!this.hasKeys) return false;
    const { dtmf } = this;
    const isKey = dtmf.step(this.timestamp, this.#keyUnits, tickFrameMs);
    this.hasKeys = dtmf.busy;
    if (!isKey) return false;
    this.#flush();
    const { packet } = this.#scratch;
    const length = writeDtmf(packet, rtpHeaderBytes, dtmf.packetEvent, dtmf.packetEnd, dtmf.packetDuration);
    writeRtpHeader(packet, dtmf.packetMarker, this.#eventPayloadType, this.#sequence, dtmf.packetTimestamp, this.#ssrc);
    this.#emit(packet, length);
    this.#timestamp = tsAdd(this.#timestamp, this.#tickUnits);
    this.#marker = true;
    return true;
  }

  /** 20 ms of samples: encoded and sent as soon as a packet is full. */
  sendSamples(samples: Int16Array, count: number): void {
    if (this.suppresses && this.#silence.isSilence(samples, count, tickFrameMs)) {
      this.#sendNoise(samples, count);
      return;
    }
    if (this.takesFrames) {
      this.sendFrame(this.#codec.encode(samples, count, this.target));
      return;
    }
    this.#pendingUnits += this.#tickUnits;
    const collect = this.#collect;
    for (let at = 0; at < count; ) {
      const take = Math.min(count - at, collect.length - this.#collected);
      copySamples(samples, at, collect, this.#collected, take);
      at += take;
      this.#collected += take;
      if (this.#collected < collect.length) break;
      this.#collected = 0;
      this.#pack(this.#codec.encode(collect, collect.length, this.target));
    }
  }

  /** `bytes` of one frame of 20 ms are in `target`; 0: it need not be sent. */
  sendFrame(bytes: number): void {
    this.#pendingUnits += this.#tickUnits;
    this.#pack(bytes);
  }

  /** A frame is in `target`. A codec that says that it wrote more than there is room for has not. */
  #pack(said: number): void {
    const plan = this.#plan;
    if (plan === null) return;
    const bytes = Math.min(said, this.target.length, longestSentPayload);
    if (!(bytes > 0)) {
      this.#sendPartial();
      this.#forward(plan.frameUnits);
      this.#marker = true;
    } else if (plan.isOneFrame) this.#send(bytes, plan.packetUnits);
    else if (plan.cutBytes > 0) this.#cut(bytes, plan);
    else {
      // A codec that gives more than it said: the packet goes as it is.
      if (this.#filled + bytes > this.#payload.length - tailBytes) this.#sendPartial();
      for (let i = 0; i < bytes; i++) this.#payload[this.#filled + i] = this.#frame[i] as number;
      this.#filled += bytes;
      this.#framesFilled++;
      if (this.#framesFilled >= plan.framesPerPacket) this.#sendPartial();
    }
  }

  #cut(bytes: number, plan: PacketPlan): void {
    for (let i = 0; i < bytes; i++) {
      this.#payload[this.#filled++] = this.#frame[i] as number;
      if (this.#filled < plan.cutBytes) continue;
      this.#send(this.#filled, plan.packetUnits);
      this.#filled = 0;
    }
  }

  /** Sends the packet in the making, shorter than it was to be. */
  #sendPartial(): void {
    const plan = this.#plan;
    if (this.#filled === 0 || plan === null) return;
    const units =
      plan.cutBytes > 0
        ? Math.round((this.#filled * plan.packetUnits) / plan.cutBytes)
        : plan.frameUnits * this.#framesFilled;
    this.#send(this.#filled, units);
    this.#filled = 0;
    this.#framesFilled = 0;
  }

  /** Audio is interrupted: what is whole is sent, the rest forgotten; the clock is that of the next sample. */
  #flush(): void {
    this.#sendPartial();
    this.#discard();
  }

  #discard(): void {
    this.#timestamp = this.timestamp;
    this.#pendingUnits = 0;
    this.#filled = 0;
    this.#framesFilled = 0;
    this.#collected = 0;
  }

  /** A silent frame: a comfort-noise packet when silence begins or changes, else nothing. */
  #sendNoise(samples: Int16Array, count: number): void {
    this.#flush();
    if (this.#silence.isUpdateDue) {
      const { packet, payload } = this.#scratch;
      const bytes = encodeComfortNoise(samples, count, payload);
      writeRtpHeader(packet, false, this.#noisePayloadType, this.#sequence, this.#timestamp, this.#ssrc);
      this.#emit(packet, bytes);
    }
    this.#timestamp = tsAdd(this.#timestamp, this.#tickUnits);
    this.#marker = true;
  }

  /** A frame's time passes without a packet: on hold, or nowhere to send to. */
  skipFrame(): void {
    this.#discard();
    this.#timestamp = tsAdd(this.#timestamp, this.#tickUnits);
    this.#marker = true;
    if (this.hasKeys) this.dtmf.clear();
    this.hasKeys = false;
  }

  #forward(units: number): void {
    this.#timestamp = tsAdd(this.#timestamp, units);
    this.#pendingUnits = Math.max(0, this.#pendingUnits - units);
  }

  #send(bytes: number, units: number): void {
    writeRtpHeader(this.#packet, this.#marker, this.#payloadType, this.#sequence, this.#timestamp, this.#ssrc);
    this.#marker = false;
    this.#forward(units);
    this.#emit(this.#packet, bytes);
  }

  #emit(packet: Uint8Array, payloadBytes: number): void {
    if (this.unreachable && ++this.#unsent % probeEvery !== 0) return;
    this.#sequence = seqAdd(this.#sequence, 1);
    const to = this.#latch.target(this.#scratch.to);
    const plainBytes = rtpHeaderBytes + payloadBytes;
    const length = this.srtp === null ? plainBytes : this.srtp.protect(packet, plainBytes);
    if (length > 0 && this.#io.send(this.socket, packet, length, to)) {
      this.packets++;
      if (this.#refused > 0) this.#sentAgain();
      this.octets += payloadBytes;
      this.#lastBytes = payloadBytes;
    } else {
      this.#countRefused();
    }
  }

  /** The kernel refused a packet after all that it seemed to take (`PacketIo.gather`). */
  packetRefused(): void {
    this.packets--;
    this.octets -= this.#lastBytes;
    this.#refusedLate = true;
    this.#countRefused();
  }

  #countRefused(): void {
    this.errors++;
    if (++this.#refused >= refusedInARow) this.unreachable = true;
  }

  /** A packet was taken, so it seems: the one before it really was when nothing was heard of it since. */
  #sentAgain(): void {
    if (this.#refusedLate) {
      this.#refusedLate = false;
      return;
    }
    this.#refused = 0;
    this.unreachable = false;
  }

  /** Leaves out sequence numbers: somebody else may have used them under the same key. */
  leap(packets: number): void {
    this.#sequence = seqAdd(this.#sequence, packets);
  }

  state(): SenderState {
    return {
      sequence: this.#sequence,
      timestamp: this.#timestamp,
      marker: this.#marker,
      packets: this.packets,
      octets: this.octets,
      errors: this.errors,
      partial: [...this.#payload.subarray(0, this.#filled)],
      partialFrames: this.#framesFilled,
      collected: [...this.#collect.subarray(0, this.#collected)],
      pendingUnits: this.#pendingUnits,
      dtmf: this.dtmf.state(),
    };
  }

  /** Goes on from another sender's `state`; both must have been configured alike. */
  restore(state: SenderState): void {
    this.#sequence = state.sequence;
    this.#timestamp = state.timestamp | 0;
    this.#marker = state.marker;
    this.packets = state.packets;
    this.octets = state.octets;
    this.errors = state.errors;
    const plan = this.#plan;
    const fits =
      plan !== null &&
      state.partial.length <= (plan.isOneFrame ? 0 : plan.payloadBytes) &&
      state.collected.length < Math.max(1, this.#collect.length);
    this.#pendingUnits = state.pendingUnits;
    if (fits) {
      this.#payload.set(state.partial);
      this.#filled = state.partial.length;
      this.#framesFilled = state.partialFrames;
      this.#collect.set(state.collected);
      this.#collected = state.collected.length;
    } else this.#discard();
    this.dtmf.restore(state.dtmf);
    this.hasKeys = this.dtmf.busy;
  }
}
