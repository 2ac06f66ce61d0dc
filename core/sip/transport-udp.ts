/** UDP: one socket a listener, one datagram a message (RFC 3261 18). */
import { type Endpoint, formatEndpoint, type UdpSocket } from '../runtime/index.ts';
import { type Channel, chooseListener, isWildcard, type Listener, plainAddress, sentByOf } from './flow.ts';
import { UDP_PEERS, WAITING_MESSAGES } from './stack-limits.ts';
import { answerStun, isStun } from './stun.ts';
import { StunKeepAlive } from './stun-keep-alive.ts';
import { type ListenerWish, sipMark, type TransportContext } from './transport-context.ts';
import type { Flow } from './types.ts';

interface UdpListener extends Listener {
  readonly socket: UdpSocket;
  /** Channels to the peers of late, by address and port: nothing is made anew for each message. */
  readonly peers: Map<string, Map<number, Channel>>;
}

export class UdpTransport {
  readonly listeners: UdpListener[] = [];
  readonly #context: TransportContext;
  /** The channel that a flow of ours belongs to. */
  readonly #channels = new WeakMap<Flow, Channel>();
  /** Flows that we keep alive, by `pingKey`. */
  readonly #pings = new Map<string, StunKeepAlive>();
  #peers = 0;
  #waiting = 0;

  constructor(context: TransportContext) {
    this.#context = context;
  }

