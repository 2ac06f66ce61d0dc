/**
 * Where messages come from and go to. A `Channel` is a flow that can send now: a UDP socket and a
 * peer, or one TCP connection.
 */
import { type Endpoint, formatEndpoint, ipFamily } from '../runtime/index.ts';
import type { RefusalStatus } from './message.ts';
import type { Flow, Transport } from './types.ts';

/** Where a request goes: what target resolution ends in. */
export interface Hop {
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  /**
   * TLS: the domain that the URI asked for, before SRV (RFC 5922 7.3), which the certificate must name. Absent:
   * the address itself.
   */
  readonly serverName?: string;
}

export interface Channel {
  readonly flow: Flow;
  /** The transport delivers or says that it did not (TCP). */
  readonly reliable: boolean;
  /** `host:port` of ours for Via and Contact; never 0.0.0.0. */
  readonly sentBy: string;
  /** TLS that we opened with a certificate of ours: the peer may send its requests on it (RFC 5923). */
  readonly alias?: boolean;
  /** Queues the bytes; false when the connection is gone. */
  send(bytes: Uint8Array): boolean;
  /** Calls `listener` once if the connection is lost; returns what takes that back. */
  onLost(listener: () => void): () => void;
  /**
   * Pings at least so often: a connection until it is gone, which `onLost` tells; a UDP flow (STUN) until the result is
   * called, and `onFailed` runs whenever it fails (RFC 5626 4.4.2).
   */
  keepAlive?(everyMs: number, onFailed: () => void): () => void;
}

/** What transports hand up: every message passes here, in and out. Everything else of it is the stack's. */
export interface Receiver {
  onMessage(bytes: Uint8Array, flow: Flow): void;
  /** The front of a message that is over a limit: if it is a request, it can still be refused. */
  onRefused(bytes: Uint8Array, flow: Flow, status: RefusalStatus, why: string): void;
  /** Right before the bytes leave; repetitions, too. */
  onSent(bytes: Uint8Array, flow: Flow): void;
}

/** The addresses of one listener: bound, and what it calls itself. */
export interface Listener {
  readonly transport: Transport;
  readonly bound: Endpoint;
  readonly advertised: string | null;
  readonly name?: string | null;
}

/** Our Via line: always with `rport` (RFC 3581 3). */
export function viaLine({ flow, sentBy, alias }: Pick<Channel, 'flow' | 'sentBy' | 'alias'>, branch: string): string {
  const aliasMark = alias === true ? ';alias' : '';
  return `SIP/2.0/${flow.transport.toUpperCase()} ${sentBy};rport;branch=${branch}${aliasMark}`;
}

/** 5061 for TLS (RFC 3261 19.1.2), 5060 for all others. */
export function defaultPortOf(transport: Transport): number {
  return transport === 'tls' ? 5061 : 5060;
}

/** Is `address` one that stands for all of the machine's? */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** IPv4-mapped IPv6 as IPv4, as peers know themselves; without brackets. */
export function plainAddress(address: string): string {
  if (address.startsWith('[')) return address.slice(1, -1);
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** `host:port` that `listener` gives as its own towards a peer that sees us as `localAddress`. */
export function sentByOf(listener: Listener, localAddress: string): string {
  if (listener.advertised === null) {
    // A zone (`fe80::1%eth0`) means something on this machine only.
    return formatEndpoint({ address: localAddress.replace(/%.*$/, ''), port: listener.bound.port });
  }
  return withPort(listener.advertised, listener.bound.port);
}

/** `advertised` completed with `port` where it names none. */
export function withPort(advertised: string, port: number): string {
  if (ipFamily(advertised) === 6 && !advertised.startsWith('[') && advertised.split(':').length > 2) {
    return `[${advertised}]:${port}`;
  }
  return /:\d+$/.test(advertised) ? advertised : `${advertised}:${port}`;
}

/**
 * The listener for a peer: of that transport and family; the one bound to `localAddress` first,
 * then one for all addresses, then any.
 */
export function chooseListener<L extends Listener>(
  listeners: readonly L[],
  transport: Transport,
  remoteAddress: string,
  localAddress: string | null,
): L | null {
  const family = ipFamily(remoteAddress);
  const fits = listeners.filter(
    ({ transport: own, bound }) => own === transport && (ipFamily(bound.address) === family || bound.address === '::'),
  );
  const wished = localAddress === null ? null : plainAddress(localAddress);
  return (
    fits.find(({ bound }) => bound.address === wished) ??
    fits.find(({ bound }) => isWildcard(bound.address)) ??
    fits[0] ??
    null
  );
}
