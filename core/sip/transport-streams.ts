/** All open connections of one stack: their limits, and which one leads to a peer (RFC 3261 18.1.1, RFC 5923). */
import { formatEndpoint, type TcpConnection } from '../runtime/index.ts';
import { type Hop, plainAddress } from './flow.ts';
import { TcpStream } from './tcp-stream.ts';
import type { TransportContext } from './transport-context.ts';
import type { StreamChannel } from './transport-stream.ts';
import { WebSocketStream } from './transport-ws.ts';
import type { Flow, SipWebSocket, Transport } from './types.ts';

/** What is known of a connection besides its addresses. */
export interface ConnectionFacts {
  readonly transport: Transport;
  readonly outgoing: boolean;
  readonly sentBy: string;
  readonly identities?: readonly string[] | undefined;
  readonly alias?: boolean;
  /** Under this key requests find it again; null: only its own flow leads to it. */
  readonly key: string | null;
}

export class StreamPool {
  readonly #context: TransportContext;
  readonly #streams = new Map<number, StreamChannel>();
  readonly #bySource = new Map<string, number>();
  /** The newest connection to each peer, by `keyOf`. */
  readonly #byKey = new Map<string, StreamChannel>();
  readonly #connecting = new Map<string, Promise<StreamChannel>>();
  #lastId = 0;
  #closed = false;

  constructor(context: TransportContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** The connection of a flow while it is open. */
  find(flow: Flow): StreamChannel | null {
    const stream = this.#streams.get(flow.connectionId);
    return stream?.flow.transport === flow.transport ? stream : null;
  }

  /**
   * The open connection with this key, or the one that `open` makes; who comes meanwhile waits for the same.
   * @throws what `open` throws.
   */
  async use(key: string, open: () => Promise<StreamChannel>): Promise<StreamChannel> {
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    let connecting = this.#connecting.get(key);
    if (connecting === undefined) {
      connecting = open().finally(() => this.#connecting.delete(key));
      this.#connecting.set(key, connecting);
    }
    return connecting;
  }

  /** The connection that the peer offered for requests to `hop` (RFC 5923 5), of any identity. */
  aliasTo(hop: Hop): StreamChannel | null {
    return this.#byKey.get(aliasKey(hop.address, hop.port)) ?? null;
  }

  /**
   * A request with `alias` came on a TLS connection whose peer showed who it is: requests to it at the port of
   * its Via may go back on this connection. "MUST NOT … unless the peer was authenticated" (RFC 5923 9.3).
   */
  offerAlias(flow: Flow, port: number): void {
    const stream = this.find(flow);
    if (stream === null || flow.transport !== 'tls' || (flow.peerIdentities ?? []).length === 0) return;
    this.#remember(stream, aliasKey(flow.remote.address, port));
  }

  /** May one more connection from `address` come in? A refusal is counted. */
  admits(address: string): boolean {
    const { config, counters, trust } = this.#context;
    if (this.#closed) return false;
    if (this.#streams.size >= config.maxConnections) {
      counters.connectionsRefused.add(1, { limit: 'all' });
      return false;
    }
    const limit = config.maxConnectionsPerSource;
    if (limit === 0 || (this.#bySource.get(address) ?? 0) < limit || trust.covers(address)) return true;
    counters.connectionsRefused.add(1, { limit: 'source' });
    return false;
  }

  /** Takes a TCP or TLS connection in, or closes it at once when there are too many: null then. */
  adopt(connection: TcpConnection, facts: ConnectionFacts): StreamChannel | null {
    const address = plainAddress(connection.remote.address);
    if (!this.admits(address)) {
      connection.destroy();
      return null;
    }
    const flow = this.#flow(connection, facts);
    const { sentBy, outgoing, alias = false } = facts;
    const options = { context: this.#context, flow, sentBy, outgoing, alias, onClosed: () => this.#forget(flow) };
    return this.#add(new TcpStream(connection, options), facts.key);
  }

  /** Takes a WebSocket in. */
  adoptWebSocket(peer: SipWebSocket, sentBy: string, pageHost: string | null): void {
    if (!this.admits(plainAddress(peer.remote.address))) {
      // RFC 6455 7.4.1, 1013: try again later.
      peer.close(1013, 'too many connections');
      return;
    }
    const transport = peer.secure ? 'wss' : 'ws';
    const known = this.#flow(peer, { transport, outgoing: false, sentBy, key: null });
    const flow = pageHost === null ? known : { ...known, pageHost };
    const onClosed = (): void => this.#forget(flow);
    this.#add(new WebSocketStream(peer, { context: this.#context, flow, sentBy, outgoing: false, onClosed }), null);
  }

  close(): void {
    this.#closed = true;
    for (const stream of [...this.#streams.values()]) {
      if (stream instanceof WebSocketStream) stream.shutdown();
      else stream.destroy('shutdown');
    }
  }

  #flow(ends: Pick<TcpConnection, 'local' | 'remote'>, { transport, identities }: ConnectionFacts): Flow {
    const { trust } = this.#context;
    const remote = { address: plainAddress(ends.remote.address), port: ends.remote.port };
    const local = { address: plainAddress(ends.local.address), port: ends.local.port };
    const peerIdentities = identities !== undefined && identities.length > 0 ? { peerIdentities: identities } : {};
    const trusted = trust.covers(remote.address) || trust.coversIdentity(identities ?? []);
    return { transport, local, remote, connectionId: ++this.#lastId, trusted, ...peerIdentities };
  }

  #add(stream: StreamChannel, key: string | null): StreamChannel {
    const { address } = stream.flow.remote;
    this.#streams.set(stream.flow.connectionId, stream);
    this.#bySource.set(address, (this.#bySource.get(address) ?? 0) + 1);
    if (key !== null) this.#remember(stream, key);
    return stream;
  }

  #remember(stream: StreamChannel, key: string): void {
    if (this.#byKey.get(key) === stream) return;
    this.#byKey.set(key, stream);
    stream.onLost(() => {
      if (this.#byKey.get(key) === stream) this.#byKey.delete(key);
    });
  }

  #forget(flow: Flow): void {
    const { address } = flow.remote;
    const left = (this.#bySource.get(address) ?? 1) - 1;
    this.#streams.delete(flow.connectionId);
    if (left <= 0) this.#bySource.delete(address);
    else this.#bySource.set(address, left);
  }
}

/** What a connection must have in common with a hop to be used for it; `source` is empty unless one was asked for. */
export function keyOf(hop: Hop, source: string): string {
  return `${hop.transport} ${formatEndpoint(hop)} ${hop.serverName?.toLowerCase() ?? ''} ${source}`;
}

function aliasKey(address: string, port: number): string {
  return `alias ${formatEndpoint({ address, port })}`;
}
