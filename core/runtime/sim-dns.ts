import { isIP } from 'node:net';
import { type Clock, sleep } from './clock.ts';
import type { Dns, NaptrRecord, SrvRecord } from './dns.ts';
import { CodedError } from './errors.ts';
import { ipFamily } from './network.ts';

type Plain<Record> = Omit<Record, 'ttlSeconds'>;

/** What the name servers of a simulated internet say; the test writes it. Names are lower-case, without final dot. */
export class SimZone {
  /** A and AAAA. */
  readonly names = new Map<string, readonly string[]>();
  readonly srv = new Map<string, readonly Plain<SrvRecord>[]>();
  readonly naptr = new Map<string, readonly Plain<NaptrRecord>[]>();
  /** Of every record. */
  ttlSeconds = 3600;
  /** How long an answer takes. */
  delayMs = 0;
  /** Queries that no server answers: `SRV _sip._udp.example.org`, or `*` for all. */
  readonly failing = new Set<string>();
  /** Every query, in order. */
  readonly asked: string[] = [];
}

/** Name service of one simulated host. */
export function simDns(zone: SimZone, clock: Clock): Dns {
  const query = async (question: string): Promise<void> => {
    zone.asked.push(question);
    if (zone.delayMs > 0) await sleep(clock, zone.delayMs);
    if (zone.failing.has(question) || zone.failing.has('*')) throw new CodedError('dns.failed', `${question}: timeout`);
  };
  const dated = <T>(records: readonly T[] | undefined) =>
    (records ?? []).map((record) => ({ ...record, ttlSeconds: zone.ttlSeconds }));
  const addressesOf = (host: string): readonly string[] =>
    host === 'localhost' ? ['127.0.0.1'] : (zone.names.get(host) ?? []);
  return {
    async lookup(host) {
      const literal = host.replace(/^\[(.*)\]$/, '$1');
      if (isIP(literal) !== 0) return [literal];
      const found = addressesOf(host.toLowerCase());
      if (found.length === 0) throw new CodedError('dns.failed', host);
      return found;
    },
    async addresses(host, family) {
      await query(`${family === 4 ? 'A' : 'AAAA'} ${host}`);
      const found = addressesOf(host.toLowerCase()).filter((address) => ipFamily(address) === family);
      return dated(found.map((address) => ({ address })));
    },
    async srv(name) {
      await query(`SRV ${name}`);
      return dated(zone.srv.get(name.toLowerCase()));
    },
    async naptr(name) {
      await query(`NAPTR ${name}`);
      return dated(zone.naptr.get(name.toLowerCase()));
    },
  };
}
