/** Certificate fingerprints of descriptions (RFC 8122). */
import { createHash } from 'node:crypto';
import type { Fingerprint } from '../../sdp/types.ts';

/** Strongest first; a set that names none of them cannot be met. */
const preference = ['sha-512', 'sha-384', 'sha-256', 'sha-1'] as const;

/**
 * Is it the certificate of that description? With hashes of several kinds only the strongest counts: the
 * endpoint "MUST … use the most preferred hash function … and verify that the certificate matches one of
 * the fingerprints" of it (RFC 8122 5.1). So SHA-1 counts only where nothing else was said.
 */
export function hasFingerprint(certificate: Uint8Array, fingerprints: readonly Fingerprint[]): boolean {
  const algorithm = preference.find((each) => fingerprints.some((fingerprint) => fingerprint.algorithm === each));
  if (algorithm === undefined) return false;
  const actual = hashOf(certificate, algorithm);
  return fingerprints.some((each) => each.algorithm === algorithm && each.value.toUpperCase() === actual);
}

/** Upper-case hex with colons. */
export function hashOf(certificate: Uint8Array, algorithm: Fingerprint['algorithm']): string {
  const hex = createHash(algorithm.replace('-', '')).update(certificate).digest('hex').toUpperCase();
  return (hex.match(/../g) ?? []).join(':');
}
