/**
 * What a browser does on one media port, and nothing else of one: checks, the simulated DTLS handshake,
 * PCMU under SRTP. Over UDP or TCP (`Wire`); the clock is the caller's.
 */
import type { DtlsAssociation, DtlsEngine } from '../../core/media/dtls/types.ts';
import { type MediaStream, type StreamWebRtc, writeRtpHeader } from '../../core/media/index.ts';
import { SrtpContext } from '../../core/media/worker/srtp.ts';
import {
  FrameReader,
  newSockAddr,
  type PacketIo,
  type SocketHandle,
  setSockAddr,
  type TcpConnection,
  writeFrame,
} from '../../core/runtime/index.ts';
import type { AudioParameters } from '../../core/sdp/index.ts';
import { check, readAnswer, type StunAnswer } from '../unit/media/ice/checks.ts';

/** Takes packets to the server and brings those of it. */
export interface Wire {
  send(packet: Uint8Array): void;
  onPacket: (packet: Uint8Array) => void;
}

const pcmu = { name: 'PCMU', clockRateHz: 8000, channels: 1, sendPayloadType: 0, receivePayloadType: 0, fmtp: null };

/** Sockets of the browsers' machine; `poll` brings what has come. */
export class UdpWires {
  readonly #io: PacketIo;
  readonly #wires = new Map<SocketHandle, Wire>();

  constructor(io: PacketIo) {
    this.#io = io;
  }

  /** A way to the server from a port of its own. */
  async open(from: string, server: string, port: number): Promise<Wire> {
    const socket = await this.#io.open(from, 0);
    const to = setSockAddr(newSockAddr(), server, port);
    const wire: Wire = {
      onPacket: () => {},
      send: (packet) => void this.#io.send(socket, packet, packet.length, to),
    };
    this.#wires.set(socket, wire);
    return wire;
  }

  poll(): void {
    this.#io.poll((socket, packet, length) => this.#wires.get(socket)?.onPacket(packet.slice(0, length)), 10_000);
  }
}

export function tcpWire(connection: TcpConnection): Wire {
  const frame = new Uint8Array(4100);
  const wire: Wire = {
    onPacket: () => {},
    send: (packet) => void connection.write(frame.slice(0, writeFrame(frame, packet, packet.length))),
  };
  const reader = new FrameReader((packet, length) => wire.onPacket(packet.slice(0, length)));
  connection.onData = (bytes) => void reader.push(bytes, bytes.length);
  return wire;
}

export interface PortBrowserOptions {
  readonly wire: Wire;
  readonly leg: StreamWebRtc;
  readonly dtls: DtlsEngine;
  /** Ours; unique among browsers. */
  readonly ufrag: string;
  /** The PCMU code that all its packets are full of. */
  readonly code: number;
}

export class PortBrowser {
  readonly answers: StunAnswer[] = [];
  /** The first code of each packet that was heard. */
  readonly heard: number[] = [];
  #options: PortBrowserOptions;
  readonly #association: DtlsAssociation;
  #srtp: SrtpContext | null = null;
  #sent = 0;

  constructor(options: PortBrowserOptions) {
    this.#options = options;
    this.#association = options.dtls.open({
      setup: 'passive',
      fingerprints: [options.leg.fingerprint],
      send: (packet) => this.#options.wire.send(packet),
      onKeys: (keys) => {
        this.#srtp = new SrtpContext(keys);
      },
      onEnd: () => {},
    });
    this.#listen();
  }

  /** What the server is to agree on with it. */
  async parameters(more: Partial<AudioParameters> = {}): Promise<AudioParameters> {
    const { leg, ufrag, dtls } = this.#options;
    return {
      remote: { address: '192.0.2.1', port: 9 },
      remoteRtcp: null,
      direction: 'sendrecv',
      codecs: [pcmu],
      telephoneEvent: null,
      ptimeMs: 20,
      rtcpMux: true,
      webRtc: {
        localUfrag: leg.ufrag,
        localPassword: leg.password,
        remoteUfrag: ufrag,
        remotePassword: 'the-password-of-the-browser',
        fingerprints: [await dtls.fingerprint()],
        setup: 'active',
      },
      ...more,
    };
  }

  /** Offer and answer are done: the stream sends back what it hears. */
  async echo(stream: MediaStream): Promise<void> {
    stream.configure(await this.parameters());
    stream.play([{ kind: 'echo' }]);
  }

  /** The same browser goes on from elsewhere. */
  moveTo(wire: Wire): void {
    this.#options.wire.onPacket = () => {};
    this.#options = { ...this.#options, wire };
    this.#listen();
  }

  #listen(): void {
    this.#options.wire.onPacket = (packet) => this.#receive(packet);
  }

  #receive(packet: Uint8Array): void {
    const first = packet[0] ?? 0;
    if (first <= 3) this.answers.push(readAnswer(packet, this.#options.leg.password));
    else if (first <= 63) this.#association.receive(packet);
    else if (this.#srtp !== null && (packet[1] ?? 0) < 192) {
      const length = this.#srtp.unprotect(packet, packet.length);
      if (length > 12) this.heard.push(packet[12] ?? 0);
    }
  }

  /** Sends a check; `password`: another than the right one. */
  check(options: { readonly nominate?: boolean; readonly password?: string; readonly ufrag?: string } = {}): void {
    const { wire, leg, ufrag } = this.#options;
    const { nominate = true, password = leg.password } = options;
    wire.send(check({ username: `${options.ufrag ?? leg.ufrag}:${ufrag}`, password, useCandidate: nominate }));
  }

  get code(): number {
    return this.#options.code;
  }

  get hasKeys(): boolean {
    return this.#srtp !== null;
  }

  /** One packet of 20 ms. */
  speak(): void {
    if (this.#srtp === null) return;
    const { code, wire } = this.#options;
    const packet = new Uint8Array(256).fill(code);
    writeRtpHeader(packet, this.#sent === 0, 0, this.#sent & 0xffff, this.#sent * 160, 0x1000 + code);
    this.#sent++;
    wire.send(packet.subarray(0, this.#srtp.protect(packet, 172)));
  }
}
