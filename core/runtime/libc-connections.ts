import { FrameReader, type FrameRest, frameHeaderBytes, maxFrameBytes, noFrameRest, writeFrame } from './framed.ts';
import { type Libc, linux } from './libc.ts';
import { getOption, setOption } from './libc-sockets.ts';
import { newSockAddr, type PacketVisitor, type SockAddr, type SocketHandle } from './packet-io.ts';

/** What a stalled connection keeps: more than half a second of voice would only come late. */
const sendBufferBytes = 32 * 1024;
/** Read of one connection in one `poll`; TCP holds its peer back beyond. */
const bytesAtOnce = 4096;
/** Accepted in one `poll`, of each listener. */
const acceptsAtOnce = 16;
/** Pieces read in one `poll` of a connection that this thread accepted: headers and frames, one by one. */
const piecesAtOnce = 8;
const receiveFlags = linux.MSG_DONTWAIT;
const sendFlags = linux.MSG_DONTWAIT | linux.MSG_NOSIGNAL;

interface Connection {
  readonly socket: SocketHandle;
  readonly peer: SockAddr;
  readonly reader: FrameReader;
  /** Read only as far as the frame in the making goes: it will move on, and nothing may be left behind here. */
  readonly isCareful: boolean;
  /** The end of a frame whose beginning is sent: no other frame may come between. */
  unsent: Uint8Array;
}

interface ConnectionEvents {
  onConnection(socket: SocketHandle, from: SockAddr, listener: SocketHandle): void;
  onClosed(socket: SocketHandle): void;
}

/**
 * TCP connections whose frames are packets, and the sockets that accept them. They are tried, not
 * asked for: while somebody speaks there is a frame in every tick.
 */
export class LibcConnections {
  stalled = 0;
  readonly #libc: Libc;
  readonly #errors: { receive: number; send: number };
  readonly #events: ConnectionEvents;
  readonly #listeners = new Set<SocketHandle>();
  readonly #connections = new Map<SocketHandle, Connection>();
  #visit: PacketVisitor = () => {};
  #count = 0;
  // Fixed buffers, each with an ArrayBuffer of its own.
  readonly #piece = new Uint8Array(bytesAtOnce);
  readonly #frame = new Uint8Array(frameHeaderBytes + maxFrameBytes);
  readonly #nobody = newSockAddr();
  readonly #nobodyLength = new Int32Array(1);

  constructor(libc: Libc, errors: { receive: number; send: number }, events: ConnectionEvents) {
    this.#libc = libc;
    this.#errors = errors;
    this.#events = events;
  }

  has(socket: SocketHandle): boolean {
    return this.#connections.has(socket) || this.#listeners.has(socket);
  }

