import type { Random } from '../runtime/index.ts';

/** An SSRC. RFC 3550, section 8.1: it is "chosen randomly", so that two hardly ever meet. */
export function randomSsrc(random: Random): number {
  const [a = 0, b = 0, c = 0, d = 0] = random.secure(4);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
