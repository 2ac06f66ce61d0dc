/** How a request that begins something is addressed, and where it goes: of an INVITE, and of requests outside dialogs. */
import { type Addressing, addressing } from './dialog-data.ts';
import { parseNameAddress } from './name-address.ts';
import { firstRoutes } from './route-set.ts';
import type { SipCore } from './sip-core.ts';
import { findTargets, type NoTarget, TargetList } from './target-list.ts';
import type { InviteOptions } from './types.ts';

/** What the options of both have in common. */
export type FirstRequest = Pick<
  InviteOptions,
  'requestUri' | 'from' | 'to' | 'headers' | 'nextHop' | 'outboundProxy' | 'listener' | 'admitTarget'
>;

export interface FirstTargets {
  /** Route values: outbound proxy, then the owner's. */
  readonly routes: readonly string[];
  readonly addressing: Addressing;
  readonly targets: TargetList;
}

/**
 * Never rejects. At once where nothing is to be resolved. `inDialog`: the configuration's next hop
 * and outbound proxy, and the blacklist, are for other requests.
 */
export function firstTargets(
  core: SipCore,
  request: FirstRequest,
  inDialog: boolean,
): FirstTargets | NoTarget | Promise<FirstTargets | NoTarget> {
  const { config } = core;
  const { requestUri, headers = [], admitTarget } = request;
  const routes = firstRoutes(headers, request.outboundProxy ?? (inDialog ? '' : config.outboundProxy));
  const fault = faultOf(request, routes);
  if (fault !== null || routes === null) return { status: 478, reason: `Malformed ${fault}` };
  const way = addressing(requestUri, routes);
  const found = findTargets(core, {
    nextHop: request.nextHop ?? (inDialog ? null : config.nextHop),
    hopUri: way.hopUri,
    inDialog,
    listener: request.listener ?? null,
    admitTarget: admitTarget === undefined ? null : (target) => request.admitTarget?.(target) ?? true,
  });
  const joined = (targets: TargetList | NoTarget): FirstTargets | NoTarget =>
    targets instanceof TargetList ? { routes, addressing: way, targets } : targets;
  return found instanceof Promise ? found.then(joined) : joined(found);
}

function faultOf({ from, to }: FirstRequest, routes: readonly string[] | null): string | null {
  if (parseNameAddress(from) === null) return `From ${from}`;
  if (parseNameAddress(to) === null) return `To ${to}`;
  return routes === null ? 'Route or outbound proxy' : null;
}
