import type { AudioParameters, Direction } from '../sdp/index.ts';

/**
 * The peer does not want to hear us: it said sendonly or inactive, or gave 0.0.0.0 (RFC 3264 8.4). What we
 * do not want to send ourselves, by a hold of our own, is no sign of that, nor is a browser's description without an
 * address: ICE finds it.
 */
export function isHeld({ direction, remote, webRtc = null }: AudioParameters, ours: Direction): boolean {
  const weSend = ours === 'sendrecv' || ours === 'sendonly';
  return (remote === null && webRtc === null) || (weSend && (direction === 'recvonly' || direction === 'inactive'));
}
