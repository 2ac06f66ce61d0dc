import { CodedError } from '../runtime/index.ts';

/**
 * Divides a port range among `parts` engines, in pairs of an even port and the next.
 * @throws CodedError `config.invalid` when there are fewer pairs than parts.
 */
export function dividePorts(range: readonly [number, number], parts: number): readonly (readonly [number, number])[] {
  const first = range[0] + (range[0] & 1);
  const pairs = Math.floor((range[1] + 1 - first) / 2);
  // 10000-19998 names its last RTP port: the RTCP port after it belongs to the range.
  const whole = range[1] % 2 === 0 ? pairs + 1 : pairs;
  if (whole < parts) {
    throw new CodedError(
      'config.invalid',
      `media.ports: ${range[0]} to ${range[1]} has no pair for each of ${parts} workers`,
    );
  }
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((whole * part) / parts);
    const to = Math.floor((whole * (part + 1)) / parts);
    return [first + 2 * from, first + 2 * to - 1] as const;
  });
}
