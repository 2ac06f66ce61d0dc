import { copyBytes } from './bytes.ts';
import type { Clock } from './clock.ts';
import {
  type ConnectOptions,
  type Endpoint,
  formatEndpoint,
  isLinkLocal,
  type Network,
  type TcpConnection,
  type TcpListener,
  type TlsConnection,
  type TlsConnectOptions,
  type TlsCredentials,
  type TlsListener,
  type TlsListenOptions,
  type UdpOptions,
  type UdpSocket,
} from './network.ts';
import { type HostEntry, wildcard } from './sim-internet.ts';
import { simConnect } from './sim-tcp.ts';
import { checkSimTls, simConnectTls, simListenTls } from './sim-tls.ts';

/** A listener that waits for connections at one address and port. */
export interface SimListener {
  readonly local: Endpoint;
  onConnection(connection: TcpConnection): void;
}

/** The signalling network of one simulated host. */
export class SimNetwork implements Network {
  readonly #host: HostEntry;
  readonly #listeners = new Map<string, SimListener>();

  constructor(host: HostEntry) {
    this.#host = host;
  }

  async udp(options: UdpOptions): Promise<UdpSocket> {
    const host = this.#host;
    let open = true;
    const { local } = host.bind({ address: options.address, port: options.port }, (bound) => ({
      media: false,
      local: bound,
      receive: (bytes, from) => options.onDatagram(copyBytes(bytes), from),
    }));
    return {
      local,
      send(datagram, to) {
        if (!open) return;
        try {
          const address = local.address === wildcard(local.address) ? host.sourceFor(to.address) : local.address;
          const { internet } = host;
          internet.send(internet.route(host, { address, port: local.port }, to), copyBytes(datagram), false);
        } catch (fault) {
          options.onError(fault instanceof Error ? fault : new Error(String(fault)));
        }
      },
      close() {
        if (open) host.unbind(local);
        open = false;
      },
    };
  }

  async listenTcp(options: {
    readonly address: string;
    readonly port: number;
    onConnection(connection: TcpConnection): void;
  }): Promise<TcpListener> {
    const host = this.#host;
    const port = host.choosePort(options, (at) => this.listenerAt(at) !== null);
    const local = { address: options.address, port };
    const key = formatEndpoint(local);
    this.#listeners.set(key, { local, onConnection: (connection) => options.onConnection(connection) });
    host.streams.add(`tcp-listener ${key}`);
    return {
      local,
      close: () => {
        this.#listeners.delete(key);
        host.streams.delete(`tcp-listener ${key}`);
      },
    };
  }

  connectTcp(to: Endpoint, options: ConnectOptions): Promise<TcpConnection> {
    return simConnect(this.#host, to, options);
  }

  listenTls(options: TlsListenOptions): Promise<TlsListener> {
    return simListenTls(this, options);
  }

  connectTls(to: Endpoint, options: TlsConnectOptions): Promise<TlsConnection> {
    return simConnectTls(this, to, options);
  }

  checkTls(credentials: TlsCredentials): void {
    checkSimTls(credentials);
  }

  localAddresses(): readonly string[] {
    return this.#host.addresses.filter((address) => !isLinkLocal(address));
  }

  /** Of the simulation. */
  get clock(): Clock {
    return this.#host.internet.clock;
  }

  async sourceAddressFor(to: string): Promise<string> {
    return this.#host.sourceFor(to);
  }

  /** The listener that takes connections to `to`. */
  listenerAt(to: Endpoint): SimListener | null {
    return (
      this.#listeners.get(formatEndpoint(to)) ??
      this.#listeners.get(formatEndpoint({ address: wildcard(to.address), port: to.port })) ??
      null
    );
  }
}
