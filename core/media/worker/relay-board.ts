/**
 * All relay lines of one engine. They have sockets and a tick of their own: a packet that waits for
 * the 20 ms of the mixing tick arrives with 20 ms more jitter, on the tick of 2 ms with 2.
 */
import {
  type Clock,
  CodedError,
  newSockAddr,
  type PacketIo,
  type Random,
  type SockAddr,
  type SocketHandle,
  setSockAddr,
  type Timer,
} from '../../runtime/index.ts';
import { PortRange } from './port-range.ts';
import type { Command, MediaEvent, OpenedRelayLine, OpenedSockets, RelayLineId, RelayLineStats } from './protocol.ts';
import type { RelayPort } from './relay-port.ts';
import { type RelayHost, RelaySide } from './relay-side.ts';
import { RtpRewriter } from './rtp-rewriter.ts';

/** How long a packet waits at most. Measured: a tick without a packet costs 3 µs and its timer (test/bench/media-relay.ts). */
export const relayTickMs = 2;
/** Packets read in one tick for each line, and some more: a flood holds up neither lines nor streams. */
const packetsPerLine = 8;
const packetsExtra = 128;

interface Line {
  readonly a: RelaySide;
  readonly b: RelaySide;
}

export interface RelayBoardOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly ports: readonly [first: number, last: number];
  /** Sockets that are read on the relay tick; opened with the first line. */
  readonly openIo: () => PacketIo;
  readonly post: (event: MediaEvent) => void;
  /** A relay tick began and ended: events go out, the load is counted. */
  readonly ticked: (startMs: number, endMs: number) => void;
}

export class RelayBoard {
  readonly #options: RelayBoardOptions;
  readonly #lines = new Map<RelayLineId, Line>();
  readonly #bySocket: (RelayPort | undefined)[] = [];
  #io: PacketIo | null = null;
  #ports: PortRange | null = null;
  #timer: Timer | null = null;
  #nowMs = 0;
  /** Packets that closed lines sent and dropped. */
  #sentBefore = 0;
  #droppedBefore = 0;

  constructor(options: RelayBoardOptions) {
    this.#options = options;
  }

  /** The lines now; packets of all lines since the start. */
  totals(): { readonly relayLines: number; readonly relayedPackets: number; readonly droppedPackets: number } {
    let relayedPackets = this.#sentBefore;
    let droppedPackets = this.#droppedBefore;
    for (const line of this.#lines.values()) {
      relayedPackets += sentOf(line);
      droppedPackets += droppedOf(line);
    }
    return { relayLines: this.#lines.size, relayedPackets, droppedPackets };
  }

  /** @throws CodedError `media.noPort`, `network.failed`. */
  async open(command: Extract<Command, { readonly kind: 'openRelayLine' }>): Promise<OpenedRelayLine> {
    const { clock, random, post } = this.#options;
    this.#io ??= this.#options.openIo();
    const io = this.#io;
    this.#ports ??= new PortRange(io, clock, random, this.#options.ports);
    const a = await this.#ports.open(command.addressA);
    let b: OpenedSockets;
    try {
      b = await this.#ports.open(command.addressB);
    } catch (fault) {
      this.#ports.close(a);
      throw fault;
    }
    if (this.#io !== io) throw new CodedError('media.failed', 'the media engine stopped');
    const own = [...addressesOf(a), ...addressesOf(b)];
    const host: RelayHost = { io, post };
    const side = (name: 'a' | 'b', sockets: OpenedSockets, ssrc: number): RelaySide =>
      new RelaySide(
        name,
        command.line,
        sockets,
        own,
        command.options,
        command.options.transparent
          ? null
          : new RtpRewriter(ssrc, random.integer(0x8000), random.integer(0x1_0000_0000)),
        host,
      );
    const line = { a: side('a', a, command.options.ssrcs[1]), b: side('b', b, command.options.ssrcs[0]) };
    line.a.other = line.b;
    line.b.other = line.a;
    this.#lines.set(command.line, line);
    for (const port of portsOf(line)) this.#bySocket[port.socket] = port;
    this.#nowMs = Math.round(clock.nowMs());
    if (this.#timer === null) this.#arm();
    return { a, b };
  }

  configure(command: Extract<Command, { readonly kind: 'configureRelaySide' }>): void {
    const { remote, options, side } = command;
    this.#lines.get(command.line)?.[side].configure(remote, options, Math.round(this.#options.clock.nowMs()));
  }

  /** @throws CodedError `media.failed` when it is not here. */
  stats(id: RelayLineId): RelayLineStats {
    const { a, b } = this.#need(id);
    return { a: a.stats(), b: b.stats() };
  }

  /** Frees the ports. @throws CodedError `media.failed` when it is not here. */
  close(id: RelayLineId): RelayLineStats {
    const line = this.#need(id);
    const stats = this.stats(id);
    this.#sentBefore += sentOf(line);
    this.#droppedBefore += droppedOf(line);
    this.#lines.delete(id);
    for (const { socket } of portsOf(line)) this.#bySocket[socket] = undefined;
    for (const { sockets } of [line.a, line.b]) this.#ports?.close(sockets);
    if (this.#lines.size === 0) this.#disarm();
    return stats;
  }

  /** Open lines. */
  get lines(): number {
    return this.#lines.size;
  }

  /** Looks after keys and time-outs; on the engine's own tick. */
  keepHouse(elapsedMs: number, nowMs: number): void {
    if (this.#lines.size === 0) return; // an iterator of nothing is two objects
    for (const { a, b } of this.#lines.values()) {
      a.tick(elapsedMs, nowMs);
      b.tick(elapsedMs, nowMs);
    }
  }

  stop(): void {
    for (const id of [...this.#lines.keys()]) this.close(id);
    this.#disarm();
    this.#io?.dispose();
    this.#io = null;
    this.#ports = null;
  }

  #need(id: RelayLineId): Line {
    const line = this.#lines.get(id);
    if (line === undefined) throw new CodedError('media.failed', `relay line ${id} is not here`);
    return line;
  }

  #arm(): void {
    this.#timer = this.#options.clock.after(relayTickMs, this.#tick);
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  readonly #tick = (): void => {
    const { clock, ticked } = this.#options;
    const startMs = clock.nowMs();
    this.#nowMs = Math.round(startMs);
    const packets = this.#io?.poll(this.#visit, this.#lines.size * packetsPerLine + packetsExtra) ?? 0;
    if (this.#lines.size > 0) this.#arm();
    ticked(startMs, packets === 0 ? startMs : clock.nowMs());
  };

  readonly #visit = (socket: SocketHandle, packet: Uint8Array, length: number, from: SockAddr): void => {
    this.#bySocket[socket]?.receive(packet, length, from, this.#nowMs);
  };
}

function portsOf({ a, b }: Line): readonly RelayPort[] {
  return [a.rtp, a.rtcp, b.rtp, b.rtcp];
}

function addressesOf({ address, rtpPort }: OpenedSockets): SockAddr[] {
  return [setSockAddr(newSockAddr(), address, rtpPort), setSockAddr(newSockAddr(), address, rtpPort + 1)];
}

function sentOf({ a, b }: Line): number {
  return a.counts.sent + b.counts.sent;
}

function droppedOf(line: Line): number {
  let dropped = 0;
  for (const { counts } of [line.a, line.b]) {
    dropped += counts.strangers + counts.empty + counts.malformed + counts.held + counts.sendErrors;
  }
  return dropped;
}
