/** The codecs that both sides have, with the numbers of either (RFC 3264 6.1). */
import { CodedError } from '../runtime/index.ts';
import { capabilityFor, isNamed, type Payload, telephoneEventName } from './payloads.ts';
import type { AudioParameters, MediaCapabilities, NegotiatedCodec } from './types.ts';

type Codecs = AudioParameters['codecs'];

/** A codec of the offer that we take, and the format parameters of our answer. */
export interface TakenCodec {
  readonly codec: NegotiatedCodec;
  readonly answeredFmtp: string | null;
}

/**
 * What an offer and we have in common. `offer`: in the offer's order, as "RECOMMENDED" (6.1); `local`: in
 * that of our capabilities. Of several numbers of one codec the first whose parameters fit counts.
 */
export function takenCodecs(
  payloads: readonly Payload[],
  capabilities: MediaCapabilities,
  order: 'offer' | 'local',
): readonly TakenCodec[] {
  const taken = new Map<object, TakenCodec>();
  for (const payload of payloads) {
    const capability = capabilityFor(payload, capabilities);
    if (capability === null || taken.has(capability)) continue;
    const { name, clockRateHz, channels, negotiate } = capability;
    const { type, fmtp } = payload;
    const agreed = negotiate === undefined ? { fmtp: capability.fmtp } : negotiate(fmtp);
    if (agreed === null) continue;
    const codec = { name, clockRateHz, channels, sendPayloadType: type, receivePayloadType: type, fmtp };
    taken.set(capability, { codec, answeredFmtp: agreed.fmtp });
  }
  if (order === 'offer') return [...taken.values()];
  return capabilities.codecs.flatMap((capability) => taken.get(capability) ?? []);
}

/**
 * Our codecs that the answer keeps, in its order. We send with its number and receive with ours:
 * they should agree (6.1), but "the mapping … may be different in each direction" (5.1). Parameters that
 * our codec cannot do are as good as no codec.
 * @throws CodedError `sdp.noCommonCodec` when none is left.
 */
export function answeredCodecs(
  offered: readonly Payload[],
  answered: readonly Payload[],
  capabilities: MediaCapabilities | null,
): Codecs {
  const codecs: NegotiatedCodec[] = [];
  for (const theirs of answered) {
    const ours = offered.find((one) => isSameCodec(one, theirs));
    if (ours === undefined || ours.name === null || isAside(ours)) continue;
    if (codecs.some(({ receivePayloadType }) => receivePayloadType === ours.type)) continue;
    const capability = capabilities === null ? null : capabilityFor(ours, capabilities);
    if (capability?.negotiate?.(theirs.fmtp) === null) continue;
    const { name, clockRateHz, channels, type: receivePayloadType } = ours;
    codecs.push({ name, clockRateHz, channels, sendPayloadType: theirs.type, receivePayloadType, fmtp: theirs.fmtp });
  }
  const common = nonEmpty(codecs);
  if (common === null) throw new CodedError('sdp.noCommonCodec', 'the answer has no codec of the offer');
  return common;
}

export function nonEmpty(codecs: readonly NegotiatedCodec[]): Codecs | null {
  const [first, ...rest] = codecs;
  return first === undefined ? null : [first, ...rest];
}

/** A dynamic number without rtpmap in the answer means what the offer said. */
function isSameCodec(ours: Payload, theirs: Payload): boolean {
  if (theirs.name === null || theirs.type < 96) return ours.type === theirs.type;
  return ours.name !== null && isNamed(theirs, { ...ours, name: ours.name });
}

/** Goes beside a codec, is none. */
function isAside({ name }: Payload): boolean {
  const lower = name?.toLowerCase();
  return lower === telephoneEventName || lower === 'cn';
}
