/**
 * How messages find their transaction (RFC 3261 17.1.3, 17.2.3). Keys are joined and not concatenated: they
 * outlive their message, and a concatenated string holds its parts, which hold the text of the message.
 */
import type { Via } from './header-via.ts';
import type { ParsedRequest, ParsedResponse } from './message.ts';

/** "The magic cookie": branches that begin so are unique for all time (8.1.1.7). */
export const branchCookie = 'z9hG4bK';

/**
 * The server transaction that a request belongs to: by topmost branch, sent-by and method, where
 * ACK counts as INVITE. Without the cookie by the rules for RFC 2543 clients.
 */
export function serverKey(request: ParsedRequest, method: string): string {
  const { via } = request;
  const matched = method === 'ACK' ? 'INVITE' : method;
  const { branch } = via;
  if (branch !== null && branch.length > branchCookie.length && hasCookie(branch)) {
    return [branch, via.host, via.port ?? '', matched].join('|');
  }
  const { uri, fromTag, callId, cseq } = request;
  return ['2543', uri, fromTag, callId, cseq.number, via.host, via.port ?? '', branch ?? '', matched].join('|');
}

export function hasCookie(branch: string): boolean {
  return branch.slice(0, branchCookie.length).toLowerCase() === 'z9hg4bk';
}

/** The client transaction that a response belongs to: by our branch and the CSeq's method. */
export function clientKey(branch: string, method: string): string {
  return [branch, method].join('|');
}

/** As `clientKey`; null when there is no branch. */
export function responseKey(response: ParsedResponse): string | null {
  return response.via.branch === null ? null : clientKey(response.via.branch, response.cseq.method);
}

/**
 * 18.1.2: if the sent-by of the topmost Via "does not correspond to a value that the client transport is
 * configured to insert into requests, the response MUST be silently discarded". A default port may be left out.
 */
export function isSentBy({ host, port }: Via, ours: string): boolean {
  const written = host.includes(':') ? `[${host}]` : host;
  const given = `${written}:${port ?? defaultPortOf(ours)}`;
  return given === ours || given.toLowerCase() === ours.toLowerCase();
}

/** 5060, but where we said 5061. */
function defaultPortOf(ours: string): string {
  return ours.endsWith(':5061') ? '5061' : '5060';
}

/**
 * What is the same in one request on all its paths (8.2.2.2): "if the request has no tag in the To
 * header field, the UAS core MUST check the request against ongoing transactions. If the From tag,
 * Call-ID, and CSeq exactly match … but the request does not match that transaction …" it is merged.
 */
export function mergeKey(request: ParsedRequest, method = request.method): string {
  return [request.callId, request.fromTag, request.cseq.number, method].join('|');
}
