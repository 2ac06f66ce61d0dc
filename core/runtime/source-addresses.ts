import { isIP } from 'node:net';
import type { Clock } from './clock.ts';
import { CodedError } from './errors.ts';

/** Routes change seldom, but they do: an answer is believed that long. */
const believedMs = 30_000;
const maxEntries = 1000;

/** The kernel's choice of a source address towards each peer, asked once and remembered for a while. */
export class SourceAddresses {
  readonly #clock: Clock;
  readonly #probe: (to: string) => Promise<string>;
  readonly #known = new Map<string, { readonly untilMs: number; readonly address: Promise<string> }>();

  constructor(clock: Clock, probe: (to: string) => Promise<string>) {
    this.#clock = clock;
    this.#probe = probe;
  }

  /** @throws CodedError `network.failed` when `to` is no IP address or has no route. */
  find(to: string): Promise<string> {
    if (isIP(to) === 0) return Promise.reject(new CodedError('network.failed', `${to} is not an IP address`));
    const nowMs = this.#clock.nowMs();
    const known = this.#known.get(to);
    if (known !== undefined && known.untilMs > nowMs) return known.address;
    const address = this.#probe(to);
    this.#known.delete(to);
    this.#known.set(to, { untilMs: nowMs + believedMs, address });
    address.catch(() => this.#known.delete(to)); // the next one asks again
    if (this.#known.size > maxEntries) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    return address;
  }
}
