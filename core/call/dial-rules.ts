/** The lists of `dial:`: which hosts and numbers may be called (design, section 4). */
import { CodedError, type IpRange, inRanges, isIpAddress, parseIpRange } from '../runtime/index.ts';
import type { DialConfig } from './config.ts';
/** Where a call is to go, as the rules see it. */
export interface DialTarget {
  /** Name or address in lower case, without brackets; empty for a `tel:` URI. */
  readonly host: string;
  /** The user part if it is a telephone number: digits with an optional `+`; else empty. */
  readonly number: string;
}

/** One kind of matcher for each kind of entry. */
interface RuleList {
  readonly everything: boolean;
  readonly names: ReadonlyMap<string, string>;
  /** `*.example.org` is kept as `.example.org`. */
  readonly suffixes: readonly string[];
  readonly numbers: readonly string[];
  readonly ranges: readonly IpRange[];
}

/** Allowed without any configuration. */
const localRanges: readonly IpRange[] = [
  '127.0.0.0/8',
  '::1',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
]
  .map(parseIpRange)
  .filter((range) => range !== null);

export class DialRules {
  readonly #allowed: readonly string[];
  #allow: RuleList;
  readonly #deny: RuleList;

  /** @throws CodedError `config.invalid` naming the entry. */
  constructor({ allow, deny, gateways }: Pick<DialConfig, 'allow' | 'deny' | 'gateways'>) {
    this.#allowed = allow;
    const hosts = Object.entries(gateways).map(([name, address]) => gatewayHost(address, `dial.gateways.${name}`));
    this.#allow = parseRules([...allow, ...hosts], 'dial.allow');
    this.#deny = parseRules(deny, 'dial.deny');
  }

  /** From now on exactly these gateways may be dialled besides `dial.allow`. @throws CodedError `config.invalid`. */
  useGateways(addresses: readonly string[]): void {
    const hosts = addresses.map((address) => gatewayHost(address, 'dial.gateways'));
    this.#allow = parseRules([...this.#allowed, ...hosts], 'dial.allow');
  }

  /** The entry's key that forbids the target by what is written in its URI, or null. */
  denies(target: DialTarget): boolean {
    return matches(this.#deny, target);
  }

  /** Allowed by what is written in the URI: name, number, literal address, or `*`. */
  allows(target: DialTarget): boolean {
    return matches(this.#allow, target) || inRanges(localRanges, target.host);
  }

  deniesAddress(address: string): boolean {
    return inRanges(this.#deny.ranges, address);
  }

  allowsAddress(address: string): boolean {
    return inRanges(localRanges, address) || inRanges(this.#allow.ranges, address);
  }
}

/**
 * The host of a gateway, `host[:port]`. One host and nothing wider: what only looks like one (`*`, a network, a number)
 * would open far more than its name says. @throws CodedError `config.invalid` naming `key`.
 */
export function gatewayHost(address: string, key: string): string {
  const text = address.trim().toLowerCase();
  const [, bracketed, name, port] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_][a-z0-9_.-]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? name ?? text;
  const fits = isIpAddress(host) || (name !== undefined && !/^\d+$/.test(name) && text.length <= 255);
  if (!fits || Number(port ?? 5060) > 65_535 || Number(port ?? 5060) === 0)
    throw new CodedError('config.invalid', `${key}: ${address.slice(0, 200)}: expected host[:port], one host`);
  return host;
}

function parseRules(entries: readonly string[], key: string): RuleList {
  const names = new Map<string, string>();
  const suffixes: string[] = [];
  const numbers: string[] = [];
  const ranges: IpRange[] = [];
  for (const entry of entries.map((each) => each.trim().toLowerCase())) {
    const range = parseIpRange(entry);
    if (range !== null) ranges.push(range);
    else if (/^\+?\d+$/.test(entry)) numbers.push(entry);
    else if (entry.startsWith('*.') && isName(entry.slice(2))) suffixes.push(entry.slice(1));
    else if (isName(entry)) names.set(entry.replace(/\.$/, ''), entry);
    else if (entry !== '*')
      throw new CodedError(
        'config.invalid',
        `${key}: ${entry}: expected a host, address, CIDR, *.suffix, +number or *`,
      );
  }
  return { everything: entries.includes('*'), names, suffixes, numbers, ranges };
}

const isName = (text: string): boolean => /^[a-z0-9_]([a-z0-9_.-]*)$/.test(text);

function matches(rules: RuleList, { host, number }: DialTarget): boolean {
  return (
    rules.everything ||
    rules.names.has(host) ||
    rules.suffixes.some((suffix) => host.endsWith(suffix)) ||
    rules.numbers.some((prefix) => number.startsWith(prefix)) ||
    inRanges(rules.ranges, host)
  );
}
