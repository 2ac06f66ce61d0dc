/** What is usable of DNS answers, and in which order (RFC 2782, RFC 3263). Pure. */
import { type AddressRecord, isIpAddress, type NaptrRecord, type Random, type SrvRecord } from '../runtime/index.ts';
import { ADDRESS_LIMIT, NAPTR_LIMIT, SRV_LIMIT } from './stack-limits.ts';
import type { Transport } from './types.ts';

/** A transport that NAPTR records offer, and the name of its SRV records. */
export interface Service {
  readonly transport: Transport;
  readonly srvName: string;
}

const label = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** A host or service name of sane length; underscores as in `_sip._udp`. */
function isDnsName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((part) => label.test(part));
}

export function usableAddresses(records: readonly AddressRecord[]): readonly AddressRecord[] {
  return records.filter(({ address, ttlSeconds }) => isIpAddress(address) && isTtl(ttlSeconds)).slice(0, ADDRESS_LIMIT);
}

/** Well-formed records, 32 at most. The target may be an address, which SEMS accepts; '' is the root. */
export function usableSrv(records: readonly SrvRecord[]): readonly SrvRecord[] {
  return records
    .slice(0, 4 * SRV_LIMIT)
    .map((record) => ({ ...record, target: record.target.replace(/\.$/, '').toLowerCase() }))
    .filter(
      ({ target, port, priority, weight, ttlSeconds }) =>
        (target === '' || isIpAddress(target) || isDnsName(target)) &&
        isUint16(port) &&
        isUint16(priority) &&
        isUint16(weight) &&
        isTtl(ttlSeconds),
    )
    .slice(0, SRV_LIMIT);
}

/** Well-formed terminal records that lead to SRV, 16 at most: flag "s", no regular expression (RFC 3263 4.1). */
export function usableNaptr(records: readonly NaptrRecord[]): readonly NaptrRecord[] {
  return records
    .slice(0, 4 * NAPTR_LIMIT)
    .map((record) => ({ ...record, replacement: record.replacement.replace(/\.$/, '').toLowerCase() }))
    .filter(
      ({ order, preference, flags, service, regexp, replacement, ttlSeconds }) =>
        isUint16(order) &&
        isUint16(preference) &&
        flags.toLowerCase() === 's' &&
        service.length <= 32 &&
        regexp === '' &&
        isDnsName(replacement) &&
        isTtl(ttlSeconds),
    )
    .slice(0, NAPTR_LIMIT);
}

/** SIP+D2W and SIPS+D2W (WebSocket, RFC 7118) are passed over: we do not open WebSockets. */
const transportOfService: ReadonlyMap<string, Transport> = new Map([
  ['SIP+D2U', 'udp'],
  ['SIP+D2T', 'tcp'],
  ['SIPS+D2T', 'tls'],
]);

/**
 * The services to try, in order: "the client … discards any records … whose … protocol … the client
 * does not support", and for sips "any that do not contain SIPS" (RFC 3263 4.1).
 */
export function servicesOf(records: readonly NaptrRecord[], supports: (transport: Transport) => boolean): Service[] {
  return [...records]
    .sort((a, b) => a.order - b.order || a.preference - b.preference)
    .flatMap(({ service, replacement }): Service[] => {
      const transport = transportOfService.get(service.toUpperCase());
      return transport === undefined || !supports(transport) ? [] : [{ transport, srvName: replacement }];
    });
}

const srvPrefix: { readonly [transport in Transport]?: string } = {
  udp: '_sip._udp',
  tcp: '_sip._tcp',
  tls: '_sips._tcp',
};

/** `_sip._udp.example.org`. */
export function srvNameOf(transport: Transport, domain: string): string {
  return `${srvPrefix[transport] ?? '_sip._udp'}.${domain}`;
}

/**
 * All records, each once: lowest priority first; inside one "a weighted random choice": records of
 * weight 0 first, then a random number against the running sum, again for those that are left (RFC 2782).
 */
export function orderSrv(records: readonly SrvRecord[], random: Random): readonly SrvRecord[] {
  if (records.length < 2) return records;
  const left = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const [first] = left;
    const end = left.findIndex(({ priority }) => priority !== first?.priority);
    const group = end < 0 ? left : left.slice(0, end);
    const sum = group.reduce((total, { weight }) => total + weight, 0);
    let point = sum === 0 ? 0 : random.integer(sum + 1);
    const chosen = group.findIndex(({ weight }) => {
      point -= weight;
      return point <= 0;
    });
    ordered.push(...left.splice(Math.max(0, chosen), 1));
  }
  return ordered;
}

function isUint16(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 65535;
}

function isTtl(value: number): boolean {
  return value >= 0;
}
