/**
 * The targets of one request, in the order to try: next hop, else top Route, else Request-URI
 * (core-and-sbc 2.4), resolved, without those that may not be dialled or failed a short while ago.
 */
import { CodedError, type Endpoint } from '../runtime/index.ts';
import type { Channel, Hop } from './flow.ts';
import { parseDecimal } from './grammar.ts';
import type { ParsedResponse } from './message.ts';
import type { SipCore } from './sip-core.ts';
import { type Place, placeOfUri, placesOfNextHop } from './target.ts';

export interface TargetWish {
  /** `host[:port][/transport]`, comma list; '' or null: none. */
  readonly nextHop: string | null;
  /** The URI that is followed without next hop: top Route or Request-URI. */
  readonly hopUri: string;
  /** Inside a dialog no target is passed over because it failed before. */
  readonly inDialog: boolean;
  /** Name of the listener to send from; null: the one that fits. */
  readonly listener: string | null;
  readonly admitTarget: ((target: Endpoint) => boolean) | null;
}

/** Why there is no target: a response that we make ourselves. */
export interface NoTarget {
  readonly status: 403 | 478;
  readonly reason: string;
}

/** Never rejects. At once for addresses, later for names. */
export function findTargets(core: SipCore, wish: TargetWish): TargetList | NoTarget | Promise<TargetList | NoTarget> {
  try {
    const places = wish.nextHop ? placesOfNextHop(wish.nextHop) : [placeOfUri(wish.hopUri)];
    const hops = hopsOf(core, places);
    if (!(hops instanceof Promise)) return judge(core, wish, hops);
    return hops.then((found) => judge(core, wish, found)).catch(unresolvable);
  } catch (fault) {
    return unresolvable(fault);
  }
}

/** The hops of all places in order; a place without address does not spoil the others. */
function hopsOf(core: SipCore, places: readonly Place[]): readonly Hop[] | Promise<readonly Hop[]> {
  const [first] = places;
  if (places.length === 1 && first !== undefined) return core.resolver.hops(first);
  return Promise.allSettled(places.map(async (place) => core.resolver.hops(place))).then((outcomes) => {
    const hops = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (hops.length === 0 && failed !== undefined) throw failed.reason;
    return hops;
  });
}

function judge(core: SipCore, wish: TargetWish, hops: readonly Hop[]): TargetList | NoTarget {
  const { admitTarget } = wish;
  if (hops.length === 0) return unresolvable(new CodedError('dns.failed', wish.hopUri));
  const admitted = admitTarget === null ? hops : hops.filter(({ address, port }) => admitTarget({ address, port }));
  if (admitted.length === 0) return { status: 403, reason: 'Forbidden target' };
  const tried = wish.inDialog ? admitted : core.blacklist.filter(admitted);
  if (tried.length < admitted.length) core.counters.targetsSkipped.add(admitted.length - tried.length);
  return new TargetList(core, tried, wish.listener);
}

/** SEMS: 478 for what cannot be resolved (core-and-sbc 2.4). */
function unresolvable(fault: unknown): NoTarget {
  const why = fault instanceof Error ? fault.message : String(fault);
  return { status: 478, reason: `Unresolvable destination: ${why}` };
}

export class TargetList {
  readonly #core: SipCore;
  readonly #hops: readonly Hop[];
  readonly #listener: string | null;
  #next = 0;

  constructor(core: SipCore, hops: readonly Hop[], listener: string | null) {
    this.#core = core;
    this.#hops = hops;
    this.#listener = listener;
  }

  /** Is there another target after the present one? */
  get hasMore(): boolean {
    return this.#next < this.#hops.length;
  }

  /** The target that was tried last. */
  get current(): Hop | null {
    return this.#hops[this.#next - 1] ?? null;
  }

  /** The way to the next target that `own` has already; null: nothing was taken. */
  takeOpen(own: (hop: Hop) => Channel | null): Channel | null {
    const hop = this.#hops[this.#next];
    const channel = hop === undefined ? null : own(hop);
    if (channel !== null) this.#next++;
    return channel;
  }

  /** The way to the next target if it needs no waiting; null: nothing was taken. */
  takeReady(): Channel | null {
    if (this.#listener !== null) return null;
    return this.takeOpen((hop) => this.#core.transports.ready(hop));
  }

  /** A way to the next target that takes a connection, or that `own` has; null when none is left. Never rejects. */
  async connectNext(own: (hop: Hop) => Channel | null = () => null): Promise<Channel | null> {
    for (let hop = this.#hops[this.#next]; hop !== undefined; hop = this.#hops[this.#next]) {
      this.#next++;
      const open = own(hop);
      if (open !== null) return open;
      try {
        return await this.#core.transports.connect(hop, { listener: this.#listener ?? undefined });
      } catch (fault) {
        this.#core.blacklist.add(hop);
        this.#core.log.debug('no way to a target', { fault: fault instanceof Error ? fault.message : String(fault) });
      }
    }
    return null;
  }

  /**
   * RFC 3263 4.3: "failure also occurs if the transport layer of the element receives a 503 …, or
   * a fatal transport error, or … times out". A 503 may say for how long (RFC 3261 21.5.4).
   */
  failed(hop: Hop, response: ParsedResponse | null = null): void {
    const retryAfterS = parseDecimal(/^\d{1,9}/.exec(response?.header('retry-after') ?? '')?.[0] ?? '', 86_400);
    if (retryAfterS === null || retryAfterS === 0) this.#core.blacklist.add(hop);
    else this.#core.blacklist.add(hop, retryAfterS * 1000);
  }
}
