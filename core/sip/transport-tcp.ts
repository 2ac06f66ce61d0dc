/** TCP: listeners and connections (RFC 3261 18). */
import { CodedError, formatEndpoint, type TcpListener } from '../runtime/index.ts';
import { type Channel, chooseListener, type Hop, type Listener, plainAddress, sentByOf } from './flow.ts';
import { CONNECT_TIMEOUT_MS } from './stack-limits.ts';
import { type ListenerWish, sipMark, type TransportContext } from './transport-context.ts';
import { keyOf, type StreamPool } from './transport-streams.ts';

interface OpenListener extends Listener {
  readonly socket: TcpListener;
}

export class TcpTransport {
  readonly listeners: OpenListener[] = [];
  readonly #context: TransportContext;
  readonly #pool: StreamPool;

  constructor(context: TransportContext, pool: StreamPool) {
    this.#context = context;
    this.#pool = pool;
  }

  /** @throws CodedError `port.taken`, `network.failed`. */
  async listen({ address, port, name, advertised }: ListenerWish): Promise<Listener> {
    const socket = await this.#context.seams.network.listenTcp({
      address,
      port,
      dscp: sipMark(this.#context),
      onConnection: (connection) =>
        void this.#pool.adopt(connection, {
          transport: 'tcp',
          outgoing: false,
          sentBy: sentByOf(listener, plainAddress(connection.local.address)),
          key: keyOf(
            { transport: 'tcp', address: plainAddress(connection.remote.address), port: connection.remote.port },
            '',
          ),
        }),
    });
    const listener: OpenListener = { transport: 'tcp', bound: socket.local, advertised, name, socket };
    this.listeners.push(listener);
    return listener;
  }

  /**
   * A connection to `hop`: an open one is reused ("if a connection is open to that address, it
   * SHOULD be used", 18.1.1), else a new one is made, from `source` where that is given.
   * @throws CodedError `network.failed` when the peer refuses or does not answer in time.
   */
  connect(hop: Hop, source: string | null, listeners: readonly Listener[] = this.listeners): Promise<Channel> {
    const key = keyOf(hop, source ?? '');
    return this.#pool.use(key, async () => {
      const connection = await this.#context.seams.network.connectTcp(hop, {
        timeoutMs: CONNECT_TIMEOUT_MS,
        dscp: sipMark(this.#context),
        ...(source === null ? {} : { localAddress: source }),
      });
      const local = plainAddress(connection.local.address);
      const listener = chooseListener(listeners, 'tcp', hop.address, local);
      // Without a listener of ours the peer can only come back on this connection.
      const sentBy = listener === null ? formatEndpoint(connection.local) : sentByOf(listener, local);
      const stream = this.#pool.adopt(connection, { transport: 'tcp', outgoing: true, sentBy, key });
      if (stream === null) throw new CodedError('network.failed', 'too many connections (sip.maxConnections)');
      return stream;
    });
  }

  close(): void {
    for (const { socket } of this.listeners) socket.close();
    this.listeners.length = 0;
  }
}
