/** Attributes of a media line that are neither codecs nor keys. */
import type { LocalAudio } from './offer.ts';
import type { SdpAttribute, SdpMedia } from './types.ts';

const shortestPtimeMs = 10;
const longestPtimeMs = 200;

/** `a=ptime` where it makes sense, else `fallbackMs`; never more than `a=maxptime`. */
export function ptimeOf(media: SdpMedia, fallbackMs: number): number {
  const ptime = packetTime(media, 'ptime') ?? fallbackMs;
  return Math.min(ptime, packetTime(media, 'maxptime') ?? ptime);
}

function packetTime({ attributes }: SdpMedia, attribute: 'ptime' | 'maxptime'): number | null {
  const text = attributes.find(({ name }) => name === attribute)?.value?.trim() ?? '';
  const value = /^[0-9]{1,4}(\.[0-9]+)?$/.test(text) ? Math.round(Number(text)) : 0;
  return value >= shortestPtimeMs && value <= longestPtimeMs ? value : null;
}

export function hasFlag({ attributes }: SdpMedia, flag: string): boolean {
  return attributes.some(({ name }) => name === flag);
}

/** `a=rtcp` (RFC 3605), where RTCP is not on the next port. */
export function rtcpAttribute({ rtpPort, rtcpPort }: LocalAudio): readonly SdpAttribute[] {
  return rtcpPort === undefined || rtcpPort === rtpPort + 1 ? [] : [{ name: 'rtcp', value: String(rtcpPort) }];
}
