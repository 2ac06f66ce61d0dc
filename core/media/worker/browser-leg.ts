/**
 * What a stream to a browser has beside its audio: ICE, the way of DTLS packets to the main thread
 * and back, and the keys that come of it. One socket for all of it (RFC 7983, RFC 5761).
 *
 *   packet ── STUN ──► ice/agent.ts ──► answer; who is the peer
 *          ── DTLS ──► known address? ──► `dtlsReceived` … `dtlsSend` ──► peer
 *          ── RTP  ──► known address, keys? ──► receiver, RTCP
 *          ── else ──► counted
 *
 * Nothing is sent but answers and DTLS until there is a nominated pair and keys.
 */
import {
  type Clock,
  type PacketIo,
  type SockAddr,
  type SocketHandle,
  sockAddrPort,
  sockAddrText,
} from '../../runtime/index.ts';
import type { SrtpParameters, WebRtcParameters } from '../../sdp/types.ts';
import {
  Budget,
  type CandidatePair,
  IceAgent,
  type IceCounts,
  type IceHost,
  type IceState,
  packetKind,
  packetKindOf,
} from '../ice/index.ts';
import type { IceCommand, IceTransport } from './ice-messages.ts';
import type { BrowserLegOptions, MediaEvent, OpenedSockets, StreamId } from './protocol.ts';
import type { Receiver } from './receiver.ts';
import { isRtcp } from './rtp.ts';
import type { Sender } from './sender.ts';
import type { StreamRtcp } from './stream-rtcp.ts';

/** A handshake is a dozen packets, some of them twice; then nothing comes but an end. */
const dtlsPerSecond = 25;
const dtlsAtOnce = 32;
/** No packet of a handshake is longer than a path (RFC 6347 4.1.1). */
const longestDtls = 1500;

export interface BrowserLegParts {
  readonly stream: StreamId;
  readonly options: BrowserLegOptions;
  readonly sockets: OpenedSockets;
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly rtcp: StreamRtcp;
  readonly host: {
    readonly clock: Clock;
    readonly io: PacketIo;
    /** Of the engine. */
    readonly iceCounts: IceCounts;
    transportOf(socket: SocketHandle): IceTransport;
    post(event: MediaEvent): void;
  };
  /** Keys came: encrypts and decrypts with them from now on. */
  secure(keys: SrtpParameters): void;
  /** `ready` has changed. */
  changed(): void;
  warn(message: string): void;
}

/** As plain data; with the keys, for they are in no description. */
export interface BrowserLegState {
  readonly ice: IceState;
  readonly keys: SrtpParameters | null;
}

export class BrowserLeg implements IceHost {
  readonly counts: IceCounts;
  readonly #parts: BrowserLegParts;
  readonly #agent: IceAgent;
  readonly #dtls: Budget;
  #keys: SrtpParameters | null = null;
  /** Where DTLS came from last, for answers before a pair is nominated. */
  #dtlsFrom: CandidatePair | null = null;
  #strangerTold = false;

  constructor(parts: BrowserLegParts) {
    const { options, host, rtcp } = parts;
    const nowMs = host.clock.nowMs();
    this.#parts = parts;
    this.counts = host.iceCounts;
    this.#agent = new IceAgent(options, options.iceTimeoutMs, this, nowMs);
    this.#dtls = new Budget(dtlsPerSecond, dtlsAtOnce, nowMs);
    rtcp.beMuxed();
  }

  /** There are a nominated pair that is checked, and keys. */
  get ready(): boolean {
    return this.#keys !== null && this.#agent.consent;
  }

  /** After an offer and answer. */
  configure(parameters: WebRtcParameters | null): void {
    if (parameters === null) {
      this.#parts.warn('the description of a browser leg has no ICE: nothing changes for its media');
      return;
    }
    const { localUfrag: ufrag, localPassword: password, remoteUfrag } = parameters;
    this.#agent.configure({ ufrag, password }, remoteUfrag, this.#parts.host.clock.nowMs());
  }

  handle(command: IceCommand): void {
    switch (command.kind) {
      case 'iceRestart':
        this.#agent.restart(command.credentials);
        break;
      case 'dtlsSend':
        this.#sendDtls(command.packet);
        break;
      case 'secure':
        this.#secure(command.srtp);
        break;
      default: {
        const unknown: never = command;
        throw new RangeError(`unknown command ${JSON.stringify(unknown)}`);
      }
    }
  }

