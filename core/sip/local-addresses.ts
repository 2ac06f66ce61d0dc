/**
 * The source address that the kernel picks towards each peer (design, section 4), remembered so
 * that a message of a known peer is handled at once. Bounded in entries and age.
 */
import { type Clock, CodedError, isLinkLocal, type Network } from '../runtime/index.ts';
import { isWildcard, plainAddress } from './flow.ts';
import { LOCAL_ADDRESS_ENTRIES, LOCAL_ADDRESS_MS } from './stack-limits.ts';

export class LocalAddresses {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly local: string; readonly untilMs: number }>();
  readonly #asked = new Map<string, Promise<string>>();

  constructor(network: Network, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  /** The address towards `remote` if it is known: `bound` itself where that is one address. */
  known(remote: string, bound: string): string | null {
    if (!isWildcard(bound)) return bound;
    const entry = this.#known.get(remote);
    return entry !== undefined && entry.untilMs > this.#clock.nowMs() ? entry.local : null;
  }

  /** Asks the kernel once for all who wait. @throws CodedError `network.failed` when there is no route. */
  learn(peer: string): Promise<string> {
    const remote = plainAddress(peer);
    const known = this.known(remote, '0.0.0.0');
    if (known !== null) return Promise.resolve(known);
    let asked = this.#asked.get(remote);
    if (asked === undefined) {
      asked = this.#ask(remote).finally(() => this.#asked.delete(remote));
      this.#asked.set(remote, asked);
    }
    return asked;
  }

  async #ask(remote: string): Promise<string> {
    const local = await this.#network.sourceAddressFor(remote);
    // An address that means something on one link only is of no use to a peer that is elsewhere.
    if (isLinkLocal(local) && !isLinkLocal(remote)) {
      throw new CodedError('network.failed', `only the link-local address ${local} leads to ${remote}`);
    }
    if (this.#known.size >= LOCAL_ADDRESS_ENTRIES) this.#known.clear();
    this.#known.set(remote, { local, untilMs: this.#clock.nowMs() + LOCAL_ADDRESS_MS });
    return local;
  }
}
