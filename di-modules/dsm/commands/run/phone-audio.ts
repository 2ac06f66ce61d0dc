import {
  alawToLinear,
  type Clock,
  decodeG711,
  dtmfKeys,
  encodeG711,
  every,
  linearToAlaw,
  linearToUlaw,
  newSockAddr,
  type PacketIo,
  parseRtp,
  RtpHeader,
  rtpHeaderBytes,
  type SocketHandle,
  setSockAddr,
  type Timer,
  ulawToLinear,
  writeDtmf,
  writeRtpHeader,
} from '../../../../core/index.ts';
import type { AudioTarget } from './phone-sdp.ts';

const frame = 160;
const keptSamples = 600 * 8000;
const keyPackets = 5;
const keyGapPackets = 5;

/** Audio of a phone's call: 20 ms packets out, what comes in is kept. */
export class PhoneAudio {
  readonly #io: PacketIo;
  readonly #socket: SocketHandle;
  readonly #clock: Clock;
  readonly #packet = new Uint8Array(rtpHeaderBytes + frame);
  readonly #header = new RtpHeader();
  readonly #to = newSockAddr();
  readonly #frame = new Int16Array(frame);
  #target: AudioTarget | null = null;
  #ticking: Timer | null = null;
  #words: Int16Array = new Int16Array(0);
  #repeats = true;
  #position = 0;
  #keys: string[] = [];
  #keyStep = 0;
  #keyStart = 0;
  #sequence = 0;
  #timestamp = 0;
  #heard = new Int16Array(60 * 8000);
  #heardCount = 0;

  constructor(options: { readonly clock: Clock; readonly io: PacketIo; readonly socket: SocketHandle }) {
    this.#clock = options.clock;
    this.#io = options.io;
    this.#socket = options.socket;
  }

  get port(): number {
    return this.#io.localPort(this.#socket);
  }

  get pressing(): boolean {
    return this.#keys.length > 0 && this.#ticking !== null;
  }

  /** Starts, or turns to another place. */
  start(target: AudioTarget): void {
    this.#target = target;
    setSockAddr(this.#to, target.address, target.port);
    this.#ticking ??= every(this.#clock, 20, () => this.#tick());
  }

  /** Says this from now on, once or over and over, at 8 kHz; nothing is silence. */
  say(samples: Int16Array, repeats: boolean): void {
    this.#words = samples;
    this.#repeats = repeats;
    this.#position = 0;
  }

  /** False: keys were not agreed on. */
  press(keys: string): boolean {
    if (this.#target === null || this.#target.eventType === null) return false;
    this.#keys.push(...keys);
    return true;
  }

  /** Samples heard since the last `forget`. */
  get heardCount(): number {
    return this.#heardCount;
  }

  /** What was heard since the last `forget`, at most ten minutes of it. */
  heard(): Int16Array {
    return this.#heard.subarray(0, this.#heardCount);
  }

  forget(): void {
    this.#heardCount = 0;
  }

  stop(): void {
    this.#ticking?.cancel();
    this.#ticking = null;
    this.#io.dispose();
  }

  #tick(): void {
    this.#io.poll((_socket, packet, length) => this.#receive(packet, length), 100);
    const target = this.#target;
    if (target === null) return;
    if (this.#keys.length > 0 && target.eventType !== null) this.#sendKey(target.eventType);
    else this.#sendFrame(target);
    this.#timestamp += frame;
  }

  #receive(packet: Uint8Array, length: number): void {
    if (this.#target === null || !parseRtp(packet, length, this.#header)) return;
    const { payloadType, payloadStart, payloadLength } = this.#header;
    if (payloadType !== this.#target.payloadType) return;
    const samples = new Int16Array(payloadLength);
    const table = this.#target.law === 'PCMU' ? ulawToLinear : alawToLinear;
    decodeG711(table, packet.subarray(payloadStart, payloadStart + payloadLength), payloadLength, samples);
    if (this.#heardCount + payloadLength > keptSamples) return;
    if (this.#heardCount + payloadLength > this.#heard.length) {
      const larger = new Int16Array(this.#heard.length * 2);
      larger.set(this.#heard);
      this.#heard = larger;
    }
    this.#heard.set(samples, this.#heardCount);
    this.#heardCount += payloadLength;
  }

  #sendFrame(target: AudioTarget): void {
    for (let i = 0; i < frame; i++) {
      if (this.#repeats && this.#position >= this.#words.length) this.#position = 0;
      this.#frame[i] = this.#words[this.#position++] ?? 0;
    }
    const table = target.law === 'PCMU' ? linearToUlaw : linearToAlaw;
    encodeG711(table, this.#frame, frame, this.#packet.subarray(rtpHeaderBytes));
    this.#send(target.payloadType, frame, this.#timestamp, false);
  }

  /** 100 ms of an event, its end three times (RFC 4733 2.5.1.4), then 100 ms without. */
  #sendKey(eventType: number): void {
    const event = dtmfKeys.indexOf(this.#keys[0] ?? '');
    const step = this.#keyStep++;
    if (step === 0) this.#keyStart = this.#timestamp;
    if (step < keyPackets) {
      const isLast = step === keyPackets - 1;
      for (let copy = 0; copy < (isLast ? 3 : 1); copy++) {
        const length = writeDtmf(this.#packet, rtpHeaderBytes, event, isLast, (step + 1) * frame);
        this.#send(eventType, length, this.#keyStart, step === 0);
      }
    } else if (step >= keyPackets + keyGapPackets) {
      this.#keyStep = 0;
      this.#keys.shift();
    }
  }

  #send(payloadType: number, length: number, timestamp: number, marker: boolean): void {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    writeRtpHeader(this.#packet, marker, payloadType, this.#sequence, timestamp >>> 0, 1);
    this.#io.send(this.#socket, this.#packet, rtpHeaderBytes + length, this.#to);
  }
}
