import { ByteSlab } from './bytes.ts';
import { CodedError } from './errors.ts';
import { type FrameRest, noFrameRest } from './framed.ts';
import { type Endpoint, formatEndpoint } from './network.ts';
import {
  copySockAddr,
  newSockAddr,
  type PacketIo,
  type PacketVisitor,
  type SockAddr,
  type SocketHandle,
  setSockAddr,
  sockAddrEquals,
  sockAddrPort,
  sockAddrText,
} from './packet-io.ts';
import { type HostEntry, type Route, wildcard } from './sim-internet.ts';
import { SimConnection, SimOnePort } from './sim-one-port.ts';

/** As many packets wait unread as a kernel's default buffer holds of voice packets. */
const maxWaiting = 1024;

interface Waiting {
  readonly dueMs: number;
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
}

/** Anything that a media socket's handle can name; it belongs to the internet, so that instances can hand it over. */
export interface SimMedia {
  readonly local: Endpoint;
  /** Gives what is due to `visit`, at most `limit` packets; returns their number. */
  take(nowMs: number, visit: PacketVisitor, limit: number, io: SimPacketIo): number;
  send(packet: Uint8Array, to: SockAddr): boolean;
  close(): void;
}

/** A bound media socket. */
export class SimMediaSocket implements SimMedia {
  readonly host: HostEntry;
  readonly handle: SocketHandle;
  readonly local: Endpoint;
  /** In the order of `dueMs`. */
  readonly waiting: Waiting[] = [];
  dropped = 0;
  /** Sockets of the same port, by their peers (`OnePortIo.connect`). */
  readonly connected = new Map<string, SimMediaSocket>();
  /** The socket that has the port; null: this one. */
  readonly #shared: SimMediaSocket | null;
  readonly #peer: string;
  #isOpen = true;
  // The last source and the last destination are remembered, so that a packet costs no text.
  #lastFrom: Endpoint | null = null;
  readonly #lastFromAddr = newSockAddr();
  #last: Route | null = null;
  readonly #lastAddr = newSockAddr();

