import {
  type Clock,
  every,
  newSockAddr,
  type PacketIo,
  type SocketHandle,
  setSockAddr,
  type Timer,
} from '../../core/runtime/index.ts';
import { decodeG711, encodeG711, type Law } from './g711.ts';
import { clicks, frameSamples, type Signal, sampleRateHz, silence } from './tones.ts';

/** Received audio that is kept for analysis. */
const keptSamples = 20 * sampleRateHz;
const keys = '0123456789*#ABCD';
const keyPackets = 5; // 100 ms
const keyGapFrames = 5;

export interface AudioTarget {
  readonly address: string;
  readonly port: number;
  readonly law: Law;
  readonly payloadType: number;
  readonly eventType: number | null;
}

/** What a phone measured on its incoming audio. */
export interface HeardFigures {
  readonly packets: number;
  /** Sequence numbers that never came (so far). */
  readonly missing: number;
  readonly outOfOrder: number;
  /** Longest time between two packets, to the tick. */
  readonly largestGapMs: number;
  /** Jumps in the kept audio that sound as clicks. */
  readonly clicks: number;
  readonly keys: string;
}

/** One RTP stream of a phone: says a signal or keys every 20 ms, keeps what it hears. */
export class PhoneAudio {
  readonly #clock: Clock;
  readonly #io: PacketIo;
  readonly #socket: SocketHandle;
  readonly #target = newSockAddr();
  readonly #packet = new Uint8Array(12 + frameSamples);
  readonly #packetView = new DataView(this.#packet.buffer);
  readonly #ssrc: number;
  #to: AudioTarget | null = null;
  #ticking: Timer | null = null;
  #payloads: readonly Uint8Array[] = [];
  #signal: Signal = silence;
  #sending = true;
  #frame = 0;
  #sequence = 0;
  #timestamp = 0;
  #pendingKeys: string[] = [];
  #keyStep = 0;
  #marker = true;

  readonly #heard = new Int16Array(keptSamples);
  readonly #decoded = new Int16Array(2048);
  #heardTotal = 0;
  #packets = 0;
  #outOfOrder = 0;
  #firstSequence = 0;
  #highestSequence = 0;
  #lastArrivalMs: number | null = null;
  #largestGapMs = 0;
  #heardKeys = '';
  #lastKeyTimestamp = -1;
  /** Called with each RTP packet received. */
  onPacket: (packet: Uint8Array, length: number) => void = () => {};

  constructor(options: { readonly clock: Clock; readonly io: PacketIo; readonly socket: SocketHandle; ssrc: number }) {
    this.#clock = options.clock;
    this.#io = options.io;
    this.#socket = options.socket;
    this.#ssrc = options.ssrc;
  }

  get port(): number {
    return this.#io.localPort(this.#socket);
  }

