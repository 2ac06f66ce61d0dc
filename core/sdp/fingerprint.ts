/** Certificates and roles of DTLS in descriptions: `a=fingerprint` (RFC 8122 5), `a=setup` (RFC 4145, RFC 8842 5). */
import { CodedError } from '../runtime/index.ts';
import type { Fingerprint, SdpAttribute } from './types.ts';

/** Bytes of each hash; best last. */
const hashBytes: Readonly<Record<Fingerprint['algorithm'], number>> = {
  'sha-1': 20,
  'sha-256': 32,
  'sha-384': 48,
  'sha-512': 64,
};

/** Lines of one description that are read. */
const maxFingerprints = 16;

/** What the peer asks for: `actpass` leaves the choice to us. */
export type OfferedSetup = 'active' | 'passive' | 'actpass';

/**
 * The fingerprints of the best hash that the peer uses: "An endpoint MUST … select … the set … with the
 * hash function that … it … prefers" in spirit (RFC 8122 5.1): a weak hash beside a good one counts for
 * nothing. Hashes that are not known are passed over (5).
 * @throws CodedError `sdp.webRtc` for a value that is no hash, or when no known hash is left.
 */
export function fingerprintsOf(attributes: readonly SdpAttribute[]): readonly [Fingerprint, ...Fingerprint[]] {
  const found: Fingerprint[] = [];
  const unknown: string[] = [];
  const lines = attributes.filter(({ name }) => name === 'fingerprint').slice(0, maxFingerprints);
  for (const { value } of lines) {
    const [hash = '', hex = '', ...rest] = (value ?? '').trim().split(/\s+/);
    const algorithm = algorithmOf(hash);
    if (algorithm === null) unknown.push(hash.slice(0, 20));
    else if (rest.length > 0 || !isHash(hex, hashBytes[algorithm]))
      throw new CodedError('sdp.webRtc', `a=fingerprint:${algorithm} has not ${hashBytes[algorithm]} bytes as XX:XX:…`);
    else found.push({ algorithm, value: hex.toUpperCase() });
  }
  const best = Math.max(...found.map(({ algorithm }) => hashBytes[algorithm]));
  const [first, ...others] = found.filter(({ algorithm }) => hashBytes[algorithm] === best);
  if (first !== undefined) return [first, ...others];
  const what =
    unknown.length === 0 ? 'a=fingerprint is missing' : `a=fingerprint has no known hash (${unknown.join(', ')})`;
  throw new CodedError('sdp.webRtc', `${what}: sha-256 is wanted`);
}

function algorithmOf(text: string): Fingerprint['algorithm'] | null {
  const lower = text.toLowerCase();
  return lower === 'sha-1' || lower === 'sha-256' || lower === 'sha-384' || lower === 'sha-512' ? lower : null;
}

/** Upper-case by the grammar; lower-case is understood. */
function isHash(hex: string, bytes: number): boolean {
  return hex.length === bytes * 3 - 1 && /^(?:[0-9A-Fa-f]{2}:)*[0-9A-Fa-f]{2}$/.test(hex);
}

/** @throws CodedError `sdp.webRtc` for `holdconn` and what is no role. */
export function setupOf(value: string | null): OfferedSetup | null {
  const role = value?.trim().toLowerCase() ?? null;
  if (role === null || role === 'active' || role === 'passive' || role === 'actpass') return role;
  throw new CodedError('sdp.webRtc', `a=setup:${role.slice(0, 20)} cannot be answered: offer actpass`);
}

/**
 * Our role when we answer. Who may choose is active: "setup:active is RECOMMENDED" (RFC 5763 5), and the
 * ClientHello of a browser, with post-quantum keys, needs two datagrams where ours needs one. Where a role was
 * agreed before it stays (RFC 8842 5.3).
 */
export function answeredSetup(
  offered: OfferedSetup | null,
  current: 'active' | 'passive' | null,
): 'active' | 'passive' {
  if (offered === 'passive') return 'active';
  // Absent: "active" (RFC 4145 4).
  if (offered !== 'actpass') return 'passive';
  return current ?? 'active';
}
