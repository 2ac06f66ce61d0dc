import { ByteSlab } from './bytes.ts';
import { CodedError } from './errors.ts';
import type { Endpoint } from './network.ts';
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

/** As many packets wait unread as a kernel's default buffer holds of voice packets. */
const maxWaiting = 1024;

interface Waiting {
  readonly dueMs: number;
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
}

/** A bound media socket; it belongs to the internet, so that instances can hand it over. */
export class SimMediaSocket {
  readonly host: HostEntry;
  readonly handle: SocketHandle;
  readonly local: Endpoint;
  /** In the order of `dueMs`. */
  readonly waiting: Waiting[] = [];
  dropped = 0;
  // The last source and the last destination are remembered, so that a packet costs no text.
  #lastFrom: Endpoint | null = null;
  readonly #lastFromAddr = newSockAddr();
  #last: Route | null = null;
  readonly #lastAddr = newSockAddr();

  constructor(host: HostEntry, handle: SocketHandle, local: Endpoint) {
    this.host = host;
    this.handle = handle;
    this.local = local;
  }

  receive(bytes: Uint8Array, from: Endpoint, dueMs: number): void {
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

/** Media sockets on the simulated internet. */
export class SimPacketIo implements PacketIo {
  readonly kind = 'sim';
  readonly errors = { receive: 0, send: 0 };
  readonly #host: HostEntry;
  readonly #watched = new Map<SocketHandle, SimMediaSocket>();
  readonly #slab = new ByteSlab();

  constructor(host: HostEntry) {
    this.#host = host;
  }

  async open(address: string, port: number): Promise<SocketHandle> {
    const { mediaSockets } = this.#host.internet;
    let handle = 1;
    while (mediaSockets.has(handle)) handle++; // as the kernel: the lowest free number
    this.#host.bind({ address, port }, (local) => {
      const socket = new SimMediaSocket(this.#host, handle, local);
      mediaSockets.set(handle, socket);
      this.#watched.set(handle, socket);
      return { media: true, local, receive: (bytes, from, dueMs) => socket.receive(bytes, from, dueMs) };
    });
    return handle;
  }

  localPort(socket: SocketHandle): number {
    return this.#find(socket).local.port;
  }

  adopt(socket: SocketHandle): void {
    this.#watched.set(socket, this.#find(socket));
  }

  release(socket: SocketHandle): void {
    this.#watched.delete(socket);
  }

  close(handle: SocketHandle): void {
    const { mediaSockets } = this.#host.internet;
    const socket = mediaSockets.get(handle);
    if (socket === undefined) return;
    this.#watched.delete(handle);
    mediaSockets.delete(handle);
    this.#host.unbind(socket.local);
  }

  poll(visit: PacketVisitor, limit: number): number {
    const nowMs = this.#host.internet.clock.nowMs();
    let count = 0;
    for (const socket of this.#watched.values()) {
      const { waiting } = socket;
      let taken = 0;
      while (count < limit) {
        const next = waiting[taken];
        if (next === undefined || next.dueMs > nowMs) break;
        taken++;
        count++;
        visit(socket.handle, next.bytes, next.bytes.length, socket.sourceOf(next.from));
      }
      if (taken > 0) waiting.splice(0, taken);
      if (count >= limit) break;
    }
    return count;
  }

  send(handle: SocketHandle, packet: Uint8Array, length: number, to: SockAddr): boolean {
    const socket = this.#host.internet.mediaSockets.get(handle);
    if (socket === undefined || to.length === 0) {
      this.errors.send++;
      return false;
    }
    try {
      this.#host.internet.send(socket.routeTo(to), this.#slab.copy(packet, length), true);
      return true;
    } catch {
      this.errors.send++;
      return false;
    }
  }

  dispose(): void {
    for (const handle of [...this.#watched.keys()]) this.close(handle);
  }

  #find(handle: SocketHandle): SimMediaSocket {
    const socket = this.#host.internet.mediaSockets.get(handle);
    if (socket === undefined) throw new CodedError('network.failed', `media socket ${handle} is not open`);
    return socket;
  }
}
