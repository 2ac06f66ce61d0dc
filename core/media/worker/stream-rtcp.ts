/** The RTCP of one stream: whose it is, what it changes, where ours goes. */
import { type Clock, type PacketIo, type Random, type SockAddr, sockAddrText } from '../../runtime/index.ts';
import type { AudioParameters } from '../../sdp/types.ts';
import { Latch } from './latch.ts';
import type { MediaEvent, OpenedSockets, StreamId, StreamOptions } from './protocol.ts';
import type { Receiver } from './receiver.ts';
import { RtcpSession } from './rtcp-session.ts';
import type { Sender } from './sender.ts';
import { protectReport } from './srtp-report.ts';

export interface StreamRtcpParts {
  readonly stream: StreamId;
  readonly options: StreamOptions;
  readonly sockets: OpenedSockets;
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly host: {
    readonly clock: Clock;
    readonly random: Random;
    readonly io: PacketIo;
    post(event: MediaEvent): void;
  };
}

/** A BYE that is said again and again is told once. */
const byeRestMs = 1000;

export class StreamRtcp {
  readonly session: RtcpSession;
  /** RTCP has an address of its own, learned apart from that of RTP. */
  readonly latch: Latch;
  readonly #parts: StreamRtcpParts;
  #isMuxed = false;
  /** There is somewhere to send to, and it may be sent to. */
  #hasRemote = false;
  #byeAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: StreamRtcpParts) {
    const { options, host } = parts;
    this.#parts = parts;
    this.session = new RtcpSession(host.clock, host.random, options.ssrc, options.cname);
    this.latch = new Latch(options.symmetric);
  }

  /** @throws RangeError when the peer's address is none. */
  configure({ remote, remoteRtcp, rtcpMux }: AudioParameters): void {
    this.#isMuxed = rtcpMux === true;
    this.#hasRemote = remote !== null;
    if (remote === null) return;
    const { address, port } = remote;
    const at = remoteRtcp ?? { address, port: this.#isMuxed ? port : port + 1 };
    this.latch.describe(at.address, at.port & 0xffff);
  }

  /** Of a browser leg: on one port always, and its reports may leave out the report (RFC 5506). */
  beMuxed(): void {
    this.#isMuxed = true;
    this.session.reducedSize = true;
  }

  /** Of a browser leg: there is a peer, and there are keys. */
  setReach(reachable: boolean): void {
    this.#hasRemote = reachable;
  }

  /** A datagram of the RTCP port: of the address described, or learned once from the RTP peer's host. */
  receive(packet: Uint8Array, length: number, from: SockAddr, nowMs: number): void {
    const { latch } = this;
    const isPeer = latch.accepts(from);
    const { peer } = this.#parts.receiver.latch;
    const mayLearn = !isPeer && latch.open && latch.known && sockAddrText(from) === sockAddrText(peer);
    if (!this.read(packet, length, isPeer || mayLearn, nowMs)) return;
    if (!latch.locked) latch.learn(from);
  }

  /** A datagram that is RTCP, of either port. True when it was understood. */
  read(packet: Uint8Array, length: number, isPeer: boolean, nowMs: number): boolean {
    const { receiver, sender, host, stream } = this.#parts;
    if (!isPeer) {
      receiver.fromStrangers++;
      return false;
    }
    const plainLength = receiver.srtp === null ? length : receiver.srtp.unprotectRtcp(packet, length);
    if (plainLength < 0) return false;
    receiver.lastSignMs = nowMs;
    const reading = this.session.read(packet, plainLength);
    if (reading === null) {
      receiver.malformed++;
      return false;
    }
    if (reading.aboutUs !== null) sender.setPeerLoss(reading.aboutUs.fractionLost / 256);
    if (receiver.hasSource && reading.byes.includes(receiver.ssrc)) {
      // Its next packet may be of any other source; what waits is still played.
      receiver.source.end();
      if (nowMs - this.#byeAtMs >= byeRestMs) host.post({ kind: 'peerBye', stream });
      this.#byeAtMs = nowMs;
    }
    return true;
  }

  /** Sends a report; with `bye` the last one. */
  send(bye: boolean): void {
    const { receiver, sender, host, sockets } = this.#parts;
    const plain = this.session.report(sender, receiver, bye);
    // RFC 5761: on the port of RTP, and to where that goes.
    const { known, peer } = this.#isMuxed ? receiver.latch : this.latch;
    if (!this.#hasRemote || !known) return;
    const report = sender.srtp === null ? plain : protectReport(sender.srtp, plain);
    if (report === null) return;
    const socket = this.#isMuxed ? sender.socket : sockets.rtcp;
    if (!host.io.send(socket, report, report.length, peer)) sender.errors++;
  }
}
