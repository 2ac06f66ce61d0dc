/** A sum as a 16-bit sample: clipped, never wrapped. */
export function saturate(sum: number): number {
  if (sum > 32767) return 32767;
  return Math.max(sum, -32768);
}
