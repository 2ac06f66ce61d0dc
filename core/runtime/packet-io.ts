/**
 * The media socket seam: one receive and one send per packet, no allocation per packet, never
 * blocking. Three forms: libc through koffi (`libc-packet-io.ts`), `node:dgram`
 * (`dgram-packet-io.ts`), simulated (`sim-packet-io.ts`).
 *
 * Addresses travel as the kernel's `sockaddr` bytes in buffers that the caller owns, so that
 * comparing a packet's source to the learned one costs no string.
 */

import type { FrameRest } from './framed.ts';

/** A socket's number: the file descriptor for libc (valid in every thread), a table index else. */
export type SocketHandle = number;

/** Room for a `sockaddr_in` (16 bytes used) or `sockaddr_in6` (28 bytes used). */
export interface SockAddr {
  readonly bytes: Uint8Array;
  length: number;
}

/** Called for each packet; both arguments are reused after it returns. */
export type PacketVisitor = (socket: SocketHandle, packet: Uint8Array, length: number, from: SockAddr) => void;

export interface PacketIo {
  readonly kind: 'libc' | 'dgram' | 'sim';
  /** Opens and binds. @throws CodedError `port.taken` or `network.failed`. */
  open(address: string, port: number): Promise<SocketHandle>;
  /** The bound port. */
  localPort(socket: SocketHandle): number;
  /**
   * Takes over a socket of any kind that another thread of this process opened (libc, sim); `rest`: what
   * `release` said there, for a connection.
   */
  adopt(socket: SocketHandle, rest?: FrameRest | null): void;
  /**
   * Stops watching the socket without closing it, so that another thread can adopt it. Null but for a
   * connection: then what it has read and not sent of frames.
   */
  release(socket: SocketHandle): FrameRest | null;
  close(socket: SocketHandle): void;
  /**
   * From here on the caller asks for the packets of this socket in its own order, while they come
   * regularly; `poll` still gives what comes to it otherwise.
   */
  own?(socket: SocketHandle): void;
  /** What waits in an owned socket is wanted by the next `read`. */
  ask?(socket: SocketHandle): void;
  /** Receives what was asked for. */
  read?(visit: PacketVisitor): void;
  /** Receives all that is ready, some more than `limit` packets at most; returns their number. */
  poll(visit: PacketVisitor, limit: number): number;
  /** False when the kernel refused (full buffer, ICMP error); the reason is counted. */
  send(socket: SocketHandle, packet: Uint8Array, length: number, to: SockAddr): boolean;
  /**
   * From here to `flush` packets may wait for each other, to be sent by few calls; then `send` says
   * true, and `refused` is told of each packet that the kernel does not take after all.
   */
  gather?(refused: (socket: SocketHandle) => void): void;
  flush?(): void;
  /** Receive and send errors since the start. */
  readonly errors: { receive: number; send: number };
  /** What it holds besides sockets: they outlive a thread that is killed, and `adopt` and `dispose` elsewhere close them. */
  readonly descriptors?: readonly SocketHandle[];
  /** One port for many peers; absent where sockets cannot share one (dgram). */
  readonly onePort?: OnePortIo;
  /** Closes all sockets. */
  dispose(): void;
}

/**
 * One port for many peers, each with a socket of its own: over UDP one that is connected to the peer,
 * so that the kernel sorts the packets; over TCP the connection, whose frames (RFC 4571) are packets
 * to `poll` and `send`.
 */
export interface OnePortIo {
  /** Opens a UDP port whose packets `connect` can give away peer by peer. @throws CodedError as `open`. */
  openShared(address: string, port: number): Promise<SocketHandle>;
  /**
   * A watched socket on the port of `shared` that has the packets of `peer` from here on. What came in
   * the moment between may be a stranger's: the visitor looks at the source. @throws CodedError `network.failed`.
   */
  connect(shared: SocketHandle, peer: SockAddr): SocketHandle;
  /** Accepts TCP connections in `poll`. @throws CodedError as `open`. */
  listen(address: string, port: number): Promise<SocketHandle>;
  /** Told by `poll` of a connection that came to `listener`; it is watched. `from` is reused. */
  onConnection: (socket: SocketHandle, from: SockAddr, listener: SocketHandle) => void;
  /** Told by `poll` of a connection that is closed: by the peer, by a fault, or as its frames were none. */
  onClosed: (socket: SocketHandle) => void;
  /** Frames that were dropped as the connection took no more. */
  readonly stalled: number;
}

