/** What the payload numbers of a media line mean (RFC 3551, RFC 4566 6). */
import { CodedError } from '../runtime/index.ts';
import type { CodecCapability, MediaCapabilities, SdpAttribute, SdpMedia } from './types.ts';

/** One number of an `m=` line. */
export interface Payload {
  readonly type: number;
  /** As written; null for a static number without rtpmap. */
  readonly name: string | null;
  /** 0 when unknown. */
  readonly clockRateHz: number;
  readonly channels: number;
  readonly fmtp: string | null;
}

export const telephoneEventName = 'telephone-event';

/**
 * The numbers of a media line in order. Formats that are no RTP payload numbers are left out.
 * @throws CodedError `sdp.malformed` for a clock rate of 0.
 */
export function payloadsOf(media: SdpMedia): readonly Payload[] {
  const formats = valuesOf(media.attributes, 'fmtp');
  const maps = valuesOf(media.attributes, 'rtpmap');
  return media.formats
    .filter((format) => /^[0-9]{1,3}$/.test(format) && Number(format) <= 127)
    .map((format) => {
      const type = Number(format);
      const match = /^([^/\s]+)\s*(?:\/\s*([0-9]{1,9}))?(?:\s*\/\s*([0-9]{1,3}))?/.exec(maps.get(type) ?? '');
      if (match?.[2] !== undefined && Number(match[2]) === 0) {
        throw new CodedError('sdp.malformed', `a=rtpmap:${type} has a clock rate of 0`);
      }
      const channels = Math.max(1, Number(match?.[3] ?? 1));
      const fmtp = formats.get(type) ?? null;
      return { type, name: match?.[1] ?? null, clockRateHz: Number(match?.[2] ?? 0), channels, fmtp };
    });
}

/** What stands behind the number in each `a=<name>:<number> …`, by number; the first of a number counts. */
function valuesOf(attributes: readonly SdpAttribute[], name: string): ReadonlyMap<number, string> {
  const values = new Map<number, string>();
  for (const attribute of attributes) {
    if (attribute.name !== name || attribute.value === null) continue;
    // Only what cannot be matched in two ways is left to the expression: long blanks would cost their square.
    const match = /^([0-9]{1,3})\s/.exec(attribute.value.trim());
    if (match === null || values.has(Number(match[1]))) continue;
    values.set(Number(match[1]), attribute.value.trim().slice(match[0].length).trim());
  }
  return values;
}

/**
 * The capability that a payload stands for. Static numbers are known by number, whatever their
 * rtpmap calls them (Cisco phones), dynamic ones by name without case, rate and channels.
 */
export function capabilityFor(payload: Payload, { codecs }: MediaCapabilities): CodecCapability | null {
  const byName = codecs.find((codec) => isNamed(payload, codec)) ?? null;
  // Number 2 was G.721 and is now either packing of G.726: there the name tells more.
  if (payload.type === ambiguousNumber && byName !== null) return byName;
  const byNumber = payload.type < 96 && codecs.find((codec) => codec.staticPayloadType === payload.type);
  return byNumber || byName;
}

const ambiguousNumber = 2;

/** Same codec by name, rate and channels. Opus is always `/48000/2`, and some leave the channels out. */
export function isNamed(payload: Payload, codec: Pick<CodecCapability, 'name' | 'clockRateHz' | 'channels'>): boolean {
  const name = payload.name?.toLowerCase();
  if (name !== codec.name.toLowerCase() || payload.clockRateHz !== codec.clockRateHz) return false;
  return payload.channels === codec.channels || name === 'opus';
}

/** Comfort noise (RFC 3389): 13 at 8000 Hz, a number by name at other clocks. */
export function comfortNoiseAmong(payloads: readonly Payload[], clockRateHz: number): Payload | null {
  const found = payloads.find(({ type, name, clockRateHz: clock }) =>
    type === comfortNoiseNumber ? clockRateHz === 8000 : name?.toLowerCase() === 'cn' && clock === clockRateHz,
  );
  return found ?? null;
}

/** The static number of comfort noise. */
export const comfortNoiseNumber = 13;

/** The telephone-event payload with the clock of the codec, or the first one of 8000 Hz (RFC 4733 2.1). */
export function telephoneEventAmong(payloads: readonly Payload[], clockRateHz: number): Payload | null {
  const events = payloads.filter(({ name }) => name?.toLowerCase() === telephoneEventName);
  return (
    events.find((one) => one.clockRateHz === clockRateHz) ?? events.find((one) => one.clockRateHz === 8000) ?? null
  );
}

export function rtpmap(type: number, codec: Pick<CodecCapability, 'name' | 'clockRateHz' | 'channels'>): SdpAttribute {
  const channels = codec.channels === 1 ? '' : `/${codec.channels}`;
  return { name: 'rtpmap', value: `${type} ${codec.name}/${codec.clockRateHz}${channels}` };
}

export function fmtp(type: number, value: string | null): readonly SdpAttribute[] {
  return value === null ? [] : [{ name: 'fmtp', value: `${type} ${value}` }];
}
