/**
 * Offer and answer for one audio stream (RFC 3264), as pure functions: descriptions in,
 * descriptions and parameters out. `offer.ts` makes offers.
 */
import { CodedError } from '../runtime/index.ts';
import { bothAllow, directionOf, reversed } from './direction.ts';
import { type LocalAudio, localDescription, telephoneEvents } from './offer.ts';
import { capabilityFor, fmtp, type Payload, payloadsOf, rtpmap, telephoneEventAmong } from './payloads.ts';
import { heldDirection, targetOf } from './transport.ts';
import type {
  AudioParameters,
  Direction,
  MediaCapabilities,
  NegotiatedCodec,
  SdpAttribute,
  SdpMedia,
  SessionDescription,
} from './types.ts';

/** Profiles that we speak. AVPF's feedback is optional for its receiver (RFC 4585 4.2). */
const profiles = ['RTP/AVP', 'RTP/AVPF'];

export interface Answered {
  readonly answer: SessionDescription;
  readonly parameters: AudioParameters;
}

type Codecs = AudioParameters['codecs'];

/** One audio line of the offer with what we have in common. */
interface Chosen {
  readonly index: number;
  readonly media: SdpMedia;
  readonly codecs: Codecs;
  readonly event: Payload | null;
}

/**
 * Answers an offer: the first audio line of RTP/AVP with a port and a common codec is accepted,
 * all others are refused with port 0 in their places ("the offer and answer … MUST contain the
 * same number of m= lines", 6). Payload numbers are the offer's, in its order.
 *
 * `current`: what is in force, when the offer is made inside a session. An audio line with port 0 is
 * then one more way to hold, and keeps the codecs for later; in a first offer it is a refusal.
 *
 * @throws CodedError `sdp.noCommonCodec`, also when telephone-event alone is common;
 *   `sdp.malformed` when there is no media line, no c=, or a clock rate of 0.
 */
export function answerOffer(
  offer: SessionDescription,
  local: LocalAudio,
  current: AudioParameters | null = null,
): Answered {
  if (offer.media.length === 0) throw new CodedError('sdp.malformed', 'there is no m= line');
  if (current !== null && isDisabled(offer)) {
    return { answer: localDescription(local, offer.media.map(refusedLine)), parameters: withoutMedia(current) };
  }
  const chosen = chooseLine(offer, local.capabilities);
  const target = targetOf(offer, chosen.media);
  const offered = heldDirection(directionOf(offer, chosen.media), target.held);
  const direction = bothAllow(local.direction, reversed(offered));
  const accepted = acceptedLine(chosen, local, direction);
  const media = offer.media.map((line, index) => (index === chosen.index ? accepted : refusedLine(line)));
  const parameters: AudioParameters = {
    remote: target.remote,
    remoteRtcp: target.remoteRtcp,
    direction,
    codecs: chosen.codecs,
    telephoneEvent: sameNumbers(chosen.event),
    ptimeMs: ptimeOf(chosen.media, local.capabilities.ptimeMs),
  };
  return { answer: localDescription(local, media), parameters };
}

/**
 * Reads the answer to an offer of ours. Lines past those that we offered are ignored. `current` as in
 * `answerOffer`: inside a session port 0 is a hold.
 * @throws CodedError `sdp.noCommonCodec` when our audio line was refused or no codec is left;
 *   `sdp.malformed` when there is no c= or a clock rate of 0.
 */
export function acceptAnswer(
  offer: SessionDescription,
  answer: SessionDescription,
  current: AudioParameters | null = null,
): AudioParameters {
  const index = offer.media.findIndex(({ kind, port }) => kind === 'audio' && port !== 0);
  const ours = offer.media[index];
  const theirs = answer.media[index];
  if (current !== null && theirs?.kind === 'audio' && theirs.port === 0) return withoutMedia(current);
  if (ours === undefined || theirs === undefined || theirs.port === 0) {
    throw new CodedError('sdp.noCommonCodec', 'the answer refuses the audio line');
  }
  const offered = payloadsOf(ours);
  const answered = payloadsOf(theirs);
  const codecs = answeredCodecs(offered, answered);
  const clockRateHz = codecs[0].clockRateHz;
  const ourEvent = telephoneEventAmong(offered, clockRateHz);
  const theirEvent = ourEvent === null ? null : telephoneEventAmong(answered, ourEvent.clockRateHz);
  const target = targetOf(answer, theirs);
  const theirDirection = heldDirection(directionOf(answer, theirs), target.held);
  return {
    remote: target.remote,
    remoteRtcp: target.remoteRtcp,
    direction: bothAllow(directionOf(offer, ours), reversed(theirDirection)),
    codecs,
    telephoneEvent:
      ourEvent === null || theirEvent === null
        ? null
        : { sendPayloadType: theirEvent.type, receivePayloadType: ourEvent.type },
    ptimeMs: ptimeOf(theirs, ptimeOf(ours, 20)),
  };
}

/** Audio lines, but none with a port. */
function isDisabled({ media }: SessionDescription): boolean {
  return media.some(({ kind }) => kind === 'audio') && media.every(({ kind, port }) => kind !== 'audio' || port === 0);
}

/** Nothing to send and nowhere to send it; what was agreed stays for the next offer. */
function withoutMedia(current: AudioParameters): AudioParameters {
  return { ...current, remote: null, remoteRtcp: null, direction: 'inactive' };
}

