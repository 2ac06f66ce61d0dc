/** What a browser leg puts into its descriptions: the addresses under which its media can be reached. */
import type { MediaStream, StreamWebRtc } from '../media/index.ts';
import { isIpAddress } from '../runtime/index.ts';
import type { IceCandidate, LocalWebRtc, WebRtcParameters } from '../sdp/index.ts';
import type { Flow } from '../sip/index.ts';

/** How the legs of one call may be a browser's. */
export interface BrowserLegs {
  /** `media.webRtc`: false refuses them. */
  readonly enabled: boolean;
  /** Offers of ours go to a browser, as far as the way of the signalling tells. */
  readonly isCalled: () => boolean;
  /** `Flow.pageHost`. */
  readonly pageHost: () => string | null;
  /** Unguessable; at least 20 characters of RFC 8842 4. */
  readonly newTlsId: () => string;
}

type Place = Pick<MediaStream, 'address' | 'rtpPort'> & { readonly webRtc: StreamWebRtc };

/**
 * Best first: `media.external` or what is bound; and where one port is published, that of the page (a container
 * whose port is published to the machine where the page is open). TCP under all of UDP.
 */
export function browserCandidates(
  { address, rtpPort, webRtc }: Place,
  external: string | null,
  pageAddress: string | null,
): readonly IceCandidate[] {
  const own = external ?? address;
  const page = webRtc.onePort ? pageAddress : null;
  const addresses = page === null || page === own ? [own] : [own, page];
  const { tcpPort } = webRtc;
  return [
    ...addresses.map((each): IceCandidate => ({ transport: 'udp', address: each, port: rtpPort })),
    ...(tcpPort === null
      ? []
      : addresses.map((each): IceCandidate => ({ transport: 'tcp', address: each, port: tcpPort }))),
  ];
}

/**
 * The address by which a page reached us: where a port of ours is published to it, its media come in there, too.
 * Only numbers, and none that stand for many: a browser resolves no names in candidates.
 */
export function pageAddressOf(host: string | null): string | null {
  if (host === 'localhost') return '127.0.0.1';
  return host !== null && isIpAddress(host) && !ofMany.test(host) ? host : null;
}

/** All of a machine's addresses, groups, and those that mean another thing on each link. */
const ofMany = /^(?:0\.|22[4-9]\.|23[0-9]\.|255\.|ff|fe80:|::$)/;

/** Our side of the next description: the credentials in force, or fresh ones for an ICE restart. */
export function localWebRtc(
  stream: Place,
  candidates: readonly IceCandidate[],
  tlsId: string,
  fresh: StreamWebRtc | null,
  current: WebRtcParameters | null,
): LocalWebRtc {
  const { ufrag, password } =
    fresh ?? (current === null ? stream.webRtc : { ufrag: current.localUfrag, password: current.localPassword });
  return { ufrag, password, fingerprint: stream.webRtc.fingerprint, candidates, tlsId };
}

/** Browsers, and nobody else, come by WebSocket (RFC 7118). */
export function isBrowserFlow({ transport }: Pick<Flow, 'transport'>): boolean {
  return transport === 'ws' || transport === 'wss';
}

/** `udp 192.0.2.1:10000, tcp 192.0.2.1:10000`, for sentences. */
export function placesOf(candidates: readonly IceCandidate[]): string {
  return candidates
    .map(({ transport, address, port }) => `${transport} ${address.includes(':') ? `[${address}]` : address}:${port}`)
    .join(', ');
}
