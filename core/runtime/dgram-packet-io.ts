import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { copyBytes } from './bytes.ts';
import { CodedError } from './errors.ts';
import { formatEndpoint, ipFamily } from './network.ts';
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
import { systemCode } from './system-code.ts';

/** As many packets wait between two polls; more are dropped and counted. */
const maxWaiting = 256;

/** Sockets of this thread, so that two instances of it can hand one over. */
const sockets = new Map<SocketHandle, DgramSocket>();
let lastHandle = 0;

/** Media sockets on `node:dgram`, where libc is not to be had. One media thread only. */
export class DgramPacketIo implements PacketIo {
  readonly kind = 'dgram';
  readonly errors = { receive: 0, send: 0 };
  readonly #watched = new Map<SocketHandle, DgramSocket>();

  async open(address: string, port: number): Promise<SocketHandle> {
    const handle = ++lastHandle;
    const socket = new DgramSocket(await bound(address, port), this.errors);
    sockets.set(handle, socket);
    this.#watched.set(handle, socket);
    return handle;
  }

  localPort(handle: SocketHandle): number {
    return find(handle).localPort;
  }

  /** @throws CodedError `network.failed` for a socket of another thread. */
  adopt(handle: SocketHandle): void {
    const socket = find(handle);
    socket.errors = this.errors;
    this.#watched.set(handle, socket);
  }

  release(handle: SocketHandle): null {
    this.#watched.delete(handle);
    return null;
  }

  close(handle: SocketHandle): void {
    const socket = this.#watched.get(handle);
    if (socket === undefined) return;
    this.#watched.delete(handle);
    sockets.delete(handle);
    socket.close();
  }

  poll(visit: PacketVisitor, limit: number): number {
    let count = 0;
    for (const [handle, socket] of this.#watched) {
      if (count >= limit) break;
      count += socket.take(handle, visit, limit - count);
    }
    return count;
  }

  send(handle: SocketHandle, packet: Uint8Array, length: number, to: SockAddr): boolean {
    const socket = this.#watched.get(handle);
    if (socket?.send(packet, length, to) === true) return true;
    this.errors.send++;
    return false;
  }

  dispose(): void {
    for (const handle of [...this.#watched.keys()]) this.close(handle);
  }
}

class DgramSocket {
  readonly #socket: Socket;
  readonly #waiting: { readonly bytes: Uint8Array; readonly address: string; readonly port: number }[] = [];
  readonly #from = newSockAddr();
  readonly #to = newSockAddr();
  #fromText = '';
  #toText = '';
  #open = true;
  readonly localPort: number;
  errors: { receive: number; send: number };

  constructor(socket: Socket, errors: { receive: number; send: number }) {
    this.#socket = socket;
    this.errors = errors;
    this.localPort = socket.address().port;
    socket.on('message', (bytes, { address, port }) => {
      if (this.#waiting.length < maxWaiting) this.#waiting.push({ bytes, address, port });
      else this.errors.receive++;
    });
    socket.on('error', () => {
      this.errors.receive++;
    });
  }

  take(handle: SocketHandle, visit: PacketVisitor, limit: number): number {
    const count = Math.min(limit, this.#waiting.length);
    for (const { bytes, address, port } of this.#waiting.splice(0, count)) {
      const text = `${address} ${port}`;
      if (text !== this.#fromText) setSockAddr(this.#from, address, port);
      this.#fromText = text;
      visit(handle, bytes, bytes.length, this.#from);
    }
    return count;
  }

  send(packet: Uint8Array, length: number, to: SockAddr): boolean {
    if (!this.#open || to.length === 0) return false;
    if (!sockAddrEquals(to, this.#to)) {
      copySockAddr(this.#to, to);
      this.#toText = sockAddrText(to);
    }
    // The caller uses its buffer again before the send is done.
    this.#socket.send(copyBytes(packet, length), sockAddrPort(to), this.#toText, (fault) => {
      if (fault !== null) this.errors.send++;
    });
    return true;
  }

  close(): void {
    this.#open = false;
    this.#socket.close();
  }
}

function bound(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const isV6 = ipFamily(address) === 6;
    const socket = createSocket({
      type: isV6 ? 'udp6' : 'udp4',
      ipv6Only: isV6,
      lookup: (host, _options, done) => done(null, host, isIP(host)),
    });
    socket.once('error', (fault) => {
      socket.close();
      const where = `UDP ${formatEndpoint({ address, port })}`;
      if (systemCode(fault) === 'EADDRINUSE') reject(new CodedError('port.taken', where, { cause: fault }));
      else reject(new CodedError('network.failed', `${where}: ${systemCode(fault)}`, { cause: fault }));
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function find(handle: SocketHandle): DgramSocket {
  const socket = sockets.get(handle);
  if (socket === undefined) throw new CodedError('network.failed', `media socket ${handle} is not of this thread`);
  return socket;
}