/** An empty address buffer. */
export function newSockAddr(): SockAddr {
  return { bytes: new Uint8Array(28), length: 0 };
}

const AF_INET = 2;
const AF_INET6 = 10;

/** Writes `address` (IPv4 or IPv6 text) and `port` in Linux's layout. @throws RangeError on bad text. */
export function setSockAddr(target: SockAddr, address: string, port: number): SockAddr {
  const { bytes } = target;
  bytes.fill(0);
  bytes[2] = port >> 8;
  bytes[3] = port & 0xff;
  if (!address.includes(':')) {
    const parts = address.split('.');
    if (parts.length !== 4) throw new RangeError(`not an IP address: ${address}`);
    bytes[0] = AF_INET;
    for (let i = 0; i < 4; i++) {
      const n = Number(parts[i]);
      if (!Number.isInteger(n) || n < 0 || n > 255) throw new RangeError(`not an IP address: ${address}`);
      bytes[4 + i] = n;
    }
    target.length = 16;
    return target;
  }
  bytes[0] = AF_INET6;
  bytes.set(ipv6Bytes(address), 8);
  target.length = 28;
  return target;
}

function ipv6Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const [plain = ''] = text.split('%');
  const halves = plain.split('::');
  const groups = (half: string | undefined): number[] =>
    half === undefined || half === ''
      ? []
      : half.split(':').flatMap((group) => {
          if (!group.includes('.')) return [Number.parseInt(group, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
          return [(a << 8) | b, (c << 8) | d];
        });
  const head = groups(halves[0]);
  const tail = halves.length > 1 ? groups(halves[1]) : [];
  const gap = 8 - head.length - tail.length;
  if (halves.length > 2 || gap < 0 || (halves.length === 1 && gap !== 0)) {
    throw new RangeError(`not an IP address: ${text}`);
  }
  [...head, ...new Array<number>(gap).fill(0), ...tail].forEach((group, i) => {
    if (!(group >= 0 && group <= 0xffff)) throw new RangeError(`not an IP address: ${text}`);
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 0xff;
  });
  return bytes;
}

/** Same family, address and port? */
export function sockAddrEquals(a: SockAddr, b: SockAddr): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (i >= 4 && i < 8 && a.length === 28) continue; // flow information is not identity
    if (a.bytes[i] !== b.bytes[i]) return false;
  }
  return true;
}

/** Copies `from` into `to`. */
export function copySockAddr(to: SockAddr, from: SockAddr): void {
  to.bytes.set(from.bytes);
  to.length = from.length;
}

/** The port of an address buffer. */
export function sockAddrPort(a: SockAddr): number {
  return ((a.bytes[2] ?? 0) << 8) | (a.bytes[3] ?? 0);
}

/** The address of an address buffer as text; IPv4-mapped IPv6 as IPv4. Allocates: not per packet. */
export function sockAddrText(a: SockAddr): string {
  if (a.bytes[0] === AF_INET) return a.bytes.subarray(4, 8).join('.');
  const groups: string[] = [];
  for (let i = 8; i < 24; i += 2) groups.push((((a.bytes[i] ?? 0) << 8) | (a.bytes[i + 1] ?? 0)).toString(16));
  const text = groups.join(':');
  if (text.startsWith('0:0:0:0:0:ffff:')) return a.bytes.subarray(20, 24).join('.');
  let longest = '';
  for (const run of text.matchAll(/(?:^|:)(?:0(?::|$)){2,}/g)) if (run[0].length > longest.length) longest = run[0];
  return longest === '' ? text : text.replace(longest, '::');
}
