import { promises } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from './clock.ts';
import type { AddressRecord, Dns, NaptrRecord, SrvRecord } from './dns.ts';
import { CodedError } from './errors.ts';
import { HostsFile } from './hosts-file.ts';
import { ipFamily } from './network.ts';
import { systemCode } from './system-code.ts';

/** Node tells the TTL of A and AAAA only: who caches the others sets a limit of its own. */
const unknownTtlSeconds = 86_400;
/** The hosts file may change at any time. */
const hostsTtlSeconds = 5;
/** Answers that say "there is none". */
const noRecord = new Set(['ENOTFOUND', 'ENODATA', 'NOTFOUND', 'NODATA', 'EBADNAME']);

export interface RealDnsOptions {
  /** `address[:port]`, IPv6 with a port in brackets; none: the system's. */
  readonly servers: readonly string[];
  /** How long one server may take for an answer; each is asked twice. */
  readonly timeoutMs: number;
}

/**
 * The hosts file, then name servers (c-ares, which checks the wire format and blocks no thread).
 * Names without a dot go to the machine's own resolver, which knows search domains.
 * @throws CodedError `config.invalid` for a server that is no address.
 */
export function realDns(clock: Clock, { servers, timeoutMs }: RealDnsOptions = { servers: [], timeoutMs: 2000 }): Dns {
  const resolver = new promises.Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers.length > 0) setServers(resolver, servers);
  const hosts = new HostsFile(clock);
  return {
    lookup,
    async addresses(host, family) {
      const listed = host === 'localhost' ? ['127.0.0.1', '::1'] : await hosts.addresses(host);
      if (listed.length > 0) return ofFamily(listed, family);
      if (!host.includes('.') && servers.length === 0) {
        return ofFamily(await lookup(host).catch(() => []), family);
      }
      const query = family === 4 ? resolver.resolve4(host, { ttl: true }) : resolver.resolve6(host, { ttl: true });
      const found = await orNone(host, query);
      return found.map(({ address, ttl }): AddressRecord => ({ address, ttlSeconds: ttl }));
    },
    async srv(name) {
      const found = await orNone(name, resolver.resolveSrv(name));
      return found.map(
        ({ name: target, port, priority, weight }): SrvRecord => ({
          target,
          port,
          priority,
          weight,
          ttlSeconds: unknownTtlSeconds,
        }),
      );
    },
    async naptr(name) {
      const found = await orNone(name, resolver.resolveNaptr(name));
      return found.map((record): NaptrRecord => ({ ...record, ttlSeconds: unknownTtlSeconds }));
    },
  };
}

/** Node takes ports beyond 65535 without a word, so these are checked here. */
function setServers(resolver: promises.Resolver, servers: readonly string[]): void {
  const wrong = servers.find((server) => !isServer(server));
  if (wrong !== undefined) {
    throw new CodedError('config.invalid', `sip.dns.servers: ${JSON.stringify(wrong)} is not address[:port]`);
  }
  resolver.setServers(servers);
}

function isServer(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const [, ipv6 = '', ipv4 = '', port = ''] = /^(?:\[(.+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return isIP(ipv6 || ipv4) !== 0 && (port === '' || (Number(port) > 0 && Number(port) <= 65_535));
}

function ofFamily(addresses: readonly string[], family: 4 | 6): readonly AddressRecord[] {
  return addresses
    .filter((address) => ipFamily(address) === family)
    .map((address) => ({ address, ttlSeconds: hostsTtlSeconds }));
}

async function orNone<T>(name: string, query: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await query;
  } catch (fault) {
    const code = systemCode(fault);
    if (noRecord.has(code)) return [];
    throw new CodedError('dns.failed', `${name}: ${code}`, { cause: fault });
  }
}

/** The machine's resolver (`getaddrinfo`). IP addresses pass through. */
async function lookup(host: string): Promise<readonly string[]> {
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0) return [literal];
  try {
    const found = await promises.lookup(host, { all: true, verbatim: true });
    if (found.length > 0) return found.map(({ address }) => address);
  } catch (fault) {
    throw new CodedError('dns.failed', `${host}: ${systemCode(fault)}`, { cause: fault });
  }
  throw new CodedError('dns.failed', host);
}
