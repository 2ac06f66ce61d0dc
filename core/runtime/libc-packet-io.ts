import type { Dscp } from './dscp.ts';
import { CodedError } from './errors.ts';
import type { FrameRest } from './framed.ts';
import { epollEvent, type Libc, linux, loadLibc } from './libc.ts';
import { LibcConnections } from './libc-connections.ts';
import { LibcOnePort } from './libc-one-port.ts';
import { localAddress, openBound, setOption } from './libc-sockets.ts';
import {
  newSockAddr,
  type PacketIo,
  type PacketVisitor,
  type SockAddr,
  type SocketHandle,
  setSockAddr,
  sockAddrPort,
} from './packet-io.ts';
import { Uring, uringPacketBytes } from './uring.ts';

/** Longer packets are dropped and counted: no voice packet is near this. */
const maxPacketBytes = uringPacketBytes;
/** Sockets that one `epoll_wait` names. */
const eventsAtOnce = 256;
const receiveBufferBytes = 256 * 1024;
const receiveFlags = linux.MSG_DONTWAIT | linux.MSG_TRUNC;
const sendFlags = linux.MSG_DONTWAIT | linux.MSG_NOSIGNAL;

/** What `#state` says of a descriptor. */
const unwatched = 0;
const watched = 1;
/** And above: so many reads in a row found nothing. */
const busy = 2;
/** Packets that come unevenly miss a tick now and then. */
const patience = 3;

/**
 * Media sockets straight on libc. `epoll_wait` with time-out 0 names the ready sockets, then one
 * `recvfrom` a packet into one fixed buffer. Nothing is allocated and nothing blocks. Descriptors
 * are the process's, so `release` here and `adopt` in another thread's instance moves a socket;
 * what arrives in between waits in the kernel.
 */
export class LibcPacketIo implements PacketIo {
  readonly kind = 'libc';
  readonly errors = { receive: 0, send: 0 };
  readonly #libc: Libc;
  readonly #epoll: number;
  /** By descriptor. */
  #state = new Uint8Array(1024);
  /**
   * Sockets that had a packet in the last `poll`: a voice stream has one every 20 ms, so they are
   * read without asking `epoll_wait`, which then names the others and what is left over.
   */
  #busy = new Int32Array(1024);
  #busyCount = 0;
  // Fixed buffers, each with an ArrayBuffer of its own.
  readonly #packet = new Uint8Array(maxPacketBytes);
  readonly #from: SockAddr = newSockAddr();
  readonly #fromLength = new Int32Array(1);
  readonly #events = new Uint8Array(epollEvent.bytes * eventsAtOnce);
  readonly #eventsView = new DataView(this.#events.buffer);

  readonly #packetWords = new Int32Array(this.#packet.buffer);
  readonly #fromWords = new Int32Array(this.#from.bytes.buffer);