function chooseLine(offer: SessionDescription, capabilities: MediaCapabilities): Chosen {
  let sawAudio = false;
  for (const [index, media] of offer.media.entries()) {
    if (media.kind !== 'audio' || media.port === 0 || !profiles.includes(media.protocol.toUpperCase())) continue;
    sawAudio = true;
    const payloads = payloadsOf(media);
    const codecs = commonCodecs(payloads, capabilities);
    if (codecs === null) continue;
    return { index, media, codecs, event: telephoneEventAmong(payloads, codecs[0].clockRateHz) };
  }
  const names = capabilities.codecs.map(({ name }) => name).join(', ');
  throw new CodedError(
    'sdp.noCommonCodec',
    sawAudio ? `we have ${names}` : 'there is no RTP/AVP audio line with a port',
  );
}

function commonCodecs(payloads: readonly Payload[], capabilities: MediaCapabilities): Codecs | null {
  const seen = new Set<object>();
  const codecs: NegotiatedCodec[] = [];
  for (const payload of payloads) {
    const codec = capabilityFor(payload, capabilities);
    // A second number of one codec would only be a second way to say the same.
    if (codec === null || seen.has(codec)) continue;
    seen.add(codec);
    const { name, clockRateHz, channels } = codec;
    const { type, fmtp: parameters } = payload;
    codecs.push({ name, clockRateHz, channels, sendPayloadType: type, receivePayloadType: type, fmtp: parameters });
  }
  return nonEmpty(codecs);
}

function nonEmpty(codecs: readonly NegotiatedCodec[]): Codecs | null {
  const [first, ...rest] = codecs;
  return first === undefined ? null : [first, ...rest];
}

/**
 * Our codecs that the answer keeps, in its order. We send with its number and receive with ours:
 * they should agree (6.1), but "the mapping … may be different in each direction" (5.1).
 */
function answeredCodecs(offered: readonly Payload[], answered: readonly Payload[]): Codecs {
  const codecs: NegotiatedCodec[] = [];
  for (const theirs of answered) {
    const ours = offered.find((one) => isSameCodec(one, theirs));
    if (ours === undefined || ours.name === null || isEvent(ours)) continue;
    if (codecs.some(({ receivePayloadType }) => receivePayloadType === ours.type)) continue;
    const { name, clockRateHz, channels, type: receivePayloadType } = ours;
    codecs.push({ name, clockRateHz, channels, sendPayloadType: theirs.type, receivePayloadType, fmtp: theirs.fmtp });
  }
  const common = nonEmpty(codecs);
  if (common === null) throw new CodedError('sdp.noCommonCodec', 'the answer has no codec of the offer');
  return common;
}

/** A dynamic number without rtpmap in the answer means what the offer said. */
function isSameCodec(ours: Payload, theirs: Payload): boolean {
  if (theirs.name === null || theirs.type < 96) return ours.type === theirs.type;
  const sameName = ours.name?.toLowerCase() === theirs.name.toLowerCase();
  return sameName && ours.clockRateHz === theirs.clockRateHz && ours.channels === theirs.channels;
}

function isEvent({ name }: Payload): boolean {
  return name?.toLowerCase() === 'telephone-event';
}

function sameNumbers(event: Payload | null): AudioParameters['telephoneEvent'] {
  return event === null ? null : { sendPayloadType: event.type, receivePayloadType: event.type };
}

function acceptedLine({ media, codecs, event }: Chosen, local: LocalAudio, direction: Direction): SdpMedia {
  const attributes: SdpAttribute[] = [];
  for (const codec of codecs) {
    const capability = local.capabilities.codecs.find(({ name }) => name === codec.name);
    attributes.push(rtpmap(codec.receivePayloadType, codec));
    attributes.push(...fmtp(codec.receivePayloadType, capability?.fmtp ?? null));
  }
  if (event !== null) {
    attributes.push(rtpmap(event.type, { ...event, name: 'telephone-event' }), ...fmtp(event.type, telephoneEvents));
  }
  attributes.push({ name: 'ptime', value: String(local.capabilities.ptimeMs) }, { name: direction, value: null });
  attributes.push(...setupAnswer(media));
  const numbers = [
    ...codecs.map(({ receivePayloadType }) => receivePayloadType),
    ...(event === null ? [] : [event.type]),
  ];
  return {
    kind: 'audio',
    port: local.rtpPort,
    portCount: 1,
    protocol: media.protocol,
    formats: numbers.map(String),
    title: null,
    connection: null,
    bandwidth: [],
    attributes,
  };
}

/**
 * The connection direction of old comedia phones (`a=direction`, reference 2.10), mirrored: who is active
 * finds us passive. Latching itself goes by `media.symmetricRtp`.
 */
function setupAnswer({ attributes }: SdpMedia): readonly SdpAttribute[] {
  const value = attributes
    .find(({ name }) => name === 'direction')
    ?.value?.trim()
    .toLowerCase();
  const mirrored = value === 'active' ? 'passive' : value === 'passive' ? 'active' : value === 'both' ? 'both' : null;
  return mirrored === null ? [] : [{ name: 'direction', value: mirrored }];
}

/** "To reject an offered stream, the port number … MUST be set to zero", with at least one format (6). */
function refusedLine({ kind, protocol, formats }: SdpMedia): SdpMedia {
  return {
    kind,
    port: 0,
    portCount: 1,
    protocol,
    formats: [formats[0] ?? '0'],
    title: null,
    connection: null,
    bandwidth: [],
    attributes: [],
  };
}

/** `a=ptime` where it makes sense, else `fallbackMs`. */
function ptimeOf(media: SdpMedia, fallbackMs: number): number {
  const value = Number(media.attributes.find(({ name }) => name === 'ptime')?.value ?? Number.NaN);
  return Number.isInteger(value) && value >= 10 && value <= 200 ? value : fallbackMs;
}
