/**
 * Lines of browsers (JSEP, RFC 8829): ICE and DTLS-SRTP on one port. We are ICE-lite (RFC 8445 2.5): the
 * browser finds us, so of its ICE only the credentials count, and candidates that trickle in change nothing.
 */
import { CodedError } from '../runtime/index.ts';
import { bundleOf, isLive, midOf, transportAttributes } from './bundle.ts';
import { answeredSetup, fingerprintsOf, type OfferedSetup, setupOf } from './fingerprint.ts';
import { candidateAttributes, iceCredentials } from './ice.ts';
import type { LocalWebRtc, SdpAttribute, SdpMedia, SessionDescription, WebRtcParameters } from './types.ts';

/** What a browser's line says about its side of the transport. */
export interface RemoteWebRtc {
  readonly ufrag: string;
  readonly password: string;
  readonly fingerprints: WebRtcParameters['fingerprints'];
  readonly setup: OfferedSetup | null;
  /** Candidates may follow later (RFC 8840). */
  readonly trickles: boolean;
  /** The peer knows `a=tls-id` (RFC 8842), and wants ours. */
  readonly wantsTlsId: boolean;
}

/** Profile of offers of ours (JSEP 5.1.2). */
export const browserProfile = 'UDP/TLS/RTP/SAVPF';

const dtlsProfiles: readonly string[] = [
  browserProfile,
  'UDP/TLS/RTP/SAVP',
  'TCP/DTLS/RTP/SAVPF',
  'TCP/DTLS/RTP/SAVP',
  'TCP/TLS/RTP/SAVPF',
];
/** Old browsers wrote these ("MUST accept", JSEP 5.1.2); phones mean SDES by them, and say so. */
const oldProfiles: readonly string[] = ['RTP/SAVPF', 'RTP/SAVP'];

/** A line whose keys are to come from DTLS. */
export function isBrowserLine(description: SessionDescription, media: SdpMedia): boolean {
  const profile = media.protocol.toUpperCase();
  if (media.kind !== 'audio' || !isLive(description, media)) return false;
  if (dtlsProfiles.includes(profile)) return true;
  const has = (name: string): boolean => transportAttributes(description, media, name).length > 0;
  return oldProfiles.includes(profile) && has('ice-ufrag') && has('fingerprint');
}

/**
 * The transport of a browser's offer; null when its first audio line is not a browser's.
 * @throws CodedError `sdp.webRtc` saying what its line lacks.
 */
export function browserOffer(description: SessionDescription): RemoteWebRtc | null {
  const media = description.media.find((line) => line.kind === 'audio' && isLive(description, line));
  return media === undefined || !isBrowserLine(description, media) ? null : readBrowser(description, media);
}

/** @throws CodedError `sdp.webRtc` saying what the line lacks. */
export function readBrowser(description: SessionDescription, media: SdpMedia): RemoteWebRtc {
  const all = (name: string): readonly SdpAttribute[] => transportAttributes(description, media, name);
  const value = (name: string): string | null => all(name)[0]?.value ?? null;
  // Two lite agents would wait for each other's checks for ever.
  if (description.attributes.some(({ name }) => name === 'ice-lite'))
    throw new CodedError('sdp.webRtc', 'both sides are a=ice-lite: offer RTP/SAVP with a=crypto, or RTP/AVP');
  const mux = all('rtcp-mux').length > 0 || all('rtcp-mux-only').length > 0;
  if (!mux) throw new CodedError('sdp.webRtc', 'a=rtcp-mux is missing: set rtcpMuxPolicy to require');
  return {
    ...iceCredentials(value('ice-ufrag'), value('ice-pwd')),
    fingerprints: fingerprintsOf(all('fingerprint')),
    setup: setupOf(value('setup')),
    trickles: all('ice-options').some((each) => /(?:^|\s)trickle(?:\s|$)/.test(each.value ?? '')),
    wantsTlsId: all('tls-id').length > 0,
  };
}

/** Our role and all else that is agreed by answering `remote`. */
export function answeredBrowser(
  remote: RemoteWebRtc,
  local: LocalWebRtc,
  current: WebRtcParameters | null,
): WebRtcParameters {
  return { ...agreed(remote, local), setup: answeredSetup(remote.setup, current?.setup ?? null) };
}

