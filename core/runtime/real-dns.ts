import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { CodedError } from './errors.ts';
import type { Dns } from './network.ts';
import { systemCode } from './system-code.ts';

/** The machine's resolver (`getaddrinfo`: hosts file, then DNS). IP addresses pass through. */
export function realDns(): Dns {
  return {
    async lookup(host) {
      const literal = host.replace(/^\[(.*)\]$/, '$1');
      if (isIP(literal) !== 0) return [literal];
      try {
        const found = await lookup(host, { all: true, verbatim: true });
        if (found.length > 0) return found.map(({ address }) => address);
      } catch (fault) {
        throw new CodedError('dns.failed', `${host}: ${systemCode(fault)}`, { cause: fault });
      }
      throw new CodedError('dns.failed', host);
    },
  };
}
