/** The route set that a request outside a dialog begins with (RFC 3261 8.1.2, RFC 3608). */
import { normalHeaderName } from './header-names.ts';
import { parseNameAddressList, printNameAddress } from './name-address.ts';
import type { HeaderLine } from './types.ts';
import { parseUri, printUri, uriWith } from './uri.ts';

/**
 * The outbound proxy, then the Route headers of `headers`, one value an entry; null when one of
 * them is malformed. `outboundProxy` is a SIP URI or ''.
 */
export function firstRoutes(headers: readonly HeaderLine[], outboundProxy: string): readonly string[] | null {
  if (outboundProxy === '' && !headers.some(isRoute)) return none;
  const lines = headers.filter(isRoute).map(([, value]) => value);
  const given = lines.length === 0 ? [] : parseNameAddressList(lines);
  const proxy = outboundProxy === '' ? [] : proxyRoute(outboundProxy);
  if (given === null || proxy === null) return null;
  const routes = given.map(printNameAddress);
  // A Service-Route may begin with the outbound proxy already.
  return proxy[0] === routes[0] ? routes : [...proxy, ...routes];
}

/** `headers` without those that `firstRoutes` takes. */
export function withoutRoutes(headers: readonly HeaderLine[]): readonly HeaderLine[] {
  return headers.some(isRoute) ? headers.filter((line) => !isRoute(line)) : headers;
}

const none: readonly string[] = [];

/** Always a loose router, as SEMS writes it: a strict one would lose the Request-URI's place. */
function proxyRoute(text: string): readonly string[] | null {
  const uri = parseUri(text.replace(/^<(.*)>$/, '$1'));
  if (uri === null || (uri.scheme !== 'sip' && uri.scheme !== 'sips')) return null;
  return [`<${printUri(uriWith(uri, { parameters: new Map([...uri.parameters, ['lr', '']]), headers: new Map() }))}>`];
}

function isRoute([name]: HeaderLine): boolean {
  return (name.length === 5 || name.length === 1) && normalHeaderName(name) === 'route';
}