  constructor(
    host: HostEntry,
    handle: SocketHandle,
    local: Endpoint,
    shared: SimMediaSocket | null = null,
    peer: Endpoint | null = null,
  ) {
    this.host = host;
    this.handle = handle;
    this.local = local;
    this.#shared = shared;
    this.#peer = peer === null ? '' : formatEndpoint(peer);
    if (shared === null || peer === null) return;
    shared.connected.set(this.#peer, this);
    host.streams.add(this.#name);
    // What is still on its way comes to the new socket.
    const nowMs = host.internet.clock.nowMs();
    for (const { bytes, from, dueMs } of shared.waiting) {
      if (dueMs > nowMs && formatEndpoint(from) === this.#peer) this.receive(bytes, from, dueMs);
    }
    keepOnly(shared.waiting, ({ dueMs, from }) => dueMs <= nowMs || formatEndpoint(from) !== this.#peer);
  }

  get #name(): string {
    return `media ${formatEndpoint(this.local)} ${this.#peer}`;
  }

  /** A packet for the port. */
  arrive(bytes: Uint8Array, from: Endpoint, dueMs: number): void {
    const owner = this.connected.size === 0 ? undefined : this.connected.get(formatEndpoint(from));
    (owner ?? this).receive(bytes, from, dueMs);
  }

  close(): void {
    this.#isOpen = false;
    if (this.#shared === null) {
      if (this.connected.size === 0) this.host.unbind(this.local);
      return;
    }
    this.host.streams.delete(this.#name);
    const { connected } = this.#shared;
    connected.delete(this.#peer);
    if (connected.size === 0 && !this.#shared.#isOpen) this.host.unbind(this.local);
  }

  take(nowMs: number, visit: PacketVisitor, limit: number): number {
    const { waiting } = this;
    let taken = 0;
    while (taken < limit) {
      const next = waiting[taken];
      if (next === undefined || next.dueMs > nowMs) break;
      taken++;
      visit(this.handle, next.bytes, next.bytes.length, this.sourceOf(next.from));
    }
    if (taken > 0) waiting.splice(0, taken);
    return taken;
  }

  /** `packet` must not change afterwards. */
  send(packet: Uint8Array, to: SockAddr): boolean {
    if (to.length === 0) return false;
    try {
      this.host.internet.send(this.routeTo(to), packet, true);
      return true;
    } catch {
      return false;
    }
  }

  receive(bytes: Uint8Array, from: Endpoint, dueMs: number): void {
    if (!this.#isOpen) return;
    const { waiting } = this;
    if (waiting.length >= maxWaiting) {
      this.dropped++;
      return;
    }
    let at = waiting.length;
    for (let before = waiting[at - 1]; before !== undefined && before.dueMs > dueMs; before = waiting[at - 1]) at--;
    if (at === waiting.length) waiting.push({ dueMs, bytes, from });
    else waiting.splice(at, 0, { dueMs, bytes, from });
  }

  sourceOf(from: Endpoint): SockAddr {
    if (from !== this.#lastFrom) {
      this.#lastFrom = from;
      setSockAddr(this.#lastFromAddr, from.address, from.port);
    }
    return this.#lastFromAddr;
  }

  /** @throws CodedError `network.failed` without a route. */
  routeTo(addr: SockAddr): Route {
    const { internet } = this.host;
    if (this.#last !== null && sockAddrEquals(this.#lastAddr, addr)) {
      if (this.#last.version !== internet.routesVersion) {
        this.#last = internet.route(this.host, this.#last.from, this.#last.to);
      }
      return this.#last;
    }
    const to = { address: sockAddrText(addr), port: sockAddrPort(addr) };
    const isWild = this.local.address === wildcard(this.local.address);
    const from = { address: isWild ? this.host.sourceFor(to.address) : this.local.address, port: this.local.port };
    copySockAddr(this.#lastAddr, addr);
    this.#last = internet.route(this.host, from, to);
    return this.#last;
  }
}

/** Leaves the elements that pass, in place. */
function keepOnly<T>(list: T[], passes: (element: T) => boolean): void {
  const kept = list.filter(passes);
  list.splice(0, list.length, ...kept);
}

/** Media sockets on the simulated internet. */
export class SimPacketIo implements PacketIo {
  readonly kind = 'sim';
  readonly errors = { receive: 0, send: 0 };
  readonly onePort: SimOnePort;
  readonly #host: HostEntry;
  readonly #watched = new Map<SocketHandle, SimMedia>();
  readonly #slab = new ByteSlab();

  constructor(host: HostEntry) {
    this.#host = host;
    this.onePort = new SimOnePort(host, (make) => this.#add(make));
  }

  async open(address: string, port: number): Promise<SocketHandle> {
    return openMediaSocket(this.#host, { address, port }, (make) => this.#add(make));
  }

  #add(make: (handle: SocketHandle) => SimMedia): SocketHandle {
    return this.#host.internet.mediaSockets.add((handle) => {
      const media = make(handle);
      this.#watched.set(handle, media);
      return media;
    });
  }

  localPort(socket: SocketHandle): number {
    return this.#find(socket).local.port;
  }

  adopt(socket: SocketHandle): void {
    this.#watched.set(socket, this.#find(socket));
  }

  /** What a connection has read of a frame is the internet's, as the socket is. */
  release(socket: SocketHandle): FrameRest | null {
    const isConnection = this.#watched.get(socket) instanceof SimConnection;
    this.#watched.delete(socket);
    return isConnection ? noFrameRest : null;
  }

  close(handle: SocketHandle): void {
    this.#watched.delete(handle);
    this.#host.internet.mediaSockets.take(handle)?.close();
  }

  /** Does this handle name it here, still? */
  watches(handle: SocketHandle, media: SimMedia): boolean {
    return this.#watched.get(handle) === media;
  }

  poll(visit: PacketVisitor, limit: number): number {
    const nowMs = this.#host.internet.clock.nowMs();
    let count = 0;
    for (const media of this.#watched.values()) {
      count += media.take(nowMs, visit, limit - count, this);
      if (count >= limit) break;
    }
    return count;
  }

  send(handle: SocketHandle, packet: Uint8Array, length: number, to: SockAddr): boolean {
    const media = this.#host.internet.mediaSockets.get(handle);
    if (media?.send(this.#slab.copy(packet, length), to) === true) return true;
    if (media instanceof SimConnection) this.onePort.stalled++;
    this.errors.send++;
    return false;
  }

  dispose(): void {
    for (const handle of [...this.#watched.keys()]) this.close(handle);
  }

  #find(handle: SocketHandle): SimMedia {
    const media = this.#host.internet.mediaSockets.get(handle);
    if (media === undefined) throw new CodedError('network.failed', `media socket ${handle} is not open`);
    return media;
  }
}

/** Binds a media socket. @throws CodedError as `HostEntry.bind`. */
export function openMediaSocket(
  host: HostEntry,
  wanted: Endpoint,
  add: (make: (handle: SocketHandle) => SimMedia) => SocketHandle,
): SocketHandle {
  let opened: SocketHandle = -1;
  host.bind(wanted, (local) => {
    let socket: SimMediaSocket | null = null;
    opened = add((handle) => {
      socket = new SimMediaSocket(host, handle, local);
      return socket;
    });
    return { media: true, local, receive: (bytes, from, dueMs) => socket?.arrive(bytes, from, dueMs) };
  });
  return opened;
}
