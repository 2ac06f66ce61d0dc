/** The first line of a message (RFC 3261 7.1, 7.2). */
import { type Codes, codeAt, decimalIn, runEnd, tokenFlags } from './codes.ts';
import { isToken, parseDecimal } from './grammar.ts';
import { decodeUtf8 } from './header-section.ts';
import type { RefusalStatus } from './message.ts';
import { reasonPhrase } from './reason-phrases.ts';
import type { SipUri } from './types.ts';
import { parseUri, uriIn } from './uri.ts';

export type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: string; readonly requestUri: SipUri }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string }
  /** A request that can be answered with this. */
  | { readonly kind: 'badRequest'; readonly method: string; readonly status: RefusalStatus; readonly why: string }
  /** To be dropped. */
  | { readonly kind: 'useless'; readonly why: string };

/**
 * "The SIP-Version string is case-insensitive" (7.1). The line is the range `[0, end)` of `text`,
 * which is Latin-1, without its line break; `ascii`: nothing in it is beyond ASCII. One that cannot be told to be a request is useless:
 * nobody can be answered.
 */
export function parseStartLine(text: string, codes: Codes, end: number, ascii: boolean): StartLine {
  return (codes[3] ?? 0) <= 0x2f && /^SIP[ \t]*\//i.test(text)
    ? (plainStatusLine(text, codes, end) ?? parseStatusLine(text.slice(0, end)))
    : parseRequestLine(text, codes, end, ascii);
}

/** A Status-Line as nearly all are; null: it needs a closer look. */
function plainStatusLine(text: string, codes: Codes, end: number): StartLine | null {
  if (!text.startsWith('SIP/2.0 ') || end < 12 || codes[11] !== 0x20) return null;
  const status = decimalIn(codes, 8, 11, 699);
  if (status === null || status < 100) return null;
  const usual = reasonPhrase(status);
  const isUsual = end - 12 === usual.length && text.startsWith(usual, 12);
  return isUsual ? { kind: 'response', status, reason: usual } : null;
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
function parseRequestLine(text: string, codes: Codes, end: number, ascii: boolean): StartLine {
  const methodEnd = runEnd(codes, 0, end, tokenFlags);
  const uriStart = methodEnd + 1;
  const uriEnd = codeAt(codes, 0x20, Math.min(uriStart, end), end);
  const version = versionAt(text, uriEnd + 1, end);
  if (methodEnd === 0 || codes[methodEnd] !== 0x20 || uriEnd <= uriStart || version === 'malformed') {
    return malformed(text.slice(0, end));
  }
  const method = text.slice(0, methodEnd);
  if (version === 'other') return bad(method, 505, 'Version Not Supported');
  const written = text.slice(uriStart, uriEnd);
  const uri = ascii ? written : decodeUtf8(written);
  const requestUri = uri === written ? uriIn(text, codes, uriStart, uriEnd) : parseUri(uri);
  if (requestUri === null) return bad(method, 400, 'Malformed Request-URI');
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

/** Leading zeros are no other version. */
function versionAt(text: string, from: number, end: number): 'ours' | 'other' | 'malformed' {
  if (end === from + 7 && text.startsWith('SIP/2.0', from)) return 'ours';
  const match = /^SIP\/([0-9]+)\.([0-9]+)$/i.exec(text.slice(Math.min(from, end), end));
  if (match === null) return 'malformed';
  return Number(match[1]) === 2 && Number(match[2]) === 0 ? 'ours' : 'other';
}
