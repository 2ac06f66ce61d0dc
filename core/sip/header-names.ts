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

/** The names that the parser itself reads; their ids are their places here, from 1. */
const essentialNames = [
  'via',
  'from',
  'to',
  'call-id',
  'cseq',
  'content-length',
  'max-forwards',
  'content-type',
  'contact',
] as const;

/** Small numbers for header names: what a message has is found by comparing numbers. */
export const headerIds = {
  other: 0,
  via: 1,
  from: 2,
  to: 3,
  callId: 4,
  cseq: 5,
  contentLength: 6,
  maxForwards: 7,
  contentType: 8,
  contact: 9,
} as const;

/** Names that are told without making a string of them. */
const commonNames: readonly string[] = [
  ...essentialNames,
  ...Object.values(compactForms),
  ...'accept accept-encoding accept-language alert-info allow also authorization call-info cseq'.split(' '),
  ...'content-disposition content-id content-language date diversion expires history-info in-reply-to'.split(' '),
  ...'info-package join max-forwards mime-version min-expires min-se organization p-access-network-info'.split(' '),
  ...'p-asserted-identity p-charging-vector p-preferred-identity path priority privacy proxy-authenticate'.split(' '),
  ...'proxy-authorization proxy-require rack reason record-route recv-info refer-sub remote-party-id'.split(' '),
  ...'replaces reply-to require retry-after route rseq server service-route sip-etag sip-if-match'.split(' '),
  ...'subscription-state target-dialog timestamp unsupported user-agent warning www-authenticate'.split(' '),
];

/** A name as bytes in lower case. */
interface KnownName {
  readonly id: number;
  readonly lower: Codes;
}

const bucketMask = 127;
const buckets: readonly KnownName[][] = Array.from({ length: bucketMask + 1 }, () => []);
const byWriting = new Map<string, string>();
const namesById: string[] = [''];
const writtenById: string[] = [''];
const idsByName = new Map<string, number>();
/** Ids by the small letter of the compact form. */
const compactIds = new Uint8Array(128);
for (const name of new Set(commonNames)) {
  const id = namesById.push(name) - 1;
  const bucket = bucketOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1));
  buckets[bucket]?.push({ id, lower: Buffer.from(name) });
  const written = capitalised(name);
  writtenById.push(written);
  byWriting.set(name, name).set(written, name);
  idsByName.set(name, id);
}
for (const [compact, name] of Object.entries(compactForms)) {
  byWriting.set(compact, name);
  compactIds[compact.charCodeAt(0)] = idsByName.get(name) ?? 0;
}

function bucketOf(length: number, first: number, last: number): number {
  return (length * 5 + (first & 31) * 3 + (last & 31)) & bucketMask;
}

/** `call-id` → `Call-ID`, `record-route` → `Record-Route`. */
export function writtenName(normal: string): string {
  const id = idsByName.get(normal);
  return (id === undefined ? undefined : writtenById[id]) ?? capitalised(normal);
}

function capitalised(normal: string): string {
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

/** The id of a name in its normal form; 0 for one that is not common. */
export function headerIdOf(normal: string): number {
  return idsByName.get(normal) ?? headerIds.other;
}

/** The normal name of an id; '' for 0. */
export function headerNameOf(id: number): string {
  return namesById[id] ?? '';
}

/** The id of the name, a token, that lies between `from` and `to`; 0 for one that is not common. */
export function headerIdAt(codes: Codes, from: number, to: number): number {
  const length = to - from;
  const first = codes[from] ?? 0;
  if (length <= 1) return length === 1 && first > 0x40 ? (compactIds[first | 0x20] ?? 0) : 0;
  const bucket = buckets[bucketOf(length, first, codes[to - 1] ?? 0)];
  if (bucket !== undefined) for (const known of bucket) if (isSame(codes, from, length, known.lower)) return known.id;
  return 0;
}

/** In a token only a letter becomes a small letter by bit 5, and only the hyphen stays one. */
function isSame(codes: Codes, from: number, length: number, lower: Codes): boolean {
  if (lower.length !== length) return false;
  for (let index = 0; index < length; index++) {
    if (((codes[from + index] ?? 0) | 0x20) !== lower[index]) return false;
  }
  return true;
}

/** How a missing mandatory header is named to the sender. */
export const mandatoryHeaders: readonly (readonly [id: number, written: string])[] = [
  [headerIds.via, 'Via'],
  [headerIds.from, 'From'],
  [headerIds.to, 'To'],
  [headerIds.callId, 'Call-ID'],
  [headerIds.cseq, 'CSeq'],
];