/**
 * What an answer to an offer of ours agrees to. While the certificate stays so do association and role: a peer
 * that turns them around in an answer cannot mean it.
 * @throws CodedError `sdp.webRtc` when the answer leaves the role open (RFC 8842 5.3: active or passive).
 */
export function acceptedBrowser(
  remote: RemoteWebRtc,
  local: Pick<LocalWebRtc, 'ufrag' | 'password'>,
  current: WebRtcParameters | null,
): WebRtcParameters {
  if (remote.setup !== 'active' && remote.setup !== 'passive')
    throw new CodedError('sdp.webRtc', 'the answer has no a=setup:active or a=setup:passive');
  const answered = remote.setup === 'active' ? 'passive' : 'active';
  const parameters = { ...agreed(remote, local), setup: answered } as const;
  return current !== null && sameCertificate(current, parameters)
    ? { ...parameters, setup: current.setup }
    : parameters;
}

function sameCertificate(a: WebRtcParameters, b: WebRtcParameters): boolean {
  return a.fingerprints.some(({ value }) => b.fingerprints.some((each) => each.value === value));
}

function agreed(
  { ufrag, password, fingerprints }: RemoteWebRtc,
  local: Pick<LocalWebRtc, 'ufrag' | 'password'>,
): Omit<WebRtcParameters, 'setup'> {
  return {
    localUfrag: local.ufrag,
    localPassword: local.password,
    remoteUfrag: ufrag,
    remotePassword: password,
    fingerprints,
  };
}

/** Does `remote` ask for new connectivity checks (RFC 8839 4.4.3.1.1)? Then our answer has new credentials, too. */
export function restartsIce(remote: RemoteWebRtc, current: WebRtcParameters | null): boolean {
  return current !== null && (remote.ufrag !== current.remoteUfrag || remote.password !== current.remotePassword);
}

/** Our credentials in a description of ours. @throws CodedError `sdp.webRtc` when it is no browser leg's. */
export function localCredentials({ attributes }: SdpMedia): { readonly ufrag: string; readonly password: string } {
  const value = (name: string): string | null => attributes.find((each) => each.name === name)?.value ?? null;
  return iceCredentials(value('ice-ufrag'), value('ice-pwd'));
}

const transportNames: readonly string[] = [
  'ice-ufrag',
  'ice-pwd',
  'fingerprint',
  'setup',
  'candidate',
  'end-of-candidates',
];

/** A line without what `browserAttributes` writes anew. */
export function withoutTransport(attributes: readonly SdpAttribute[]): readonly SdpAttribute[] {
  return attributes.filter(({ name }) => !transportNames.includes(name));
}

/** Our transport in a media line; `remote`: what the peer knows besides, null in our offers. */
export function browserAttributes(
  { ufrag, password, fingerprint, candidates, tlsId }: LocalWebRtc,
  setup: OfferedSetup,
  remote: RemoteWebRtc | null,
): readonly SdpAttribute[] {
  return [
    { name: 'ice-ufrag', value: ufrag },
    { name: 'ice-pwd', value: password },
    ...(remote?.trickles === true ? [{ name: 'ice-options', value: 'trickle' }] : []),
    { name: 'fingerprint', value: `${fingerprint.algorithm} ${fingerprint.value}` },
    { name: 'setup', value: setup },
    ...(remote?.wantsTlsId === true && tlsId !== undefined ? [{ name: 'tls-id', value: tlsId }] : []),
    ...candidateAttributes(candidates),
  ];
}

/** Scripts of pages look for a stream by its name (`RTCTrackEvent.streams`); the track has the line's. */
export const streamAttribute: SdpAttribute = { name: 'msid', value: 'callbus audio' };

/** What stands in the session part: that we are lite, and the bundle, which has our one line at most. */
export function browserSession(mid: string | null): readonly SdpAttribute[] {
  return [{ name: 'ice-lite', value: null }, ...(mid === null ? [] : [{ name: 'group', value: `BUNDLE ${mid}` }])];
}

/** The mid for the bundle of our answer: of the accepted line, where the offer bundles it. */
export function answeredBundle(offer: SessionDescription, media: SdpMedia): string | null {
  return bundleOf(offer, media) === null ? null : midOf(media);
}
