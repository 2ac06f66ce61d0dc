import { isIP } from 'node:net';
import type { Disposable } from './disposable.ts';
import type { Dns } from './dns.ts';
import { CodedError } from './errors.ts';
import { type Endpoint, formatEndpoint, ipFamily, type Network } from './network.ts';
import type { PacketIo } from './packet-io.ts';
import type { Random } from './random.ts';
import { type SimClock, simRank } from './sim-clock.ts';
import { SimZone, simDns } from './sim-dns.ts';
import { SimHandles } from './sim-handles.ts';
import { arrivalDelaysMs, type Impairments, isPlain, perfectLink } from './sim-link.ts';
import { SimNetwork } from './sim-network.ts';
import { type SimMedia, SimPacketIo } from './sim-packet-io.ts';
import type { StrangerAttempt } from './sim-tcp.ts';

/** Everything that happens on the wire, for journals, captures and hashes. `bytes` must not be changed. */
export type Traffic =
  /** `sent`: left `from`; `delivered`: a socket was there to take it. `atMs` is the clock's `nowMs`. */
  | {
      readonly kind: 'datagram';
      readonly stage: 'sent' | 'delivered';
      readonly atMs: number;
      readonly from: Endpoint;
      readonly to: Endpoint;
      readonly bytes: Uint8Array;
      /** Through a media socket (PacketIo) of the receiver, or of the sender at `sent`. */
      readonly media: boolean;
    }
  /** On the side of `at`: it got a connection, the peer accepted, bytes came, the connection ended. */
  | {
      readonly kind: 'tcp';
      readonly event: 'accepted' | 'connected' | 'refused' | 'data' | 'closed';
      readonly atMs: number;
      readonly connection: number;
      readonly at: Endpoint;
      readonly peer: Endpoint;
      readonly bytes: Uint8Array | null;
    };

/** Takes what arrives at one address and port. */
export interface DatagramBinding {
  readonly media: boolean;
  readonly local: Endpoint;
  /** At `dueMs`, which is now for signalling sockets; media sockets are told ahead of time. */
  receive(bytes: Uint8Array, from: Endpoint, dueMs: number): void;
}

/** The way from one socket to one peer, looked up once. */
export interface Route {
  readonly sender: HostEntry;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly version: number;
  readonly link: Impairments;
  readonly isPlain: boolean;
  readonly isCut: boolean;
  readonly binding: DatagramBinding | null;
}

/** A machine on the simulated internet. */
export interface SimHost {
  readonly addresses: readonly string[];
  readonly network: Network;
  readonly dns: Dns;
  packetIo(): PacketIo;
  /** Open sockets, for leak tests: `udp 10.0.0.1:5060`, `tcp …`, `media …`. */
  openSockets(): readonly string[];
  /** Pulls the cable: nothing leaves or arrives any more, and nobody is told. */
  unplug(): void;
  plugIn(): void;
}

/** No bytes. */
export const noBytes = new Uint8Array(0);
const firstEphemeralPort = 32768;

/**
 * One fabric that carries UDP, TCP and media packets between simulated hosts, with impairments per
 * pair of hosts and a tap on everything. Deterministic: chance comes from the given random stream.
 */
export class SimInternet {
  readonly clock: SimClock;
  readonly #random: Random;
  readonly #defaults: Impairments;
  readonly #links = new Map<string, Impairments>();
  readonly #partitions = new Set<string>();
  readonly #hosts = new Map<string, HostEntry>();
  readonly #taps = new Set<(traffic: Traffic) => void>();
  readonly mediaSockets = new SimHandles<SimMedia>();
  /** Grows with every change that makes a remembered route wrong. */
  routesVersion = 0;
  #lastConnection = 0;
  /** What name servers say, to all hosts. */
  readonly zone = new SimZone();
  /** Host names: the zone's A and AAAA records. */
  readonly names = this.zone.names;
  /** Packets that the links lost, and that nobody waited for. */
  readonly counts = { lost: 0, undeliverable: 0 };
  /** Called for TCP connections to addresses where no host is (replay of a journal); default: refused. */
  onStranger: ((attempt: StrangerAttempt) => void) | null = null;

  constructor(
    options: { readonly clock: SimClock; readonly random: Random } & { readonly [K in keyof Impairments]?: number },
  ) {
    const { clock, random, ...impairments } = options;
    this.clock = clock;
    this.#random = random;
    this.#defaults = { ...perfectLink, ...impairments };
  }

