/** Addresses of places (RFC 3263). */
import type { Seams } from '../runtime/index.ts';
import type { Hop } from './flow.ts';
import { isIpAddress } from './host.ts';
import type { Place } from './target.ts';

export class Resolver {
  readonly #seams: Seams;

  constructor(seams: Seams) {
    this.#seams = seams;
  }

  /** At once for addresses, later for names. @throws CodedError `dns.failed`. */
  hops(place: Place): readonly Hop[] | Promise<readonly Hop[]> {
    const transport = place.transport ?? (place.secure ? 'tls' : 'udp');
    const port = place.port ?? (transport === 'tls' ? 5061 : 5060);
    if (isIpAddress(place.host)) return [{ transport, address: place.host, port }];
    return this.#seams.dns
      .lookup(place.host)
      .then((found) => found.map((address) => ({ transport, address, port, serverName: place.host })));
  }
}