  /** False: it is no TCP socket. `rest` null: a connection that begins here. */
  adopt(socket: SocketHandle, rest: FrameRest | null): boolean {
    if (getOption(this.#libc, socket, linux.SO_TYPE) !== linux.SOCK_STREAM) return false;
    if (getOption(this.#libc, socket, linux.SO_ACCEPTCONN) === 1) this.#listeners.add(socket);
    else this.#add(socket, rest ?? noFrameRest, rest === null);
    return true;
  }

  release(socket: SocketHandle): FrameRest | null {
    this.#listeners.delete(socket);
    const connection = this.#connections.get(socket);
    if (connection === undefined) return null;
    this.#connections.delete(socket);
    return { received: connection.reader.rest(), unsent: connection.unsent };
  }

  close(socket: SocketHandle): void {
    if (!this.has(socket)) return;
    this.release(socket);
    this.#libc.close(socket);
  }

  #add(socket: SocketHandle, { received, unsent }: FrameRest, isCareful: boolean): void {
    // A packet that waits for the next one to fill a segment (RFC 896) is a packet late.
    setOption(this.#libc, socket, linux.IPPROTO_TCP, linux.TCP_NODELAY, 1);
    setOption(this.#libc, socket, linux.SOL_SOCKET, linux.SO_SNDBUF, sendBufferBytes);
    const peer = newSockAddr();
    const length = new Int32Array([peer.bytes.length]);
    if (this.#libc.getpeername(socket, peer.bytes, length) === 0) peer.length = length[0] ?? 0;
    const take = (frame: Uint8Array, bytes: number): void => {
      // An earlier frame of the same piece may have closed it.
      if (!this.#connections.has(socket)) return;
      this.#count++;
      this.#visit(socket, frame, bytes, peer);
    };
    this.#connections.set(socket, { socket, peer, reader: new FrameReader(take, received), isCareful, unsent });
  }

  /** Accepts, reads, and sends what was left over; returns how many frames came. */
  poll(visit: PacketVisitor, limit: number): number {
    if (this.#connections.size === 0 && this.#listeners.size === 0) return 0;
    this.#visit = visit;
    this.#count = 0;
    for (const listener of this.#listeners) this.#accept(listener);
    for (const connection of this.#connections.values()) {
      if (this.#count >= limit) break;
      if (connection.unsent.length > 0) this.#sendRest(connection);
      this.#read(connection);
    }
    return this.#count;
  }

  #accept(listener: SocketHandle): void {
    const from = this.#nobody;
    for (let i = 0; i < acceptsAtOnce; i++) {
      this.#nobodyLength[0] = from.bytes.length;
      const flags = linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
      const socket = this.#libc.accept4(listener, from.bytes, this.#nobodyLength, flags);
      if (socket < 0) {
        if (this.#libc.errno() !== linux.EAGAIN) this.#errors.receive++;
        return;
      }
      from.length = this.#nobodyLength[0] ?? 0;
      this.#add(socket, noFrameRest, true);
      this.#events.onConnection(socket, from, listener);
    }
  }

  #read(connection: Connection): void {
    const { socket, reader, isCareful } = connection;
    const pieces = isCareful ? piecesAtOnce : 1;
    for (let i = 0; i < pieces; i++) {
      const room = isCareful ? Math.min(reader.missing, bytesAtOnce) : bytesAtOnce;
      const length = this.#libc.recvfrom(
        socket,
        this.#piece,
        room,
        receiveFlags,
        this.#nobody.bytes,
        this.#nobodyLength,
      );
      if (length < 0 && this.#libc.errno() === linux.EAGAIN) return;
      if (length <= 0 || !reader.push(this.#piece, length)) {
        if (length !== 0) this.#errors.receive++;
        // A frame of the piece may have closed it, or given it away.
        if (this.#connections.get(socket) !== connection) return;
        this.close(socket);
        this.#events.onClosed(socket);
        return;
      }
      if (this.#connections.get(socket) !== connection) return;
    }
  }

  send(socket: SocketHandle, packet: Uint8Array, length: number): boolean {
    const connection = this.#connections.get(socket);
    if (connection === undefined || length > maxFrameBytes) {
      this.#errors.send++;
      return false;
    }
    if (connection.unsent.length > 0 && !this.#sendRest(connection)) return this.#drop();
    const bytes = writeFrame(this.#frame, packet, length);
    const sent = this.#write(socket, this.#frame, bytes);
    if (sent < 0) return this.#drop();
    if (sent < bytes) connection.unsent = this.#frame.slice(sent, bytes);
    return true;
  }

  /** True: nothing is left over. A broken connection is noticed by the next read. */
  #sendRest(connection: Connection): boolean {
    const { unsent } = connection;
    const sent = this.#write(connection.socket, unsent, unsent.length);
    if (sent > 0) connection.unsent = unsent.slice(sent);
    return connection.unsent.length === 0;
  }

  #drop(): false {
    this.stalled++;
    this.#errors.send++;
    return false;
  }

  #write(socket: SocketHandle, bytes: Uint8Array, length: number): number {
    return this.#libc.sendto(socket, bytes, length, sendFlags, this.#nobody.bytes, 0);
  }

  dispose(): void {
    for (const socket of [...this.#listeners, ...this.#connections.keys()]) this.close(socket);
  }
}
