import { copyBytes } from './bytes.ts';
import { CodedError } from './errors.ts';
import { FrameReader, frameHeaderBytes, maxFrameBytes, writeFrame } from './framed.ts';
import type { Endpoint, TcpConnection, TcpListener } from './network.ts';
import {
  newSockAddr,
  type OnePortIo,
  type PacketVisitor,
  type SockAddr,
  type SocketHandle,
  setSockAddr,
  sockAddrPort,
  sockAddrText,
} from './packet-io.ts';
import type { HostEntry } from './sim-internet.ts';
import { openMediaSocket, type SimMedia, SimMediaSocket, type SimPacketIo } from './sim-packet-io.ts';

/** Above so many undelivered bytes a connection is stalled, as with the real sockets' buffer. */
const sendBufferBytes = 32 * 1024;

type Add = (make: (handle: SocketHandle) => SimMedia) => SocketHandle;

/** One port for many peers on the simulated internet. */
export class SimOnePort implements OnePortIo {
  onConnection: OnePortIo['onConnection'] = () => {};
  onClosed: OnePortIo['onClosed'] = () => {};
  stalled = 0;
  readonly #host: HostEntry;
  readonly #add: Add;

  constructor(host: HostEntry, add: Add) {
    this.#host = host;
    this.#add = add;
  }

  async openShared(address: string, port: number): Promise<SocketHandle> {
    return openMediaSocket(this.#host, { address, port }, this.#add);
  }

  connect(shared: SocketHandle, peer: SockAddr): SocketHandle {
    const socket = this.#host.internet.mediaSockets.get(shared);
    if (!(socket instanceof SimMediaSocket)) {
      throw new CodedError('network.failed', `media socket ${shared} is not open`);
    }
    const to = { address: sockAddrText(peer), port: sockAddrPort(peer) };
    return this.#add((handle) => new SimMediaSocket(this.#host, handle, socket.local, socket, to));
  }

  async listen(address: string, port: number): Promise<SocketHandle> {
    const waiting: TcpConnection[] = [];
    const listener = await this.#host.network.listenTcp({
      address,
      port,
      onConnection: (connection) => void waiting.push(connection),
    });
    return this.#add((handle) => new SimListener(handle, listener, waiting));
  }

  accepted(connection: TcpConnection, listener: SocketHandle): void {
    let accepted: SimConnection | null = null;
    const socket = this.#add((handle) => {
      accepted = new SimConnection(handle, connection);
      return accepted;
    });
    const from = setSockAddr(newSockAddr(), connection.remote.address, connection.remote.port);
    this.onConnection(socket, from, listener);
  }
}

class SimListener implements SimMedia {
  readonly local: Endpoint;
  readonly #handle: SocketHandle;
  readonly #listener: TcpListener;
  readonly #waiting: TcpConnection[];

  constructor(handle: SocketHandle, listener: TcpListener, waiting: TcpConnection[]) {
    this.#handle = handle;
    this.#listener = listener;
    this.#waiting = waiting;
    this.local = listener.local;
  }

  take(_nowMs: number, _visit: PacketVisitor, _limit: number, io: SimPacketIo): number {
    for (const connection of this.#waiting.splice(0)) io.onePort.accepted(connection, this.#handle);
    return 0;
  }

  send(): boolean {
    return false;
  }

  close(): void {
    this.#listener.close();
    for (const connection of this.#waiting.splice(0)) connection.destroy();
  }
}

/** A TCP connection whose frames are packets. */
export class SimConnection implements SimMedia {
  readonly local: Endpoint;
  readonly #handle: SocketHandle;
  readonly #connection: TcpConnection;
  readonly #peer: SockAddr;
  readonly #frames: Uint8Array[] = [];
  readonly #scratch = new Uint8Array(frameHeaderBytes + maxFrameBytes);
  /** The peer closed it, or its frames were none: told when the frames before are read. */
  #isOver = false;

  constructor(handle: SocketHandle, connection: TcpConnection) {
    this.#handle = handle;
    this.#connection = connection;
    this.local = connection.local;
    this.#peer = setSockAddr(newSockAddr(), connection.remote.address, connection.remote.port);
    const reader = new FrameReader((frame, length) => void this.#frames.push(copyBytes(frame, length)));
    connection.onData = (bytes) => {
      if (!this.#isOver && !reader.push(bytes, bytes.length)) this.#isOver = true;
    };
    connection.onClose = () => {
      this.#isOver = true;
    };
  }

  take(_nowMs: number, visit: PacketVisitor, limit: number, io: SimPacketIo): number {
    let count = 0;
    for (; count < limit; count++) {
      const frame = this.#frames.shift();
      if (frame === undefined) break;
      visit(this.#handle, frame, frame.length, this.#peer);
      if (!io.watches(this.#handle, this)) return count + 1; // given away, or closed
    }
    if (this.#isOver && this.#frames.length === 0) {
      io.close(this.#handle);
      io.onePort.onClosed(this.#handle);
    }
    return count;
  }

  send(packet: Uint8Array): boolean {
    if (packet.length > maxFrameBytes || this.#connection.queuedBytes > sendBufferBytes) return false;
    const length = writeFrame(this.#scratch, packet, packet.length);
    this.#connection.write(this.#scratch.subarray(0, length));
    return true;
  }

  close(): void {
    this.#connection.destroy();
  }
}
