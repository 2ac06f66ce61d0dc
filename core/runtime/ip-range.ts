/** IP addresses and CIDR networks as numbers, for rules of who may go where. */

export interface AddressBits {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

export interface IpRange {
  readonly family: 4 | 6;
  /** The bits that all its addresses begin with. */
  readonly prefix: bigint;
  /** How many follow. */
  readonly hostBits: bigint;
}

const widths = { 4: 32, 6: 128 } as const;

/** `10.0.0.0/8`, `::1`, `192.0.2.1`; null when it is neither address nor network. */
export function parseIpRange(text: string): IpRange | null {
  const [address = '', length, ...more] = text.split('/');
  const parsed = parseIp(address);
  if (parsed === null || more.length > 0) return null;
  const width = widths[parsed.family];
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return null;
  const prefixLength = length === undefined ? width : Number(length);
  if (prefixLength > width) return null;
  const hostBits = BigInt(width - prefixLength);
  return { family: parsed.family, prefix: parsed.bits >> hostBits, hostBits };
}

/** Is `address` in one of `ranges`? False for what is no address. */
export function inRanges(ranges: readonly IpRange[], address: string): boolean {
  const parsed = ranges.length === 0 ? null : parseIp(address);
  if (parsed === null) return false;
  return ranges.some(({ family, prefix, hostBits }) => family === parsed.family && prefix === parsed.bits >> hostBits);
}

/** An IPv4-mapped IPv6 address is judged as the IPv4 address that packets go to; null for what is no address. */
export function parseIp(text: string): AddressBits | null {
  const address = text.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (!address.includes(':')) {
    const bits = parseIpv4(address);
    return bits === null ? null : { family: 4, bits };
  }
  const bits = parseIpv6(address);
  if (bits === null) return null;
  return bits >> 32n === 0xffffn ? { family: 4, bits: bits & 0xffffffffn } : { family: 6, bits };
}

/** Leading zeros are refused: some resolvers read them as octal. */
const dottedQuad = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

function parseIpv4(text: string): bigint | null {
  const parts = dottedQuad.exec(text);
  if (parts === null) return null;
  let bits = 0;
  for (let at = 1; at <= 4; at++) {
    const part = Number(parts[at]);
    if (part > 255) return null;
    bits = bits * 256 + part;
  }
  return BigInt(bits);
}

function parseIpv6(text: string): bigint | null {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const last = dotted === null ? null : parseIpv4(dotted[2] ?? '');
  if (dotted !== null && last === null) return null;
  const plain =
    last === null ? text : `${dotted?.[1] ?? ''}${(last >> 16n).toString(16)}:${(last & 0xffffn).toString(16)}`;
  const halves = plain.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const gap = 8 - head.length - tail.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) return null;
  const groups = [...head, ...Array.from({ length: gap }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return null;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
