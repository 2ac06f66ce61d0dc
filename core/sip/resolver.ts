/**
 * Addresses of places by RFC 3263, with a cache. An address needs no resolution and is given at
 * once; a name costs NAPTR, SRV, A and AAAA queries as far as port and transport leave it open.
 */
import {
  type AddressRecord,
  type Clock,
  CodedError,
  type Dns,
  type NaptrRecord,
  type Random,
  type SrvRecord,
} from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import type { SipCounters } from './counters.ts';
import { DnsCache } from './dns-cache.ts';
import {
  orderSrv,
  type Service,
  servicesOf,
  srvNameOf,
  usableAddresses,
  usableNaptr,
  usableSrv,
} from './dns-records.ts';
import { defaultPortOf, type Hop } from './flow.ts';
import { isIpAddress } from './host.ts';
import type { Reach } from './reach.ts';
import type { Place } from './target.ts';
import type { Transport } from './types.ts';

export interface ResolverOptions {
  readonly dns: Dns;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: SipConfig['dns'];
  readonly counters: Pick<SipCounters, 'dnsQueries' | 'dnsFailures'>;
  /** By the listeners that there are now. */
  reach(): Reach;
}

export class Resolver {
  readonly #options: ResolverOptions;
  readonly #addresses: { readonly 4: DnsCache<AddressRecord>; readonly 6: DnsCache<AddressRecord> };
  readonly #srv: DnsCache<SrvRecord>;
  readonly #naptr: DnsCache<NaptrRecord>;

  constructor(options: ResolverOptions) {
    this.#options = options;
    const { dns, clock, config } = options;
    const limits = { clock, maxSeconds: config.cacheSeconds };
    const addressesOf = (family: 4 | 6) =>
      new DnsCache({
        ...limits,
        ask: async (name) =>
          usableAddresses(await this.#counted(family === 4 ? 'A' : 'AAAA', dns.addresses(name, family))),
      });
    this.#addresses = { 4: addressesOf(4), 6: addressesOf(6) };
    this.#srv = new DnsCache({ ...limits, ask: async (name) => usableSrv(await this.#counted('SRV', dns.srv(name))) });
    this.#naptr = new DnsCache({
      ...limits,
      ask: async (name) => usableNaptr(await this.#counted('NAPTR', dns.naptr(name))),
    });
  }

  /**
   * Where requests to `place` can be sent, in the order to try; none when the name has no usable
   * record. At once for addresses. @throws CodedError `dns.failed` when no name server answers.
   */
  hops(place: Place): readonly Hop[] | Promise<readonly Hop[]> {
    const { host, port, transport } = place;
    if (!isIpAddress(host)) return this.#named(place);
    // RFC 3263 4.1: a numeric target "SHOULD use UDP for a SIP URI, and TCP for a SIPS URI" (with TLS).
    const used = transport ?? this.#usual(place);
    return [hopOf(used, host, port ?? defaultPortOf(used), place)];
  }

  async #counted<T>(type: string, query: Promise<T>): Promise<T> {
    const { dnsQueries, dnsFailures } = this.#options.counters;
    dnsQueries.add(1, { type });
    try {
      return await query;
    } catch (fault) {
      dnsFailures.add(1, { type });
      throw fault;
    }
  }

  async #named(place: Place): Promise<readonly Hop[]> {
    const { host, port, transport } = place;
    const { config } = this.#options;
    if (port === null && config.srv) {
      const services = transport === null ? await this.#services(place) : [serviceOf(transport, host)];
      const found = await Promise.all(services.map((service) => this.#targets(service)));
      const targets = found.flatMap((each) => each ?? []);
      if (targets.length > 0) return this.#ofTargets(targets, place);
      // RFC 2782: a target of "." means "that the service is decidedly not available at this domain".
      if (found.includes(null)) return [];
    }
    const used = transport ?? this.#usual(place);
    return (await this.#addressesOf(host)).map((address) => hopOf(used, address, port ?? defaultPortOf(used), place));
  }

  /** NAPTR's choice; without usable records SRV of every transport of ours. */
  async #services(place: Place): Promise<readonly Service[]> {
    const { config } = this.#options;
    const supports = this.#supports(place);
    const records = config.naptr ? await orNone(this.#naptr.get(place.host)) : [];
    const services = servicesOf(records, supports);
    if (services.length > 0) return services;
    return automatic.filter(supports).map((transport) => serviceOf(transport, place.host));
  }

  #supports({ secure }: Place): (transport: Transport) => boolean {
    const reach = this.#options.reach();
    return (transport) => (secure ? transport === 'tls' : reach.has(transport));
  }

  /** TLS for sips; else UDP, or what we have instead. */
  #usual(place: Place): Transport {
    if (place.secure) return 'tls';
    return automatic.find(this.#supports(place)) ?? 'udp';
  }

  /** SRV targets of one service in order; null: decidedly none. */
  async #targets({ transport, srvName }: Service): Promise<readonly Target[] | null> {
    const records = await orNone(this.#srv.get(srvName));
    const good = records.filter(({ target }) => target !== '');
    if (good.length === 0) return records.length === 0 ? [] : null;
    return orderSrv(good, this.#options.random).map(({ target, port }) => ({
      transport,
      host: target,
      port: port === 0 ? defaultPortOf(transport) : port,
    }));
  }

  /** The addresses of all targets, in the targets' order. A target that has none does not spoil the others. */
  async #ofTargets(targets: readonly Target[], place: Place): Promise<readonly Hop[]> {
    const found = await Promise.all(
      targets.map(async ({ transport, host, port }) =>
        isIpAddress(host)
          ? [hopOf(transport, host, port, place)]
          : (await orNone(this.#addressesOf(host))).map((address) => hopOf(transport, address, port, place)),
      ),
    );
    return withoutRepetition(found.flat());
  }

  /** A, then AAAA, as far as we have a listener for them. Fails when every query fails. */
  async #addressesOf(host: string): Promise<readonly string[]> {
    const { families } = this.#options.reach();
    const answers = await Promise.allSettled(families.map((family) => this.#addresses[family].get(host)));
    const addresses = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? answer.value.map(({ address }) => address) : [],
    );
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (addresses.length === 0 && failed !== undefined) throw failed.reason;
    return addresses;
  }
}

interface Target {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
}

/** Transports that a sip: URI may be sent by without naming them, the usual first. */
const automatic: readonly Transport[] = ['udp', 'tcp', 'tls'];

function serviceOf(transport: Transport, domain: string): Service {
  return { transport, srvName: srvNameOf(transport, domain) };
}

function hopOf(transport: Transport, address: string, port: number, { domain }: Place): Hop {
  return transport === 'tls' && domain !== null
    ? { transport, address, port, serverName: domain }
    : { transport, address, port };
}

function withoutRepetition(hops: readonly Hop[]): readonly Hop[] {
  const seen = new Set<string>();
  return hops.filter(({ transport, address, port }) => {
    const key = `${transport} ${address} ${port}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** Many name servers fail at NAPTR and SRV queries that they do not know: then there are none. */
async function orNone<T>(query: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await query;
  } catch (fault) {
    if (fault instanceof CodedError) return [];
    throw fault;
  }
}
