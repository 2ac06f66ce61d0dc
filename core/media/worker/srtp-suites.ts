/** The parameters of the crypto suites (RFC 4568 6.2, RFC 6188 2, RFC 7714 12 and 13). */
import { CodedError } from '../../runtime/index.ts';
import type { SrtpSuite } from '../../sdp/types.ts';

export interface SuiteParameters {
  readonly kind: 'cm' | 'gcm';
  /** Master key and session encryption key, bytes. */
  readonly keyBytes: 16 | 32;
  /** Master salt and session salt, bytes. */
  readonly saltBytes: 14 | 12;
  /** Authentication tag of an RTP packet, bytes. */
  readonly tagBytes: number;
  /** Of an RTCP packet: the `_32` suites shorten only that of RTP (RFC 4568 6.2.2). */
  readonly rtcpTagBytes: number;
}

export const suites: Readonly<Record<SrtpSuite, SuiteParameters>> = {
  AES_CM_128_HMAC_SHA1_80: { kind: 'cm', keyBytes: 16, saltBytes: 14, tagBytes: 10, rtcpTagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { kind: 'cm', keyBytes: 16, saltBytes: 14, tagBytes: 4, rtcpTagBytes: 10 },
  AES_256_CM_HMAC_SHA1_80: { kind: 'cm', keyBytes: 32, saltBytes: 14, tagBytes: 10, rtcpTagBytes: 10 },
  AES_256_CM_HMAC_SHA1_32: { kind: 'cm', keyBytes: 32, saltBytes: 14, tagBytes: 4, rtcpTagBytes: 10 },
  AEAD_AES_128_GCM: { kind: 'gcm', keyBytes: 16, saltBytes: 12, tagBytes: 16, rtcpTagBytes: 16 },
  AEAD_AES_256_GCM: { kind: 'gcm', keyBytes: 32, saltBytes: 12, tagBytes: 16, rtcpTagBytes: 16 },
};

/** E bit and SRTCP index (RFC 3711 3.4), bytes. */
export const rtcpIndexBytes = 4;

/** The most that protecting makes a packet longer, bytes: tag, index, and a master key identifier. */
export const maxOverheadBytes = 16 + rtcpIndexBytes + 4;

/** Master key and salt out of their base64. @throws CodedError `media.failed` when the length is not the suite's. */
export function masterOf(suite: SrtpSuite, inline: string): { readonly key: Uint8Array; readonly salt: Uint8Array } {
  const { keyBytes, saltBytes } = suites[suite];
  const bytes = Uint8Array.from(Buffer.from(inline, 'base64'));
  if (bytes.length !== keyBytes + saltBytes) {
    throw new CodedError('media.failed', `a key of ${suite} has ${bytes.length} bytes, not ${keyBytes + saltBytes}`);
  }
  return { key: bytes.subarray(0, keyBytes), salt: bytes.subarray(keyBytes) };
}
