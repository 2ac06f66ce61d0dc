/**
 * Where a request may go whose URL a caller named (an RPC, a script, a message): not into the machine, not into the
 * networks around it, unless the operator lists the place (CWE-918, server-side request forgery).
 */
import { CodedError, type IpRange, inRanges, parseIp, parseIpRange } from '../runtime/index.ts';
import type { OutgoingConfig } from './outgoing-config.ts';

/** Special-purpose IPv4 networks (IANA registry, RFC 6890): none is a server of the public internet. */
const specialIpv4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT; metadata of one cloud
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local; metadata of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24', // documentation
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
].map(rangeOf);

/** The part of IPv6 that is routed publicly (RFC 4291 2.4), less the special ones in it. */
const globalIpv6 = rangeOf('2000::/3');
const specialIpv6 = [
  '2001::/23', // protocols, Teredo among them: carries IPv4 addresses
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: carries IPv4 addresses
  '3fff::/20',
].map(rangeOf);
/** RFC 6052 2.1: the last 32 bits are the IPv4 address that a translator sends to. */
const nat64 = rangeOf('64:ff9b::/96');

export interface OutgoingGuard {
  /** Of `addresses`, which `host` has, those that may be connected to. @throws CodedError `http.forbidden`: none. */
  permitted(host: string, addresses: readonly string[]): readonly string[];
}

/** @throws CodedError `config.invalid` for an entry that is no place. */
export function createOutgoingGuard(config: OutgoingConfig): OutgoingGuard {
  const allow = placesOf('allow', config.allow);
  const deny = placesOf('deny', config.deny);

  function isPermitted(host: string, address: string): boolean {
    if (parseIp(address) === null || lists(deny, host, address)) return false;
    return lists(allow, host, address) || (config.publicAddresses && isPublic(address));
  }

  return {
    permitted(host, addresses) {
      const found = addresses.filter((address) => isPermitted(host, address));
      if (found.length > 0) return found;
      const reached = host === addresses[0] || addresses.length === 0 ? host : `${host} (${addresses[0]})`;
      const key = addresses.some((address) => lists(deny, host, address)) ? 'deny lists it' : 'allow does not list it';
      throw new CodedError('http.forbidden', `${reached}: outgoing.${key}`);
    },
  };
}

/** Is it an address of the public internet? Spellings of IPv4 addresses in IPv6 are judged as IPv4. */
export function isPublic(address: string): boolean {
  const plain = translated(address);
  if (parseIp(plain)?.family === 4) return !inRanges(specialIpv4, plain);
  return inRanges([globalIpv6], plain) && !inRanges(specialIpv6, plain);
}

interface Places {
  readonly hosts: ReadonlySet<string>;
  /** With the leading dot. */
  readonly suffixes: readonly string[];
  readonly ranges: readonly IpRange[];
}

function placesOf(key: 'allow' | 'deny', entries: readonly string[]): Places {
  const hosts = new Set<string>();
  const suffixes: string[] = [];
  const ranges: IpRange[] = [];
  for (const entry of entries) {
    const text = entry.toLowerCase().replace(/\.$/, '');
    const range = parseIpRange(text);
    if (range !== null) ranges.push(range);
    else if (/^\*(\.[a-z0-9_-]+)+$/.test(text)) suffixes.push(text.slice(1));
    else if (/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(text) && !/^[\d.]+$/.test(text)) hosts.add(text);
    else throw new CodedError('config.invalid', `outgoing.${key}: ${entry} is no host, *.suffix, address or network`);
  }
  return { hosts, suffixes, ranges };
}

function lists({ hosts, suffixes, ranges }: Places, host: string, address: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return hosts.has(name) || suffixes.some((suffix) => name.endsWith(suffix)) || inRanges(ranges, translated(address));
}

/** The IPv4 address behind a NAT64 address; every other as it is. */
function translated(address: string): string {
  const parsed = parseIp(address);
  if (parsed === null || parsed.family === 4 || !inRanges([nat64], address)) return address;
  const bits = Number(parsed.bits & 0xffffffffn);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** For the constants of this file. */
function rangeOf(text: string): IpRange {
  const range = parseIpRange(text);
  if (range === null) throw new CodedError('config.invalid', text);
  return range;
}
