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
/** What `#habits` says of a descriptor: its reader asks for it; it had more than one packet, or missed a turn. */
const owned = 1;
const uneven = 2;
/** Every so many-th turn an owned socket is read until it is empty, though it had one packet a turn: clocks drift. */
const emptyEvery = 8;
/** Packets that owned sockets give in one turn, in the mean of those that are read together. */
const mostInTurn = 8;

/**
 * Media sockets straight on libc. `epoll_wait` with time-out 0 names the ready sockets, then one
 * `recvfrom` a packet into one fixed buffer. Nothing is allocated and nothing blocks. Descriptors
 * are the process's, so `release` here and `adopt` in another thread's instance moves a socket;
 * what arrives in between waits in the kernel.
 *
 * A voice stream has a packet every 20 ms. So with `readsAhead` a socket that had one is `busy`: it is
 * read in every turn without asking `epoll_wait` first, and the kernel does not keep it among the ready
 * ones (EPOLLONESHOT) until it had none several times in a row.
 */
export class LibcPacketIo implements PacketIo {
  readonly kind = 'libc';
  readonly errors = { receive: 0, send: 0 };
  readonly #libc: Libc;
  readonly #epoll: number;
  /** By descriptor. */
  #state = new Uint8Array(1024);
  /** By descriptor: how it is read while it is busy. */
  #habits = new Uint8Array(1024);
  /** Busy sockets that nobody owns. */
  #busy = new Int32Array(1024);
  #busyCount = 0;
  /** Sockets of this turn; those that are read once more come to its beginning again. */
  #asked = new Int32Array(1024);
  #askedCount = 0;
  #againCount = 0;
  /** Packets of this call. */
  #got = 0;
  #turn = 0;
  // Fixed buffers, each with an ArrayBuffer of its own.
  readonly #packet = new Uint8Array(maxPacketBytes);
  readonly #from: SockAddr = newSockAddr();
  readonly #fromLength = new Int32Array(1);
  readonly #events = new Uint8Array(epollEvent.bytes * eventsAtOnce);
  readonly #eventsView = new DataView(this.#events.buffer);

  readonly #event = new Uint8Array(epollEvent.bytes);
  readonly #eventView = new DataView(this.#event.buffer);

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
    if (this.#arm(linux.EPOLL_CTL_ADD, socket) < 0) throw this.#fault('epoll_ctl');
    if (socket >= this.#state.length) this.#makeRoom(socket * 2);
    this.#state[socket] = watched;
    this.#habits[socket] = 0;
  }

  #makeRoom(sockets: number): void {
    const grown = <T extends Uint8Array | Int32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#state = grown(new Uint8Array(sockets), this.#state);
    this.#habits = grown(new Uint8Array(sockets), this.#habits);
    this.#busy = grown(new Int32Array(sockets), this.#busy);
    this.#asked = grown(new Int32Array(sockets), this.#asked);
  }

  /** `epoll_wait` names the socket when it has something; with `readsAhead` once. */
  #arm(operation: number, socket: SocketHandle): number {
    const once = this.#readsAhead ? linux.EPOLLONESHOT : 0;
    this.#eventView.setUint32(0, linux.EPOLLIN | once, true);
    this.#eventView.setInt32(epollEvent.dataAt, socket, true);
    return this.#libc.epollControl(this.#epoll, operation, socket, this.#event);
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

