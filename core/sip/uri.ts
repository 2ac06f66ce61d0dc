/** `sip:`, `sips:` and `tel:` URIs (RFC 3261 19.1, RFC 3966): parse and print. `uri-equals.ts` compares. */
import { parseHostPort, printHostPort } from './host.ts';
import type { SipUri } from './types.ts';
import { escapesAreSound, escapeUri, unescapeUri } from './uri-escape.ts';

const schemePattern = /^([A-Za-z][A-Za-z0-9+.-]*):/;
/** Blanks, controls, quotes and angle brackets are in no URI (RFC 4475 3.1.2.7, 3.1.2.8, 3.1.2.14). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: hostile bytes are what this looks for
const foreign = /[\u0000-\u0020\u007f<>"]/;
const noParameters: ReadonlyMap<string, string> = new Map();

const keepInUser = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]$/;
const keepInPassword = /^[A-Za-z0-9\-_.!~*'()&=+$,]$/;
const keepInParameter = /^[A-Za-z0-9\-_.!~*'()[\]/:&+$]$/;
const keepInHeader = /^[A-Za-z0-9\-_.!~*'()[\]/?:+$]$/;

/**
 * Parses a URI; null when it is malformed. A URI of another scheme is not looked into: everything
 * after the colon is `user`, as written.
 */
export function parseUri(text: string): SipUri | null {
  const match = schemePattern.exec(text);
  if (match === null || foreign.test(text)) return null;
  const scheme = (match[1] ?? '').toLowerCase();
  const rest = text.slice(match[0].length);
  if (scheme === 'sip' || scheme === 'sips') return parseSip(scheme, rest);
  if (scheme === 'tel') return parseTel(rest);
  return rest === '' ? null : opaque(scheme, rest);
}

/** The scheme of a URI, lower-case, or null when there is none. */
export function uriScheme(text: string): string | null {
  return schemePattern.exec(text)?.[1]?.toLowerCase() ?? null;
}

function opaque(scheme: string, rest: string): SipUri {
  return { scheme, user: rest, password: null, host: '', port: null, parameters: noParameters, headers: noParameters };
}

/**
 * `[user[:password]@]host[:port][;parameters][?headers]`. The user part may itself hold `;` `?`
 * and `/` (RFC 4475 3.1.1.9), so the first `@` decides where the host begins; an `@` inside the
 * user must be escaped.
 */
function parseSip(scheme: string, rest: string): SipUri | null {
  if (!escapesAreSound(rest)) return null;
  const at = rest.indexOf('@');
  if (at === 0) return null;
  const userInfo = at < 0 ? null : rest.slice(0, at);
  const tail = rest.slice(at + 1);
  const question = tail.indexOf('?');
  const beforeHeaders = question < 0 ? tail : tail.slice(0, question);
  const semicolon = beforeHeaders.indexOf(';');
  const hostPort = parseHostPort(semicolon < 0 ? beforeHeaders : beforeHeaders.slice(0, semicolon));
  const parameters = semicolon < 0 ? noParameters : parsePairs(beforeHeaders.slice(semicolon + 1), ';', true);
  const headers = question < 0 ? noParameters : parsePairs(tail.slice(question + 1), '&', false);
  if (hostPort === null || parameters === null || headers === null) return null;
  const colon = userInfo?.indexOf(':') ?? -1;
  const user = userInfo === null ? null : colon < 0 ? userInfo : userInfo.slice(0, colon);
  if (user === '') return null;
  const password = userInfo === null || colon < 0 ? null : unescapeUri(userInfo.slice(colon + 1));
  return {
    scheme,
    user: user === null ? null : unescapeUri(user),
    password,
    host: hostPort.host,
    port: hostPort.port,
    parameters,
    headers,
  };
}

function parseTel(rest: string): SipUri | null {
  if (!escapesAreSound(rest)) return null;
  const semicolon = rest.indexOf(';');
  const number = semicolon < 0 ? rest : rest.slice(0, semicolon);
  const parameters = semicolon < 0 ? noParameters : parsePairs(rest.slice(semicolon + 1), ';', true);
  if (parameters === null || !/^\+?[0-9A-Fa-f*#().-]+$/.test(number)) return null;
  return { scheme: 'tel', user: number, password: null, host: '', port: null, parameters, headers: noParameters };
}

/** The first of equal names counts; empty pairs (`;;`, `;?`) are passed over, as deployed phones send them. */
function parsePairs(text: string, separator: string, lowerNames: boolean): Map<string, string> | null {
  const pairs = new Map<string, string>();
  for (const pair of text.split(separator)) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const written = unescapeUri(equals < 0 ? pair : pair.slice(0, equals));
    if (written === '' || pair.includes('@')) return null;
    const name = lowerNames ? written.toLowerCase() : written;
    if (!pairs.has(name)) pairs.set(name, equals < 0 ? '' : unescapeUri(pair.slice(equals + 1)));
  }
  return pairs;
}

/** Prints a URI, escaping what its place does not allow. */
export function printUri(uri: SipUri): string {
  const parameters = printPairs(uri.parameters, ';', ';', keepInParameter);
  if (uri.scheme === 'tel') return `tel:${uri.user ?? ''}${parameters}`;
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return `${uri.scheme}:${uri.user ?? ''}`;
  const password = uri.password === null ? '' : `:${escapeUri(uri.password, keepInPassword)}`;
  const userInfo = uri.user === null ? '' : `${escapeUri(uri.user, keepInUser)}${password}@`;
  const headers = printPairs(uri.headers, '?', '&', keepInHeader);
  return `${uri.scheme}:${userInfo}${printHostPort(uri.host, uri.port)}${parameters}${headers}`;
}

function printPairs(pairs: ReadonlyMap<string, string>, first: string, next: string, keep: RegExp): string {
  let text = '';
  for (const [name, value] of pairs) {
    text += text === '' ? first : next;
    text += escapeUri(name, keep);
    if (value !== '' || next === '&') text += `=${escapeUri(value, keep)}`;
  }
  return text;
}