  /** Starts, or turns to another target after a re-INVITE. */
  start(to: AudioTarget): void {
    this.#to = to;
    setSockAddr(this.#target, to.address, to.port);
    this.say(this.#signal);
    this.#ticking ??= every(this.#clock, 20, () => this.#tick());
  }

  /** Says this from now on, over and over. */
  say(signal: Signal): void {
    this.#signal = signal;
    this.#frame = 0;
    const law = this.#to?.law ?? 'PCMU';
    const payloads: Uint8Array[] = [];
    for (let at = 0; at < signal.samples.length; at += frameSamples) {
      payloads.push(encodeG711(law, signal.samples.subarray(at, at + frameSamples)));
    }
    this.#payloads = payloads;
  }

  /** Sends packets or not; receiving goes on. */
  set sending(on: boolean) {
    this.#sending = on;
    this.#marker = true;
  }

  /** Queues keys (RFC 4733). @throws Error when the other side did not agree to telephone-event. */
  press(text: string): void {
    if (this.#to?.eventType == null) throw new Error('telephone-event was not agreed');
    this.#pendingKeys.push(...text);
  }

  get keysPending(): boolean {
    return this.#pendingKeys.length > 0;
  }

  /** The last `ms` of what was heard, at most what is kept. */
  heard(ms: number): Int16Array {
    const wanted = Math.min(Math.round((ms * sampleRateHz) / 1000), this.#heardTotal, keptSamples);
    const samples = new Int16Array(wanted);
    for (let i = 0; i < wanted; i++) samples[i] = this.#heard[(this.#heardTotal - wanted + i) % keptSamples] ?? 0;
    return samples;
  }

  /** Milliseconds heard since the start. */
  get heardMs(): number {
    return (this.#heardTotal * 1000) / sampleRateHz;
  }

  figures(): HeardFigures {
    const expected = this.#packets === 0 ? 0 : this.#highestSequence - this.#firstSequence + 1;
    return {
      packets: this.#packets,
      missing: expected - this.#packets,
      outOfOrder: this.#outOfOrder,
      largestGapMs: this.#largestGapMs,
      clicks: clicks(this.heard(20_000)),
      keys: this.#heardKeys,
    };
  }

  /** Forgets what was heard, so that figures tell of a part of the call. */
  forget(): void {
    this.#heardTotal = 0;
    this.#packets = 0;
    this.#outOfOrder = 0;
    this.#largestGapMs = 0;
    this.#lastArrivalMs = null;
    this.#heardKeys = '';
  }

  stop(): void {
    this.#ticking?.cancel();
    this.#ticking = null;
    this.#io.dispose();
  }

  #tick(): void {
    this.#io.poll(this.#visit, 1000);
    if (this.#to === null || !this.#sending) {
      this.#timestamp += frameSamples;
      return;
    }
    if (this.#pendingKeys.length > 0 && this.#to.eventType !== null) this.#sendKey(this.#to.eventType);
    else {
      const payload = this.#payloads[this.#frame % this.#payloads.length] ?? new Uint8Array(frameSamples);
      this.#frame++;
      this.#send(this.#to.payloadType, payload, this.#timestamp, this.#marker);
      this.#marker = false;
    }
    this.#timestamp += frameSamples;
  }

  /** 100 ms of event packets, the end three times (RFC 4733 2.5.1.4), then a gap of silence packets. */
  #sendKey(eventType: number): void {
    const event = keys.indexOf(this.#pendingKeys[0] ?? '0');
    const step = this.#keyStep++;
    if (step < keyPackets) {
      const isLast = step === keyPackets - 1;
      const duration = (step + 1) * frameSamples;
      const payload = Uint8Array.of(event, (isLast ? 0x80 : 0) | 10, duration >> 8, duration & 0xff);
      const started = this.#timestamp - step * frameSamples;
      for (let copy = 0; copy < (isLast ? 3 : 1); copy++) this.#send(eventType, payload, started, step === 0);
      return;
    }
    this.#send(this.#to?.payloadType ?? 0, this.#payloads[0] ?? new Uint8Array(0), this.#timestamp, false);
    if (step < keyPackets + keyGapFrames - 1) return;
    this.#keyStep = 0;
    this.#pendingKeys.shift();
  }

  #send(payloadType: number, payload: Uint8Array, timestamp: number, marker: boolean): void {
    const packet = this.#packet;
    packet[0] = 0x80;
    packet[1] = (marker ? 0x80 : 0) | payloadType;
    const view = this.#packetView;
    view.setUint16(2, this.#sequence++ & 0xffff);
    view.setUint32(4, timestamp >>> 0);
    view.setUint32(8, this.#ssrc);
    packet.set(payload, 12);
    this.#io.send(this.#socket, packet, 12 + payload.length, this.#target);
  }

  readonly #visit = (_socket: SocketHandle, packet: Uint8Array, length: number): void => this.#receive(packet, length);

  #receive(packet: Uint8Array, length: number): void {
    if (length < 12 || (packet[0] ?? 0) >> 6 !== 2) return;
    this.onPacket(packet, length);
    const nowMs = this.#clock.nowMs();
    if (this.#lastArrivalMs !== null) this.#largestGapMs = Math.max(this.#largestGapMs, nowMs - this.#lastArrivalMs);
    this.#lastArrivalMs = nowMs;
    this.#count(((packet[2] ?? 0) << 8) | (packet[3] ?? 0));
    const payloadType = (packet[1] ?? 0) & 0x7f;
    const payload = packet.subarray(12, length);
    if (payloadType === this.#to?.eventType) this.#hearKey(packet, payload);
    if (payloadType !== this.#to?.payloadType) return;
    this.#keep(this.#to.law, payload);
  }

  #keep(law: Law, payload: Uint8Array): void {
    const at = this.#heardTotal % keptSamples;
    this.#heardTotal += payload.length;
    if (at + payload.length <= keptSamples) {
      decodeG711(law, payload, this.#heard, at);
      return;
    }
    decodeG711(law, payload, this.#decoded);
    for (let i = 0; i < payload.length; i++) this.#heard[(at + i) % keptSamples] = this.#decoded[i] ?? 0;
  }

  /** Sequence numbers, extended over their 16 bits. */
  #count(sequence: number): void {
    if (this.#packets === 0) {
      this.#firstSequence = sequence;
      this.#highestSequence = sequence;
    } else {
      const step = ((sequence - this.#highestSequence + 0x8000) & 0xffff) - 0x8000;
      if (step <= 0) this.#outOfOrder++;
      else this.#highestSequence += step;
    }
    this.#packets++;
  }

  /** One key a timestamp, whatever the number of its packets. */
  #hearKey(packet: Uint8Array, payload: Uint8Array): void {
    const timestamp = new DataView(packet.buffer, packet.byteOffset).getUint32(4);
    if (timestamp === this.#lastKeyTimestamp) return;
    this.#lastKeyTimestamp = timestamp;
    this.#heardKeys += keys[payload[0] ?? 0] ?? '?';
  }
}
