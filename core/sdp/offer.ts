/** Offers of one audio stream, and the `o=` line that all our descriptions share (RFC 3264 5, 8). */
import { ipFamily } from '../runtime/index.ts';
import { rtcpAttribute } from './media-attributes.ts';
import { comfortNoiseNumber, fmtp, rtpmap, telephoneEventName } from './payloads.ts';
import { offerSecurity, type SrtpLocal } from './secure.ts';
import type {
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
  if (kept === undefined) return localDescription(local, withNewLine(previous, local));
  const media = previous.map((line, index) => (index === slot ? keptLine(line, local) : { ...line, port: 0 }));
  return localDescription(local, media);
}

/** A line that was disabled has its place still: "may be reused" for a new stream (8.1). */
function withNewLine(previous: readonly SdpMedia[], local: LocalAudio): readonly SdpMedia[] {
  const slot = previous.findIndex(({ kind }) => kind === 'audio');
  if (slot < 0) return [...previous.map((line) => ({ ...line, port: 0 })), newLine(local)];
  return previous.map((line, index) => (index === slot ? newLine(local) : { ...line, port: 0 }));
}

function newLine(local: LocalAudio): SdpMedia {
  const { codecs, ptimeMs } = local.capabilities;
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
  attributes.push(...(local.rtcpMux === 'offer' ? [{ name: 'rtcp-mux', value: null }] : []), ...rtcpAttribute(local));
  const security = offerSecurity(local.srtp);
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

/** The line as it is, its keys included, with another port and direction. */
function keptLine(line: SdpMedia, { rtpPort, direction }: LocalAudio): SdpMedia {
  const attributes = line.attributes.filter(({ name }) => !/^(sendrecv|sendonly|recvonly|inactive)$/.test(name));
  return { ...line, port: rtpPort, attributes: [...attributes, { name: direction, value: null }] };
}

/** A description of ours around some media lines. */
export function localDescription(local: LocalAudio, media: readonly SdpMedia[]): SessionDescription {
  const connection: SdpConnection = { family: ipFamily(local.address), address: local.address };
  return {
    origin: { user: '-', sessionId: local.sessionId, version: local.version, connection },
    name: '-',
    information: null,
    uri: local.sessionUri ?? null,
    connection,
    bandwidth: [],
    otherLines: ['t=0 0'],
    attributes: [],
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
