/** UDP: one socket a listener, one datagram a message (RFC 3261 18). */
import { type Endpoint, formatEndpoint, type Seams, type UdpSocket } from '../runtime/index.ts';
import type { SipCounters } from './counters.ts';
import { type Channel, chooseListener, type Listener, plainAddress, type Receiver, sentByOf } from './flow.ts';
import type { LocalAddresses } from './local-addresses.ts';
import { WAITING_MESSAGES } from './stack-limits.ts';
import type { TrustList } from './trust.ts';
import type { Flow } from './types.ts';

export interface TransportContext {
  readonly seams: Seams;
  readonly counters: SipCounters;
  readonly localAddresses: LocalAddresses;
  readonly trust: TrustList;
  readonly receiver: Receiver;
  readonly maxMessageBytes: number;
  readonly maxConnections: number;
}

interface UdpListener extends Listener {
  readonly socket: UdpSocket;
}

export class UdpTransport {
  readonly listeners: UdpListener[] = [];
  readonly #context: TransportContext;
  #waiting = 0;

  constructor(context: TransportContext) {
    this.#context = context;
  }

  /** @throws CodedError `port.taken`, `network.failed`. */
  async listen(address: string, port: number, advertised: string | null): Promise<Listener> {
    const socket = await this.#context.seams.network.udp({
      address,
      port,
      onDatagram: (datagram, from) => this.#receive(listener, datagram, from),
      onError: () => this.#context.counters.socketErrors.add(),
    });
    const listener: UdpListener = { transport: 'udp', bound: socket.local, advertised, socket };
    this.listeners.push(listener);
    return listener;
  }

  /** A way to `remote`, from the socket that fits `localAddress`; null without such a listener. */
  channel(remote: Endpoint, localAddress: string): Channel | null {
    const listener = chooseListener(this.listeners, 'udp', remote.address, localAddress);
    if (listener === null) return null;
    const local = { address: localAddress, port: listener.bound.port };
    return this.#channelOf(listener, this.#flow(local, remote));
  }

  /** The way back to where a message came from. */
  answerChannel(flow: Flow): Channel | null {
    const listener =
      this.listeners.find(({ bound }) => bound.port === flow.local.port && bound.address === flow.local.address) ??
      this.listeners.find(
        (each) =>
          each.bound.port === flow.local.port && chooseListener([each], 'udp', flow.remote.address, null) !== null,
      );
    return listener === undefined ? null : this.#channelOf(listener, flow);
  }

  close(): void {
    for (const { socket } of this.listeners) socket.close();
    this.listeners.length = 0;
  }

  #channelOf(listener: UdpListener, flow: Flow): Channel {
    return {
      flow,
      reliable: false,
      sentBy: sentByOf(listener, flow.local.address),
      send: (bytes) => {
        this.#context.counters.sent.add();
        listener.socket.send(bytes, flow.remote);
        return true;
      },
      onLost: () => () => {},
    };
  }

  #flow(local: Endpoint, remote: Endpoint): Flow {
    return { transport: 'udp', local, remote, connectionId: 0, trusted: this.#context.trust.covers(remote.address) };
  }

  #receive(listener: UdpListener, datagram: Uint8Array, from: Endpoint): void {
    const { counters, localAddresses } = this.#context;
    const blank = blankLength(datagram);
    if (blank === datagram.length) {
      counters.keepAlives.add();
      return;
    }
    const why = this.#uselessBecause(datagram, blank, from);
    if (why !== null) {
      counters.dropped.add(1, { why });
      return;
    }
    const bytes = blank === 0 ? datagram : datagram.subarray(blank);
    const remote = { address: plainAddress(from.address), port: from.port };
    const local = localAddresses.known(remote.address, listener.bound.address);
    if (local === null) this.#receiveLater(listener, bytes, remote);
    else this.#deliver(listener, bytes, remote, local);
  }

  /** Port 0 cannot be answered; a first byte below 0x20 is STUN, DTLS or noise, but no SIP (RFC 7983). */
  #uselessBecause(datagram: Uint8Array, blank: number, from: Endpoint): 'port0' | 'notSip' | 'tooLarge' | null {
    if (from.port === 0) return 'port0';
    if ((datagram[blank] ?? 0) < 0x20) return 'notSip';
    return datagram.length > this.#context.maxMessageBytes ? 'tooLarge' : null;
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
    this.#context.receiver.onMessage(bytes, this.#flow({ address: localAddress, port: listener.bound.port }, remote));
  }
}

/** Leading CR and LF bytes: keep-alives, or blank lines that RFC 3261 7.5 tells to ignore. */
export function blankLength(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && (bytes[at] === 13 || bytes[at] === 10)) at++;
  return at;
}
