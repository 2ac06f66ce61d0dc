/**
 * The main thread's part in one port for all browser legs (`media.browserPort`): it opens the port, so
 * that it outlives a media worker, makes the first worker its owner, tells that one by which
 * credentials each leg is known, and hands the sockets that the owner finds to the legs.
 */
import { CodedError, formatEndpoint, type PacketIo, type SocketHandle } from '../runtime/index.ts';
import type { EngineLink } from './engine-link.ts';
import type { BrowserPath, IceCredentials, OnePortEvent, StreamId } from './worker/protocol.ts';

/** As many as a leg answers (`iceLimits.rounds`): the ones in use, those being agreed on, one more. */
const maxCredentials = 3;

/** What the port needs of a stream. */
interface PathTaker {
  /** False: it is over, and the socket is still the caller's. */
  addPath(path: BrowserPath): boolean;
}

export interface BrowserPortOptions {
  readonly port: number;
  /** Sockets as the engines have them. */
  readonly openIo: () => PacketIo;
  /** Living and dead, by index. */
  readonly links: readonly EngineLink[];
}

/** @throws CodedError `config.invalid`: sockets of this kind cannot share a port. */
export function checkBrowserPort(port: number | null, packetIo: string): void {
  if (port === null || packetIo !== 'dgram') return;
  throw new CodedError(
    'config.invalid',
    `media.browserPort: ${port} needs sockets of libc (Linux on x64 or arm64 with the package koffi, media.packetIo: auto or libc); with node:dgram set it to null, and each browser gets a port of media.ports`,
  );
}

export class BrowserPort {
  readonly port: number;
  readonly #options: BrowserPortOptions;
  readonly #opened = new Map<string, Promise<void>>();
  readonly #sockets: SocketHandle[] = [];
  readonly #legs = new Map<StreamId, readonly IceCredentials[]>();
  /** Sockets that legs have, as far as this thread knows. */
  readonly #paths = new Map<StreamId, Set<SocketHandle>>();

  constructor(options: BrowserPortOptions) {
    this.#options = options;
    this.port = options.port;
  }

  /** Opens the port on an address, UDP and TCP, once. @throws CodedError `port.taken`, `network.failed`. */
  open(address: string): Promise<void> {
    let opening = this.#opened.get(address);
    if (opening === undefined) {
      opening = this.#open(address);
      this.#opened.set(address, opening);
      opening.catch(() => this.#opened.delete(address)); // another time it may be free
    }
    return opening;
  }

  async #open(address: string): Promise<void> {
    const { port, openIo } = this.#options;
    const io = openIo();
    const { onePort } = io;
    if (onePort === undefined) throw new CodedError('network.failed', `sockets of ${io.kind} cannot share a port`);
    try {
      // TCP first: no second server can listen there, whatever it does with UDP.
      const sockets = [await onePort.listen(address, port), await onePort.openShared(address, port)];
      for (const socket of sockets) io.release(socket);
      this.#sockets.push(...sockets);
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      throw new CodedError(fault.code, `media.browserPort ${formatEndpoint({ address, port })}: ${fault.detail}`);
    } finally {
      io.dispose(); // what it did not release
    }
    this.#owner?.send({ kind: 'servePort', sockets: this.#sockets });
  }

  get #owner(): EngineLink | undefined {
    return this.#options.links.find(({ dead }) => !dead);
  }

  /** An engine died, and may have been replaced: whoever is the first now becomes the owner, if it was not. */
  serveAgain(died: EngineLink): void {
    const { links } = this.#options;
    if (links.slice(0, died.index).some(({ dead }) => !dead)) return;
    this.#owner?.send({ kind: 'servePort', sockets: this.#sockets });
    for (const [stream, credentials] of this.#legs) this.#owner?.send({ kind: 'portLeg', stream, credentials });
  }

  /** A leg is known by them, and for a while by those before. */
  addCredentials(stream: StreamId, { ufrag, password }: IceCredentials): void {
    const credentials = [...(this.#legs.get(stream) ?? []), { ufrag, password }].slice(-maxCredentials);
    this.#legs.set(stream, credentials);
    this.#owner?.send({ kind: 'portLeg', stream, credentials });
  }

  /**
   * The owner has the credentials that it was told: descriptions with them may go out. A browser that is faster than
   * they are would lose its connection, as a stranger's.
   */
  async told(): Promise<void> {
    await this.#owner?.request({ kind: 'ping' }).catch(() => {}); // who follows a dead owner is told anew
  }

  /** The leg is closed: its engine closes its sockets. */
  forget(stream: StreamId): void {
    if (this.#legs.delete(stream)) this.#owner?.send({ kind: 'portLeg', stream, credentials: [] });
  }

  receive(event: OnePortEvent, taker: PathTaker | undefined): void {
    const { stream } = event;
    const sockets = this.#paths.get(stream) ?? new Set();
    if (event.kind === 'pathClosed') sockets.delete(event.socket);
    else if (taker?.addPath(event.path) === true) sockets.add(event.path.socket);
    else this.closePath(stream, event.path.socket);
    if (sockets.size === 0) this.#paths.delete(stream);
    else this.#paths.set(stream, sockets);
  }

  /** A socket that reached no engine. */
  closePath(stream: StreamId, socket: SocketHandle): void {
    this.#paths.get(stream)?.delete(socket);
    this.#close([socket]);
  }

  /** The engine of these streams died: sockets that it left open; they are the caller's now. */
  takePaths(streams: Iterable<{ readonly id: StreamId }>): SocketHandle[] {
    return [...streams].flatMap(({ id }) => {
      const sockets = [...(this.#paths.get(id) ?? [])];
      this.#paths.delete(id);
      return sockets;
    });
  }

  #close(sockets: readonly SocketHandle[]): void {
    const io = this.#options.openIo();
    for (const socket of sockets) io.adopt(socket);
    io.dispose();
  }

  /** After the engines. */
  stop(): void {
    this.#close(this.#sockets.splice(0));
  }
}
