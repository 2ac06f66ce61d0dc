/** AES-GCM for SRTP (RFC 7714): encryption and tag in one. */

import { readUint32, writeUint32 } from './rtp.ts';
import type { PacketCipher } from './srtp-cipher.ts';
import { rolloverOf, xorUint32 } from './srtp-cm.ts';
import { Ghash } from './srtp-ghash.ts';
import { sameTag } from './srtp-hmac.ts';
import type { SessionKeys } from './srtp-keys.ts';
import { applyKeystream, type BlockCipher, blockCipher, firstBlock, keystream } from './srtp-keystream.ts';
import { rtcpIndexBytes } from './srtp-suites.ts';

const tagBytes = 16;
const rtcpHeaderBytes = 8;
const tag = new Uint8Array(tagBytes);
/** Associated data of RTCP: its header, E bit and index (RFC 7714 9.2). */
const associated = new Uint8Array(rtcpHeaderBytes + rtcpIndexBytes);

export class GaloisCipher implements PacketCipher {
  readonly #cipher: BlockCipher;
  readonly #ghash: Ghash;
  readonly #salt: Uint8Array;

  constructor(keys: SessionKeys) {
    this.#cipher = blockCipher(keys.encryption);
    this.#ghash = new Ghash(Uint8Array.from(this.#cipher.encrypt(new Uint8Array(16))));
    this.#salt = keys.salt;
  }

  seal(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): number {
    const stream = this.#stream(length - start, ssrc, rolloverOf(index), index % 0x1_0000, 2);
    applyKeystream(packet, start, length, stream, 16);
    this.#tag(packet, 0, start, packet, start, length, stream);
    packet.set(tag, length);
    return length + tagBytes;
  }

  open(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): number {
    const end = length - tagBytes;
    if (end < start) return -1;
    const stream = this.#stream(end - start, ssrc, rolloverOf(index), index % 0x1_0000, 2);
    this.#tag(packet, 0, start, packet, start, end, stream);
    if (!sameTag(packet, end, tag, tagBytes)) return -1;
    applyKeystream(packet, start, end, stream, 16);
    return end;
  }

  sealRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    const stream = this.#stream(length - rtcpHeaderBytes, ssrc, 0, index, 4);
    applyKeystream(packet, rtcpHeaderBytes, length, stream, 16);
    associate(packet, (0x8000_0000 | index) >>> 0);
    this.#tag(associated, 0, associated.length, packet, rtcpHeaderBytes, length, stream);
    packet.set(tag, length);
    writeUint32(packet, length + tagBytes, (0x8000_0000 | index) >>> 0);
    return length + tagBytes + rtcpIndexBytes;
  }

  openRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    const end = length - tagBytes - rtcpIndexBytes;
    if (end < rtcpHeaderBytes) return -1;
    const trailer = readUint32(packet, length - rtcpIndexBytes);
    const encrypted = trailer >= 0x8000_0000;
    const stream = this.#stream(encrypted ? end - rtcpHeaderBytes : 0, ssrc, 0, index, 4);
    if (encrypted) {
      associate(packet, trailer);
      this.#tag(associated, 0, associated.length, packet, rtcpHeaderBytes, end, stream);
    } else this.#tagPlain(packet, end, length, stream);
    if (!sameTag(packet, end, tag, tagBytes)) return -1;
    if (encrypted) applyKeystream(packet, rtcpHeaderBytes, end, stream, 16);
    return end;
  }

  /** First block: for the tag; from byte 16 on: for `bytes` of text. */
  #stream(bytes: number, ssrc: number, upper: number, lower: number, lowerBytes: 2 | 4): Uint8Array {
    const salt = this.#salt;
    const block = firstBlock();
    for (let i = 0; i < 12; i++) block[i] = salt[i] as number;
    // RTP: 00 00 SSRC ROC SEQ (RFC 7714 8.1); RTCP: 00 00 SSRC 00 00 and the index (9.1).
    xorUint32(block, 2, ssrc);
    if (lowerBytes === 2) {
      xorUint32(block, 6, upper);
      block[10] = (block[10] as number) ^ (lower >> 8);
      block[11] = (block[11] as number) ^ (lower & 0xff);
    } else xorUint32(block, 8, lower);
    block[12] = 0;
    block[13] = 0;
    block[14] = 0;
    block[15] = 1;
    return keystream(this.#cipher, 1 + ((bytes + 15) >> 4));
  }

  #tag(
    aad: Uint8Array,
    aadStart: number,
    aadEnd: number,
    text: Uint8Array,
    start: number,
    end: number,
    stream: Uint8Array,
  ): void {
    const ghash = this.#ghash;
    ghash.start();
    ghash.update(aad, aadStart, aadEnd);
    ghash.update(text, start, end);
    ghash.finish(aadEnd - aadStart, end - start, tag);
    applyKeystream(tag, 0, tagBytes, stream, 0);
  }

  /** E = 0: all of the packet and its trailer are associated data (RFC 7714 9.3). */
  #tagPlain(packet: Uint8Array, end: number, length: number, stream: Uint8Array): void {
    const aad = new Uint8Array(end + rtcpIndexBytes);
    aad.set(packet.subarray(0, end));
    aad.set(packet.subarray(length - rtcpIndexBytes, length), end);
    this.#tag(aad, 0, aad.length, packet, end, end, stream);
  }
}

function associate(packet: Uint8Array, trailer: number): void {
  for (let i = 0; i < rtcpHeaderBytes; i++) associated[i] = packet[i] as number;
  writeUint32(associated, rtcpHeaderBytes, trailer);
}
