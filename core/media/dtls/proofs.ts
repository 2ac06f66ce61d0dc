/**
 * What makes a handshake worth something: that the peer has the key of its certificate, and that nobody
 * changed a message on the way. The library computes with these messages, but does not check them.
 */
import { createHash, createHmac, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import { BodyReader } from './hellos.ts';

/** Signature schemes that we offer (RFC 8446 4.2.3), and the kind of key that each needs. */
const schemes: { readonly [scheme: number]: string } = { 1025: 'rsa', 1027: 'ec' };
const keyBytes: { readonly [group: number]: number } = { 29: 32, 23: 65 };
const namedCurve = 3;
const verifyDataBytes = 12;

/** The peer's own certificate out of a Certificate message; null when there is none, or none that can be read. */
export function readCertificate(body: Buffer): X509Certificate | null {
  const reader = new BodyReader(body);
  const list = new BodyReader(reader.vector(3));
  const first = list.vector(3);
  if (reader.failed || list.failed || first.length === 0 || !reader.isAtEnd) return null;
  try {
    return new X509Certificate(first);
  } catch {
    return null;
  }
}

/** Does a ServerKeyExchange carry a key of the certificate's owner, for this handshake (RFC 8422 5.4)? */
export function isSignedKey(body: Buffer, randoms: Uint8Array, certificate: X509Certificate): boolean {
  const reader = new BodyReader(body);
  const curveType = reader.number(1);
  const group = reader.number(2);
  const key = reader.vector(1);
  const parameters = body.subarray(0, reader.position);
  const scheme = reader.number(2);
  const signature = reader.vector(2);
  if (reader.failed || !reader.isAtEnd || curveType !== namedCurve || !isKey(group, key)) return false;
  return isSigned(Buffer.concat([randoms, parameters]), scheme, signature, certificate);
}

/** Is a ClientKeyExchange a key of that group? */
export function isClientKey(body: Buffer, group: number): boolean {
  const reader = new BodyReader(body);
  const key = reader.vector(1);
  return !reader.failed && reader.isAtEnd && isKey(group, key);
}

/** Does a CertificateVerify sign all messages before it (RFC 5246 7.4.8)? */
export function isSignedTranscript(body: Buffer, transcript: Uint8Array, certificate: X509Certificate): boolean {
  const reader = new BodyReader(body);
  const scheme = reader.number(2);
  const signature = reader.vector(2);
  return !reader.failed && reader.isAtEnd && isSigned(transcript, scheme, signature, certificate);
}

/** Is this the peer's Finished for these messages (RFC 5246 7.4.9)? */
export function isFinished(
  body: Buffer,
  side: 'client' | 'server',
  secret: Uint8Array,
  transcript: Uint8Array,
): boolean {
  const seed = Buffer.concat([Buffer.from(`${side} finished`), createHash('sha256').update(transcript).digest()]);
  const hmac = (data: Uint8Array): Buffer => createHmac('sha256', secret).update(data).digest();
  // The first block of P_SHA256 is longer than what is asked for.
  const expected = hmac(Buffer.concat([hmac(seed), seed])).subarray(0, verifyDataBytes);
  return body.length === verifyDataBytes && timingSafeEqual(body, expected);
}

/** "the all-zero output" of x25519 comes of keys of small order; the plainest one is refused here (RFC 7748 6.1). */
function isKey(group: number, key: Buffer): boolean {
  return key.length === keyBytes[group] && key.some((byte) => byte !== 0) && (group !== 23 || key[0] === 4);
}

function isSigned(data: Uint8Array, scheme: number, signature: Buffer, certificate: X509Certificate): boolean {
  try {
    const key = certificate.publicKey;
    return key.asymmetricKeyType === schemes[scheme] && verify('sha256', data, key, signature);
  } catch {
    return false; // a key that this build of OpenSSL does not take
  }
}
