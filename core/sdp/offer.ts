/** Offers of one audio stream, and the `o=` line that all our descriptions share (RFC 3264 5, 8). */
import { ipFamily } from '../runtime/index.ts';
import { browserAttributes, browserProfile, browserSession, streamAttribute, withoutTransport } from './browser.ts';
import { bundleOf, midOf } from './bundle.ts';
import { rtcpAttribute } from './media-attributes.ts';
import { comfortNoiseNumber, fmtp, rtpmap, telephoneEventName } from './payloads.ts';
import { offerSecurity, type SrtpLocal } from './secure.ts';
import type {
  CodecCapability,
  Direction,
  LocalWebRtc,
  MediaCapabilities,
  SdpAttribute,
  SdpConnection,
  SdpMedia,
  SessionDescription,
} from './types.ts';

/** Our side of one audio stream. */
export interface LocalAudio {
  readonly capabilities: MediaCapabilities;
  /** An IP address for o= and c=. */
  readonly address: string;
  readonly rtpPort: number;
  /** What we want, from our side. */
  readonly direction: Direction;
  /** Decimal number, the same for the whole session. */
  readonly sessionId: string;
  /** Decimal number; `nextVersion` keeps or raises it. */
  readonly version: string;
  /** `u=` line: a page about the session. */
  readonly sessionUri?: string | null;
  /**
   * The description in force, for an offer inside a session: its lines keep their places and their
   * payload numbers (8.3.2).
   */
  readonly previous?: SessionDescription | null;
  /** Where our RTCP is. Default: the next port. */
  readonly rtcpPort?: number;
  /** RTCP on the RTP port (RFC 5761). Default `accept`: when it is offered. */
  readonly rtcpMux?: 'off' | 'accept' | 'offer';
  /** Whose order of codecs counts in an answer of ours. Default `offer`. */
  readonly codecOrder?: 'offer' | 'local';
  /** Comfort noise (RFC 3389) is offered and accepted. Default false. */
  readonly comfortNoise?: boolean;
  /** How this side encrypts. Default: not at all. */
  readonly srtp?: SrtpLocal | undefined;
  /** What a browser leg needs; absent: offers of browsers are refused, ours are plain. */
  readonly webRtc?: LocalWebRtc | undefined;
}

/** Keys 0–9, *, #, A–D (RFC 4733 2.4.1). */
export const telephoneEvents = '0-15';

/** Preferred number of telephone-event; codecs go around it. */
const telephoneEventNumber = 101;
/** Opus counts in this clock; its keys should too (RFC 4733 2.1). */
const wideClockRateHz = 48_000;
const firstDynamic = 96;

/** An offer of all our codecs, in order of preference, and telephone-event. */
export function createOffer(local: LocalAudio): SessionDescription {
  const previous = local.previous?.media ?? [];
  const slot = previous.findIndex(({ kind, port }) => kind === 'audio' && port !== 0);
  const kept = previous[slot];
  if (kept === undefined) return offered(local, withNewLine(previous, local), true);
  const media = previous.map((line, index) => (index === slot ? keptLine(line, local) : { ...line, port: 0 }));
  const isBundled = local.previous ? bundleOf(local.previous, kept) !== null : false;
  return offered(local, media, isBundled);
}

/** An offer to a browser bundles its one line (RFC 8843 7.2), unless the lines are the peer's and it did not. */
function offered(local: LocalAudio, media: readonly SdpMedia[], isBundled: boolean): SessionDescription {
  const line = media.find(({ port }) => port !== 0);
  const mid = isBundled && line !== undefined ? midOf(line) : null;
  return localDescription(local, media, mid);
}

/** A line that was disabled has its place still: "may be reused" for a new stream (8.1). */
function withNewLine(previous: readonly SdpMedia[], local: LocalAudio): readonly SdpMedia[] {
  const slot = previous.findIndex(({ kind }) => kind === 'audio');
  if (slot < 0) return [...previous.map((line) => ({ ...line, port: 0 })), newLine(local)];
  return previous.map((line, index) => (index === slot ? newLine(local) : { ...line, port: 0 }));
}

