/** What requests of ours can be sent with, by the listeners that we have. */
import { ipFamily } from '../runtime/index.ts';
import { isIpAddress } from './host.ts';
import type { BoundListener, Transport } from './types.ts';

export interface Reach {
  /** Requests may be sent by `transport`, of their own choice. */
  has(transport: Transport): boolean;
  /** Address families, in the order to try. */
  readonly families: readonly (4 | 6)[];
}

/** A listener on `::` takes IPv4 as well; without any listener everything is tried. */
export function reachOf(listeners: readonly BoundListener[]): Reach {
  const addresses = listeners.map(({ address }) => address).filter(isIpAddress);
  const families = ([4, 6] as const).filter((family) =>
    addresses.some((address) => ipFamily(address) === family || address === '::'),
  );
  return {
    has: (transport) => listeners.some((listener) => listener.transport === transport),
    families: families.length === 0 ? [4, 6] : families,
  };
}
