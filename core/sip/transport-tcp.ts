/** TCP: listeners, and one pool of connections that both sides' requests share (RFC 3261 18). */
import { type Endpoint, formatEndpoint, type TcpConnection, type TcpListener } from '../runtime/index.ts';
import { type Channel, chooseListener, type Hop, type Listener, plainAddress, sentByOf } from './flow.ts';
import { CONNECT_TIMEOUT_MS } from './stack-limits.ts';
import { TcpStream } from './tcp-stream.ts';
import type { TransportContext } from './transport-udp.ts';
import type { Flow } from './types.ts';

interface OpenListener extends Listener {
  readonly socket: TcpListener;
}

export class TcpTransport {
  readonly listeners: OpenListener[] = [];
  readonly #context: TransportContext;
  readonly #streams = new Map<number, TcpStream>();
  /** The newest connection to each peer, by `address:port`. */
  readonly #byPeer = new Map<string, TcpStream>();
  readonly #connecting = new Map<string, Promise<TcpStream>>();
  #lastId = 0;
  #closed = false;

  constructor(context: TransportContext) {
    this.#context = context;
  }

  get connections(): number {
    return this.#streams.size;
  }

  /** @throws CodedError `port.taken`, `network.failed`. */
  async listen(address: string, port: number, advertised: string | null): Promise<Listener> {
    const socket = await this.#context.seams.network.listenTcp({
      address,
      port,
      onConnection: (connection) => void this.#adopt(connection),
    });
    const listener: OpenListener = { transport: 'tcp', bound: socket.local, advertised, socket };
    this.listeners.push(listener);
    return listener;
  }

  /**
   * A connection to `hop`: an open one is reused ("if a connection is open to that address, it
   * SHOULD be used", 18.1.1), else a new one is made.
   * @throws CodedError `network.failed` when the peer refuses or does not answer in time.
   */
  async connect(hop: Hop): Promise<Channel> {
    const key = formatEndpoint(hop);
    const open = this.#byPeer.get(key);
    if (open !== undefined) return this.#channelOf(open);
    let connecting = this.#connecting.get(key);
    if (connecting === undefined) {
      connecting = this.#open(hop).finally(() => this.#connecting.delete(key));
      this.#connecting.set(key, connecting);
    }
    return this.#channelOf(await connecting);
  }

  /** The connection that a message came on, while it is open. */
  answerChannel(flow: Flow): Channel | null {
    const stream = this.#streams.get(flow.connectionId);
    return stream === undefined ? null : this.#channelOf(stream);
  }

  close(): void {
    this.#closed = true;
    for (const { socket } of this.listeners) socket.close();
    this.listeners.length = 0;
    for (const stream of [...this.#streams.values()]) stream.destroy('shutdown');
  }

  async #open(hop: Hop): Promise<TcpStream> {
    const connection = await this.#context.seams.network.connectTcp(hop, { timeoutMs: CONNECT_TIMEOUT_MS });
    return this.#adopt(connection);
  }

  #adopt(connection: TcpConnection): TcpStream {
    const { counters, maxConnections, trust } = this.#context;
    const remote: Endpoint = { address: plainAddress(connection.remote.address), port: connection.remote.port };
    const local: Endpoint = { address: plainAddress(connection.local.address), port: connection.local.port };
    const key = formatEndpoint(remote);
    const flow: Flow = {
      transport: 'tcp',
      local,
      remote,
      connectionId: ++this.#lastId,
      trusted: trust.covers(remote.address),
    };
    const stream = new TcpStream(connection, flow, this.#context, () => {
      this.#streams.delete(flow.connectionId);
      if (this.#byPeer.get(key) === stream) this.#byPeer.delete(key);
    });
    this.#streams.set(flow.connectionId, stream);
    this.#byPeer.set(key, stream);
    if (this.#closed || this.#streams.size > maxConnections) {
      counters.connectionsRefused.add();
      stream.destroy('limit');
    }
    return stream;
  }

  #channelOf(stream: TcpStream): Channel {
    const { flow } = stream;
    const listener = chooseListener(this.listeners, 'tcp', flow.remote.address, flow.local.address);
    return {
      flow,
      reliable: true,
      // Without a listener of ours the peer can only come back on this connection.
      sentBy: listener === null ? formatEndpoint(flow.local) : sentByOf(listener, flow.local.address),
      send: (bytes) => stream.send(bytes),
      onLost: (run) => stream.onLost(run),
    };
  }
}