  #secure(keys: SrtpParameters): void {
    this.#keys = keys;
    this.#parts.secure(keys);
    this.#changed();
  }

  /** A datagram of the leg's socket, or a frame of a TCP connection of it. */
  receive(socket: SocketHandle, packet: Uint8Array, length: number, from: SockAddr, nowMs: number): void {
    switch (packetKindOf(packet, length)) {
      case packetKind.rtp:
        this.#receiveRtp(socket, packet, length, from, nowMs);
        break;
      case packetKind.stun:
        this.#agent.receive(socket, packet, length, from, nowMs);
        break;
      case packetKind.dtls:
        this.#receiveDtls(socket, packet, length, from, nowMs);
        break;
      default:
        this.counts.otherProtocols++;
    }
  }

  #receiveRtp(socket: SocketHandle, packet: Uint8Array, length: number, from: SockAddr, nowMs: number): void {
    const { receiver, rtcp } = this.#parts;
    const { selected } = this.#agent;
    // The usual case first: compared by two numbers.
    const isSelected = selected !== null && selected.socket === socket && receiver.latch.accepts(from);
    if (!isSelected && this.#agent.find(socket, from) === null) {
      receiver.fromStrangers++;
      this.#stranger(from);
    } else if (this.#keys === null) this.counts.withoutKeys++;
    else if (isRtcp(packet, length)) {
      const before = rtcp.session.feedback;
      rtcp.read(packet, length, true, nowMs);
      this.counts.feedback += rtcp.session.feedback - before;
    } else receiver.receiveFromPeer(packet, length, nowMs);
  }

  #receiveDtls(socket: SocketHandle, packet: Uint8Array, length: number, from: SockAddr, nowMs: number): void {
    const pair = this.#agent.find(socket, from);
    if (pair === null) this.#stranger(from);
    else if (length > longestDtls || !this.#dtls.take(nowMs)) this.counts.dtlsDropped++;
    else {
      this.counts.dtlsReceived++;
      this.#dtlsFrom = pair;
      this.#parts.host.post({ kind: 'dtlsReceived', stream: this.#parts.stream, packet: packet.slice(0, length) });
    }
  }

  #stranger(from: SockAddr): void {
    this.counts.strangers++;
    if (this.#strangerTold) return;
    this.#strangerTold = true;
    const source = `${sockAddrText(from)} port ${sockAddrPort(from)}`;
    this.#parts.warn(`media of ${source} is dropped: no connectivity check from there was authentic`);
  }

  #sendDtls(packet: Uint8Array): void {
    const pair = this.#agent.consent ? this.#agent.selected : this.#dtlsFrom;
    if (pair === null || !this.#parts.host.io.send(pair.socket, packet, packet.length, pair.address)) {
      this.counts.dtlsDropped++;
    } else this.counts.dtlsSent++;
  }

  /** Is the socket of a pair that is in use, or was checked lately? */
  uses(socket: SocketHandle): boolean {
    return this.#agent.uses(socket);
  }

  /** The socket is closed: a connection that ended, or a path that was of no use any more. */
  forget(socket: SocketHandle): void {
    const { sender } = this.#parts;
    if (sender.socket === socket) sender.socket = -1;
    if (this.#dtlsFrom?.socket === socket) this.#dtlsFrom = null;
    this.#agent.forget(socket);
  }

  /** Every few ticks. */
  keepHouse(nowMs: number): void {
    this.#agent.keepHouse(nowMs);
  }

  // --- what the agent decides ---

  send(socket: SocketHandle, packet: Uint8Array, length: number, to: SockAddr): void {
    if (!this.#parts.host.io.send(socket, packet, length, to)) this.#parts.sender.errors++;
  }

  selected(pair: CandidatePair): void {
    this.#follow(pair);
    const { stream, host } = this.#parts;
    const address = sockAddrText(pair.address);
    const port = sockAddrPort(pair.address);
    host.post({ kind: 'iceSelected', stream, address, port, transport: host.transportOf(pair.socket) });
    this.#changed();
  }

  #follow(pair: CandidatePair): void {
    this.#parts.receiver.latch.direct(pair.address);
    this.#parts.sender.socket = pair.socket;
  }

  lost(reason: 'timeout' | 'consent' | null): void {
    this.#changed();
    if (reason === null) return;
    const detail = reason === 'consent' ? consentDetail : this.#timeoutDetail();
    this.#parts.host.post({ kind: 'iceFailed', stream: this.#parts.stream, reason, detail });
  }

  #timeoutDetail(): string {
    const { options, sockets } = this.#parts;
    const waited = `after ${options.iceTimeoutMs / 1000} s`;
    const isShared = options.port !== undefined;
    const place = `${isShared ? 'UDP or TCP' : 'UDP'} port ${sockets.rtpPort} of ${sockets.address}`;
    const cure = isShared
      ? 'open or publish it for both, and set media.external behind NAT'
      : 'open media.ports in the firewall, set media.external behind NAT, or use media.browserPort';
    switch (this.#agent.heard) {
      case 'nothing':
        return `${waited} no check of the browser had come to ${place}: ${cure}`;
      case 'refused':
        return `${waited} all checks that came to ${place} had other credentials than the description: something between changes descriptions, or an old one is in use`;
      case 'checks':
        return `${waited} the browser had nominated no address, though its checks came: see whether answers reach it from ${place}`;
    }
  }

  restartFailed(): void {
    this.#parts.warn('the browser nominated no address after the ICE restart: its media goes on where it was');
  }

  #changed(): void {
    this.#parts.rtcp.setReach(this.ready);
    this.#parts.changed();
  }

  // --- moving ---

  state(nowMs: number): BrowserLegState {
    return { ice: this.#agent.state(nowMs), keys: this.#keys };
  }

  /** `oldSocket`: what `sockets.rtp` was when the state was taken. Pairs of other sockets come along within a process only. */
  restore({ ice, keys }: BrowserLegState, nowMs: number, oldSocket: number, elsewhere: boolean): void {
    const { rtp } = this.#parts.sockets;
    const socketOf = (socket: number): number => (socket === oldSocket ? rtp : elsewhere ? -1 : socket);
    const pairs = ice.pairs.map((pair) => ({ ...pair, socket: socketOf(pair.socket) }));
    this.#agent.restore({ ...ice, pairs }, nowMs);
    const { selected } = this.#agent;
    if (selected !== null) this.#follow(selected);
    if (keys !== null) this.#secure(keys);
    else this.#changed();
  }
}

const consentDetail =
  'the browser has not checked the connection for 30 s (RFC 7675): its page was closed, or its network is gone';
