/** The phone's media: one UDP socket, one packet every 20 ms, a recording of what comes in. */
import {
  type AudioParameters,
  alawToLinear,
  type Clock,
  decodeG711,
  type Endpoint,
  encodeG711,
  every,
  linearToAlaw,
  linearToUlaw,
  type Network,
  type Random,
  type Timer,
  type UdpSocket,
  ulawToLinear,
} from '../../core/index.ts';
import { KeyReader, planKeys } from './keys.ts';
import { Recording } from './recording.ts';
import { readRtp, writeRtp } from './rtp-packet.ts';

export const sampleRateHz = 8000;
const frameMs = 20;
const frameSamples = (sampleRateHz * frameMs) / 1000;
/** Keys are pressed this long after the answer, so that the other side listens. */
const firstKeyFrame = 50;

export interface RtpOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly address: string;
  /** 8 kHz; silence follows it. Null: silence from the start. */
  readonly play: Int16Array | null;
  readonly keys: string;
  readonly recordLimitMs: number;
  /** Null: any source. Otherwise media go to and come from such addresses only. */
  mayReach(address: string): boolean;
  onKey(key: string): void;
}

export interface RtpFigures {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsIgnored: number;
  readonly keysReceived: string;
}

export class RtpSession {
  readonly #options: RtpOptions;
  readonly #ssrc: number;
  readonly #firstSequence: number;
  readonly #firstTimestamp: number;
  readonly #recording: Recording;
  readonly #keyReader = new KeyReader();
  #socket: UdpSocket | null = null;
  #timer: Timer | null = null;
  #parameters: AudioParameters | null = null;
  #startedMs = 0;
  #frame = 0;
  #packetsSent = 0;
  #packetsReceived = 0;
  #packetsIgnored = 0;
  #keysReceived = '';
  #plan: ReturnType<typeof planKeys>;
  readonly #payload = new Uint8Array(frameSamples);

  constructor(options: RtpOptions) {
    const { random } = options;
    this.#options = options;
    this.#ssrc = random.integer(2 ** 32);
    this.#firstSequence = random.integer(2 ** 16);
    this.#firstTimestamp = random.integer(2 ** 32);
    this.#recording = new Recording(sampleRateHz, options.recordLimitMs);
    this.#plan = planKeys(options.keys, firstKeyFrame, frameSamples);
  }

  /** Binds; resolves with the port. @throws CodedError `network.failed`. */
  async open(): Promise<number> {
    const { network, address } = this.#options;
    const socket = await network.udp({
      address,
      port: 0,
      onDatagram: (datagram, from) => this.#receive(datagram, from),
      onError: () => {},
    });
    this.#socket = socket;
    return socket.local.port;
  }

  /** Starts on the first call, changes the target on later ones (re-INVITE). */
  configure(parameters: AudioParameters): void {
    this.#parameters = parameters;
    if (this.#timer !== null || this.#socket === null) return;
    const { clock } = this.#options;
    this.#startedMs = clock.nowMs();
    this.#timer = every(clock, frameMs, () => this.#tick());
  }

  /** What was heard in the first `lengthMs` since the answer. */
  recorded(lengthMs: number): Int16Array {
    return this.#recording.audio(lengthMs);
  }

  get figures(): RtpFigures {
    return {
      packetsSent: this.#packetsSent,
      packetsReceived: this.#packetsReceived,
      packetsIgnored: this.#packetsIgnored,
      keysReceived: this.#keysReceived,
    };
  }

  /** A key that came by another way (INFO). */
  addKey(key: string): void {
    this.#keysReceived += key;
    this.#options.onKey(key);
  }

  close(): void {
    this.#timer?.cancel();
    this.#socket?.close();
    this.#socket = null;
  }

  #tick(): void {
    const frame = this.#frame++;
    const parameters = this.#parameters;
    if (parameters === null || parameters.remote === null) return;
    if (parameters.direction === 'recvonly' || parameters.direction === 'inactive') return;
    if (!this.#options.mayReach(parameters.remote.address)) return;
    const key = parameters.telephoneEvent === null ? undefined : this.#plan.get(frame);
    const packet = writeRtp({
      marker: key?.marker ?? this.#packetsSent === 0,
      payloadType:
        key === undefined || parameters.telephoneEvent === null
          ? parameters.codecs[0].sendPayloadType
          : parameters.telephoneEvent.sendPayloadType,
      sequence: this.#firstSequence + this.#packetsSent,
      timestamp: this.#firstTimestamp + (key?.startFrame ?? frame) * frameSamples,
      ssrc: this.#ssrc,
      payload: key?.payload ?? this.#audio(frame, parameters.codecs[0].name),
    });
    this.#socket?.send(packet, parameters.remote);
    this.#packetsSent++;
  }

  #audio(frame: number, codec: string): Uint8Array {
    const samples = new Int16Array(frameSamples);
    const start = frame * frameSamples;
    samples.set(this.#options.play?.subarray(start, start + frameSamples) ?? []);
    encodeG711(codec === 'PCMA' ? linearToAlaw : linearToUlaw, samples, frameSamples, this.#payload);
    return this.#payload;
  }

  #receive(datagram: Uint8Array, from: Endpoint): void {
    const packet = readRtp(datagram);
    const parameters = this.#parameters;
    if (packet === null || parameters === null || !this.#options.mayReach(from.address)) {
      this.#packetsIgnored++;
      return;
    }
    this.#packetsReceived++;
    const { payload, payloadType, timestamp, ssrc } = packet;
    if (payloadType === parameters.telephoneEvent?.receivePayloadType) {
      const key = this.#keyReader.read(timestamp, payload);
      if (key !== null) this.addKey(key);
      return;
    }
    const codec = parameters.codecs.find(({ receivePayloadType }) => receivePayloadType === payloadType);
    if (codec === undefined) return;
    const audio = new Int16Array(payload.length);
    decodeG711(codec.name === 'PCMA' ? alawToLinear : ulawToLinear, payload, payload.length, audio);
    this.#recording.add(ssrc, timestamp, this.#options.clock.nowMs() - this.#startedMs, audio);
  }
}
