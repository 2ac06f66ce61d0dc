/**
 * When the next report is due (RFC 3550, sections 6.2, 6.3.1 and appendix A.7) between two parties: a
 * report's share is 5 % of the session's bandwidth, and not more often than every 5 s, which for fast
 * sessions shrinks to "360 divided by the session bandwidth in kilobits/second".
 */

const minimumMs = 5000;
const shortestMs = 1000;
const rtcpShare = 0.05;
const members = 2;
/** e - 3/2: what the variation would add to the mean by reconsideration. */
const compensation = Math.E - 1.5;

export interface IntervalInput {
  /** Of RTP with all headers, kbit/s. */
  readonly sessionKbps: number;
  /** Of an RTCP packet with all headers, bytes. */
  readonly averageBytes: number;
  /** Nothing was sent yet: half the minimum. */
  readonly isFirst: boolean;
  /** 0 to 1. */
  readonly random: number;
}

/** Ms until the next report. */
export function rtcpIntervalMs({ sessionKbps, averageBytes, isFirst, random }: IntervalInput): number {
  const kbps = Math.max(1, sessionKbps);
  const reducedMs = Math.max(shortestMs, Math.min(minimumMs, 360_000 / kbps));
  const leastMs = isFirst ? reducedMs / 2 : reducedMs;
  const shareMs = (members * averageBytes * 8) / (kbps * rtcpShare);
  // "The interval between RTCP packets is varied randomly over the range [0.5,1.5] times the calculated interval".
  return (Math.max(leastMs, shareMs) * (0.5 + random)) / compensation;
}