  own(socket: SocketHandle): void {
    if (this.#isWatched(socket)) this.#habits[socket] = owned;
  }

  ask(socket: SocketHandle): void {
    if (this.#askedCount < this.#asked.length && this.#isBusy(socket)) this.#asked[this.#askedCount++] = socket;
  }

  read(visit: PacketVisitor): void {
    this.#readAsked(visit, this.#askedCount * mostInTurn);
  }

  poll(visit: PacketVisitor, limit: number): number {
    this.#turn++;
    const count = this.#pollBusy(visit, limit) + this.#connections.poll(visit, limit);
    return count + this.#pollNamed(visit, limit - count);
  }

  /** What `epoll_wait` names. */
  #pollNamed(visit: PacketVisitor, limit: number): number {
    let count = 0;
    while (count < limit) {
      const room = Math.min(eventsAtOnce, limit - count);
      const ready = this.#libc.epollWait(this.#epoll, this.#events, room, 0);
      if (ready <= 0) break;
      for (let i = 0; i < ready; i++) {
        const socket = this.#eventsView.getInt32(i * epollEvent.bytes + epollEvent.dataAt, true);
        count++;
        if (!this.#isWatched(socket) || this.#askedCount === this.#asked.length) continue;
        if (this.#readsAhead) this.#keepBusy(socket);
        this.#asked[this.#askedCount++] = socket;
      }
      count += Math.max(0, this.#readAsked(visit, limit - count + ready) - ready);
      if (ready < room && this.#readsAhead) break; // each is named once
    }
    return count;
  }

  /** The socket is disarmed; from now on it is read without asking. */
  #keepBusy(socket: SocketHandle): void {
    if ((this.#state[socket] as number) >= busy) return;
    this.#state[socket] = busy;
    this.#habits[socket] = (this.#habits[socket] as number) | uneven;
    if (((this.#habits[socket] as number) & owned) === 0) this.#busy[this.#busyCount++] = socket;
  }

  /** Is it to be read without asking? One that had nothing several times in a row is no more. */
  #isBusy(socket: SocketHandle): boolean {
    const state = this.#state[socket] as number;
    if (state <= busy + patience) return state >= busy;
    this.#state[socket] = watched;
    this.#arm(linux.EPOLL_CTL_MOD, socket); // also told of what came meanwhile
    return false;
  }

  /** Reads the busy sockets that nobody owns. */
  #pollBusy(visit: PacketVisitor, limit: number): number {
    const before = this.#busyCount;
    let kept = 0;
    for (let i = 0; i < before; i++) {
      const socket = this.#busy[i] as number;
      // One that was closed may be another one by now: that begins as not busy.
      if (!this.#isBusy(socket) || ((this.#habits[socket] as number) & owned) !== 0) continue;
      this.#busy[kept++] = socket;
      this.#asked[this.#askedCount++] = socket;
    }
    this.#busyCount = kept;
    return this.#readAsked(visit, Math.max(limit, kept));
  }

  /** A packet of each asked socket; then again of those that may have more. Returns how many there were. */
  #readAsked(visit: PacketVisitor, limit: number): number {
    const uring = this.#uring;
    let count = this.#askedCount;
    this.#got = 0;
    for (let round = 0; count > 0 && this.#got < limit; round++) {
      this.#againCount = 0;
      for (let i = 0; i < count; i++) {
        const socket = this.#asked[i] as number;
        // A visit may have closed it, and the number may be somebody else's by now.
        if (!this.#isWatched(socket)) continue;
        if (uring === null) this.#note(socket, this.#receive(socket, visit), round);
        else if (uring.want(socket)) this.#receiveBatch(uring, visit, round);
      }
      if (uring !== null) this.#receiveBatch(uring, visit, round);
      count = this.#againCount;
    }
    this.#askedCount = 0;
    return this.#got;
  }

  /** The socket had a packet, or none: is it read again in this turn, and how in the next one? */
  #note(socket: SocketHandle, had: boolean, round: number): void {
    if (had) this.#got++;
    const state = this.#state[socket] as number;
    if (state < busy) return; // closed meanwhile, or watched by `epoll_wait` alone
    const habit = this.#habits[socket] as number;
    if (!had) {
      if (round > 0) this.#habits[socket] = habit & ~uneven;
      else if (state < 255) this.#state[socket] = state + 1;
      return;
    }
    if (round > 0) this.#habits[socket] = habit | uneven;
    this.#state[socket] = busy;
    const isTurn = ((this.#turn + socket) & (emptyEvery - 1)) === 0;
    // What missed its turn may come together with the next one.
    const mayHaveMore = habit !== owned || state > busy || isTurn || round > 0;
    if (mayHaveMore) this.#asked[this.#againCount++] = socket;
  }

  /** One packet of each socket that was asked for. */
  #receiveBatch(uring: Uring, visit: PacketVisitor, round: number): void {
    const results = uring.receive();
    for (let slot = 0; slot < results; slot++) {
      const socket = uring.receiver(slot);
      const length = uring.received(slot);
      // A visit before this one may have closed it.
      if (!this.#isWatched(socket)) continue;
      if (length < 0) {
        if (length !== -linux.EAGAIN) this.errors.receive++;
      } else if (length > maxPacketBytes) this.errors.receive++;
      else {
        this.#from.length = uring.take(slot, this.#packetWords, this.#fromWords);
        visit(socket, this.#packet, length, this.#from);
      }
      this.#note(socket, length >= 0 || length !== -linux.EAGAIN, round);
    }
  }

  /** Takes one packet, or an error; false when there was none. */
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
      if (this.#libc.errno() === linux.EAGAIN) return false;
      // Reading the error (an ICMP message, for example) also clears it.
      this.errors.receive++;
      return true;
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
