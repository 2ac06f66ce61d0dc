/** Where a description says that its media go. */
import { CodedError, type Endpoint } from '../runtime/index.ts';
import type { Direction, SdpConnection, SdpMedia, SessionDescription } from './types.ts';

/** RTP target of a media line. `held` is the RFC 2543 way of hold: c=0.0.0.0. */
export interface MediaTarget {
  readonly remote: Endpoint | null;
  readonly remoteRtcp: Endpoint | null;
  readonly held: boolean;
}

const numeric = /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/;

/** Multicast and broadcast: one call could make us speak to a whole network. */
const toMany = /^(?:22[4-9]\.|23[0-9]\.|255\.255\.255\.255$|[fF]{2}[0-9A-Fa-f]{2}:)/;

/**
 * Reads c=, the port and a=rtcp (RFC 3605). A host name or a group gives no target: the stream
 * learns it from the first packet.
 * @throws CodedError `sdp.malformed` when there is no c= for the line.
 */
export function targetOf(description: SessionDescription, media: SdpMedia): MediaTarget {
  const connection = [media.connection, description.connection].find((one) => one !== null && one.address !== '');
  if (!connection) throw new CodedError('sdp.malformed', `there is no c= line for m=${media.kind}`);
  const address = hostOf(connection);
  const held = address === '0.0.0.0' || address === '::' || address === '0:0:0:0:0:0:0:0';
  if (held || media.port === 0 || !numeric.test(address) || toMany.test(address))
    return { remote: null, remoteRtcp: null, held };
  return { remote: { address, port: media.port }, remoteRtcp: rtcpOf(media, address), held };
}

/** Without the TTL and count of multicast addresses. */
function hostOf({ address }: SdpConnection): string {
  return address.split('/')[0] ?? '';
}

/** `a=rtcp:53020 [IN IP4 126.16.64.4]`; one that makes no sense is as good as none. */
function rtcpOf(media: SdpMedia, address: string): Endpoint | null {
  const value = media.attributes.find(({ name }) => name === 'rtcp')?.value ?? '';
  const match = /^\s*([0-9]{1,5})(?:\s+IN\s+IP[46]\s+(\S+))?\s*$/i.exec(value);
  const port = Number(match?.[1]);
  const host = match?.[2] ?? address;
  if (match === null || port === 0 || port > 65535 || !numeric.test(host) || toMany.test(host)) return null;
  return { address: host === '0.0.0.0' || host === '::' ? address : host, port };
}

/** What the peer can do with media: nothing is sent to one that is held at 0.0.0.0. */
export function heldDirection(direction: Direction, held: boolean): Direction {
  if (!held) return direction;
  return direction === 'sendrecv' || direction === 'sendonly' ? 'sendonly' : 'inactive';
}
