/** All transports together: listeners by configuration, channels to peers and back. */
import { CodedError, formatEndpoint, ipFamily, isLinkLocal, type Seams } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import type { SipCounters } from './counters.ts';
import { type Channel, type Hop, isWildcard, type Listener, plainAddress, type Receiver, withPort } from './flow.ts';
import type { Via } from './header-via.ts';
import { isIpAddress } from './host.ts';
import { LocalAddresses } from './local-addresses.ts';
import { REFUSED_TCP_ENTRIES, TCP_REFUSED_MS } from './stack-limits.ts';
import type { TransportContext } from './transport-context.ts';
import { filesOf } from './transport-credentials.ts';
import { StreamPool } from './transport-streams.ts';
import { TcpTransport } from './transport-tcp.ts';
import { TlsTransport } from './transport-tls.ts';
import { UdpTransport } from './transport-udp.ts';
import { createTrustList } from './trust.ts';
import type { BoundListener, Flow, ReloadReport, SipWebSocket } from './types.ts';

export interface TransportOptions {
  readonly seams: Seams;
  readonly config: SipConfig;
  readonly counters: SipCounters;
  readonly receiver: Receiver;
}

export class Transports {
  readonly #seams: Seams;
  readonly #config: SipConfig;
  readonly #counters: SipCounters;
  readonly #localAddresses: LocalAddresses;
  readonly #pool: StreamPool;
  readonly #udp: UdpTransport;
  readonly #tcp: TcpTransport;
  readonly #tls: TlsTransport;
  readonly #listeners: Listener[] = [];
  readonly #bound: BoundListener[] = [];
  /** Peers that refused TCP, until when. */
  readonly #withoutTcp = new Map<string, number>();

  private constructor({ seams, config, counters, receiver }: TransportOptions) {
    this.#seams = seams;
    this.#config = config;
    this.#counters = counters;
    this.#localAddresses = new LocalAddresses(seams.network, seams.clock);
    const context: TransportContext = {
      seams,
      config,
      counters,
      receiver,
      localAddresses: this.#localAddresses,
      trust: createTrustList(config.trusted),
    };
    this.#pool = new StreamPool(context);
    this.#udp = new UdpTransport(context);
    this.#tcp = new TcpTransport(context, this.#pool);
    this.#tls = new TlsTransport(context, this.#pool);
  }

  /**
   * Opens every listener; when one fails the others are closed again.
   * @throws CodedError `config.notBuilt` for ws and wss, `config.invalid` for `sip.trusted`, `sip.tls` and files that
   * cannot be read, `tls.credentials`, `port.taken`, `network.failed`.
   */
  static async open(options: TransportOptions): Promise<Transports> {
    for (const [index, { transport }] of options.config.listen.entries()) {
      if (transport === 'ws' || transport === 'wss') {
        const place = 'SIP over WebSocket is served at /sip of rpc.listen';
        throw new CodedError('config.notBuilt', `sip.listen[${index}].transport: ${transport} (${place})`);
      }
    }
    const transports = new Transports(options);
    try {
      await transports.#tls.prepare();
      for (const [index, wish] of options.config.listen.entries()) await transports.#listen(wish, index);
    } catch (fault) {
      transports.close();
      throw fault;
    }
    return transports;
  }

  get listeners(): readonly BoundListener[] {
    return this.#bound;
  }

  get connections(): number {
    return this.#pool.size;
  }

  /** The channel of exactly this flow: the connection while it is open, or the UDP socket and peer. */
  channelOf(flow: Flow): Channel | null {
    return flow.transport === 'udp' ? this.#udp.answerChannel(flow) : this.#pool.find(flow);
  }

  /** The way back to where a message came from; null when its connection is closed. */
  answerChannel(flow: Flow): Channel | null {
    return this.channelOf(flow);
  }

  /**
   * The way of a response: back to where the request came from (RFC 3581 4 for everybody), or with
   * `sip.replyToVia` to the address of the topmost Via, at the value of `rport` or else at its port.
   */
  replyChannel(flow: Flow, via: Via | null): Channel | null {
    if (flow.transport !== 'udp' || !this.#config.replyToVia || via === null || !isIpAddress(via.host)) {
      return this.channelOf(flow);
    }
    const port = via.rport === null ? (via.port ?? 5060) : via.rport === 'asked' ? flow.remote.port : via.rport;
    return this.#udp.channel({ address: via.host, port }, flow.local.address) ?? this.channelOf(flow);
  }

  /** A way to `hop` that stands already, by UDP from the listener that fits; null: `connect` is to be asked. */
  ready(hop: Hop): Channel | null {
    if (hop.transport !== 'udp') return null;
    const local = this.#localAddresses.known(plainAddress(hop.address), '0.0.0.0');
    return local === null ? null : this.#udp.channel(hop, local);
  }

