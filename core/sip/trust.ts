/**
 * Whom we believe (design, section 4): peers in `sip.trusted` may set the headers that choose
 * applications and name callers. From everybody else these headers are removed before the
 * application sees the message.
 */
import { CodedError, ipFamily } from '../runtime/index.ts';

/** A network: address bits and prefix length. */
interface Network {
  readonly bits: bigint;
  readonly family: 4 | 6;
  readonly prefix: number;
}

/** Decides whether an address or a TLS identity is in `sip.trusted`. */
export interface TrustList {
  covers(address: string): boolean;
  /** One of the names of a verified certificate; exact, as RFC 5922 7.2 compares them. */
  coversIdentity(names: readonly string[]): boolean;
}

const identityMark = 'tls:';

/**
 * Reads addresses, CIDR networks and identities (`tls:example.org`).
 * @throws CodedError `config.invalid` naming the entry.
 */
export function createTrustList(entries: readonly string[]): TrustList {
  const networks = entries.filter((entry) => !entry.startsWith(identityMark)).map(parseNetwork);
  const identities = new Set(entries.filter((entry) => entry.startsWith(identityMark)).map(parseIdentity));
  return {
    coversIdentity: (names) => names.some((name) => identities.has(name)),
    covers(address) {
      const bits = addressBits(address);
      if (bits === null) return false;
      return networks.some(
        (network) =>
          network.family === bits.family &&
          shifted(bits.bits, bits.family, network.prefix) === shifted(network.bits, network.family, network.prefix),
      );
    },
  };
}

const prefixLength = { 4: 32, 6: 128 } as const;

function shifted(bits: bigint, family: 4 | 6, prefix: number): bigint {
  return bits >> BigInt(prefixLength[family] - prefix);
}

function parseIdentity(entry: string): string {
  const name = entry.slice(identityMark.length).toLowerCase();
  if (/^[\w-]+(\.[\w-]+)*$/.test(name)) return name;
  throw new CodedError('config.invalid', `sip.trusted: ${JSON.stringify(entry)} is not tls: and a domain`);
}

function parseNetwork(entry: string): Network {
  const [address = '', prefixText] = entry.split('/');
  const parsed = addressBits(address);
  const prefix = prefixText === undefined ? 128 : Number(prefixText);
  if (parsed === null || !Number.isInteger(prefix) || prefix < 0 || prefixText === '') {
    throw new CodedError('config.invalid', `sip.trusted: ${JSON.stringify(entry)} is not an address or CIDR network`);
  }
  if (prefixText !== undefined && prefix > prefixLength[parsed.family]) {
    throw new CodedError('config.invalid', `sip.trusted: the prefix of ${entry} is longer than the address`);
  }
  return { ...parsed, prefix: Math.min(prefix, prefixLength[parsed.family]) };
}

/** The address as a number; IPv4-mapped IPv6 counts as IPv4; null when it is no address. */
function addressBits(text: string): { bits: bigint; family: 4 | 6 } | null {
  const address = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  if (ipFamily(plain) === 4) {
    const parts = plain.split('.');
    if (parts.length !== 4) return null;
    let bits = 0n;
    for (const part of parts) {
      if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null;
      bits = (bits << 8n) | BigInt(part);
    }
    return { bits, family: 4 };
  }
  return ipv6Bits(plain);
}

function ipv6Bits(address: string): { bits: bigint; family: 6 } | null {
  const halves = address.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const gap = 8 - head.length - tail.length;
  if (halves.length === 1 ? gap !== 0 : gap < 1) return null;
  let bits = 0n;
  for (const group of [...head, ...new Array<string>(halves.length === 2 ? gap : 0).fill('0'), ...tail]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    bits = (bits << 16n) | BigInt(Number.parseInt(group, 16));
  }
  return { bits, family: 6 };
}

const guardedNames = new Set([
  'p-email-address',
  'p-language',
  'p-transfer-rr',
  'p-transfer-nh',
  'p-refer-to',
  'p-b2b',
  'diversion',
  'history-info',
  'p-asserted-identity',
  'remote-party-id',
]);
const guardedPrefixes = ['p-app-', 'p-final-reply-', 'p-dialout-', 'p-transfer-'];

/** Is `name` a header that only trusted peers may set? */
export function isGuardedHeader(name: string): boolean {
  const first = name.charCodeAt(0);
  // p, d, h, r: most headers are out after one look.
  const letter = first | 0x20;
  if (letter !== 0x70 && letter !== 0x64 && letter !== 0x68 && letter !== 0x72) return false;
  const lower = name.toLowerCase();
  return guardedNames.has(lower) || guardedPrefixes.some((prefix) => lower.startsWith(prefix));
}
