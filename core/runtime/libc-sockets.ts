/** Sockets of libc: how they are made, and what they say of themselves. */
import { type Dscp, markDescriptor } from './dscp.ts';
import { CodedError } from './errors.ts';
import { type Libc, linux } from './libc.ts';
import { formatEndpoint } from './network.ts';
import { newSockAddr, type SockAddr, type SocketHandle, sockAddrPort, sockAddrText } from './packet-io.ts';

/**
 * A non-blocking socket that is bound to `wanted`, marked with `dscp`; `prepare` sets its other options before.
 * @throws CodedError `port.taken` or `network.failed`.
 */
export function openBound(
  libc: Libc,
  type: number,
  wanted: SockAddr,
  dscp: Dscp | null = null,
  prepare: (socket: SocketHandle) => void = () => {},
): SocketHandle {
  const family = wanted.bytes[0] ?? linux.AF_INET;
  const socket = libc.socket(family, type | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC, 0);
  if (socket < 0) throw socketFault(libc, 'socket');
  if (family === linux.AF_INET6) setOption(libc, socket, linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, 1);
  if (dscp !== null) mark(libc, socket, family, dscp);
  prepare(socket);
  if (libc.bind(socket, wanted.bytes, wanted.length) === 0) return socket;
  const errno = libc.errno();
  libc.close(socket);
  const protocol = type === linux.SOCK_DGRAM ? 'UDP' : 'TCP';
  const where = `${protocol} ${formatEndpoint({ address: sockAddrText(wanted), port: sockAddrPort(wanted) })}`;
  if (errno === linux.EADDRINUSE) throw new CodedError('port.taken', where);
  throw new CodedError('network.failed', `${where}: ${libc.strerror(errno)}`);
}

function mark(libc: Libc, socket: SocketHandle, family: number, dscp: Dscp): void {
  try {
    markDescriptor(socket, family === linux.AF_INET6 ? 6 : 4, dscp);
  } catch (fault) {
    libc.close(socket);
    throw fault;
  }
}

/** Where the socket is bound. @throws CodedError `network.failed`. */
export function localAddress(libc: Libc, socket: SocketHandle): SockAddr {
  const address = newSockAddr();
  const length = new Int32Array([address.bytes.length]);
  if (libc.getsockname(socket, address.bytes, length) < 0) throw socketFault(libc, 'getsockname');
  address.length = length[0] ?? 0;
  return address;
}

/** A refused option leaves the kernel's default. */
export function setOption(libc: Libc, socket: SocketHandle, level: number, name: number, value: number): void {
  libc.setsockopt(socket, level, name, new Int32Array([value]), 4);
}

/** An option of SOL_SOCKET; -1: it has none. */
export function getOption(libc: Libc, socket: SocketHandle, name: number): number {
  const value = new Int32Array([-1]);
  return libc.getsockopt(socket, linux.SOL_SOCKET, name, value, new Int32Array([4])) < 0 ? -1 : (value[0] ?? -1);
}

/** The last call's error, in the system's words. */
export function socketFault(libc: Libc, call: string): CodedError {
  return new CodedError('network.failed', `${call}: ${libc.strerror(libc.errno())}`);
}
