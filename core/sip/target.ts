/**
 * Where a request goes: from a URI to transport, address and port. Today: literals and A/AAAA
 * records through the `dns` seam. NAPTR and SRV (RFC 3263) belong here, between `wish` and `lookup`.
 */
import { CodedError, type Dns } from '../runtime/index.ts';
import type { Hop } from './flow.ts';
import { isIpAddress, parseHostPort } from './host.ts';
import type { SipUri, Transport } from './types.ts';
import { parseUri } from './uri.ts';

const defaultPort = 5060;

/**
 * The places to try for `uri` (a `sip:` URI as text), in order. `nextHop` is `host[:port]`, the
 * same with `/transport`, or a SIP URI, and goes before the URI's own host.
 * @throws CodedError `dns.failed` when a name has no address, `dial.failed` for what cannot be
 * dialled: a malformed URI, a scheme or transport that is not built.
 */
export async function resolveTarget(uri: string, nextHop: string | null, dns: Dns): Promise<readonly Hop[]> {
  const wished = nextHop === null ? wishOfUri(uri) : wishOfNextHop(nextHop);
  const addresses = isIpAddress(wished.host) ? [wished.host] : await dns.lookup(wished.host);
  return addresses.map((address) => ({ transport: wished.transport, address, port: wished.port ?? defaultPort }));
}

interface Wish {
  readonly host: string;
  readonly port: number | null;
  readonly transport: Transport;
}

function wishOfNextHop(nextHop: string): Wish {
  if (/^sips?:/i.test(nextHop)) return wishOfUri(nextHop);
  const [place = '', transport = 'udp'] = nextHop.split('/');
  const hostPort = parseHostPort(place.trim());
  if (hostPort === null) throw new CodedError('dial.failed', `next hop ${JSON.stringify(nextHop)} is not host[:port]`);
  return { ...hostPort, host: withoutDot(hostPort.host), transport: readTransport(transport) };
}

function wishOfUri(text: string): Wish {
  const uri = parseUri(text);
  if (uri === null) throw new CodedError('dial.failed', `${JSON.stringify(text)} is not a URI`);
  return wishOf(uri, text);
}

function wishOf(uri: SipUri, text: string): Wish {
  if (uri.scheme === 'sips') throw new CodedError('dial.failed', `${text}: TLS is not built yet`);
  if (uri.scheme !== 'sip') throw new CodedError('dial.failed', `${text}: no way to dial scheme ${uri.scheme}`);
  // RFC 3263 4: "the client uses the maddr parameter as the target if present".
  const maddr = uri.parameters.get('maddr');
  const host = maddr === undefined || maddr === '' ? uri.host : maddr.replace(/^\[|\]$/g, '');
  if (host === '') throw new CodedError('dial.failed', `${text}: no host`);
  return { host: withoutDot(host), port: uri.port, transport: readTransport(uri.parameters.get('transport') ?? 'udp') };
}

/** `host.` and `host` are one name. */
function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

function readTransport(text: string): Transport {
  const transport = text.toLowerCase();
  if (transport === 'udp' || transport === 'tcp') return transport;
  throw new CodedError('dial.failed', `transport ${JSON.stringify(text)} is not built`);
}
