/** The sockets of the browser legs of one engine that came through the port they share. */
import { newSockAddr, type PacketIo, type SockAddr, type SocketHandle } from '../../runtime/index.ts';
import type { IceTransport } from './ice-messages.ts';
import type { BrowserPath, MovedPath } from './one-port-messages.ts';
import type { MediaEvent, OpenedSockets, StreamId } from './protocol.ts';

/** A browser has fewer addresses; the oldest that is of no use makes room. */
const maxPaths = 16;
/** A new path is of use before a check of it was answered. */
const graceMs = 10_000;

/** What a path needs of its stream. */
export interface PathStream {
  readonly id: StreamId;
  readonly browser: {
    /** Is it the socket of a pair that is in use or was checked lately? */
    uses(socket: SocketHandle): boolean;
    /** The socket is gone. */
    forget(socket: SocketHandle): void;
  } | null;
  receiveRtp(packet: Uint8Array, length: number, from: SockAddr, nowMs: number, socket: SocketHandle): void;
}

interface Path<S extends PathStream> {
  readonly stream: S;
  readonly socket: SocketHandle;
  readonly transport: IceTransport;
  readonly sinceMs: number;
}

/** What a leg has before its first path. */
export function sharedPort(address: string, port: number): OpenedSockets {
  return { address, rtpPort: port, rtp: -1, rtcp: -1 };
}

export interface OnePortPathsOptions<S extends PathStream> {
  readonly io: PacketIo;
  /** What comes to the socket goes to `reader`. */
  readonly listen: (socket: SocketHandle, reader: S | undefined) => void;
  readonly post: (event: MediaEvent) => void;
}

export class OnePortPaths<S extends PathStream> {
  readonly #options: OnePortPathsOptions<S>;
  readonly #paths = new Map<SocketHandle, Path<S>>();

  constructor(options: OnePortPathsOptions<S>) {
    this.#options = options;
    const { onePort } = options.io;
    if (onePort !== undefined) onePort.onClosed = (socket) => this.#forget(socket);
  }

  transportOf(socket: SocketHandle): IceTransport {
    return this.#paths.get(socket)?.transport ?? 'udp';
  }

  /** Gives a path to its leg, and what came on it already. `stream` undefined: it is not here any more. */
  add(id: StreamId, path: BrowserPath, stream: S | undefined, nowMs: number): void {
    const { io, post } = this.#options;
    const { socket, packets } = path;
    io.adopt(socket, path.rest);
    if (stream === undefined) {
      io.close(socket);
      post({ kind: 'pathClosed', stream: id, socket });
      return;
    }
    this.#makeRoom(stream);
    this.#take(stream, path, nowMs);
    const from = newSockAddr();
    from.bytes.set(path.peer.slice(0, from.bytes.length));
    from.length = Math.min(path.peer.length, from.bytes.length);
    for (const packet of packets) stream.receiveRtp(packet, packet.length, from, nowMs, socket);
  }

  #take(stream: S, { socket, transport }: MovedPath, sinceMs: number): void {
    this.#paths.set(socket, { stream, socket, transport, sinceMs });
    this.#options.listen(socket, stream);
  }

  #makeRoom(stream: S): void {
    const own = this.#of(stream);
    if (own.length < maxPaths) return;
    const spare = own.find(({ socket }) => stream.browser?.uses(socket) !== true) ?? own[0];
    if (spare !== undefined) this.#close(spare.socket);
  }

  #of(stream: S): Path<S>[] {
    return [...this.#paths.values()].filter((path) => path.stream === stream);
  }

  /** Closes paths that no pair uses any more; every now and then. */
  keepHouse(nowMs: number): void {
    if (this.#paths.size === 0) return;
    for (const { stream, socket, sinceMs } of this.#paths.values()) {
      if (nowMs - sinceMs > graceMs && stream.browser?.uses(socket) !== true) this.#close(socket);
    }
  }

  #close(socket: SocketHandle): void {
    this.#options.io.close(socket);
    this.#forget(socket);
  }

  /** The socket is closed. */
  #forget(socket: SocketHandle): void {
    const path = this.#paths.get(socket);
    if (path === undefined) return;
    this.#paths.delete(socket);
    this.#options.listen(socket, undefined);
    path.stream.browser?.forget(socket);
    this.#options.post({ kind: 'pathClosed', stream: path.stream.id, socket });
  }

  /** The stream is closed. */
  closeAll(stream: S): void {
    for (const { socket } of this.#of(stream)) this.#close(socket);
  }

  /** The stream moves to another engine: its paths, without closing them. */
  detach(stream: S): MovedPath[] {
    return this.#of(stream).map(({ socket, transport }) => {
      this.#paths.delete(socket);
      this.#options.listen(socket, undefined);
      return { socket, transport, rest: this.#options.io.release(socket) };
    });
  }

  /** It came from another engine. */
  attach(stream: S, paths: readonly MovedPath[], nowMs: number): void {
    for (const path of paths) {
      this.#options.io.adopt(path.socket, path.rest);
      this.#take(stream, path, nowMs);
    }
  }
}
