/** Header names: compact forms, and names as people write them (RFC 3261 7.3.3, 20; IANA). */

import type { Codes } from './codes.ts';

/** Compact form → full name, both lower-case. */
const compactForms: { readonly [compact: string]: string } = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

/** Names that are told without making a string of them. */
const commonNames: readonly string[] = [
  ...Object.values(compactForms),
  ...'accept accept-encoding accept-language alert-info allow also authorization call-info cseq'.split(' '),
  ...'content-disposition content-id content-language date diversion expires history-info in-reply-to'.split(' '),
  ...'info-package join max-forwards mime-version min-expires min-se organization p-access-network-info'.split(' '),
  ...'p-asserted-identity p-charging-vector p-preferred-identity path priority privacy proxy-authenticate'.split(' '),
  ...'proxy-authorization proxy-require rack reason record-route recv-info refer-sub remote-party-id'.split(' '),
  ...'replaces reply-to require retry-after route rseq server service-route sip-etag sip-if-match'.split(' '),
  ...'subscription-state target-dialog timestamp unsupported user-agent warning www-authenticate'.split(' '),
];

/** A name as bytes: in lower and, where it has letters, in upper case. */
interface KnownName {
  readonly name: string;
  readonly lower: Codes;
  readonly upper: Codes;
}

const bucketMask = 127;
const buckets: readonly KnownName[][] = Array.from({ length: bucketMask + 1 }, () => []);
const byWriting = new Map<string, string>();
for (const name of commonNames) {
  const bucket = bucketOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1));
  buckets[bucket]?.push({ name, lower: Buffer.from(name), upper: Buffer.from(name.toUpperCase()) });
  byWriting.set(name, name).set(writtenName(name), name);
}
for (const [compact, name] of Object.entries(compactForms)) byWriting.set(compact, name);

function bucketOf(length: number, first: number, last: number): number {
  return (length * 5 + (first & 31) * 3 + (last & 31)) & bucketMask;
}

/** `call-id` → `Call-ID`, `record-route` → `Record-Route`. */
export function writtenName(normal: string): string {
  if (normal === 'call-id') return 'Call-ID';
  if (normal === 'cseq') return 'CSeq';
  if (normal === 'www-authenticate') return 'WWW-Authenticate';
  return normal.replace(/(^|-)([a-z])/g, (match) => match.toUpperCase());
}

/** True for the usual names as they are usually written: nothing about them needs a check. */
export function isCommonName(name: string): boolean {
  return byWriting.has(name);
}

/** Full lower-case name of a header written in any case or in compact form. */
export function normalHeaderName(name: string): string {
  const known = byWriting.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return byWriting.get(lower) ?? lower;
}

/** As `normalHeaderName` of the name that lies between `from` and `to`. */
export function headerNameAt(text: string, codes: Codes, from: number, to: number): string {
  const length = to - from;
  if (length > 1) {
    const bucket = buckets[bucketOf(length, codes[from] ?? 0, codes[to - 1] ?? 0)] ?? [];
    for (const known of bucket) if (known.name.length === length && isSame(codes, from, known)) return known.name;
  }
  return normalHeaderName(text.slice(from, to));
}

function isSame(codes: Codes, from: number, { lower, upper }: KnownName): boolean {
  for (let index = 0; index < lower.length; index++) {
    const code = codes[from + index];
    if (code !== lower[index] && code !== upper[index]) return false;
  }
  return true;
}

/** How a missing mandatory header is named to the sender. */
export const mandatoryHeaders: readonly (readonly [normal: string, written: string])[] = [
  ['via', 'Via'],
  ['from', 'From'],
  ['to', 'To'],
  ['call-id', 'Call-ID'],
  ['cseq', 'CSeq'],
];
