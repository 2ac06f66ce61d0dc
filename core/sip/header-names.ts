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

interface KnownName {
  readonly id: number;
  readonly length: number;
  /** In lower case, with its colon. */
  readonly lower: Codes;
}

/** By the first three characters of a line, colon included: `knownNameAt` tries these. */
const byBeginning: readonly KnownName[][] = Array.from({ length: 256 }, () => []);
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
  const lower = Buffer.from(`${name}:`);
  const known = { id, length: name.length, lower };
  buckets[bucket]?.push(known);
  byBeginning[beginningOf(lower, 0)]?.push(known);
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
  for (const known of bucket ?? []) {
    if (known.length === length && isSame(codes, from, length, known.lower)) return known.id;
  }
  return 0;
}

/**
 * The common name that begins at `start` with its colon right behind it, as `id | length << 8`; 0 when there is
 * none: then the name is read by the grammar. Most lines need no other look at their name.
 */
export function knownNameAt(codes: Codes, start: number): number {
  for (const { id, length, lower } of byBeginning[beginningOf(codes, start)] ?? []) {
    if (codes[start + length] === 0x3a && isSame(codes, start, length, lower)) return id | (length << 8);
  }
  return 0;
}

function beginningOf(codes: Codes, start: number): number {
  const first = (codes[start] ?? 0) | 0x20;
  const second = (codes[start + 1] ?? 0) | 0x20;
  const third = (codes[start + 2] ?? 0) | 0x20;
  return (first * 7 + second * 5 + third * 3) & 0xff;
}

/** In either case; bit 5 makes a small letter of a capital one, and a hyphen of a CR. */
function isSame(codes: Codes, from: number, length: number, lower: Codes): boolean {
  for (let index = 0; index < length; index++) {
    const code = codes[from + index] ?? 0;
    if (code !== lower[index] && (code < 0x41 || (code | 0x20) !== lower[index])) return false;
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