  /**
   * A way to `hop`, from the listeners named `listener` where one is given.
   * @throws CodedError `sip.transport` when there is none.
   */
  async connect(hop: Hop, { listener }: { readonly listener?: string | undefined } = {}): Promise<Channel> {
    try {
      const named = listener === undefined ? undefined : this.#named(listener, hop);
      const source = named === undefined ? null : sourceOf(named, hop);
      if (hop.transport === 'tcp') return await this.#tcp.connect(hop, source, named);
      if (hop.transport === 'tls') return await this.#tls.connect(hop, source, named);
      if (hop.transport === 'udp') {
        const localAddress = source ?? (await this.#localAddresses.learn(hop.address));
        const channel = this.#udp.channel(hop, localAddress, named);
        if (channel !== null) return channel;
      }
    } catch (fault) {
      const why = fault instanceof CodedError ? `: ${fault.detail}` : '';
      throw new CodedError('sip.transport', `${hop.transport} to ${formatEndpoint(hop)}${why}`, { cause: fault });
    }
    const why =
      hop.transport === 'udp'
        ? 'no udp listener can reach it'
        : 'a WebSocket client can only be reached while connected';
    throw new CodedError('sip.transport', `${hop.transport} to ${formatEndpoint(hop)}: ${why}`);
  }

  /**
   * A connection to the peer of a UDP channel, for a request that is too large for UDP; null when
   * the peer takes none: "the element SHOULD retry the request, using UDP" (18.1.1). A refusal is
   * remembered for a while.
   */
  async streamFor(channel: Channel): Promise<Channel | null> {
    const { remote } = channel.flow;
    const key = formatEndpoint(remote);
    const nowMs = this.#seams.clock.nowMs();
    if ((this.#withoutTcp.get(key) ?? 0) > nowMs) return null;
    try {
      const stream = await this.#tcp.connect({ transport: 'tcp', ...remote }, null);
      this.#counters.udpToTcp.add();
      return stream;
    } catch {
      this.#counters.tcpToUdp.add();
      if (this.#withoutTcp.size >= REFUSED_TCP_ENTRIES) this.#withoutTcp.clear();
      this.#withoutTcp.set(key, nowMs + TCP_REFUSED_MS);
      return null;
    }
  }

  /** A request with `alias` in its topmost Via came on `flow` (RFC 5923). */
  offerAlias(flow: Flow, via: Via): void {
    this.#pool.offerAlias(flow, via.port ?? 5061);
  }

  acceptWebSocket(peer: SipWebSocket, pageHost: string | null): void {
    const { advertised } = this.#config.webSocket;
    const local = { address: plainAddress(peer.local.address), port: peer.local.port };
    const sentBy = advertised === undefined ? formatEndpoint(local) : withPort(advertised, local.port);
    this.#pool.adoptWebSocket(peer, sentBy, pageHost);
  }

  reload(): Promise<ReloadReport> {
    return this.#tls.reload();
  }

  close(): void {
    this.#udp.close();
    this.#tcp.close();
    this.#tls.close();
    this.#pool.close();
  }

  async #listen(wish: SipConfig['listen'][number], index: number): Promise<void> {
    const { transport, port, name = null, advertised = null } = wish;
    const address = plainAddress(wish.address);
    for (const each of this.#addressesOf(address, wish.eachAddress === true && transport === 'udp')) {
      const place = { address: each, port, name, advertised };
      if (transport === 'udp') this.#add(await this.#udp.listen(place));
      else if (transport === 'tcp') this.#add(await this.#tcp.listen(place));
      else {
        const files = filesOf(this.#config, wish);
        const where = wish.tls?.certFile === undefined ? 'sip.tls' : `sip.listen[${index}].tls`;
        const asked = wish.tls?.requestClientCertificate ?? this.#config.tls.requestClientCertificate;
        this.#add(await this.#tls.listen({ ...place, files, where, requestClientCertificate: asked }));
      }
    }
  }

  /** One socket for each address of the machine, where that was asked for. */
  #addressesOf(address: string, each: boolean): readonly string[] {
    if (!each || !isWildcard(address)) return [address];
    const own = this.#seams.network.localAddresses();
    const fitting = own.filter((one) => ipFamily(one) === ipFamily(address) && !isLinkLocal(one));
    return fitting.length === 0 ? [address] : fitting;
  }

  /** @throws CodedError `sip.transport` when no listener has that name. */
  #named(name: string, hop: Hop): readonly Listener[] {
    const found = this.#listeners.filter(
      (listener) => listener.name === name && ipFamily(listener.bound.address) === ipFamily(hop.address),
    );
    if (found.length > 0) return found;
    throw new CodedError('sip.transport', `no listener named ${JSON.stringify(name)} (sip.listen[].name)`);
  }

  #add(listener: Listener): void {
    const { transport, bound, advertised, name } = listener;
    this.#listeners.push(listener);
    this.#bound.push({
      transport,
      address: bound.address,
      port: bound.port,
      ...(name === null || name === undefined ? {} : { name }),
    });
    if (isWildcard(bound.address) && advertised === null) {
      this.#seams.log.debug('listener on all addresses: each peer sees the one that the kernel picks for it', {
        transport,
        port: bound.port,
      });
    }
  }
}

/** The address to send from: the named listener's, when it has one of its own. */
function sourceOf(named: readonly Listener[], hop: Hop): string | null {
  const own = named.filter(({ bound }) => !isWildcard(bound.address));
  return (own.find(({ transport }) => transport === hop.transport) ?? own[0])?.bound.address ?? null;
}
