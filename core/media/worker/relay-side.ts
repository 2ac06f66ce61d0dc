/** One side of a relay line: its RTP and its RTCP port, and the peer that is there. */
import {
  formatHost,
  newSockAddr,
  type PacketIo,
  type SockAddr,
  setSockAddr,
  sockAddrEquals,
  sockAddrPort,
  sockAddrText,
} from '../../runtime/index.ts';
import { DtmfReceiver } from './dtmf-receive.ts';
import type {
  MediaEvent,
  OpenedSockets,
  RelayLineId,
  RelayLineOptions,
  RelayRemote,
  RelaySideName,
  RelaySideOptions,
  RelaySideStats,
} from './protocol.ts';
import { RelayCounts, RelayPort } from './relay-port.ts';
import { readUint32 } from './rtp.ts';
import type { RtpRewriter } from './rtp-rewriter.ts';
import { rtpHeaderEnd } from './rtp-rewriter.ts';

/** A peer that was silent for this long may have another NAT binding now: it is learned anew. */
const quietMs = 1000;

export interface RelayHost {
  readonly io: PacketIo;
  post(event: MediaEvent): void;
}

export class RelaySide {
  readonly name: RelaySideName;
  readonly line: RelayLineId;
  readonly sockets: OpenedSockets;
  readonly options: RelayLineOptions;
  readonly counts = new RelayCounts();
  readonly rtp: RelayPort;
  readonly rtcp: RelayPort;
  /** What this side sends is rewritten; null: passed on as it is. */
  readonly rewriter: RtpRewriter | null;
  /** Set once by the line, right after both sides are made. */
  other: RelaySide = this;
  lastSignMs = 0;
  isHeld = true;
  /** RTCP comes and goes on the RTP port (RFC 5761). */
  multiplexes = false;
  /** Packets are due: without them the line times out. */
  expects = false;
  timeoutReported = false;
  #keyPayloadType = -1;
  readonly #keys: DtmfReceiver;
  readonly #own: readonly SockAddr[];
  readonly #host: RelayHost;

  constructor(
    name: RelaySideName,
    line: RelayLineId,
    sockets: OpenedSockets,
    own: readonly SockAddr[],
    options: RelayLineOptions,
    rewriter: RtpRewriter | null,
    host: RelayHost,
  ) {
    this.name = name;
    this.line = line;
    this.sockets = sockets;
    this.options = options;
    this.rewriter = rewriter;
    this.#own = own;
    this.#host = host;
    this.rtp = new RelayPort(host.io, sockets.rtp, this, false);
    this.rtcp = new RelayPort(host.io, sockets.rtcp, this, true);
    this.#keys = new DtmfReceiver((key, durationMs) =>
      host.post({ kind: 'relayKey', line, side: name, key, durationMs }),
    );
  }

  /** An offer or answer of this side's peer. */
  configure(remote: RelayRemote | null, options: RelaySideOptions, nowMs: number): void {
    this.#keyPayloadType = options.detectKeys?.payloadType ?? -1;
    this.#keys.clockRateHz = options.detectKeys?.clockRateHz ?? 8000;
    this.timeoutReported = false;
    this.isHeld = remote === null || !this.#describe(remote, options.symmetric, nowMs);
    this.multiplexes = remote !== null && remote.rtcpPort === remote.rtpPort;
    this.expects = options.expectsPackets ?? !this.isHeld;
    this.lastSignMs = nowMs;
  }

  #describe(remote: RelayRemote, symmetric: boolean, nowMs: number): boolean {
    const { address, rtpPort } = remote;
    try {
      const rtp = setSockAddr(newSockAddr(), address, rtpPort);
      if (this.isOwn(rtp)) {
        this.#warn(`${address} port ${rtpPort} is this line's own socket: sending there would go round for ever`);
        return false;
      }
      const quiet = nowMs - this.lastSignMs > quietMs;
      for (const { latch } of [this.rtp, this.rtcp]) {
        latch.symmetric = symmetric;
        if (quiet) latch.unlock();
      }
      this.rtp.latch.describe(address, rtpPort);
      // Port 0: the peer takes no RTCP; the next port then is as good for what it may send.
      this.rtcp.latch.describe(address, remote.rtcpPort === 0 ? (rtpPort + 1) & 0xffff : remote.rtcpPort);
      return true;
    } catch (fault) {
      this.#warn(`cannot send to ${formatHost(address)}: ${String(fault)}`);
      return false;
    }
  }

  /** Is it one of this line's own sockets? */
  isOwn(address: SockAddr): boolean {
    for (let i = 0; i < this.#own.length; i++) if (sockAddrEquals(this.#own[i] as SockAddr, address)) return true;
    return false;
  }

  learned(from: SockAddr, isRtcp: boolean): void {
    if (isRtcp) return;
    const { line, name: side } = this;
    this.#host.post({ kind: 'relayPeerLearned', line, side, address: sockAddrText(from), port: sockAddrPort(from) });
  }

  /** A key that passes by is reported, and passes by. */
  readKeys(packet: Uint8Array, length: number): void {
    if (this.#keyPayloadType < 0 || ((packet[1] as number) & 0x7f) !== this.#keyPayloadType) return;
    const start = rtpHeaderEnd(packet, length);
    if (start > 0) this.#keys.push(packet, start, length - start, readUint32(packet, 4) | 0);
  }

  /** Time passes: a key without end packets ends, silence is reported once. */
  tick(elapsedMs: number, nowMs: number): void {
    this.#keys.tick(elapsedMs);
    const { rtpTimeoutMs } = this.options;
    if (rtpTimeoutMs === 0 || !this.expects || this.timeoutReported) return;
    if (nowMs - this.lastSignMs < rtpTimeoutMs) return;
    this.timeoutReported = true;
    this.#host.post({ kind: 'relayTimeout', line: this.line, side: this.name });
  }

  stats(): RelaySideStats {
    const { received, sent, sentOctets, strangers, empty, malformed, held, sendErrors } = this.counts;
    return {
      packetsReceived: received,
      packetsSent: sent,
      octetsSent: sentOctets,
      packetsFromStrangers: strangers,
      packetsEmpty: empty,
      packetsMalformed: malformed,
      packetsHeld: held,
      sendErrors,
    };
  }

  #warn(message: string): void {
    const text = `relay line ${this.line}, side ${this.name}: ${message}`;
    this.#host.post({ kind: 'log', level: 'warn', message: text, stream: null });
  }
}
