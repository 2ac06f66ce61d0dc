import type { Dscp } from './dscp.ts';
import { type Libc, linux } from './libc.ts';
import type { LibcConnections } from './libc-connections.ts';
import { localAddress, openBound, setOption, socketFault } from './libc-sockets.ts';
import {
  newSockAddr,
  type OnePortIo,
  type SockAddr,
  type SocketHandle,
  setSockAddr,
  sockAddrPort,
} from './packet-io.ts';

/** Checks of many browsers at once, and of those who only try. */
const sharedBufferBytes = 512 * 1024;
const peerBufferBytes = 256 * 1024;
const backlog = 128;

/**
 * One port for many peers, by the kernel's own means: of several UDP sockets on one port a packet goes
 * to the one that is connected to where it comes from, and to an unconnected one else.
 */
export class LibcOnePort implements OnePortIo {
  onConnection: OnePortIo['onConnection'] = () => {};
  onClosed: OnePortIo['onClosed'] = () => {};
  readonly #libc: Libc;
  readonly #connections: LibcConnections;
  /** Adopts a new socket, or closes it and throws. */
  readonly #watch: (socket: SocketHandle) => void;
  readonly #dscp: Dscp | null;

  constructor(
    libc: Libc,
    connections: LibcConnections,
    watch: (socket: SocketHandle) => void,
    dscp: Dscp | null = null,
  ) {
    this.#dscp = dscp;
    this.#libc = libc;
    this.#connections = connections;
    this.#watch = watch;
  }

  get stalled(): number {
    return this.#connections.stalled;
  }

  async openShared(address: string, port: number): Promise<SocketHandle> {
    const libc = this.#libc;
    const wanted = setSockAddr(newSockAddr(), address, port);
    // Two servers of one user would share the port in silence: one socket that shares nothing tells whether it is free.
    libc.close(openBound(libc, linux.SOCK_DGRAM, wanted));
    const socket = this.#openSharing(wanted, sharedBufferBytes);
    this.#watch(socket);
    return socket;
  }

  connect(shared: SocketHandle, peer: SockAddr): SocketHandle {
    const libc = this.#libc;
    const socket = this.#openSharing(localAddress(libc, shared), peerBufferBytes);
    if (libc.connect(socket, peer.bytes, peer.length) < 0) {
      const fault = socketFault(libc, 'connect');
      libc.close(socket);
      throw fault;
    }
    this.#watch(socket);
    return socket;
  }

  /** SO_REUSEPORT, which other users' sockets cannot join, unlike SO_REUSEADDR. */
  #openSharing(wanted: SockAddr, bufferBytes: number): SocketHandle {
    const libc = this.#libc;
    return openBound(libc, linux.SOCK_DGRAM, wanted, this.#dscp, (socket) => {
      setOption(libc, socket, linux.SOL_SOCKET, linux.SO_REUSEPORT, 1);
      setOption(libc, socket, linux.SOL_SOCKET, linux.SO_RCVBUF, bufferBytes);
    });
  }

  async listen(address: string, port: number): Promise<SocketHandle> {
    const libc = this.#libc;
    const wanted = setSockAddr(newSockAddr(), address, port);
    const socket = openBound(libc, linux.SOCK_STREAM, wanted, this.#dscp, (fd) => {
      // For TCP it lets a port be bound that only connections of an earlier process still remember.
      setOption(libc, fd, linux.SOL_SOCKET, linux.SO_REUSEADDR, 1);
    });
    if (libc.listen(socket, backlog) < 0) {
      const fault = socketFault(libc, `listen on TCP port ${sockAddrPort(wanted)}`);
      libc.close(socket);
      throw fault;
    }
    this.#watch(socket);
    return socket;
  }
}