  readonly #readsAhead: boolean;
  readonly #dscp: Dscp | null;
  /** Many calls as one, where the kernel can. */
  #uring: Uring | null;
  #gathering = false;
  #onRefused: (socket: SocketHandle) => void = () => {};
  readonly onePort: LibcOnePort;
  readonly #connections: LibcConnections;
  readonly #refused = (socket: SocketHandle): void => {
    this.errors.send++;
    this.#onRefused(socket);
  };

  /**
   * `readsAhead`: sockets that had a packet are read in the next `poll` without asking first; right
   * on the 20 ms tick of voice. @throws CodedError `network.failed` where koffi or Linux is missing.
   */
  constructor(readsAhead = true, batches = true, dscp: Dscp | null = null) {
    this.#readsAhead = readsAhead;
    this.#dscp = dscp;
    const libc = loadLibc();
    if (libc instanceof Error) throw new CodedError('network.failed', `libc sockets: ${libc.message}`, { cause: libc });
    this.#libc = libc;
    this.#epoll = libc.epollCreate(linux.EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw this.#fault('epoll_create1');
    this.#uring = batches ? Uring.open(libc.uring) : null;
    this.#connections = new LibcConnections(libc, this.errors, {
      onConnection: (socket, from, listener) => this.onePort.onConnection(socket, from, listener),
      onClosed: (socket) => this.onePort.onClosed(socket),
    });
    this.onePort = new LibcOnePort(libc, this.#connections, (socket) => this.#watch(socket), dscp);
  }

  get descriptors(): readonly SocketHandle[] {
    return this.#uring === null ? [this.#epoll] : [this.#epoll, this.#uring.descriptor];
  }

  async open(address: string, port: number): Promise<SocketHandle> {
    // No SO_REUSEADDR: two sockets on one port would steal each other's packets.
    const fd = openBound(this.#libc, linux.SOCK_DGRAM, setSockAddr(newSockAddr(), address, port), this.#dscp);
    setOption(this.#libc, fd, linux.SOL_SOCKET, linux.SO_RCVBUF, receiveBufferBytes);
    this.#watch(fd);
    return fd;
  }

  localPort(socket: SocketHandle): number {
    return sockAddrPort(localAddress(this.#libc, socket));
  }

  adopt(socket: SocketHandle, rest: FrameRest | null = null): void {
    if (!this.#connections.adopt(socket, rest)) this.#adopt(socket);
  }

  /** Adopts a new socket, or closes it. */
  #watch(socket: SocketHandle): void {
    try {
      this.adopt(socket);
    } catch (fault) {
      this.#libc.close(socket);
      throw fault;
    }
  }

  #adopt(socket: SocketHandle): void {
    const event = new Uint8Array(epollEvent.bytes);
    const view = new DataView(event.buffer);
    view.setUint32(0, linux.EPOLLIN, true);
    view.setInt32(epollEvent.dataAt, socket, true);
    if (this.#libc.epollControl(this.#epoll, linux.EPOLL_CTL_ADD, socket, event) < 0) throw this.#fault('epoll_ctl');
    if (socket >= this.#state.length) {
      const state = new Uint8Array(socket * 2);
      state.set(this.#state);
      const busy = new Int32Array(socket * 2);
      busy.set(this.#busy);
      this.#state = state;
      this.#busy = busy;
    }
    this.#state[socket] = watched;
  }

  release(socket: SocketHandle): FrameRest | null {
    if (!this.#forget(socket)) return this.#connections.release(socket);
    this.#libc.epollControl(this.#epoll, linux.EPOLL_CTL_DEL, socket, new Uint8Array(epollEvent.bytes));
    return null;
  }

  close(socket: SocketHandle): void {
    if (this.#forget(socket))
      this.#libc.close(socket); // leaves the epoll set with it
    else this.#connections.close(socket);
  }

  /** False when it was not watched. */
  #forget(socket: SocketHandle): boolean {
    const known = this.#isWatched(socket);
    if (known) this.#sendGathered(); // its last packets
    if (known) this.#state[socket] = unwatched;
    return known;
  }

  #isWatched(socket: SocketHandle): boolean {
    return (this.#state[socket] ?? unwatched) !== unwatched;
  }

  poll(visit: PacketVisitor, limit: number): number {
    const uring = this.#uring;
    let count = this.#pollBusy(visit, limit) + this.#connections.poll(visit, limit);
    while (count < limit) {
      const ready = this.#libc.epollWait(this.#epoll, this.#events, Math.min(eventsAtOnce, limit - count), 0);
      if (ready <= 0) break;
      for (let i = 0; i < ready; i++) {
        const socket = this.#eventsView.getInt32(i * epollEvent.bytes + epollEvent.dataAt, true);
        count++;
        if (!this.#isWatched(socket)) continue;
        if (uring !== null) {
          if (uring.want(socket)) this.#receiveBatch(uring, visit);
          // A visit may have closed it, and the number may be somebody else's by now.
        } else if (this.#receive(socket, visit)) this.#keepBusy(socket);
      }
      if (uring !== null) this.#receiveBatch(uring, visit);
    }
    return count;
  }

  /** From now on read without asking, if that is wanted. */
  #keepBusy(socket: SocketHandle): void {
    if (!this.#readsAhead || this.#state[socket] !== watched || this.#busyCount === this.#busy.length) return;
    this.#state[socket] = busy;
    this.#busy[this.#busyCount++] = socket;
  }

  /** Reads one packet of each busy socket; who had none several times in a row is busy no more. */
  #pollBusy(visit: PacketVisitor, limit: number): number {
    const before = this.#busyCount;
    const uring = this.#uring;
    let kept = 0;
    let count = 0;
    for (let i = 0; i < before; i++) {
      const socket = this.#busy[i] as number;
      const state = this.#state[socket] as number;
      // Closed meanwhile; another socket of that number begins as not busy.
      if (state < busy) continue;
      if (state > busy + patience) {
        this.#state[socket] = watched;
        continue;
      }
      this.#busy[kept++] = socket;
      if (count >= limit) continue;
      count++;
      if (uring !== null) {
        if (uring.want(socket)) this.#receiveBatch(uring, visit);
      } else if (!this.#receive(socket, visit)) this.#missed(socket);
      else if ((this.#state[socket] as number) > busy) this.#state[socket] = busy;
    }
    if (uring !== null) this.#receiveBatch(uring, visit);
    // Visits only take from the list's sockets, by their state: what was kept is in order.
    this.#busyCount = kept;
    return count;
  }

  #missed(socket: SocketHandle): void {
    const state = this.#state[socket] as number;
    if (state >= busy) this.#state[socket] = state + 1;
  }

  /** One packet of each socket that was asked for. */
  #receiveBatch(uring: Uring, visit: PacketVisitor): void {
    const results = uring.receive();
    for (let slot = 0; slot < results; slot++) {
      const socket = uring.receiver(slot);
      const length = uring.received(slot);
      // A visit before this one may have closed it.
      if (!this.#isWatched(socket)) continue;
      if (length < 0) {
        if (length !== -linux.EAGAIN) this.errors.receive++;
        this.#missed(socket);
        continue;
      }
      if (this.#state[socket] === watched) this.#keepBusy(socket);
      else this.#state[socket] = busy;
      if (length > maxPacketBytes) {
        this.errors.receive++;
        continue;
      }
      this.#from.length = uring.take(slot, this.#packetWords, this.#fromWords);
      visit(socket, this.#packet, length, this.#from);
    }
  }

  /** Takes one packet, true when there was one; a second one in the same socket is named by `epoll_wait`. */
  #receive(socket: SocketHandle, visit: PacketVisitor): boolean {
    this.#fromLength[0] = this.#from.bytes.length;
    const length = this.#libc.recvfrom(
      socket,
      this.#packet,
      maxPacketBytes,
      receiveFlags,
      this.#from.bytes,
      this.#fromLength,
    );
    if (length < 0) {
      // Reading the error (an ICMP message, for example) also clears it.
      if (this.#libc.errno() !== linux.EAGAIN) this.errors.receive++;
      return false;
    }
    if (length > maxPacketBytes) this.errors.receive++;
    else {
      this.#from.length = this.#fromLength[0] ?? 0;
      visit(socket, this.#packet, length, this.#from);
    }
    return true;
  }

  send(socket: SocketHandle, packet: Uint8Array, length: number, to: SockAddr): boolean {
    if (!this.#isWatched(socket) && this.#connections.has(socket))
      return this.#connections.send(socket, packet, length);
    const uring = this.#uring;
    if (this.#gathering && uring !== null && length <= maxPacketBytes) {
      if (uring.add(socket, packet, length, to)) this.#sendGathered();
      return true;
    }
    if (this.#libc.sendto(socket, packet, length, sendFlags, to.bytes, to.length) >= 0) return true;
    this.errors.send++;
    return false;
  }

  gather(refused: (socket: SocketHandle) => void): void {
    this.#onRefused = refused;
    this.#gathering = true;
  }

  flush(): void {
    this.#gathering = false;
    this.#sendGathered();
  }

  #sendGathered(): void {
    this.#uring?.send(this.#refused);
  }

  dispose(): void {
    for (let socket = 0; socket < this.#state.length; socket++) this.close(socket);
    this.#connections.dispose();
    this.#uring?.dispose();
    this.#uring = null;
    this.#libc.close(this.#epoll);
  }

  #fault(call: string): CodedError {
    return new CodedError('network.failed', `${call}: ${this.#libc.strerror(this.#libc.errno())}`);
  }
}
