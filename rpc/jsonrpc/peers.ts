/** The connections that we opened to JSON-RPC peers: by `execRpc`, and those that the configuration wants to stand. */
import { type Caller, expandScopes, filterMatches, scopeCovers } from '../../core/di/index.ts';
import {
  asCodedError,
  type Clock,
  CodedError,
  type Disposable,
  type Dns,
  formatEndpoint,
  type Log,
  type Network,
  type Random,
  secureToken,
  type TcpConnection,
  type Timer,
} from '../../core/runtime/index.ts';
import type { PeerConfig } from '../config.ts';
import { PeerConnection, type PeerServices, type PeerSettings } from './peer-connection.ts';
import { eventText } from './subscriptions.ts';

export interface PeersOptions {
  readonly network: Network;
  readonly dns: Dns;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly services: PeerServices;
  readonly peers: readonly PeerConfig[];
}

/** Connections at once; the one that has been idle longest makes room. */
const maxConnections = 256;
/** SEMS's limit for a connect, name resolution included. */
const connectMs = 5000;
const firstRetryMs = 1000;
const longestRetryMs = 60_000;
/** A connection that stood this long begins again with the first time. */
const steadyMs = 10_000;

export class Peers {
  readonly #options: PeersOptions;
  /** In the order of the last use. */
  readonly #connections = new Map<string, PeerConnection>();
  readonly #retries = new Map<string, Timer>();
  #connecting = 0;
  #stopped = false;

  constructor(options: PeersOptions) {
    this.#options = options;
    for (const peer of options.peers) if (peer.connect) void this.#keep(peer, firstRetryMs);
  }

  /** The configured peer at that place, or null. */
  configured(host: string, port: number): PeerConfig | null {
    return (
      this.#options.peers.find((peer) => peer.host.toLowerCase() === host.toLowerCase() && peer.port === port) ?? null
    );
  }

  /**
   * Opens a connection; it lives until one side closes it.
   * @throws CodedError `network.failed`, `dns.failed`, `module.full`.
   */
  async open(host: string, port: number, settings: Omit<PeerSettings, 'id' | 'caller'>): Promise<PeerConnection> {
    const peer = this.configured(host, port);
    const id = secureToken(this.#options.random, 12);
    return this.#open(host, port, { ...settings, id, caller: callerOf(peer, host, port) });
  }

  find(id: string): PeerConnection | null {
    const found = this.#connections.get(id);
    if (found === undefined || !found.isOpen) return null;
    this.#connections.delete(id);
    this.#connections.set(id, found);
    return found;
  }

  list(): readonly PeerConnection[] {
    return [...this.#connections.values()];
  }

  /** Ends all connections. Idempotent. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#retries.values()) timer.cancel();
    for (const connection of this.#connections.values()) connection.close();
  }

  async #open(host: string, port: number, settings: PeerSettings): Promise<PeerConnection> {
    this.#makeRoom();
    this.#connecting++;
    const tcp = await this.#connect(host, port).finally(() => this.#connecting--);
    if (this.#stopped) {
      tcp.destroy();
      throw new CodedError('network.failed', 'the server is stopping');
    }
    const connection = new PeerConnection(tcp, settings, this.#options.services);
    this.#connections.set(settings.id, connection);
    connection.onClose = () => {
      if (this.#connections.get(settings.id) === connection) this.#connections.delete(settings.id);
    };
    return connection;
  }

  #makeRoom(): void {
    if (this.#connections.size + this.#connecting < maxConnections) return;
    const names = new Set(this.#options.peers.map(({ name }) => name));
    const idle = [...this.#connections].find(([id, connection]) => connection.isIdle && !names.has(id));
    if (idle === undefined) throw new CodedError('module.full', `jsonrpc: ${maxConnections} connections are in use`);
    this.#connections.delete(idle[0]);
    idle[1].close();
  }

  async #connect(host: string, port: number): Promise<TcpConnection> {
    const { network, dns, clock } = this.#options;
    const untilMs = clock.nowMs() + connectMs;
    let last = new CodedError('dns.failed', `${host} has no address`);
    for (const address of await dns.lookup(host)) {
      const timeoutMs = untilMs - clock.nowMs();
      if (timeoutMs <= 0) break;
      try {
        return await network.connectTcp({ address, port }, { timeoutMs });
      } catch (fault) {
        last = asCodedError(fault, 'network.failed');
      }
    }
    throw last;
  }

  /** A configured connection: opened again whenever it breaks, later each time while it cannot be. */
  async #keep(peer: PeerConfig, retryMs: number): Promise<void> {
    const { clock, log } = this.#options;
    const { name, host, port } = peer;
    const again = (delayMs: number, next: number): void => {
      if (this.#stopped) return;
      this.#retries.set(
        name,
        clock.after(delayMs, () => void this.#keep(peer, next)),
      );
    };
    try {
      const settings = { id: name, caller: callerOf(peer, host, port), flags: 0, ...noReceivers };
      const connection = await this.#open(host, port, settings);
      log.info('JSON-RPC peer connected', { peer: name, remote: connection.remote });
      const openedMs = clock.nowMs();
      const subscriptions = this.#push(peer, connection);
      const { onClose } = connection;
      connection.onClose = () => {
        onClose();
        for (const subscription of subscriptions) subscription.dispose();
        log.warn('JSON-RPC peer disconnected', { peer: name });
        const wasSteady = clock.nowMs() - openedMs >= steadyMs;
        again(wasSteady ? firstRetryMs : retryMs, wasSteady ? firstRetryMs : doubled(retryMs));
      };
    } catch (fault) {
      const { message } = asCodedError(fault, 'network.failed');
      log.warn('JSON-RPC peer cannot be reached', { peer: name, fault: message, retryMs });
      again(retryMs, doubled(retryMs));
    }
  }

  /** The events that the configuration sends it, within its scopes. */
  #push(peer: PeerConfig, connection: PeerConnection): Disposable[] {
    const { eventLog } = this.#options.services.session.bus;
    const { scopes } = connection.settings.caller;
    return peer.events.map((filter) =>
      eventLog.follow({
        accepts: ({ name, scope }) => filterMatches(filter, name) && scopeCovers(scopes, scope),
        receive: (record) => connection.push(eventText(null, record)),
        onGap: () => {},
        isReady: true,
      }),
    );
  }
}

const noReceivers = { notificationReceiver: '', requestReceiver: '' };

const doubled = (retryMs: number): number => Math.min(longestRetryMs, 2 * retryMs);

/** What the other end of a connection may call: nothing, unless the configuration gives it scopes. */
function callerOf(peer: PeerConfig | null, host: string, port: number): Caller {
  if (peer === null) return { name: `peer:${formatEndpoint({ address: host, port })}`, scopes: [], limits: {} };
  return callerOfPeer(peer);
}

export const callerOfPeer = ({ name, scopes }: PeerConfig): Caller => ({
  name: `peer:${name}`,
  scopes: expandScopes(scopes),
  limits: {},
});
