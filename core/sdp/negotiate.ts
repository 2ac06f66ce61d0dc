/**
 * Offer and answer for one audio stream (RFC 3264), as pure functions: descriptions in,
 * descriptions and parameters out. `offer.ts` makes offers.
 */
import { CodedError } from '../runtime/index.ts';
import {
  acceptedBrowser,
  answeredBrowser,
  answeredBundle,
  browserAttributes,
  isBrowserLine,
  localCredentials,
  readBrowser,
  streamAttribute,
} from './browser.ts';
import { isLive, midOf } from './bundle.ts';
import { answeredCodecs, nonEmpty, type TakenCodec, takenCodecs } from './common-codecs.ts';
import { bothAllow, directionOf, reversed } from './direction.ts';
import { hasFlag, ptimeOf, rtcpAttribute } from './media-attributes.ts';
import { type LocalAudio, localDescription, telephoneEvents } from './offer.ts';
import { comfortNoiseAmong, fmtp, type Payload, payloadsOf, rtpmap, telephoneEventAmong } from './payloads.ts';
import { answeredSecurity, answerSecurity, isRtp, type LineSecurity, securityOf } from './secure.ts';
import { heldDirection, type MediaTarget, targetOf } from './transport.ts';
import type {
  AudioParameters,
  Direction,
  MediaCapabilities,
  SdpAttribute,
  SdpMedia,
  SessionDescription,
} from './types.ts';

export interface Answered {
  readonly answer: SessionDescription;
  readonly parameters: AudioParameters;
}

type Codecs = AudioParameters['codecs'];

/** One audio line of the offer with what we have in common. */
interface Chosen {
  readonly index: number;
  readonly media: SdpMedia;
  readonly security: LineSecurity;
  readonly taken: readonly TakenCodec[];
  readonly codecs: Codecs;
  readonly event: Payload | null;
  readonly noise: Payload | null;
}

/**
 * Answers an offer: the first audio line with a port, a common codec and a security that `local.srtp`
 * allows is accepted, an encrypted one before a plain one; all others are refused with port 0 in their places ("the offer and answer … MUST contain the
 * same number of m= lines", 6). Payload numbers are the offer's, in its order.
 *
 * With `local.webRtc` a browser's line is taken, and no other: its keys come from DTLS.
 *
 * `current`: what is in force, when the offer is made inside a session. An audio line with port 0 is
 * then one more way to hold, and keeps the codecs for later; in a first offer it is a refusal.
 *
 * @throws CodedError `sdp.noCommonCodec`, also when telephone-event alone is common; `sdp.srtp` when
 *   the lines are encrypted and we must not, the other way round, or with keys that we cannot use; `sdp.webRtc`
 *   for a browser's line that lacks something;
 *   `sdp.malformed` when there is no media line, no c=, or a clock rate of 0.
 */
export function answerOffer(
  offer: SessionDescription,
  local: LocalAudio,
  current: AudioParameters | null = null,
): Answered {
  if (offer.media.length === 0) throw new CodedError('sdp.malformed', 'there is no m= line');
  if (current !== null && isDisabled(offer)) {
    const media = offer.media.map((line) => refusedLine(line, local));
    return { answer: localDescription(local, media), parameters: withoutMedia(current) };
  }
  const chosen = chooseLine(offer, local);
  const isBrowser = chosen.security.kind === 'browser';
  const target = targetOf(offer, chosen.media);
  const offered = heldDirection(directionOf(offer, chosen.media), target.held && !isBrowser);
  const direction = bothAllow(local.direction, reversed(offered));
  const ptimeMs = ptimeOf(chosen.media, local.capabilities.ptimeMs);
  const mux = isBrowser || (hasFlag(chosen.media, 'rtcp-mux') && (local.rtcpMux ?? 'accept') !== 'off');
  const secured = securedBy(chosen, local, current);
  const attributes = [...(mux ? [{ name: 'rtcp-mux', value: null }] : rtcpAttribute(local)), ...secured.attributes];
  const accepted = acceptedLine(chosen, local.rtpPort, ptimeMs, direction, attributes);
  const media = offer.media.map((line, index) => (index === chosen.index ? accepted : refusedLine(line, local)));
  const parameters: AudioParameters = {
    ...remotes(target, mux),
    direction,
    codecs: chosen.codecs,
    telephoneEvent: sameNumbers(chosen.event),
    ptimeMs,
    ...(mux ? { rtcpMux: true } : {}),
    ...(chosen.noise === null ? {} : { comfortNoise: bothNumbers(chosen.noise, chosen.noise) }),
    ...secured.parameters,
  };
  const bundled = isBrowser ? answeredBundle(offer, chosen.media) : null;
  return { answer: localDescription(local, media, bundled), parameters };
}

