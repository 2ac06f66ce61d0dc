/** WebSocket upgrades on the HTTP listener: `ws` without a server of its own. */
import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { HttpRequest, WebSocketHandler, WebSocketPeer } from './types.ts';

/** A socket handed over by an upgrade. */
export type Duplex = Parameters<WebSocketServer['handleUpgrade']>[1];

export interface WebSocketUpgrades {
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    handler: WebSocketHandler,
    plain: HttpRequest,
  ): Promise<void>;
  /** Tells every peer that the server goes (1001). */
  closeAll(): void;
  /** Destroys what is left. */
  terminateAll(): void;
}

export function createUpgrades(maxMessageBytes: number): WebSocketUpgrades {
  const servers = new Map<WebSocketHandler, WebSocketServer>();
  const batching = new SocketBatching();

  /** The package `ws` is loaded with the first upgrade. */
  async function serverOf(handler: WebSocketHandler): Promise<WebSocketServer> {
    const { WebSocketServer } = await import('ws');
    let server = servers.get(handler);
    if (server === undefined) {
      server = new WebSocketServer({
        noServer: true,
        maxPayload: maxMessageBytes,
        perMessageDeflate: false,
        handleProtocols: (offered) => handler.protocols.find((protocol) => offered.has(protocol)) ?? false,
      });
      servers.set(handler, server);
    }
    return server;
  }
  const sockets = function* (): Iterable<WebSocket> {
    for (const server of servers.values()) yield* server.clients;
  };

  return {
    async accept(request, socket, head, handler, plain) {
      const server = await serverOf(handler);
      server.handleUpgrade(request, socket, head, (webSocket) =>
        handler.open(
          peerOf(webSocket, plain.source, endsOf(request.socket), (text) => batching.write(socket, text)),
          plain,
        ),
      );
    },
    closeAll() {
      for (const webSocket of sockets()) webSocket.close(1001, 'the server goes');
    },
    terminateAll() {
      for (const webSocket of sockets()) webSocket.terminate();
    },
  };
}

/** How long messages wait for others. */
const batchMs = 10;

/**
 * Messages for many sockets in few system calls: while messages come one after the other, each socket is corked for a
 * few milliseconds. After a pause the first ones go out at once. A text that goes to many is framed once.
 */
class SocketBatching {
  readonly #corked = new Set<Duplex>();
  /** `idle`: nothing lately; `turn`: what comes in this turn goes out at once; `open`: what comes waits. */
  #state: 'idle' | 'turn' | 'open' = 'idle';
  #text = '';
  #frame: Uint8Array = new Uint8Array(0);

  /** `ws` writes a frame in one turn, for nothing is compressed: between two of its frames there is room for ours. */
  write(socket: Duplex, text: string): void {
    if (text !== this.#text) {
      this.#text = text;
      this.#frame = textFrame(text);
    }
    this.#cork(socket);
    socket.write(this.#frame);
  }

  #cork(socket: Duplex): void {
    if (this.#state === 'idle') {
      this.#state = 'turn';
      setImmediate(() => this.#wait());
    }
    if (this.#state === 'turn' || this.#corked.has(socket)) return;
    socket.cork();
    this.#corked.add(socket);
  }

  #wait(): void {
    this.#state = 'open';
    setTimeout(() => this.#flush(), batchMs).unref();
  }

  #flush(): void {
    const sockets = [...this.#corked];
    this.#corked.clear();
    for (const socket of sockets) socket.uncork();
    if (sockets.length > 0) this.#wait();
    else this.#state = 'idle';
  }
}

/** A whole text message in one frame, unmasked as those of servers are (RFC 6455, 5.1, 5.2). */
function textFrame(text: string): Uint8Array {
  const length = Buffer.byteLength(text);
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame[0] = 0x81; // FIN, text
  frame[1] = headBytes === 2 ? length : headBytes === 4 ? 126 : 127;
  if (headBytes === 4) frame.writeUInt16BE(length, 2);
  if (headBytes === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.write(text, headBytes);
  return frame;
}

/** `ws` itself gives up a closing handshake after 30 s; we after 5. */
const closeMs = 5000;

type Ends = Pick<WebSocketPeer, 'local' | 'remote' | 'secure'>;

function endsOf(socket: IncomingMessage['socket']): Ends {
  return {
    local: { address: unmapped(socket.localAddress), port: socket.localPort ?? 0 },
    remote: { address: unmapped(socket.remoteAddress), port: socket.remotePort ?? 0 },
    secure: 'encrypted' in socket,
  };
}

/** `::ffff:192.0.2.1` is 192.0.2.1. */
export function unmapped(address = ''): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

function peerOf(socket: WebSocket, source: string, ends: Ends, writeSoon: (text: string) => void): WebSocketPeer {
  const peer: WebSocketPeer = {
    source,
    ...ends,
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(message);
    },
    sendSoon(message) {
      if (socket.readyState === socket.OPEN) writeSoon(message);
    },
    close(code, reason) {
      // RFC 6455, 5.5: a control frame MUST have a payload of 125 bytes or less, two of them the code.
      socket.close(code, Buffer.from(reason).subarray(0, 120).toString());
      const timer = setTimeout(() => socket.terminate(), closeMs);
      timer.unref();
      socket.once('close', () => clearTimeout(timer));
    },
    ping: () => {
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    onMessage: () => {},
    onPong: () => {},
    onClose: () => {},
  };
  socket.on('message', (data, isBinary) => peer.onMessage(isBinary ? bytesOf(data) : bytesOf(data).toString()));
  socket.on('pong', () => peer.onPong());
  socket.on('close', (code) => peer.onClose(code));
  // Too large, bad UTF-8, bad frames: `ws` closes with the right code by itself.
  socket.on('error', () => {});
  return peer;
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
