/** Calls of a page to somebody who is not this server: the page needs nothing but us to call any phone. */
import type { Network } from '../runtime/index.ts';
import { type Flow, parseUri, type SipStack } from '../sip/index.ts';
import { isBrowserFlow } from './browser-leg.ts';

/**
 * A call that came by WebSocket from a trusted address (`sip.trusted`: this machine, unless it says more) and goes to
 * a host that is none of ours, or to a port of this machine where somebody else listens. Whether it may be placed the
 * dial rules decide.
 */
export function isWebCallTo(uri: string, flow: Flow, own: () => OwnAddresses): boolean {
  if (!isBrowserFlow(flow) || !flow.trusted) return false;
  const target = parseUri(uri);
  const host = target?.host.toLowerCase().replace(/^\[|\]$|\.$/g, '') ?? '';
  if (target === null || host === '') return false;
  const { hosts, ports } = own();
  const isOwn = host === flow.pageHost || host === flow.local.address || hosts.has(host);
  return !isOwn || (target.port !== null && target.port !== flow.local.port && !ports.has(target.port));
}

export interface OwnAddresses {
  readonly hosts: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
}

/** What we are called by, besides the name by which the page came; `advertised`: of the listeners. */
export function ownAddresses(
  { listeners }: Pick<SipStack, 'listeners'>,
  advertised: readonly string[],
  network: Network,
): OwnAddresses {
  const names = advertised.map((text) => /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(text.toLowerCase()) ?? []);
  return {
    hosts: new Set([
      'localhost',
      ...network.localAddresses(),
      ...listeners.map(({ address }) => address.toLowerCase()),
      ...names.map(([, host = '']) => host),
    ]),
    ports: new Set([...listeners.map(({ port }) => port), ...names.map(([, , port]) => Number(port ?? 0))]),
  };
}
