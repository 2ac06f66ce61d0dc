/** The first line of a message (RFC 3261 7.1, 7.2). */
import { isToken, parseDecimal } from './grammar.ts';
import { decodeUtf8 } from './header-section.ts';
import type { RefusalStatus } from './message.ts';
import type { SipUri } from './types.ts';
import { parseUri, uriScheme } from './uri.ts';

export type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: string; readonly requestUri: SipUri }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string }
  /** A request that can be answered with this. */
  | { readonly kind: 'badRequest'; readonly method: string; readonly status: RefusalStatus; readonly why: string }
  /** To be dropped. */
  | { readonly kind: 'useless'; readonly why: string };

/** Schemes that a Request-URI may have; 416 for others (8.2.2.1). */
const servedSchemes = ['sip', 'sips', 'tel'];

/**
 * "The SIP-Version string is case-insensitive" (7.1). `line` is Latin-1 and has no line break.
 * A line that cannot be told to be a request is useless: nobody can be answered.
 */
export function parseStartLine(line: string): StartLine {
  return line.charCodeAt(3) <= 0x2f && /^SIP[ \t]*\//i.test(line) ? parseStatusLine(line) : parseRequestLine(line);
}

/** The reason phrase may be empty, even without the blank before it (RFC 4475 3.1.1.13). */
function parseStatusLine(line: string): StartLine {
  const match = /^SIP\/([0-9]+\.[0-9]+) ([0-9]{3})(?: (.*))?$/i.exec(line);
  if (match === null) return { kind: 'useless', why: 'malformed Status-Line' };
  if (match[1] !== '2.0') return { kind: 'useless', why: 'response of another SIP version' };
  const status = parseDecimal(match[2] ?? '', 699);
  if (status === null || status < 100) return { kind: 'useless', why: 'status outside 100-699' };
  return { kind: 'response', status, reason: decodeUtf8(match[3] ?? '') };
}

/** Method, Request-URI and version "separated by a single SP … No LWS is allowed in either" (7.1). */
function parseRequestLine(line: string): StartLine {
  const methodEnd = wordEnd(line, 0);
  const uriEnd = wordEnd(line, methodEnd + 1);
  const method = line.slice(0, methodEnd);
  const version = versionAt(line, uriEnd + 1);
  if (uriEnd <= methodEnd + 1 || version === 'malformed' || !isToken(method)) return malformed(line);
  if (version === 'other') return bad(method, 505, 'Version Not Supported');
  const uri = decodeUtf8(line.slice(methodEnd + 1, uriEnd));
  const requestUri = parseUri(uri);
  if (requestUri === null) return badUri(method, uri);
  if (!servedSchemes.includes(requestUri.scheme)) return bad(method, 416, 'Unsupported URI Scheme');
  // Table 1 of 19.1.1: headers are not allowed in a Request-URI (RFC 4475 3.1.2.11).
  if (requestUri.headers.size > 0) return bad(method, 400, 'Headers in the Request-URI');
  return { kind: 'request', method, uri, requestUri };
}

/** To be answered when it is a SIP request nevertheless. */
function malformed(line: string): StartLine {
  const method = /^\S{1,64}/.exec(line)?.[0] ?? '';
  return isToken(method) && /[ \t]SIP\//i.test(line)
    ? bad(method, 400, 'Malformed Request-Line')
    : { kind: 'useless', why: 'not a SIP message' };
}

function bad(method: string, status: RefusalStatus, why: string): StartLine {
  return { kind: 'badRequest', method, status, why };
}

function badUri(method: string, uri: string): StartLine {
  const scheme = uriScheme(uri);
  const unserved = scheme !== null && !servedSchemes.includes(scheme);
  return unserved ? bad(method, 416, 'Unsupported URI Scheme') : bad(method, 400, 'Malformed Request-URI');
}

function wordEnd(line: string, from: number): number {
  const space = line.indexOf(' ', from);
  return space < 0 ? line.length : space;
}

/** Leading zeros are no other version. */
function versionAt(line: string, from: number): 'ours' | 'other' | 'malformed' {
  if (line.length === from + 7 && line.endsWith('SIP/2.0')) return 'ours';
  const match = /^SIP\/([0-9]+)\.([0-9]+)$/i.exec(line.slice(from));
  if (match === null) return 'malformed';
  return Number(match[1]) === 2 && Number(match[2]) === 0 ? 'ours' : 'other';
}
