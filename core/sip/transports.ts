/** All transports together: listeners by configuration, channels to peers and back. */
import { CodedError, formatEndpoint, type Seams } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import type { SipCounters } from './counters.ts';
import { type Channel, type Hop, isWildcard, type Listener, type Receiver } from './flow.ts';
import { LocalAddresses } from './local-addresses.ts';
import { REFUSED_TCP_ENTRIES, TCP_REFUSED_MS } from './stack-limits.ts';
import { TcpTransport } from './transport-tcp.ts';
import { UdpTransport } from './transport-udp.ts';
import { createTrustList } from './trust.ts';
import type { BoundListener, Flow } from './types.ts';

export interface TransportOptions {
  readonly seams: Seams;
  readonly config: SipConfig;
  readonly counters: SipCounters;
  readonly receiver: Receiver;
}

export class Transports {
  readonly #seams: Seams;
  readonly #counters: SipCounters;
  readonly #localAddresses: LocalAddresses;
  readonly #udp: UdpTransport;
  readonly #tcp: TcpTransport;
  readonly #bound: BoundListener[] = [];
  /** Peers that refused TCP, until when. */
  readonly #withoutTcp = new Map<string, number>();

  private constructor({ seams, config, counters, receiver }: TransportOptions) {
    this.#seams = seams;
    this.#counters = counters;
    this.#localAddresses = new LocalAddresses(seams.network, seams.clock);
    const context = {
      seams,
      counters,
      receiver,
      localAddresses: this.#localAddresses,
      trust: createTrustList(config.trusted),
      maxMessageBytes: config.maxMessageBytes,
      maxConnections: config.maxConnections,
    };
    this.#udp = new UdpTransport(context);
    this.#tcp = new TcpTransport(context);
  }

  /**
   * Opens every listener; when one fails the others are closed again.
   * @throws CodedError `config.notBuilt` for tls, ws and wss, `config.invalid` for `sip.trusted`,
   * `port.taken`, `network.failed`.
   */
  static async open(options: TransportOptions): Promise<Transports> {
    for (const [index, { transport }] of options.config.listen.entries()) {
      if (transport !== 'udp' && transport !== 'tcp') {
        throw new CodedError('config.notBuilt', `sip.listen[${index}].transport: ${transport}`);
      }
    }
    const transports = new Transports(options);
    try {
      for (const listener of options.config.listen) {
        const { transport, address, port, advertised = null } = listener;
        const kind = transport === 'tcp' ? transports.#tcp : transports.#udp;
        transports.#add(await kind.listen(address, port, advertised));
      }
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
    return this.#tcp.connections;
  }

  /** The way back to where a message came from; null when its connection is closed. */
  answerChannel(flow: Flow): Channel | null {
    return flow.transport === 'udp' ? this.#udp.answerChannel(flow) : this.#tcp.answerChannel(flow);
  }

  /**
   * A way to `hop`. @throws CodedError `sip.transport` when there is none.
   */
  async connect(hop: Hop): Promise<Channel> {
    try {
      if (hop.transport === 'tcp') return await this.#tcp.connect(hop);
      const localAddress = await this.#localAddresses.learn(hop.address);
      const channel = this.#udp.channel(hop, localAddress);
      if (channel !== null) return channel;
    } catch (fault) {
      throw new CodedError('sip.transport', `${hop.transport} to ${formatEndpoint(hop)}`, { cause: fault });
    }
    throw new CodedError('sip.transport', `no ${hop.transport} listener can reach ${formatEndpoint(hop)}`);
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
      const stream = await this.#tcp.connect({ transport: 'tcp', ...remote });
      this.#counters.udpToTcp.add();
      return stream;
    } catch {
      this.#counters.tcpToUdp.add();
      if (this.#withoutTcp.size >= REFUSED_TCP_ENTRIES) this.#withoutTcp.clear();
      this.#withoutTcp.set(key, nowMs + TCP_REFUSED_MS);
      return null;
    }
  }

  close(): void {
    this.#udp.close();
    this.#tcp.close();
  }

  #add({ transport, bound, advertised }: Listener): void {
    this.#bound.push({ transport, address: bound.address, port: bound.port });
    if (isWildcard(bound.address) && advertised === null) {
      this.#seams.log.debug('listener on all addresses: each peer sees the one that the kernel picks for it', {
        transport,
        port: bound.port,
      });
    }
  }
}
