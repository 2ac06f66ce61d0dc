/**
 * One direction of SRTP or SRTCP under one session key: encryption and tag of a packet in place.
 * Which index a packet has, and whether it was there before, is not decided here.
 */
import type { SrtpSuite } from '../../sdp/types.ts';
import { CounterCipher } from './srtp-cm.ts';
import { GaloisCipher } from './srtp-gcm.ts';
import { deriveKeys } from './srtp-keys.ts';
import { masterOf, suites } from './srtp-suites.ts';

export interface PacketCipher {
  /**
   * Encrypts `packet[start..length)` and puts the tag behind it; returns the new length. `index` of RTP
   * is the packet index of 48 bits.
   */
  seal(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): number;
  /** The reverse; -1 when the tag is wrong, and then nothing has changed. */
  open(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): number;
  /** As `seal`, of RTCP: with E bit and index behind it. */
  sealRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number;
  /** As `open`; reads E bit and index (`index` is what it has read already). */
  openRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number;
}

/** The ciphers of one master key, base64. @throws CodedError `media.failed` for a key of another length. */
export function packetCiphers(
  suite: SrtpSuite,
  inline: string,
): { readonly rtp: PacketCipher; readonly rtcp: PacketCipher } {
  const { key, salt } = masterOf(suite, inline);
  const { kind, tagBytes, rtcpTagBytes } = suites[suite];
  const rtp = deriveKeys(key, salt, 'rtp');
  const rtcp = deriveKeys(key, salt, 'rtcp');
  return kind === 'cm'
    ? { rtp: new CounterCipher(rtp, tagBytes), rtcp: new CounterCipher(rtcp, rtcpTagBytes) }
    : { rtp: new GaloisCipher(rtp), rtcp: new GaloisCipher(rtcp) };
}
