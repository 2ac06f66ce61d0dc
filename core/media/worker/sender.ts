/**
 * What goes out on a stream's RTP port: 20 ms frames become packets of the negotiated length, keys
 * take the place of audio. The packet's buffer is made once; its header changes in place.
 */
import type { PacketIo, SocketHandle } from '../../runtime/index.ts';
import type { AudioParameters } from '../../sdp/types.ts';
import { DtmfSender, type DtmfSendState, writeDtmf } from './dtmf-send.ts';
import type { FrameScratch } from './frame-scratch.ts';
import type { Latch } from './latch.ts';
import { seqAdd, tsAdd } from './modular.ts';
import type { StreamCodec } from './room.ts';
import { rtpHeaderBytes, writeRtpHeader } from './rtp.ts';

const frameMs = 20;
const shortestPtimeMs = 10;
const longestPtimeMs = 60;

/** As plain data. */
export interface SenderState {
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly packets: number;
  readonly octets: number;
  readonly errors: number;
  /** A packet in the making. */
  readonly partial: readonly number[];
  readonly dtmf: DtmfSendState;
}

export class Sender {
  // What every packet needs comes first.
  readonly #io: PacketIo;
  readonly #socket: SocketHandle;
  readonly #ssrc: number;
  readonly #latch: Latch;
  #sequence: number;
  #timestamp: number;
  packets = 0;
  octets = 0;
  /** The next packet begins a talk spurt (RFC 3551, section 4.1). */
  #marker = true;
  /** A packet is one frame: it is made in the engine's scratch packet and sent at once. */
  direct = true;
  /** Keys wait or are being sent. */
  hasKeys = false;
  #payloadType = 0;
  #frameUnits = 160;
  /** The packet in the making. */
  #packet: Uint8Array;
  /** Its payload part: encode straight into it while `direct`. */
  payload: Uint8Array;
  readonly #scratch: FrameScratch;
  readonly dtmf = new DtmfSender();
  #eventPayloadType = -1;
  /** One frame, where packets are not one frame long. */
  #frame = new Uint8Array(0);
  #filled = 0;
  #framesFilled = 0;
  #packetBytes = 0;
  #framesPerPacket = 1;
  #cuttable = true;
  errors = 0;

  constructor(
    io: PacketIo,
    scratch: FrameScratch,
    socket: SocketHandle,
    ssrc: number,
    latch: Latch,
    start: { readonly sequence: number; readonly timestamp: number },
  ) {
    this.#io = io;
    this.#scratch = scratch;
    this.#packet = scratch.packet;
    this.payload = scratch.payload;
    this.#socket = socket;
    this.#ssrc = ssrc | 0;
    this.#latch = latch;
    this.#sequence = start.sequence;
    this.#timestamp = start.timestamp | 0;
  }

  get timestamp(): number {
    return this.#timestamp;
  }

  get canSendKeys(): boolean {
    return this.#eventPayloadType >= 0;
  }

