/** `a=crypto` lines (RFC 4568 9.1): keys of SRTP in a description. */
import type { SdpAttribute, SrtpSuite } from './types.ts';

/** Master key and master salt of each suite together, bytes. */
export const masterBytes: Readonly<Record<SrtpSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  AES_256_CM_HMAC_SHA1_80: 46,
  AES_256_CM_HMAC_SHA1_32: 46,
  AEAD_AES_128_GCM: 28,
  AEAD_AES_256_GCM: 44,
};

/** Spellings from before RFC 6188 that phones still use. */
const oldNames: ReadonlyMap<string, SrtpSuite> = new Map([
  ['AES_CM_256_HMAC_SHA1_80', 'AES_256_CM_HMAC_SHA1_80'],
  ['AES_CM_256_HMAC_SHA1_32', 'AES_256_CM_HMAC_SHA1_32'],
]);

/** Packets that a key must last for at least, as a power of two: 23 hours at 20 ms. */
const leastLifetimeBits = 22;
/** Lines of one description that are read. */
const maxLines = 16;
const maxLineChars = 1000;

/** A line that can be used. */
export interface CryptoLine {
  readonly tag: number;
  readonly suite: SrtpSuite;
  /** The suite as it was written. */
  readonly name: string;
  /** Base64 of master key and salt. */
  readonly key: string;
  /** Master key identifier, hex of its bytes; '': none. */
  readonly mki: string;
}

/** A line that cannot, and why. Never tells the key. */
export interface UnusableCrypto {
  readonly tag: number;
  readonly reason: string;
}

/** What a line asks for, its key included or the reason why not. */
export type ReadCrypto = CryptoLine | UnusableCrypto;

export function isUsable(line: ReadCrypto): line is CryptoLine {
  return 'key' in line;
}

/** The crypto lines of a media line, in their order; those without a tag are passed over. */
export function cryptoLinesOf(attributes: readonly SdpAttribute[]): readonly ReadCrypto[] {
  return attributes
    .filter(({ name }) => name === 'crypto')
    .slice(0, maxLines)
    .flatMap(({ value }) => {
      const match = /^\s*([0-9]{1,9})\s+(\S+)\s+(\S.*?)\s*$/.exec((value ?? '').slice(0, maxLineChars));
      return match === null ? [] : [readLine(Number(match[1]), match[2] ?? '', match[3] ?? '')];
    });
}

function readLine(tag: number, name: string, rest: string): ReadCrypto {
  const upper = name.toUpperCase();
  const suite = oldNames.get(upper) ?? suiteOf(upper);
  if (suite === null) return { tag, reason: `the suite ${name.slice(0, 40)} is not known` };
  // Keys are separated by ";", perhaps with blanks around it; session parameters follow a blank.
  const [keys = '', ...parameters] = rest.replace(/\s*;\s*/g, ';').split(/\s+/);
  const session = parameters.map(refusedParameter).find((reason) => reason !== null);
  if (session) return { tag, reason: session };
  if (keys.includes(';')) return { tag, reason: 'several keys are not supported' };
  const method = /^inline:([^|]+)(?:\|(.*))?$/i.exec(keys);
  if (method === null) return { tag, reason: 'the key method is not inline' };
  const fields = (method[2] ?? '').split('|');
  const mki = mkiOf(fields.at(-1) ?? '');
  const lifetime = (mki === null ? fields : fields.slice(0, -1)).map(refusedKeyField).find((reason) => reason !== null);
  if (lifetime) return { tag, reason: lifetime };
  const key = method[1] ?? '';
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(key) ? Buffer.from(key, 'base64').length : 0;
  if (bytes !== masterBytes[suite]) return { tag, reason: `the key of ${suite} has not ${masterBytes[suite]} bytes` };
  return { tag, suite, name, key, mki: mki ?? '' };
}

function suiteOf(name: string): SrtpSuite | null {
  for (const suite of Object.keys(masterBytes)) if (suite === name && isSuite(suite)) return suite;
  return null;
}

function isSuite(name: string): name is SrtpSuite {
  return name in masterBytes;
}

/** `1:4`: the value and how many bytes of each packet have it (RFC 4568 6.1), as hex; null: no MKI, or none that we take. */
function mkiOf(field: string): string | null {
  const [, value = '', length = ''] = /^([0-9]{1,10}):([1-4])$/.exec(field) ?? [];
  if (length === '' || Number(value) >= 2 ** (8 * Number(length))) return null;
  return Number(value)
    .toString(16)
    .padStart(2 * Number(length), '0');
}

/** Lifetime (`2^20` or a number of packets) behind the key, or an MKI that is none of ours. */
function refusedKeyField(field: string): string | null {
  if (field === '') return null;
  if (/^[0-9]{1,30}:[0-9]{1,3}$/.test(field))
    return 'an MKI of other than 1 to 4 bytes, or that does not fit them, is not supported';
  const power = /^2\^([0-9]{1,2})$/.exec(field);
  const bits = power === null ? Math.log2(Number(field)) : Number(power[1]);
  if (Number.isNaN(bits)) return 'the lifetime of the key makes no sense';
  return bits < leastLifetimeBits
    ? `a key that lasts for less than 2^${leastLifetimeBits} packets is not supported`
    : null;
}

/** Session parameters (RFC 4568 6.3): "If … not supported … the offered crypto attribute MUST be rejected". */
function refusedParameter(parameter: string): string | null {
  // A parameter that begins with "-" is optional; a window of ours is large enough or is our matter.
  if (parameter.startsWith('-') || /^WSH=[0-9]+$/i.test(parameter) || /^KDR=0$/i.test(parameter)) return null;
  return `the session parameter ${parameter.slice(0, 30).replace(/=.*/, '')} is not supported`;
}

export function cryptoAttribute({ tag, name, key, mki }: Omit<CryptoLine, 'suite'>): SdpAttribute {
  const identified = mki === '' ? '' : `|${Number.parseInt(mki, 16)}:${mki.length / 2}`;
  return { name: 'crypto', value: `${tag} ${name} inline:${key}${identified}` };
}
