/**
 * The owner of the port that all browser legs share. It sees each remote address once: the first
 * authentic check gives it a socket of its own, which goes to its leg; whatever comes later comes
 * there. So a leg's packets cost what they cost on a port of its own, and here is only the door.
 *
 *   UDP packet ──► check of a known leg, authentic? ──► connected socket ──► `pathFound`
 *   TCP accept ──► first frame within 10 s ──► the same ──► connection   ──► `pathFound`
 *                  everything else: dropped unanswered, closed, counted
 */
import {
  type Clock,
  copySockAddr,
  newSockAddr,
  type OnePortIo,
  type PacketIo,
  type SockAddr,
  type SocketHandle,
  sockAddrEquals,
  sockAddrPort,
  sockAddrText,
  type Timer,
} from '../../runtime/index.ts';
import { Budget, integrityKey, isAuthentic, parseStun, StunMessage, stunLocalUfrag, stunType } from '../ice/index.ts';
import type { IceCredentials, IceTransport } from './ice-messages.ts';
import type { OnePortTotals } from './one-port-messages.ts';
import type { Command, MediaEvent, StreamId } from './protocol.ts';
import type { HmacSha1 } from './srtp-hmac.ts';

/** How long a check waits at most; browsers say it again after 50 ms at the earliest. */
const onePortTickMs = 10;
const packetsPerTick = 256;
/** From the accepted connection to its first frame. */
const firstFrameMs = 10_000;
/** Connections that have said nothing yet: newer ones take the place of the oldest. */
const maxWaiting = 128;
/** Of one remote host: a NAT with many browsers behind it. */
const maxWaitingOfHost = 32;
/** Addresses of one browser: new ones at once, and a second. */
const pathsAtOnce = 32;
const pathsPerSecond = 2;
/** Checks that waited in the shared socket while their address got its own are late, not new. */
const lateMs = 1000;

type OwnerIo = PacketIo & { readonly onePort: OnePortIo };

interface Leg {
  readonly stream: StreamId;
  readonly ufrags: readonly string[];
  readonly budget: Budget;
}

/** A socket that leaves at the end of the tick, with what has come to it until then. */
interface Handing {
  readonly stream: StreamId;
  readonly transport: IceTransport;
  readonly shared: SocketHandle;
  readonly peer: SockAddr;
  readonly packets: Uint8Array[];
}

interface WaitingConnection {
  readonly host: string;
  readonly untilMs: number;
}

export interface OnePortOptions {
  readonly clock: Clock;
  /** Sockets that are read on the port's own tick; opened with the first leg. */
  readonly openIo: () => PacketIo;
  readonly post: (event: MediaEvent) => void;
  /** A tick began and ended: events go out, the load is counted. */
  readonly ticked: (startMs: number, endMs: number) => void;
}

const message = new StunMessage();