function newLine(local: LocalAudio): SdpMedia {
  const { ptimeMs } = local.capabilities;
  const codecs = local.webRtc === undefined ? local.capabilities.codecs : browserCodecs(local.capabilities.codecs);
  const attributes: SdpAttribute[] = [];
  const numbers: number[] = [];
  let dynamic = firstDynamic;
  for (const codec of codecs) {
    if (dynamic === telephoneEventNumber) dynamic++;
    const type = codec.staticPayloadType ?? dynamic++;
    numbers.push(type);
    attributes.push(rtpmap(type, codec), ...fmtp(type, codec.fmtp));
  }
  if (local.comfortNoise === true) {
    numbers.push(comfortNoiseNumber);
    attributes.push(rtpmap(comfortNoiseNumber, { name: 'CN', clockRateHz: 8000, channels: 1 }));
  }
  const events: [number: number, clockRateHz: number][] = [[telephoneEventNumber, 8000]];
  if (codecs.some(({ clockRateHz }) => clockRateHz === wideClockRateHz)) {
    events.push([dynamic === telephoneEventNumber ? dynamic + 1 : dynamic, wideClockRateHz]);
  }
  for (const [number, clockRateHz] of events) {
    numbers.push(number);
    attributes.push(rtpmap(number, { name: telephoneEventName, clockRateHz, channels: 1 }));
    attributes.push(...fmtp(number, telephoneEvents));
  }
  attributes.push({ name: 'ptime', value: String(ptimeMs) }, { name: local.direction, value: null });
  const mux = local.rtcpMux === 'offer' || local.webRtc !== undefined;
  attributes.push(...(mux ? [{ name: 'rtcp-mux', value: null }] : []), ...rtcpAttribute(local));
  const security = local.webRtc === undefined ? offerSecurity(local.srtp) : offerBrowser(local.webRtc);
  return {
    kind: 'audio',
    port: local.rtpPort,
    portCount: 1,
    protocol: security.protocol,
    formats: numbers.map(String),
    title: null,
    connection: null,
    bandwidth: [],
    attributes: [...attributes, ...security.attributes],
  };
}

/** What every browser has, best first; all of ours where none of these is. */
function browserCodecs(codecs: readonly CodecCapability[]): readonly CodecCapability[] {
  const known = ['opus', 'G722', 'PCMU', 'PCMA'].flatMap((each) => codecs.filter(({ name }) => name === each));
  return known.length === 0 ? codecs : known;
}

/** "actpass" (RFC 8842 5.2: an offer SHOULD): the browser takes the active part, or the one that it has. */
function offerBrowser(local: LocalWebRtc): { readonly protocol: string; readonly attributes: readonly SdpAttribute[] } {
  const attributes = [{ name: 'mid', value: '0' }, streamAttribute, ...browserAttributes(local, 'actpass', null)];
  return { protocol: browserProfile, attributes };
}

/** The line as it is, its keys included, with another port and direction; the transport of a browser leg is written anew. */
function keptLine(line: SdpMedia, { rtpPort, direction, webRtc }: LocalAudio): SdpMedia {
  const kept = line.attributes.filter(({ name }) => !/^(sendrecv|sendonly|recvonly|inactive)$/.test(name));
  const transport = webRtc === undefined ? [] : browserAttributes(webRtc, 'actpass', null);
  const attributes = webRtc === undefined ? kept : withoutTransport(kept);
  return { ...line, port: rtpPort, attributes: [...attributes, { name: direction, value: null }, ...transport] };
}

/** A description of ours around some media lines; `bundled`: mid of the one line that a browser leg has. */
export function localDescription(
  local: LocalAudio,
  media: readonly SdpMedia[],
  bundled: string | null = null,
): SessionDescription {
  const connection: SdpConnection = { family: ipFamily(local.address), address: local.address };
  return {
    origin: { user: '-', sessionId: local.sessionId, version: local.version, connection },
    name: '-',
    information: null,
    uri: local.sessionUri ?? null,
    connection,
    bandwidth: [],
    otherLines: ['t=0 0'],
    attributes: local.webRtc === undefined ? [] : browserSession(bundled),
    media,
  };
}

/**
 * `next` with the right version: that of `previous` when nothing else differs, one more otherwise
 * ("the version in the o= field … MUST increment by one", 8).
 */
export function nextVersion(previous: SessionDescription | null, next: SessionDescription): SessionDescription {
  if (previous === null) return next;
  const sameVersion = withVersion(next, previous.origin.version);
  if (JSON.stringify(sameVersion) === JSON.stringify(previous)) return previous;
  return withVersion(next, String(BigInt(previous.origin.version) + 1n));
}

function withVersion(description: SessionDescription, version: string): SessionDescription {
  return { ...description, origin: { ...description.origin, version } };
}
