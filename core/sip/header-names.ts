/** Header names: compact forms, and names as people write them (RFC 3261 7.3.3, 20; IANA). */

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

/** Full lower-case name of a header written in any case or in compact form. */
export function normalHeaderName(name: string): string {
  const lower = name.toLowerCase();
  return lower.length === 1 ? (compactForms[lower] ?? lower) : lower;
}

/**
 * Headers of which a message may carry one only. Two of them would let two readers of one message
 * see different things, even if the copies agree (RFC 3261 7.3.1, RFC 4475 3.3.8).
 */
export const singletonHeaders: readonly string[] = [
  'call-id',
  'from',
  'to',
  'cseq',
  'content-length',
  'content-type',
  'max-forwards',
];

/** How a missing mandatory header is named to the sender. */
export const mandatoryHeaders: readonly (readonly [normal: string, written: string])[] = [
  ['via', 'Via'],
  ['from', 'From'],
  ['to', 'To'],
  ['call-id', 'Call-ID'],
  ['cseq', 'CSeq'],
];
