/** A media engine on the simulated internet, stepped tick by tick, and a peer that speaks raw RTP. */

import { codecs } from '../../../core/media/worker/codecs/g711.ts';
import { MediaEngine } from '../../../core/media/worker/engine.ts';
import { formats } from '../../../core/media/worker/formats/index.ts';
import { shareAudio } from '../../../core/media/worker/prompt-store.ts';
import type {
  Command,
  MediaEvent,
  OpenedSockets,
  PlayItem,
  StreamOptions,
} from '../../../core/media/worker/protocol.ts';
import type { CodecRecord } from '../../../core/media/worker/records.ts';
import { parseRtp, RtpHeader, writeRtpHeader } from '../../../core/media/worker/rtp.ts';
import {
  createSimulation,
  MemoryFiles,
  newSockAddr,
  type PacketIo,
  type SimClock,
  type SocketHandle,
  setSockAddr,
  sockAddrPort,
} from '../../../core/runtime/index.ts';
import type { AudioParameters } from '../../../core/sdp/index.ts';

export interface ReceivedPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
  readonly atMs: number;
}

export const engineAddress = '10.0.0.1';

/** `{ tick }` moves time by 20 ms and steps all engines once. */
export function bench(options: { readonly codecs?: readonly CodecRecord[] } = {}) {
  const simulation = createSimulation({ seed: 1, impairments: { latencyMs: 1 } });
  const server = simulation.host(engineAddress);
  const files = new MemoryFiles();
  const engines: TestEngine[] = [];
  let peers = 0;

  const bench = {
    clock: simulation.clock,
    files,
    engine(): TestEngine {
      const engine = new TestEngine(
        simulation.clock,
        () => server.seams.packetIo(),
        files,
        server.seams.random,
        options.codecs ?? codecs,
      );
      engines.push(engine);
      return engine;
    },
    async peer(): Promise<Peer> {
      const address = `10.0.1.${++peers}`;
      const io = simulation.host(address).host.packetIo();
      return new Peer(simulation.clock, io, address, await io.open(address, 5000), await io.open(address, 5001));
    },
    /** Lets `count` ticks pass; `each` runs before each of them. */
    async ticks(count: number, each: (tick: number) => void = () => {}): Promise<void> {
      for (let i = 0; i < count; i++) {
        each(i);
        await simulation.clock.advance(19);
        for (const { engine } of engines) engine.tick();
        await simulation.clock.advance(1); // what was sent arrives
      }
    },
  };
  return bench;
}

export class TestEngine {
  readonly engine: MediaEngine;
  readonly events: MediaEvent[] = [];
  readonly #replies = new Map<number, (event: Extract<MediaEvent, { kind: 'reply' }>) => void>();
  #request = 0;

  constructor(
    clock: SimClock,
    packetIo: () => PacketIo,
    files: MemoryFiles,
    random: { fraction(): number; integer(limit: number): number; secure(length: number): Uint8Array },
    records: readonly CodecRecord[],
  ) {
    this.engine = new MediaEngine({
      clock,
      packetIo: packetIo(),
      openRelayIo: packetIo,
      files,
      random,
      ports: [20000, 20099],
      codecs: records,
      formats,
      post: (events) => {
        for (const event of events) {
          if (event.kind === 'reply') this.#replies.get(event.request)?.(event);
          else if (event.kind !== 'load') this.events.push(event);
        }
      },
    });
  }

  send(command: Command): void {
    this.engine.handle(command);
  }

