/**
 * One socket of a relay: whose packet is it, and out through which socket does it go. Runs for every
 * packet and allocates nothing; what is in the packet is its peers' affair.
 */
import { type PacketIo, type SockAddr, type SocketHandle, sockAddrEquals, sockAddrText } from '../../runtime/index.ts';
import { Latch } from './latch.ts';
import type { RelaySide } from './relay-side.ts';
import { isRtcp } from './rtp.ts';
import { rtpHeaderEnd } from './rtp-rewriter.ts';

/** What a port, or a side of a line, has seen. `received` = forwarded by the other side + dropped. */
export class RelayCounts {
  received = 0;
  /** Given to the kernel towards this side's peer. */
  sent = 0;
  sentOctets = 0;
  /** Not from the peer. */
  strangers = 0;
  /** Without payload. */
  empty = 0;
  /** Not an RTP packet where one has to be rewritten. */
  malformed = 0;
  /** For the other side, which is held or not described yet. */
  held = 0;
  /** The kernel did not take it. */
  sendErrors = 0;
}

export class RelayPort {
  readonly socket: SocketHandle;
  readonly latch = new Latch(false);
  readonly #side: RelaySide;
  readonly #isRtcpPort: boolean;
  readonly #io: PacketIo;

  constructor(io: PacketIo, socket: SocketHandle, side: RelaySide, isRtcpPort: boolean) {
    this.#io = io;
    this.socket = socket;
    this.#side = side;
    this.#isRtcpPort = isRtcpPort;
  }

  /** A datagram that came in here. */
  receive(packet: Uint8Array, length: number, from: SockAddr, nowMs: number): void {
    const side = this.#side;
    const { counts } = side;
    if (!this.#accepts(from)) {
      counts.strangers++;
      return;
    }
    side.lastSignMs = nowMs;
    counts.received++;
    const { other } = side;
    const isControl = this.#isRtcpPort || (side.options.transport === 'rtp' && isRtcp(packet, length));
    // "Drop packets with zero payload", which still are a sign of life.
    if (length === 0 || (!isControl && side.options.transport === 'rtp' && rtpHeaderEnd(packet, length) === length)) {
      counts.empty++;
      return;
    }
    if (isControl) {
      // RFC 5761: a side that multiplexes gets RTCP on its RTP port, the other one on a port of its own.
      (other.multiplexes ? other.rtp : other.rtcp).send(packet, length);
      return;
    }
    side.readKeys(packet, length);
    if (side.rewriter === null) {
      other.rtp.send(packet, length);
      return;
    }
    const rewritten = side.rewriter.rewrite(packet, length, nowMs);
    if (rewritten === null) counts.malformed++;
    else other.rtp.send(rewritten, length);
  }

  /** Sends what came in on the other side to this side's peer. */
  send(packet: Uint8Array, length: number): void {
    const { counts, other, isHeld } = this.#side;
    if (isHeld || !this.latch.known) {
      other.counts.held++;
      return;
    }
    if (this.#io.send(this.socket, packet, length, this.latch.peer)) {
      counts.sent++;
      counts.sentOctets += length;
    } else counts.sendErrors++;
  }

  /** Is it the peer's? Symmetric: the first one's source is learned, then it is locked. */
  #accepts(from: SockAddr): boolean {
    const { latch } = this;
    const isPeer = latch.accepts(from);
    if (latch.locked) return isPeer;
    if (!isPeer && !(latch.open && latch.known && this.#mayLearn(from))) return false;
    if (latch.learn(from)) this.#side.learned(from, this.#isRtcpPort);
    return true;
  }

  #mayLearn(from: SockAddr): boolean {
    if (this.#side.isOwn(from)) return false;
    if (!this.#isRtcpPort) return true;
    // Control packets come from the host of the media.
    const { latch } = this.#side.rtp;
    return sockAddrText(from) === sockAddrText(latch.peer) && !sockAddrEquals(from, latch.peer);
  }
}
