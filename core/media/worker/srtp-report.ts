/** RTCP reports under SRTP, and the state of a context out of a snapshot. */
import { maxRtcpBytes } from './rtcp.ts';
import type { SrtpContext, SrtpState } from './srtp.ts';
import type { SourceState } from './srtp-source.ts';
import { maxOverheadBytes } from './srtp-suites.ts';

const sealed = new Uint8Array(maxRtcpBytes + maxOverheadBytes);

/** The report as it goes out, valid until the next call; null when its keys are used up. */
export function protectReport(context: SrtpContext, plain: Uint8Array): Uint8Array | null {
  sealed.set(plain);
  const length = context.protectRtcp(sealed, plain.length);
  return length < 0 ? null : sealed.subarray(0, length);
}

/** `SrtpContext.state()` as it was; null when it is no such thing: the context then begins anew. */
export function srtpStateOf(value: unknown): SrtpState | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!('sent' in value && 'sentRtcpIndex' in value && 'received' in value && 'receivedRtcp' in value)) return null;
  const sent = sourcesOf(value.sent);
  const received = sourcesOf(value.received);
  const receivedRtcp = sourcesOf(value.receivedRtcp);
  const { sentRtcpIndex } = value;
  if (sent === null || received === null || receivedRtcp === null || !isIndex(sentRtcpIndex)) return null;
  return {
    ...{ sent, sentRtcpIndex, received, receivedRtcp },
    notAuthentic: countIn(value, 'notAuthentic'),
    replayed: countIn(value, 'replayed'),
  };
}

function sourcesOf(value: unknown): readonly SourceState[] | null {
  if (!Array.isArray(value)) return null;
  const sources: SourceState[] = [];
  for (const item of value) {
    if (typeof item !== 'object' || item === null) return null;
    if (!('ssrc' in item && 'highest' in item && 'window' in item)) return null;
    const { ssrc, highest, window } = item;
    if (!isIndex(ssrc) || typeof highest !== 'number' || !Array.isArray(window)) return null;
    sources.push({ ssrc, highest, window: window.map(Number) });
  }
  return sources;
}

/** 0 in snapshots of earlier versions. */
function countIn(value: object, name: string): number {
  const count: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return isIndex(count) ? count : 0;
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
