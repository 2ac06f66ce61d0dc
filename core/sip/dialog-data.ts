/** The state of one dialog as plain data (RFC 3261 12), and the pure functions over it. */
import type { ParsedRequest, ParsedResponse } from './message.ts';
import { parseContacts, printNameAddress } from './name-address.ts';
import { hasCookie } from './transaction-keys.ts';
import type { HeaderLine, NameAddress } from './types.ts';
import { parseUri, printUri, uriWith } from './uri.ts';

export interface DialogData {
  readonly callId: string;
  readonly localTag: string;
  /** Empty until the peer gave one. */
  readonly remoteTag: string;
  /** From and To values of ours and theirs, without tags. */
  readonly localParty: string;
  readonly remoteParty: string;
  /** Number of our last request; 0: none was sent. */
  readonly localCseq: number;
  /** Number of the peer's last request; null: none came. */
  readonly remoteCseq: number | null;
  /** CSeq number of the INVITE that made the dialog. */
  readonly inviteCseq: number;
  /** The peer's Contact URI. */
  readonly remoteTarget: string;
  /** Route values in the order in which our requests carry them. */
  readonly routeSet: readonly string[];
}

const noParameters: ReadonlyMap<string, string> = new Map();

/** A From or To value without its tag. */
export function partyOf(address: NameAddress): string {
  const { displayName, uriText, parameters } = address;
  const others = parameters.size - (parameters.has('tag') ? 1 : 0);
  const left = others === 0 ? noParameters : new Map([...parameters].filter(([name]) => name !== 'tag'));
  return printNameAddress({ displayName, uriText, parameters: left });
}

/** The same value with a tag. */
export function withTag(party: string, tag: string): string {
  return tag === '' ? party : `${party};tag=${tag}`;
}

/** The first Contact's URI when it is one that requests can be sent to, or null. */
export function contactOf(message: ParsedRequest | ParsedResponse): string | null {
  const contacts = parseContacts(message.headers('contact'));
  if (contacts === null || contacts === '*') return null;
  const [first] = contacts;
  return first?.uri.scheme.startsWith('sip') ? first.uriText : null;
}

/**
 * UAS (12.1.1): "The route set MUST be set to the list of URIs in the Record-Route header field
 * from the request, taken in order and preserving all URI parameters"; null when malformed.
 */
export function routeSetOfRequest(request: ParsedRequest): readonly string[] | null {
  return request.routes('record-route')?.map(printNameAddress) ?? null;
}

/** The peer's end of a dialog that a request of the peer opens. */
export type PeerEnd = Pick<DialogData, 'remoteTarget' | 'routeSet'>;

/** A text says why the request cannot open a dialog: the reason of a 400. */
export function peerEndOf(request: ParsedRequest): PeerEnd | string {
  const remoteTarget = contactOf(request) ?? oldTargetOf(request);
  if (remoteTarget === null) return 'Missing or malformed Contact header';
  const routeSet = routeSetOfRequest(request);
  return routeSet === null ? 'Malformed Record-Route header' : { remoteTarget, routeSet };
}

/**
 * RFC 2543 needs no Contact in an INVITE and sends what follows to the From (its 6.13): the callers of that time, known
 * by a branch without the cookie, are served (RFC 4475 4.1).
 */
function oldTargetOf(request: ParsedRequest): string | null {
  if (request.header('contact') !== null || hasCookie(request.via.branch ?? '')) return null;
  const { uri, uriText } = request.from;
  return uri.scheme.startsWith('sip') ? uriText : null;
}

/** UAS (12.1.1): the dialog that a request of the peer opens; `inviteCseq` is 0 where it is no INVITE. */
export function dataOpenedBy(
  request: ParsedRequest,
  localTag: string,
  inviteCseq: number,
  { remoteTarget, routeSet }: PeerEnd,
): DialogData {
  return {
    callId: request.callId,
    localTag,
    remoteTag: request.fromTag,
    localParty: partyOf(request.to),
    remoteParty: partyOf(request.from),
    localCseq: 0,
    remoteCseq: request.cseq.number,
    inviteCseq,
    remoteTarget,
    routeSet,
  };
}

/** UAC (12.1.2): the same of the response, "taken in reverse order". A malformed one counts as absent. */
export function routeSetOfResponse(response: ParsedResponse): readonly string[] {
  return [...(response.routes('record-route')?.map(printNameAddress) ?? [])].reverse();
}

/** How a request inside the dialog is addressed (12.2.1.1). */
export interface Addressing {
  readonly requestUri: string;
  readonly routes: readonly HeaderLine[];
  /** The URI whose host gets the request. */
  readonly hopUri: string;
}

/**
 * "If the route set is not empty, and its first URI contains the lr parameter, the UAC MUST place
 * the remote target URI into the Request-URI and MUST include a Route header field containing the
 * route set values in order"; without lr the first route becomes the Request-URI and the remote
 * target the last Route.
 */
export function addressing(remoteTarget: string, routeSet: readonly string[]): Addressing {
  const [first, ...rest] = routeSet;
  if (first === undefined) return { requestUri: remoteTarget, routes: [], hopUri: remoteTarget };
  const firstUri = uriInBrackets(first);
  const parsed = parseUri(firstUri);
  if (parsed === null || parsed.parameters.has('lr')) {
    return { requestUri: remoteTarget, routes: routeSet.map((route) => ['Route', route]), hopUri: firstUri };
  }
  // "stripping any parameters that are not allowed in a Request-URI": its headers.
  const requestUri = printUri(uriWith(parsed, { headers: new Map() }));
  return { requestUri, routes: [...rest, `<${remoteTarget}>`].map((route) => ['Route', route]), hopUri: firstUri };
}

function uriInBrackets(route: string): string {
  const open = route.lastIndexOf('<');
  return open < 0 ? route : route.slice(open + 1, route.indexOf('>', open));
}