/** What the accepted line says about its security, and what is agreed by that. */
function securedBy(
  { security, media }: Chosen,
  { srtp, webRtc }: LocalAudio,
  current: AudioParameters | null,
): { readonly attributes: readonly SdpAttribute[]; readonly parameters: Pick<AudioParameters, 'srtp' | 'webRtc'> } {
  if (security.kind === 'srtp' && srtp !== undefined) {
    const { attribute, parameters } = answerSecurity(security, srtp, current?.srtp ?? null);
    return { attributes: [attribute], parameters: { srtp: parameters } };
  }
  if (security.kind !== 'browser' || webRtc === undefined) return { attributes: [], parameters: {} };
  const agreed = answeredBrowser(security.remote, webRtc, current?.webRtc ?? null);
  const transport = browserAttributes(webRtc, agreed.setup, security.remote);
  return { attributes: [...midAttribute(media), streamAttribute, ...transport], parameters: { webRtc: agreed } };
}

function midAttribute(media: SdpMedia): readonly SdpAttribute[] {
  const mid = midOf(media);
  return mid === null ? [] : [{ name: 'mid', value: mid }];
}

/** With RTCP on the RTP port nothing is sent to another one. */
function remotes({ remote, remoteRtcp }: MediaTarget, mux: boolean): Pick<AudioParameters, 'remote' | 'remoteRtcp'> {
  return { remote, remoteRtcp: mux ? remote : remoteRtcp };
}

/**
 * Reads the answer to an offer of ours. Lines past those that we offered are ignored. `current` as in
 * `answerOffer`: inside a session port 0 is a hold. `capabilities`: judge the codecs' parameters.
 * @throws CodedError `sdp.noCommonCodec` when our audio line was refused or no codec is left;
 *   `sdp.srtp` when it must be encrypted and is not; `sdp.malformed` when there is no c= or a clock rate of 0.
 */
export function acceptAnswer(
  offer: SessionDescription,
  answer: SessionDescription,
  current: AudioParameters | null = null,
  capabilities: MediaCapabilities | null = null,
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
  const codecs = answeredCodecs(offered, answered, capabilities);
  const { clockRateHz } = codecs[0];
  const target = targetOf(answer, theirs);
  const webRtc = isBrowserLine(offer, ours)
    ? acceptedBrowser(readBrowser(answer, theirs), localCredentials(ours), current?.webRtc ?? null)
    : null;
  const theirDirection = heldDirection(directionOf(answer, theirs), target.held && webRtc === null);
  const mux = webRtc !== null || (hasFlag(ours, 'rtcp-mux') && hasFlag(theirs, 'rtcp-mux'));
  const srtp = webRtc === null ? answeredSecurity(ours, theirs) : null;
  const ourNoise = comfortNoiseAmong(offered, clockRateHz);
  const theirNoise = ourNoise === null ? null : comfortNoiseAmong(answered, clockRateHz);
  return {
    ...remotes(target, mux),
    direction: bothAllow(directionOf(offer, ours), reversed(theirDirection)),
    codecs,
    telephoneEvent: answeredEvent(offered, answered, clockRateHz),
    ptimeMs: ptimeOf(theirs, ptimeOf(ours, 20)),
    ...(mux ? { rtcpMux: true } : {}),
    ...(ourNoise === null || theirNoise === null ? {} : { comfortNoise: bothNumbers(theirNoise, ourNoise) }),
    ...(srtp === null ? {} : { srtp }),
    ...(webRtc === null ? {} : { webRtc }),
  };
}

/** Their telephone-event that goes with the codec, and ours of the same clock. */
function answeredEvent(
  offered: readonly Payload[],
  answered: readonly Payload[],
  clockRateHz: number,
): AudioParameters['telephoneEvent'] {
  const theirs = telephoneEventAmong(answered, clockRateHz);
  if (theirs === null) return null;
  const ours = telephoneEventAmong(offered, theirs.clockRateHz);
  if (ours?.clockRateHz !== theirs.clockRateHz) return null;
  return { ...bothNumbers(theirs, ours), ...clockOf(theirs) };
}

function bothNumbers(theirs: Payload, ours: Payload): { sendPayloadType: number; receivePayloadType: number } {
  return { sendPayloadType: theirs.type, receivePayloadType: ours.type };
}

/** Absent: 8000. */
function clockOf({ clockRateHz }: Payload): { readonly clockRateHz?: number } {
  return clockRateHz === 8000 ? {} : { clockRateHz };
}

/** Audio lines, but none with a port. */
function isDisabled(offer: SessionDescription): boolean {
  const audio = offer.media.filter(({ kind }) => kind === 'audio');
  return audio.length > 0 && audio.every((media) => !isLive(offer, media));
}

/** Nothing to send and nowhere to send it; what was agreed stays for the next offer. */
function withoutMedia(current: AudioParameters): AudioParameters {
  return { ...current, remote: null, remoteRtcp: null, direction: 'inactive' };
}