  configure(parameters: AudioParameters, codec: StreamCodec): void {
    const { record } = codec;
    const ptimeMs = Math.min(longestPtimeMs, Math.max(shortestPtimeMs, parameters.ptimeMs));
    this.#payloadType = parameters.codecs[0].sendPayloadType & 0x7f;
    this.#eventPayloadType = parameters.telephoneEvent?.sendPayloadType ?? -1;
    this.#frameUnits = (record.clockRateHz * frameMs) / 1000;
    this.#cuttable = record.bytesPerSample !== undefined;
    this.#framesPerPacket = this.#cuttable ? ptimeMs / frameMs : Math.max(1, Math.floor(ptimeMs / frameMs));
    this.#packetBytes = Math.round(
      ((record.sampleRateHz * ptimeMs) / 1000) * (record.bytesPerSample ?? 0) * record.channels,
    );
    this.direct = this.#framesPerPacket === 1;
    this.#packet = this.direct
      ? this.#scratch.packet
      : new Uint8Array(rtpHeaderBytes + Math.max(this.#packetBytes, record.maxFrameBytes * 4));
    this.payload = this.direct ? this.#scratch.payload : this.#packet.subarray(rtpHeaderBytes);
    this.#frame = this.direct ? new Uint8Array(0) : new Uint8Array(record.maxFrameBytes);
    this.#filled = 0;
    this.#framesFilled = 0;
  }

  /** Where to encode the next frame to: the packet itself, or a frame's place of its own. */
  get target(): Uint8Array {
    return this.direct ? this.payload : this.#frame;
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
    const isKey = dtmf.step(this.#timestamp, this.#frameUnits, frameMs);
    this.hasKeys = dtmf.busy;
    if (!isKey) return false;
    const { packet } = this.#scratch;
    const length = writeDtmf(packet, rtpHeaderBytes, dtmf.packetEvent, dtmf.packetEnd, dtmf.packetDuration);
    writeRtpHeader(packet, dtmf.packetMarker, this.#eventPayloadType, this.#sequence, dtmf.packetTimestamp, this.#ssrc);
    this.#filled = 0;
    this.#framesFilled = 0;
    this.#emit(packet, length);
    this.#timestamp = tsAdd(this.#timestamp, this.#frameUnits);
    this.#marker = true;
    return true;
  }

  /** `bytes` of one frame are in `target`. */
  sendFrame(bytes: number): void {
    if (this.direct) {
      this.#send(bytes, this.#frameUnits);
      return;
    }
    if (!this.#cuttable) {
      for (let i = 0; i < bytes; i++) this.payload[this.#filled + i] = this.#frame[i] as number;
      this.#filled += bytes;
      this.#framesFilled++;
      if (this.#framesFilled < this.#framesPerPacket) return;
      this.#send(this.#filled, this.#frameUnits * this.#framesFilled);
      this.#filled = 0;
      this.#framesFilled = 0;
      return;
    }
    for (let i = 0; i < bytes; i++) {
      this.payload[this.#filled++] = this.#frame[i] as number;
      if (this.#filled < this.#packetBytes) continue;
      this.#send(this.#filled, this.#frameUnits * this.#framesPerPacket);
      this.#filled = 0;
    }
  }

  /** A frame's time passes without a packet: on hold, or nowhere to send to. */
  skipFrame(): void {
    this.#timestamp = tsAdd(this.#timestamp, this.#frameUnits);
    this.#marker = true;
    this.#filled = 0;
    this.#framesFilled = 0;
    if (this.hasKeys) this.dtmf.clear();
    this.hasKeys = false;
  }

  #send(bytes: number, units: number): void {
    writeRtpHeader(this.#packet, this.#marker, this.#payloadType, this.#sequence, this.#timestamp, this.#ssrc);
    this.#marker = false;
    this.#timestamp = tsAdd(this.#timestamp, units);
    this.#emit(this.#packet, bytes);
  }

  #emit(packet: Uint8Array, payloadBytes: number): void {
    this.#sequence = seqAdd(this.#sequence, 1);
    const to = this.#latch.target(this.#scratch.to);
    if (this.#io.send(this.#socket, packet, rtpHeaderBytes + payloadBytes, to)) {
      this.packets++;
      this.octets += payloadBytes;
    } else this.errors++;
  }

  state(): SenderState {
    return {
      sequence: this.#sequence,
      timestamp: this.#timestamp,
      marker: this.#marker,
      packets: this.packets,
      octets: this.octets,
      errors: this.errors,
      partial: [...this.payload.subarray(0, this.#filled)],
      dtmf: this.dtmf.state(),
    };
  }

  restore(state: SenderState): void {
    this.#sequence = state.sequence;
    this.#timestamp = state.timestamp | 0;
    this.#marker = state.marker;
    this.packets = state.packets;
    this.octets = state.octets;
    this.errors = state.errors;
    if (state.partial.length < this.payload.length && this.#cuttable) {
      this.payload.set(state.partial);
      this.#filled = state.partial.length;
    }
    this.dtmf.restore(state.dtmf);
    this.hasKeys = this.dtmf.busy;
  }
}
