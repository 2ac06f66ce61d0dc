/** Where the web page is for a phone: asked by modules that tell it in SIP. Internal. */
import { arg, rowsFor, Text } from '../core/di/index.ts';
import { formatEndpoint, inRanges, parseIpRange } from '../core/runtime/index.ts';
import { isLoopback } from './listener-policy.ts';

/** A listener that serves the page. */
export interface PageListener {
  /** As configured: may be `0.0.0.0` or `::`. */
  readonly address: string;
  readonly port: number;
  readonly isTls: boolean;
}

const { fn, defineFunctions } = rowsFor<{ readonly listeners: readonly PageListener[] }>();

export const pageFunctions = defineFunctions({
  url: fn({
    summary: 'The address of the web page for a peer, without a final slash; empty: it is nowhere that it reaches.',
    params: [arg('peer', Text, 'IP address of the peer.'), arg('local', Text, 'IP address of ours that it reached.')],
    result: Text,
    scope: 'server:read',
    exported: false,
    examples: [{ params: ['192.168.0.7', '192.168.0.1'], result: 'https://192.168.0.1:8090' }],
    handler: ({ state }, peer, local) => pageUrl(state.listeners, peer, local),
  }),
});

/**
 * The listener that a peer reaches, encrypted ones first: on loopback for peers on loopback; bound to all addresses at
 * the one where the peer reached us; else at its own. A private address is of no use to a peer in a public network.
 */
export function pageUrl(listeners: readonly PageListener[], peer: string, local: string): string {
  const inOrder = [...listeners].sort((a, b) => Number(b.isTls) - Number(a.isTls));
  for (const { address, port, isTls } of inOrder) {
    const host = address === '0.0.0.0' || address === '::' ? local : address;
    if (address === '0.0.0.0' && host.includes(':')) continue;
    if (!reaches(peer, host)) continue;
    return `${isTls ? 'https' : 'http'}://${formatEndpoint({ address: host, port })}`;
  }
  return '';
}

/** Networks that are not routed publicly (RFC 1918, 3927, 4193, 4291, 6598), loopback among them. */
const notPublic = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
].flatMap((text) => parseIpRange(text) ?? []);

const inPrivateNetwork = (address: string): boolean => inRanges(notPublic, address);

function reaches(peer: string, host: string): boolean {
  if (host === '') return false;
  if (isLoopback(host)) return isLoopback(peer);
  return !inPrivateNetwork(host) || inPrivateNetwork(peer);
}
