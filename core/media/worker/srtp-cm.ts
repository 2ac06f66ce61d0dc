/** AES in counter mode with HMAC-SHA1 (RFC 3711 4.1.1 and 4.2.1). */

import { readUint32, writeUint32 } from './rtp.ts';
import type { PacketCipher } from './srtp-cipher.ts';
import { HmacSha1, sameTag } from './srtp-hmac.ts';
import type { SessionKeys } from './srtp-keys.ts';
import { applyKeystream, type BlockCipher, blockCipher, firstBlock, keystream } from './srtp-keystream.ts';
import { rtcpIndexBytes } from './srtp-suites.ts';

/** Fixed header of RTCP and the SSRC behind it: they stay readable. */
const rtcpHeaderBytes = 8;

export class CounterCipher implements PacketCipher {
  readonly #cipher: BlockCipher;
  readonly #hmac: HmacSha1;
  readonly #salt: Uint8Array;
  readonly #tagBytes: number;

  constructor(keys: SessionKeys, tagBytes: number) {
    this.#cipher = blockCipher(keys.encryption);
    this.#hmac = new HmacSha1(keys.authentication);
    this.#salt = keys.salt;
    this.#tagBytes = tagBytes;
  }

  seal(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): number {
    this.#crypt(packet, start, length, ssrc, index);
    this.#hmac.update(packet, length, rolloverOf(index));
    return this.#append(packet, length);
  }

  open(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): number {
    const end = length - this.#tagBytes;
    if (end < start) return -1;
    this.#hmac.update(packet, end, rolloverOf(index));
    if (!sameTag(packet, end, this.#hmac.digest, this.#tagBytes)) return -1;
    this.#crypt(packet, start, end, ssrc, index);
    return end;
  }

  sealRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    this.#crypt(packet, rtcpHeaderBytes, length, ssrc, index);
    writeUint32(packet, length, (0x8000_0000 | index) >>> 0);
    this.#hmac.update(packet, length + rtcpIndexBytes, null);
    return this.#append(packet, length + rtcpIndexBytes);
  }

  openRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    const authenticated = length - this.#tagBytes;
    const end = authenticated - rtcpIndexBytes;
    if (end < rtcpHeaderBytes) return -1;
    this.#hmac.update(packet, authenticated, null);
    if (!sameTag(packet, authenticated, this.#hmac.digest, this.#tagBytes)) return -1;
    if (readUint32(packet, end) >= 0x8000_0000) this.#crypt(packet, rtcpHeaderBytes, end, ssrc, index);
    return end;
  }

  #append(packet: Uint8Array, length: number): number {
    const { digest } = this.#hmac;
    for (let i = 0; i < this.#tagBytes; i++) packet[length + i] = digest[i] as number;
    return length + this.#tagBytes;
  }

  /** "IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16)". */
  #crypt(packet: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    if (end <= start) return;
    const salt = this.#salt;
    const block = firstBlock();
    for (let i = 0; i < 14; i++) block[i] = salt[i] as number;
    xorUint32(block, 4, ssrc);
    xorUint32(block, 8, rolloverOf(index));
    const low = index % 0x1_0000;
    block[12] = (block[12] as number) ^ (low >> 8);
    block[13] = (block[13] as number) ^ (low & 0xff);
    block[14] = 0;
    block[15] = 0;
    applyKeystream(packet, start, end, keystream(this.#cipher, (end - start + 15) >> 4), 0);
  }
}

/** The upper 32 of the 48 bits of an index. */
export function rolloverOf(index: number): number {
  return index < 0x1_0000 ? 0 : Math.floor(index / 0x1_0000) >>> 0;
}

export function xorUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (bytes[at] as number) ^ (value >>> 24);
  bytes[at + 1] = (bytes[at + 1] as number) ^ ((value >>> 16) & 0xff);
  bytes[at + 2] = (bytes[at + 2] as number) ^ ((value >>> 8) & 0xff);
  bytes[at + 3] = (bytes[at + 3] as number) ^ (value & 0xff);
}
