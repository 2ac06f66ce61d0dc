/** Signed distance between two RTP timestamps, which wrap at 2^32. */
export function tsDistance(from: number, to: number): number {
  return (to - from) | 0;
}
