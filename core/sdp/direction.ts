/** Directions of a stream (RFC 3264 5.1, 6.1, 8.4). */
import type { Direction, SdpAttribute, SdpMedia, SessionDescription } from './types.ts';

/** Built from two facts: whether that side sends, whether it receives. */
function direction(sends: boolean, receives: boolean): Direction {
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

function sends(of: Direction): boolean {
  return of === 'sendrecv' || of === 'sendonly';
}

function receives(of: Direction): boolean {
  return of === 'sendrecv' || of === 'recvonly';
}

/** The same stream seen from the other side. */
export function reversed(of: Direction): Direction {
  return direction(receives(of), sends(of));
}

/** What both allow. */
export function bothAllow(a: Direction, b: Direction): Direction {
  return direction(sends(a) && sends(b), receives(a) && receives(b));
}

/** The direction of a media line: its own attribute, the session's, or sendrecv. */
export function directionOf(description: SessionDescription, media: SdpMedia): Direction {
  return stated(media.attributes) ?? stated(description.attributes) ?? 'sendrecv';
}

function stated(attributes: readonly SdpAttribute[]): Direction | null {
  for (const { name } of attributes) {
    if (name === 'sendrecv' || name === 'sendonly' || name === 'recvonly' || name === 'inactive') return name;
  }
  return null;
}