export class OnePort {
  readonly #options: OnePortOptions;
  readonly #legs = new Map<StreamId, Leg>();
  readonly #byUfrag = new Map<string, { readonly leg: Leg; readonly key: HmacSha1 }>();
  #io: OwnerIo | null = null;
  #served: readonly SocketHandle[] = [];
  readonly #handing = new Map<SocketHandle, Handing>();
  /** Addresses that were given away a moment ago, and until when their late packets are dropped. */
  readonly #late = new Map<string, number>();
  /** The oldest first. */
  readonly #waiting = new Map<SocketHandle, WaitingConnection>();
  readonly #totals: { -readonly [Name in keyof OnePortTotals]: number } = {
    paths: 0,
    strangers: 0,
    pathsOverLimit: 0,
    connections: 0,
    connectionsRefused: 0,
    connectionsIdle: 0,
    connectionsOverLimit: 0,
  };
  #timer: Timer | null = null;
  #nowMs = 0;

  constructor(options: OnePortOptions) {
    this.#options = options;
  }

  /** Legs that may be looked for. */
  get legs(): number {
    return this.#legs.size;
  }

  totals(): OnePortTotals {
    return { ...this.#totals };
  }

  handle(command: Extract<Command, { readonly kind: 'servePort' | 'portLeg' }>): void {
    if (command.kind === 'servePort') this.#serve(command.sockets);
    else this.#setLeg(command.stream, command.credentials);
  }

  /** Takes over sockets of the port; those that it has already stay. */
  #serve(sockets: readonly SocketHandle[]): void {
    this.#io ??= this.#open();
    for (const socket of sockets) if (!this.#served.includes(socket)) this.#io.adopt(socket);
    this.#served = sockets;
  }

  #open(): OwnerIo {
    const io = this.#options.openIo();
    const { onePort } = io;
    if (onePort === undefined) throw new RangeError(`sockets of ${io.kind} cannot share a port`);
    onePort.onConnection = (socket, from) => this.#connected(socket, from);
    onePort.onClosed = (socket) => void this.#waiting.delete(socket);
    return Object.assign(io, { onePort });
  }

  #setLeg(stream: StreamId, credentials: readonly IceCredentials[]): void {
    const known = this.#legs.get(stream);
    for (const ufrag of known?.ufrags ?? []) this.#byUfrag.delete(ufrag);
    this.#legs.delete(stream);
    if (credentials.length === 0) {
      if (this.#legs.size === 0) this.#rest();
      return;
    }
    const budget = known?.budget ?? new Budget(pathsPerSecond, pathsAtOnce, this.#options.clock.nowMs());
    const leg: Leg = { stream, ufrags: credentials.map(({ ufrag }) => ufrag), budget };
    this.#legs.set(stream, leg);
    for (const { ufrag, password } of credentials) this.#byUfrag.set(ufrag, { leg, key: integrityKey(password) });
    if (this.#timer === null) this.#arm();
  }

  /** Nobody is expected: who waits is sent away, and nothing is read. */
  #rest(): void {
    this.#timer?.cancel();
    this.#timer = null;
    for (const socket of this.#waiting.keys()) this.#io?.close(socket);
    this.#waiting.clear();
    this.#late.clear();
  }

  #arm(): void {
    this.#timer = this.#options.clock.after(onePortTickMs, this.#tick);
  }

  readonly #tick = (): void => {
    const { clock, ticked } = this.#options;
    const startMs = clock.nowMs();
    this.#nowMs = startMs;
    const packets = this.#io?.poll(this.#visit, packetsPerTick) ?? 0;
    for (const [socket, handing] of this.#handing) this.#giveAway(socket, handing);
    this.#handing.clear();
    this.#dropIdle();
    this.#arm();
    ticked(startMs, packets === 0 ? startMs : clock.nowMs());
  };

  readonly #visit = (socket: SocketHandle, packet: Uint8Array, length: number, from: SockAddr): void => {
    const handing = this.#handing.get(socket);
    // Between its binding and its connecting, a socket gets what comes from anybody.
    if (handing === undefined) this.#knock(socket, packet, length, from);
    else if (sockAddrEquals(handing.peer, from)) handing.packets.push(packet.slice(0, length));
    else this.#knock(handing.shared, packet, length, from);
  };

  /** A packet of an address that has no leg yet, or a connection's first frame. */
  #knock(socket: SocketHandle, packet: Uint8Array, length: number, from: SockAddr): void {
    const isConnection = this.#waiting.delete(socket);
    const leg = this.#legOf(packet, length);
    if (leg === null || !leg.budget.take(this.#nowMs)) {
      if (leg !== null) this.#totals.pathsOverLimit++;
      else if (isConnection) this.#totals.connectionsRefused++;
      else this.#totals.strangers++;
      if (isConnection) this.#io?.close(socket);
      return;
    }
    if (isConnection) this.#hand(socket, leg, 'tcp', socket, packet.slice(0, length), from);
    else this.#connect(socket, leg, packet.slice(0, length), from);
  }

  /** Whose check it is; null: nobody's, or not authentic. */
  #legOf(packet: Uint8Array, length: number): Leg | null {
    if (!parseStun(packet, length, message) || message.type !== stunType.bindingRequest) return null;
    if (message.integrityAt < 0) return null;
    const known = this.#byUfrag.get(stunLocalUfrag(packet, message));
    return known !== undefined && isAuthentic(packet, message.integrityAt, known.key) ? known.leg : null;
  }

  #connect(shared: SocketHandle, leg: Leg, check: Uint8Array, from: SockAddr): void {
    const name = `${shared} ${sockAddrText(from)} ${sockAddrPort(from)}`;
    if ((this.#late.get(name) ?? 0) > this.#nowMs) return;
    try {
      const socket = this.#io?.onePort.connect(shared, from);
      if (socket === undefined) return;
      this.#late.set(name, this.#nowMs + lateMs);
      this.#hand(socket, leg, 'udp', shared, check, from);
    } catch (fault) {
      const text = `a browser at ${sockAddrText(from)} gets no socket: ${String(fault)}`;
      this.#options.post({ kind: 'log', level: 'warn', message: text, stream: leg.stream });
    }
  }

  #hand(
    socket: SocketHandle,
    { stream }: Leg,
    transport: IceTransport,
    shared: SocketHandle,
    check: Uint8Array,
    from: SockAddr,
  ): void {
    const peer = newSockAddr();
    copySockAddr(peer, from);
    this.#handing.set(socket, { stream, transport, shared, peer, packets: [check] });
  }

  #giveAway(socket: SocketHandle, { stream, transport, peer, packets }: Handing): void {
    const rest = this.#io?.release(socket) ?? null;
    this.#totals.paths++;
    const path = { socket, transport, rest, packets, peer: [...peer.bytes.subarray(0, peer.length)] };
    this.#options.post({ kind: 'pathFound', stream, path });
  }

  // --- connections that have not said who they are ---

  #connected(socket: SocketHandle, from: SockAddr): void {
    const host = sockAddrText(from);
    this.#totals.connections++;
    let ofHost = 0;
    let oldestOfHost = -1;
    for (const [other, waiting] of this.#waiting) {
      if (waiting.host !== host) continue;
      if (ofHost++ === 0) oldestOfHost = other;
    }
    if (ofHost >= maxWaitingOfHost) this.#displace(oldestOfHost);
    else if (this.#waiting.size >= maxWaiting)
      for (const oldest of [...this.#waiting.keys()].slice(0, 1)) this.#displace(oldest);
    this.#waiting.set(socket, { host, untilMs: this.#options.clock.nowMs() + firstFrameMs });
  }

  #displace(socket: SocketHandle): void {
    this.#totals.connectionsOverLimit++;
    this.#waiting.delete(socket);
    this.#io?.close(socket);
  }

  #dropIdle(): void {
    for (const [socket, { untilMs }] of this.#waiting) {
      if (untilMs > this.#nowMs) break;
      this.#totals.connectionsIdle++;
      this.#waiting.delete(socket);
      this.#io?.close(socket);
    }
    for (const [name, untilMs] of this.#late) {
      if (untilMs > this.#nowMs) break;
      this.#late.delete(name);
    }
  }

  /** The port itself stays open: it is the main thread's. */
  stop(): void {
    this.#legs.clear();
    this.#byUfrag.clear();
    this.#rest();
    for (const socket of this.#served) this.#io?.release(socket);
    this.#served = [];
    this.#io?.dispose();
    this.#io = null;
  }
}
