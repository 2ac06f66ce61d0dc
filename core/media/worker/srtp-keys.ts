/** Session keys from master keys (RFC 3711 4.3, with AES-256 RFC 6188 3). */
import { type BlockCipher, blockCipher } from './srtp-keystream.ts';

/** What is derived for RTP, and for RTCP, of one master key. */
export interface SessionKeys {
  readonly encryption: Uint8Array;
  readonly authentication: Uint8Array;
  /** Filled up with zeros to 14 bytes: a salt of AES-GCM has 12. */
  readonly salt: Uint8Array;
}

/** HMAC-SHA1's key, bytes. */
const authenticationBytes = 20;
const saltSpace = 14;

/** Key derivation rate 0: the keys of index 0 serve for the life of the master key. */
export function deriveKeys(key: Uint8Array, salt: Uint8Array, use: 'rtp' | 'rtcp'): SessionKeys {
  const cipher = blockCipher(key);
  // "0x00 for SRTP encryption … 0x01 … authentication … 0x02 … salting key", 3 to 5 for SRTCP.
  const label = use === 'rtp' ? 0 : 3;
  const derivedSalt = new Uint8Array(saltSpace);
  derivedSalt.set(derive(cipher, salt, label + 2, salt.length));
  return {
    encryption: derive(cipher, salt, label, key.length),
    authentication: derive(cipher, salt, label + 1, authenticationBytes),
    salt: derivedSalt,
  };
}

/**
 * The key stream of AES in counter mode with `x * 2^16` as its vector, where x is the label beside
 * the index (0), exclusive-or the master salt. A salt of 12 bytes stands at the same end (RFC 7714 11).
 */
export function derive(cipher: BlockCipher, salt: Uint8Array, label: number, length: number): Uint8Array {
  const blocks = Math.ceil(length / 16);
  const counters = new Uint8Array(blocks * 16);
  for (let block = 0; block < blocks; block++) {
    counters.set(salt, block * 16);
    counters[block * 16 + 7] = (counters[block * 16 + 7] as number) ^ label;
    counters[block * 16 + 15] = block;
  }
  return Uint8Array.from(cipher.encrypt(counters).subarray(0, length));
}
