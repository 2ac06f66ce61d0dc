/** WebSocket upgrades on the HTTP listener: `ws` without a server of its own. */
import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { HttpRequest, WebSocketHandler, WebSocketPeer } from './types.ts';
import { WebSocketBatches, type WebSocketOutbox } from './websocket-batches.ts';

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
  const batches = new WebSocketBatches();

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
        handler.open(peerOf(webSocket, plain.source, endsOf(request.socket), batches.outboxOf(socket)), plain),
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

function peerOf(socket: WebSocket, source: string, ends: Ends, outbox: WebSocketOutbox): WebSocketPeer {
  const peer: WebSocketPeer = {
    source,
    ...ends,
    get bufferedBytes() {
      return socket.bufferedAmount + outbox.waitingBytes;
    },
    send: (message) => {
      if (socket.readyState !== socket.OPEN) return;
      outbox.flush(); // an answer does not overtake what was sent before it
      socket.send(message);
    },
    sendSoon(message) {
      if (socket.readyState === socket.OPEN) outbox.add(message);
    },
    close(code, reason) {
      if (socket.readyState === socket.OPEN) outbox.flush();
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
  socket.on('close', (code) => {
    outbox.clear();
    peer.onClose(code);
  });
  // Too large, bad UTF-8, bad frames: `ws` closes with the right code by itself.
  socket.on('error', () => {});
  return peer;
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