  /** A new host with these addresses (IPv4, IPv6, or both). */
  host(address: string, ...more: readonly string[]): SimHost {
    const addresses = [address, ...more];
    for (const one of addresses) {
      if (isIP(one) === 0) throw new RangeError(`not an IP address: ${one}`);
      if (this.#hosts.has(one)) throw new RangeError(`a host with address ${one} exists`);
    }
    const host = new HostEntry(this, addresses);
    for (const one of addresses) this.#hosts.set(one, host);
    this.routesVersion++;
    return host;
  }

  /** Impairments of one direction; `both` for both. */
  impair(from: string, to: string, impairments: Partial<Impairments>, both: 'both' | 'one-way' = 'both'): void {
    this.#links.set(`${from} ${to}`, { ...this.#defaults, ...impairments });
    if (both === 'both') this.impair(to, from, impairments, 'one-way');
    this.routesVersion++;
  }

  /** Cuts the hosts of these addresses off from each other, silently. */
  partition(a: string, b: string): void {
    this.#partitions.add(`${a} ${b}`).add(`${b} ${a}`);
    this.routesVersion++;
  }

  heal(a: string, b: string): void {
    this.#partitions.delete(`${a} ${b}`);
    this.#partitions.delete(`${b} ${a}`);
    this.routesVersion++;
  }

  /** Sees everything from now on. */
  tap(listener: (traffic: Traffic) => void): Disposable {
    this.#taps.add(listener);
    return { dispose: () => void this.#taps.delete(listener) };
  }

  emit(traffic: Traffic): void {
    for (const tap of this.#taps) tap(traffic);
  }

  get tapped(): boolean {
    return this.#taps.size > 0;
  }

  newConnectionId(): number {
    return ++this.#lastConnection;
  }

  link(from: string, to: string): Impairments {
    return this.#links.get(`${from} ${to}`) ?? this.#defaults;
  }

  isCut(from: string, to: string): boolean {
    if (this.#partitions.has(`${from} ${to}`)) return true;
    return (this.#hosts.get(from)?.unplugged ?? false) || (this.#hosts.get(to)?.unplugged ?? false);
  }

  /** The host of an address as seen from `from` (loopback is the host itself), or null. */
  hostOf(address: string, from: HostEntry): HostEntry | null {
    return isLoopback(address) ? from : (this.#hosts.get(address) ?? null);
  }

  hostAt(address: string): HostEntry | null {
    return this.#hosts.get(address) ?? null;
  }

  /** How datagrams from `from` to `to` travel now; right until `routesVersion` changes. */
  route(sender: HostEntry, from: Endpoint, to: Endpoint): Route {
    const link = this.link(from.address, to.address);
    return {
      sender,
      from,
      to,
      version: this.routesVersion,
      link,
      isPlain: isPlain(link),
      isCut: this.isCut(from.address, to.address),
      binding: this.hostOf(to.address, sender)?.bindingAt(to) ?? null,
    };
  }

  /** Sends one datagram; `bytes` must not change afterwards. */
  send(route: Route, bytes: Uint8Array, media: boolean): void {
    const { from, to, link } = route;
    const nowMs = this.clock.nowMs();
    if (this.tapped) this.emit({ kind: 'datagram', stage: 'sent', atMs: nowMs, from, to, bytes, media });
    if (route.isCut) {
      this.counts.lost++;
      return;
    }
    if (route.isPlain) {
      this.#arrive(route, bytes, nowMs + link.latencyMs);
      return;
    }
    const delays = arrivalDelaysMs(link, this.#random);
    if (delays.length === 0) this.counts.lost++;
    for (const delay of delays) this.#arrive(route, bytes, nowMs + delay);
  }

  /** Delivers at once, as if `from` had sent it one latency ago (replay of a journal). */
  inject(from: Endpoint, to: Endpoint, bytes: Uint8Array): void {
    const receiver = this.hostAt(to.address);
    if (receiver !== null) this.deliver(receiver.bindingAt(to), from, to, bytes, this.clock.nowMs());
  }

  /** Media sockets get it at once with its due time, which saves a timer per packet. */
  #arrive(route: Route, bytes: Uint8Array, dueMs: number): void {
    const { sender, from, to, binding } = route;
    if (binding?.media === true) {
      this.deliver(binding, from, to, bytes, dueMs);
      return;
    }
    const arrive = (): void => {
      if (this.isCut(from.address, to.address)) this.counts.lost++;
      else this.deliver(this.hostOf(to.address, sender)?.bindingAt(to) ?? null, from, to, bytes, dueMs);
    };
    this.clock.at(dueMs, arrive, simRank.arrival);
  }

  deliver(binding: DatagramBinding | null, from: Endpoint, to: Endpoint, bytes: Uint8Array, dueMs: number): void {
    if (binding === null) {
      this.counts.undeliverable++;
      return;
    }
    if (this.tapped) {
      this.emit({ kind: 'datagram', stage: 'delivered', atMs: dueMs, from, to, bytes, media: binding.media });
    }
    binding.receive(bytes, from, dueMs);
  }
}

/** A host's sockets. Only the simulated network's own files use more than `SimHost`. */
export class HostEntry implements SimHost {
  readonly internet: SimInternet;
  readonly addresses: readonly string[];
  readonly network: SimNetwork;
  readonly dns: Dns;
  readonly #datagram = new Map<string, DatagramBinding>();
  readonly streams = new Set<string>();
  #nextPort = firstEphemeralPort;
  unplugged = false;

  constructor(internet: SimInternet, addresses: readonly string[]) {
    this.internet = internet;
    this.addresses = addresses;
    this.network = new SimNetwork(this);
    this.dns = simDns(internet.zone, internet.clock);
  }

  packetIo(): PacketIo {
    return new SimPacketIo(this);
  }

  openSockets(): readonly string[] {
    const datagrams = [...this.#datagram].map(([at, { media }]) => `${media ? 'media' : 'udp'} ${at}`);
    return [...datagrams, ...this.streams].sort();
  }

  unplug(): void {
    this.unplugged = true;
    this.internet.routesVersion++;
  }

  plugIn(): void {
    this.unplugged = false;
    this.internet.routesVersion++;
  }

  /** The socket that takes datagrams to `to`: bound to that address, or to all of its family. */
  bindingAt(to: Endpoint): DatagramBinding | null {
    return (
      this.#datagram.get(formatEndpoint(to)) ??
      this.#datagram.get(formatEndpoint({ address: wildcard(to.address), port: to.port })) ??
      null
    );
  }

  /** @throws CodedError `port.taken`, or `network.failed` for an address that is not ours. */
  bind(wanted: Endpoint, make: (local: Endpoint) => DatagramBinding): DatagramBinding {
    const local = { address: wanted.address, port: this.choosePort(wanted, (at) => this.#isTaken(at)) };
    const binding = make(local);
    this.#datagram.set(formatEndpoint(local), binding);
    this.internet.routesVersion++;
    return binding;
  }

  unbind(local: Endpoint): void {
    this.#datagram.delete(formatEndpoint(local));
    this.internet.routesVersion++;
  }

  /** The wanted port, or a free one for 0. @throws CodedError as `bind`. */
  choosePort(wanted: Endpoint, isTaken: (at: Endpoint) => boolean): number {
    const { address } = wanted;
    if (address !== wildcard(address) && !isLoopback(address) && !this.addresses.includes(address)) {
      throw new CodedError('network.failed', `${formatEndpoint(wanted)}: EADDRNOTAVAIL`);
    }
    if (wanted.port !== 0) {
      if (isTaken(wanted)) throw new CodedError('port.taken', formatEndpoint(wanted));
      return wanted.port;
    }
    while (isTaken({ address, port: this.#nextPort })) this.#nextPort++;
    return this.#nextPort++;
  }

  #isTaken({ address, port }: Endpoint): boolean {
    if (this.bindingAt({ address, port }) !== null) return true;
    if (address !== wildcard(address)) return false;
    return [...this.#datagram.values()].some(
      ({ local }) => local.port === port && ipFamily(local.address) === ipFamily(address),
    );
  }

  /** Our address towards `to`, as the kernel would choose it. */
  sourceFor(to: string): string {
    const family = ipFamily(to);
    if (isLoopback(to)) return family === 4 ? '127.0.0.1' : '::1';
    const own = this.addresses.find((address) => ipFamily(address) === family);
    if (own === undefined) throw new CodedError('network.failed', `no route to ${to}: ENETUNREACH`);
    return own;
  }
}

/** 0.0.0.0 or ::, of the address's family. */
export function wildcard(address: string): string {
  return ipFamily(address) === 4 ? '0.0.0.0' : '::';
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
