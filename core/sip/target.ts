/**
 * Where a request shall go, as it was asked for: a URI or a next hop as host, port and transport.
 * `resolver.ts` makes addresses of it.
 */
import { CodedError } from '../runtime/index.ts';
import { isIpAddress, parseHostPort } from './host.ts';
import type { Transport } from './types.ts';
import { parseUri } from './uri.ts';

/** Next hops of one list. */
const MAX_NEXT_HOPS = 16;

/** A place before resolution (RFC 3263 4: TARGET, port and transport as far as they are given). */
export interface Place {
  /** A name without final dot, lower-case, or an address without brackets. */
  readonly host: string;
  readonly port: number | null;
  readonly transport: Transport | null;
  /** `sips:`: TLS only. */
  readonly secure: boolean;
  /** The domain that was asked for, which a TLS certificate must name (RFC 5922 7.3); null: an address. */
  readonly domain: string | null;
}

/**
 * The place that `uri` names.
 * @throws CodedError `dial.failed` for what cannot be dialled: no URI, another scheme (`tel:` has no
 * place of its own), no host, a transport that we cannot open.
 */
export function placeOfUri(text: string): Place {
  const uri = parseUri(text);
  if (uri === null) throw new CodedError('dial.failed', `${JSON.stringify(text)} is not a URI`);
  const { scheme, parameters, port } = uri;
  if (scheme === 'tel')
    throw new CodedError('dial.failed', `${text}: a tel: URI needs a next hop or an outbound proxy`);
  if (scheme !== 'sip' && scheme !== 'sips') {
    throw new CodedError('dial.failed', `${text}: no way to dial scheme ${scheme}`);
  }
  // RFC 3263 4: "the client uses the maddr parameter as the target if present".
  const maddr = parameters.get('maddr') ?? '';
  const host = maddr === '' ? uri.host : maddr.replace(/^\[|\]$/g, '');
  if (host === '') throw new CodedError('dial.failed', `${text}: no host`);
  const secure = scheme === 'sips';
  const named = parameters.get('transport') ?? '';
  const transport = named === '' ? null : dialledTransport(named);
  if (secure && transport === 'udp') throw new CodedError('dial.failed', `${text}: sips needs TLS, not UDP`);
  return {
    host: oneName(host),
    port,
    // RFC 3261 26.2.2: with sips "transport=tcp" means TLS over TCP.
    transport: secure && transport !== null ? 'tls' : transport,
    secure,
    domain: isIpAddress(uri.host) ? null : oneName(uri.host),
  };
}

/**
 * The places of a next hop: `host[:port][/transport]`, comma list, or SIP URIs.
 * @throws CodedError `dial.failed` for anything else.
 */
export function placesOfNextHop(list: string): readonly Place[] {
  if (list !== newest.list) newest = { list, places: readPlaces(list) };
  return newest.places;
}

/** Most servers have one next hop, asked for with every call. */
let newest: { readonly list: string; readonly places: readonly Place[] } = { list: '', places: [] };

function readPlaces(list: string): readonly Place[] {
  const items = list.split(',').map((item) => item.trim());
  if (items.length > MAX_NEXT_HOPS) throw new CodedError('dial.failed', `more than ${MAX_NEXT_HOPS} next hops`);
  return items.map((item) => (/^sips?:/i.test(item) ? placeOfUri(item) : placeOfItem(item)));
}

function placeOfItem(item: string): Place {
  const slash = item.indexOf('/');
  const place = parseHostPort(slash < 0 ? item : item.slice(0, slash).trim());
  if (place === null || place.host === '' || place.port === 0) {
    throw new CodedError('dial.failed', `next hop ${JSON.stringify(item)} is not host[:port][/transport]`);
  }
  const transport = slash < 0 ? null : dialledTransport(item.slice(slash + 1).trim());
  const host = oneName(place.host);
  return { host, port: place.port, transport, secure: false, domain: isIpAddress(host) ? null : host };
}

/** `host.` and `host` are one name, in any letter case. */
function oneName(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

function dialledTransport(text: string): Transport {
  const transport = text.toLowerCase();
  if (transport === 'udp' || transport === 'tcp' || transport === 'tls') return transport;
  // RFC 7118 5: a WebSocket is opened by the client only.
  if (transport === 'ws' || transport === 'wss')
    throw new CodedError('dial.failed', `${text}: only the peer can open it`);
  throw new CodedError('dial.failed', `transport ${JSON.stringify(text)} is unknown`);
}
