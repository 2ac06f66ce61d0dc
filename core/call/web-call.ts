/** Calls of a page to somebody who is not this server: the page needs nothing but us to call any phone. */
import type { Network } from '../runtime/index.ts';
import { type Flow, parseUri, type SipStack } from '../sip/index.ts';
import { isBrowserFlow } from './browser-leg.ts';

/**
 * A call that came by WebSocket from a trusted address (`sip.trusted`: this machine, unless it says more) and goes to
 * a host that is none of ours. Whether it may be placed the dial rules decide.
 */
export function isWebCallTo(uri: string, flow: Flow, own: () => ReadonlySet<string>): boolean {
  if (!isBrowserFlow(flow) || !flow.trusted) return false;
  const host =
    parseUri(uri)
      ?.host.toLowerCase()
      .replace(/^\[|\]$|\.$/g, '') ?? '';
  return host !== '' && host !== flow.pageHost && host !== flow.local.address && !own().has(host);
}

/** What we are called by, besides the name by which the page came; `advertised`: of the listeners. */
export function ownHosts(
  sip: Pick<SipStack, 'listeners'>,
  advertised: readonly string[],
  network: Network,
): ReadonlySet<string> {
  const names = [...sip.listeners.map(({ address }) => address), ...advertised];
  return new Set([
    'localhost',
    ...network.localAddresses(),
    ...names.map((name) => name.toLowerCase().replace(/^\[?([^\]]*?)\]?(?::\d+)?$/, '$1')),
  ]);
}