  /** @throws CodedError `port.taken`, `network.failed`. */
  async listen({ address, port, name, advertised }: ListenerWish): Promise<Listener> {
    const socket = await this.#context.seams.network.udp({
      address,
      port,
      dscp: sipMark(this.#context),
      onDatagram: (datagram, from) => this.#receive(listener, datagram, from),
      onError: () => this.#context.counters.socketErrors.add(),
    });
    const listener: UdpListener = {
      transport: 'udp',
      bound: socket.local,
      advertised,
      name,
      socket,
      peers: new Map(),
    };
    this.listeners.push(listener);
    return listener;
  }

  /** A way to `remote`, from the socket among `listeners` that fits `localAddress`; null without such a listener. */
  channel(remote: Endpoint, localAddress: string, listeners: readonly Listener[] = this.listeners): Channel | null {
    const chosen = chooseListener(listeners, 'udp', remote.address, localAddress);
    const listener = this.listeners.find((each) => each === chosen);
    if (listener === undefined) return null;
    // Nobody listens at the kernel's choice where the socket is bound to another address.
    const own = isWildcard(listener.bound.address) ? localAddress : listener.bound.address;
    return this.#channelTo(listener, plainEndpoint(remote), own);
  }

  /** The way back to where a message came from. */
  answerChannel(flow: Flow): Channel | null {
    const known = this.#channels.get(flow);
    if (known !== undefined) return this.listeners.length === 0 ? null : known;
    const listener =
      this.listeners.find(({ bound }) => bound.port === flow.local.port && bound.address === flow.local.address) ??
      this.listeners.find(
        (each) =>
          each.bound.port === flow.local.port && chooseListener([each], 'udp', flow.remote.address, null) !== null,
      );
    return listener === undefined ? null : this.#makeChannel(listener, flow);
  }

  close(): void {
    for (const ping of this.#pings.values()) ping.stop();
    this.#pings.clear();
    for (const { socket } of this.listeners) socket.close();
    this.listeners.length = 0;
  }

  /** The remembered channel while our address towards the peer is the same, else a fresh one. */
  #channelTo(listener: UdpListener, remote: Endpoint, localAddress: string): Channel {
    const found = listener.peers.get(remote.address)?.get(remote.port);
    if (found !== undefined && found.flow.local.address === localAddress) return found;
    const { trust } = this.#context;
    const local = { address: localAddress, port: listener.bound.port };
    const flow: Flow = { transport: 'udp', local, remote, connectionId: 0, trusted: trust.covers(remote.address) };
    const channel = this.#makeChannel(listener, flow);
    this.#remember(listener, remote, channel, found === undefined);
    return channel;
  }

  #remember(listener: UdpListener, remote: Endpoint, channel: Channel, isNew: boolean): void {
    if (isNew && ++this.#peers > UDP_PEERS) {
      for (const { peers } of this.listeners) peers.clear();
      this.#peers = 1;
    }
    let ports = listener.peers.get(remote.address);
    if (ports === undefined) {
      ports = new Map();
      listener.peers.set(remote.address, ports);
    }
    ports.set(remote.port, channel);
  }

  #makeChannel(listener: UdpListener, flow: Flow): Channel {
    const { receiver } = this.#context;
    const channel: Channel = {
      flow,
      reliable: false,
      sentBy: sentByOf(listener, flow.local.address),
      send(bytes) {
        receiver.onSent(bytes, flow);
        listener.socket.send(bytes, flow.remote);
        return true;
      },
      onLost: () => neverLost,
      keepAlive: (everyMs, onFailed) => this.#keepAlive(listener, flow.remote, everyMs, onFailed),
    };
    this.#channels.set(flow, channel);
    return channel;
  }

  #keepAlive(listener: UdpListener, remote: Endpoint, everyMs: number, onFailed: () => void): () => void {
    const { counters, seams } = this.#context;
    const key = pingKey(listener, remote);
    let ping = this.#pings.get(key);
    if (ping === undefined) {
      ping = new StunKeepAlive({
        clock: seams.clock,
        random: seams.random,
        send: (bytes) => {
          counters.pings.add();
          listener.socket.send(bytes, remote);
        },
        onFailed: (why) => counters.flowsFailed.add(1, { why }),
      });
      this.#pings.set(key, ping);
    }
    const leave = ping.add(everyMs, onFailed);
    return () => {
      leave();
      if (ping.idle) this.#pings.delete(key);
    };
  }

  #receive(listener: UdpListener, datagram: Uint8Array, from: Endpoint): void {
    const { counters, localAddresses } = this.#context;
    const blank = blankLength(datagram);
    if (blank === datagram.length) {
      counters.keepAlives.add();
      return;
    }
    if ((datagram[blank] ?? 0) < 0x20 && from.port !== 0 && this.#stun(listener, datagram, from)) return;
    const why = this.#uselessBecause(datagram, blank, from);
    if (why !== null) {
      counters.dropped.add(1, { why });
      return;
    }
    const bytes = blank === 0 ? datagram : datagram.subarray(blank);
    const remote = plainEndpoint(from);
    const local = localAddresses.known(remote.address, listener.bound.address);
    if (local === null) this.#receiveLater(listener, bytes, remote);
    else this.#deliver(listener, bytes, remote, local);
  }

  /** Answers a STUN binding request; false: these bytes are no STUN, or we do not answer it. */
  #stun(listener: UdpListener, datagram: Uint8Array, from: Endpoint): boolean {
    const { config, counters } = this.#context;
    if (this.#pings.get(pingKey(listener, plainEndpoint(from)))?.receive(datagram) === true) return true;
    if (!config.keepAlive.stun || !isStun(datagram)) return false;
    const answer = answerStun(datagram, plainEndpoint(from));
    if (answer === null) counters.dropped.add(1, { why: 'stun' });
    else {
      counters.stunAnswers.add();
      listener.socket.send(answer, from);
    }
    return true;
  }

  /** Port 0 cannot be answered; a first byte below 0x20 is STUN, DTLS or noise, but no SIP (RFC 7983). */
  #uselessBecause(datagram: Uint8Array, blank: number, from: Endpoint): 'port0' | 'notSip' | 'tooLarge' | null {
    if (from.port === 0) return 'port0';
    if ((datagram[blank] ?? 0) < 0x20) return 'notSip';
    return datagram.length > this.#context.config.maxMessageBytes ? 'tooLarge' : null;
  }

  /** A peer that we do not know yet: first the address of ours that it sees. */
  #receiveLater(listener: UdpListener, bytes: Uint8Array, remote: Endpoint): void {
    const { counters, localAddresses, seams } = this.#context;
    if (this.#waiting >= WAITING_MESSAGES) {
      counters.dropped.add(1, { why: 'waiting' });
      return;
    }
    this.#waiting++;
    localAddresses
      .learn(remote.address)
      .then((local) => this.#deliver(listener, bytes, remote, local))
      .catch((fault: unknown) => {
        counters.dropped.add(1, { why: 'noRoute' });
        seams.log.debug('no source address towards a peer', { peer: formatEndpoint(remote), fault: String(fault) });
      })
      .finally(() => this.#waiting--);
  }

  #deliver(listener: UdpListener, bytes: Uint8Array, remote: Endpoint, localAddress: string): void {
    this.#context.receiver.onMessage(bytes, this.#channelTo(listener, remote, localAddress).flow);
  }
}

function pingKey({ bound }: UdpListener, remote: Endpoint): string {
  return `${formatEndpoint(bound)} ${formatEndpoint(remote)}`;
}

const neverLost = (): void => {};

function plainEndpoint(endpoint: Endpoint): Endpoint {
  const address = plainAddress(endpoint.address);
  return address === endpoint.address ? endpoint : { address, port: endpoint.port };
}

/** Leading CR and LF bytes: keep-alives, or blank lines that RFC 3261 7.5 tells to ignore. */
export function blankLength(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && (bytes[at] === 13 || bytes[at] === 10)) at++;
  return at;
}