  /** Sends a command that is answered; rejects with `code: detail`. */
  ask<T>(make: (request: number) => Command): Promise<T> {
    const request = ++this.#request;
    return new Promise((resolve, reject) => {
      this.#replies.set(request, (event) => {
        if (event.ok) resolve(event.value as T);
        else reject(new Error(`${event.code}: ${event.detail}`));
      });
      this.engine.handle(make(request));
    });
  }

  /** Opens a stream and connects it with `peer`. */
  async stream(
    stream: number,
    peer: Peer,
    parameters: Partial<AudioParameters> = {},
    options: Partial<StreamOptions> = {},
  ): Promise<OpenedSockets> {
    const sockets = await this.ask<OpenedSockets>((request) => ({
      kind: 'open',
      request,
      stream,
      address: engineAddress,
      options: {
        symmetric: true,
        rtpTimeoutMs: 1000,
        ssrc: 0xaa000000 + stream,
        cname: 'test',
        // A fixed delay: what is asked of the engine is which frame goes where.
        playout: { type: 'fixed', minMs: 20, maxMs: 240, fixedMs: 60 },
        ...options,
      },
    }));
    peer.target = sockets.rtpPort;
    this.send({ kind: 'configure', stream, parameters: { ...agreed(peer), ...parameters } });
    return sockets;
  }

  play(stream: number, ...items: readonly PlayItem[]): void {
    this.send({ kind: 'play', stream, items, where: 'back' });
  }

  /** A prompt of these samples at 8000 Hz. */
  prompt(prompt: number, samples: readonly number[] | Int16Array, sampleRateHz = 8000): void {
    this.send({
      kind: 'definePrompt',
      prompt,
      audio: shareAudio({ sampleRateHz, samples: Int16Array.from(samples) }),
    });
  }

  kinds(): string[] {
    return this.events.map((event) => event.kind);
  }
}

/** PCMU and telephone-event 101 with `peer`. */
export function agreed(peer: Peer): AudioParameters {
  return {
    remote: { address: peer.address, port: 5000 },
    remoteRtcp: null,
    direction: 'sendrecv',
    codecs: [
      { name: 'PCMU', clockRateHz: 8000, channels: 1, sendPayloadType: 0, receivePayloadType: 0, fmtp: null },
      { name: 'PCMA', clockRateHz: 8000, channels: 1, sendPayloadType: 8, receivePayloadType: 8, fmtp: null },
    ],
    telephoneEvent: { sendPayloadType: 101, receivePayloadType: 101 },
    ptimeMs: 20,
  };
}

/** Sends and collects packets; nothing of the engine's own code but header parsing. */
export class Peer {
  readonly address: string;
  readonly io: PacketIo;
  readonly received: ReceivedPacket[] = [];
  readonly rtcp: Uint8Array[] = [];
  readonly #clock: SimClock;
  readonly #rtp: SocketHandle;
  readonly #rtcp: SocketHandle;
  target = 0;
  sequence = 1000;
  timestamp = 50_000;
  ssrc = 0xbb000001;

  constructor(clock: SimClock, io: PacketIo, address: string, rtp: SocketHandle, rtcp: SocketHandle) {
    this.#clock = clock;
    this.io = io;
    this.address = address;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  /** Sends raw bytes to the stream's RTP port (or the one after it). */
  raw(bytes: Uint8Array, toRtcp = false): void {
    const to = setSockAddr(newSockAddr(), engineAddress, this.target + (toRtcp ? 1 : 0));
    this.io.send(toRtcp ? this.#rtcp : this.#rtp, bytes, bytes.length, to);
  }

  /** Sends the next packet of a talk; every byte of the payload is `code`, or these bytes. */
  speak(code: number | Uint8Array, payloadType = 0): void {
    const payload = typeof code === 'number' ? new Uint8Array(160).fill(code) : code;
    this.packet(this.sequence, this.timestamp, payload, payloadType);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.timestamp = (this.timestamp + payload.length) >>> 0;
  }

  packet(sequence: number, timestamp: number, payload: Uint8Array, payloadType = 0, marker = false): void {
    const packet = new Uint8Array(12 + payload.length);
    writeRtpHeader(packet, marker, payloadType, sequence, timestamp, this.ssrc);
    packet.set(payload, 12);
    this.raw(packet);
  }

  /** What came since the last call. */
  take(): ReceivedPacket[] {
    const header = new RtpHeader();
    this.io.poll((socket, packet, length, from) => {
      if (socket === this.#rtcp) {
        this.rtcp.push(packet.slice(0, length));
        return;
      }
      if (!parseRtp(packet, length, header)) throw new Error('the engine sent what is no RTP');
      this.received.push({
        payloadType: header.payloadType,
        marker: header.marker,
        sequence: header.sequence,
        timestamp: header.timestamp,
        ssrc: header.ssrc,
        payload: packet.slice(header.payloadStart, header.payloadStart + header.payloadLength),
        atMs: this.#clock.nowMs(),
      });
      if (sockAddrPort(from) !== this.target) throw new Error('a packet from another port');
    }, 100_000);
    return this.received.splice(0);
  }
}
