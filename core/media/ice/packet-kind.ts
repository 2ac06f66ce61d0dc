/** What shares the port of a browser leg, told by its first byte (RFC 7983 7). */

export const packetKind = { other: 0, stun: 1, dtls: 2, rtp: 3 } as const;

const byFirstByte = Uint8Array.from({ length: 256 }, (_, first) => {
  if (first <= 3) return packetKind.stun;
  if (first >= 20 && first <= 63) return packetKind.dtls;
  // RTP and RTCP: version 2.
  return first >= 128 && first <= 191 ? packetKind.rtp : packetKind.other;
});

/** One of `packetKind`. ZRTP (16 to 19), TURN channels (64 to 79) and what nobody assigned are `other`. */
export function packetKindOf(packet: Uint8Array, length: number): number {
  return length === 0 ? packetKind.other : (byFirstByte[packet[0] as number] as number);
}
