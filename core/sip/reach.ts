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
  return {
    has: (transport) => listeners.some((listener) => listener.transport === transport),
    get families() {
      return familiesOf(listeners);
    },
  };
}

function familiesOf(listeners: readonly BoundListener[]): readonly (4 | 6)[] {
  const addresses = listeners.map(({ address }) => address).filter(isIpAddress);
  const families = ([4, 6] as const).filter((family) =>
    addresses.some((address) => ipFamily(address) === family || address === '::'),
  );
  return families.length === 0 ? [4, 6] : families;
}