function chooseLine(offer: SessionDescription, local: LocalAudio): Chosen {
  const audio = [...offer.media.entries()].filter(([, media]) => media.kind === 'audio' && isLive(offer, media));
  if (local.webRtc !== undefined) return chooseBrowser(offer, audio, local);
  const lines = audio.filter(([, media]) => isRtp(media));
  const refused: string[] = [];
  const fitting: Chosen[] = [];
  for (const [index, media] of lines) {
    const security = securityOf(media, local.srtp);
    if (typeof security === 'string') refused.push(security);
    else {
      const chosen = commonWith(index, media, security, local);
      if (chosen?.security.kind === 'srtp') return chosen;
      if (chosen !== null) fitting.push(chosen);
    }
  }
  const [first] = fitting;
  if (first !== undefined) return first;
  if (refused.length > 0 && refused.length === lines.length) throw new CodedError('sdp.srtp', refused.join('; '));
  if (lines.length === 0) throw new CodedError('sdp.noCommonCodec', noLine(audio.map(([, media]) => media)));
  throw new CodedError('sdp.noCommonCodec', weHave(local));
}

/** The first browser's line with a codec of ours; a plain line beside it is none for this leg. */
function chooseBrowser(offer: SessionDescription, audio: readonly [number, SdpMedia][], local: LocalAudio): Chosen {
  const lines = audio.filter(([, media]) => isBrowserLine(offer, media));
  for (const [index, media] of lines) {
    const remote = readBrowser(offer, media);
    const chosen = commonWith(index, media, { kind: 'browser', remote }, { ...local, codecOrder: 'offer' });
    if (chosen !== null) return chosen;
  }
  if (lines.length > 0) throw new CodedError('sdp.noCommonCodec', weHave(local));
  throw new CodedError('sdp.webRtc', 'this call has the audio of a browser: offer UDP/TLS/RTP/SAVPF with ICE');
}

function weHave({ capabilities }: LocalAudio): string {
  return `we have ${capabilities.codecs.map(({ name }) => name).join(', ')}`;
}

function noLine(audio: readonly SdpMedia[]): string {
  const offered = audio.map(({ protocol }) => protocol.slice(0, 40)).join(', ');
  return `there is no RTP/AVP audio line with a port${offered === '' ? '' : `, but ${offered}`}`;
}

/** Null: no codec in common. */
function commonWith(index: number, media: SdpMedia, security: LineSecurity, local: LocalAudio): Chosen | null {
  const payloads = payloadsOf(media);
  const taken = takenCodecs(payloads, local.capabilities, local.codecOrder ?? 'offer');
  const codecs = nonEmpty(taken.map(({ codec }) => codec));
  if (codecs === null) return null;
  const { clockRateHz } = codecs[0];
  const event = telephoneEventAmong(payloads, clockRateHz);
  const noise = local.comfortNoise === true ? comfortNoiseAmong(payloads, clockRateHz) : null;
  return { index, media, security, taken, codecs, event, noise };
}

function sameNumbers(event: Payload | null): AudioParameters['telephoneEvent'] {
  return event === null ? null : { ...bothNumbers(event, event), ...clockOf(event) };
}

function acceptedLine(
  { media, taken, event, noise }: Chosen,
  port: number,
  ptimeMs: number,
  direction: Direction,
  others: readonly SdpAttribute[],
): SdpMedia {
  const attributes: SdpAttribute[] = [];
  for (const { codec, answeredFmtp } of taken) {
    attributes.push(rtpmap(codec.receivePayloadType, codec), ...fmtp(codec.receivePayloadType, answeredFmtp));
  }
  if (noise !== null)
    attributes.push(rtpmap(noise.type, { name: 'CN', clockRateHz: noise.clockRateHz || 8000, channels: 1 }));
  if (event !== null) {
    attributes.push(rtpmap(event.type, { ...event, name: 'telephone-event' }), ...fmtp(event.type, telephoneEvents));
  }
  attributes.push({ name: 'ptime', value: String(ptimeMs) }, { name: direction, value: null });
  attributes.push(...others, ...setupAnswer(media));
  const numbers = taken.map(({ codec }) => codec.receivePayloadType);
  if (noise !== null) numbers.push(noise.type);
  if (event !== null) numbers.push(event.type);
  return {
    kind: 'audio',
    port,
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
function refusedLine(media: SdpMedia, { webRtc }: LocalAudio): SdpMedia {
  const { kind, protocol, formats } = media;
  return {
    kind,
    port: 0,
    portCount: 1,
    protocol,
    formats: [formats[0] ?? '0'],
    title: null,
    connection: null,
    bandwidth: [],
    // Browsers find their lines by it, refused ones too.
    attributes: webRtc === undefined ? [] : midAttribute(media),
  };
}
