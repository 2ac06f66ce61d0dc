/** `sip:`, `sips:` and `tel:` URIs (RFC 3261 19.1, RFC 3966): parse and print. `uri-equals.ts` compares. */
import { type Codes, codesOf, flags, isWord, runEnd } from './codes.ts';
import { hostMarks, markedPort, printHostPort, scanHostPort } from './host.ts';
import type { SipUri } from './types.ts';
import { escapeUri, unescapeUri } from './uri-escape.ts';

const schemeFlags = flags('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+.-');
const telFlags = flags('0123456789ABCDEFabcdef*#().-');
const hexFlags = flags('0123456789ABCDEFabcdef');
const noParameters: ReadonlyMap<string, string> = new Map();

const keepInUser = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]$/;
const keepInPassword = /^[A-Za-z0-9\-_.!~*'()&=+$,]$/;
const keepInParameter = /^[A-Za-z0-9\-_.!~*'()[\]/:&+$]$/;
const keepInHeader = /^[A-Za-z0-9\-_.!~*'()[\]/?:+$]$/;

/** Where the pieces of the URI that was scanned last lie; -1: there is none. Its host is in `hostMarks`. */
const marks = {
  scheme: '',
  /** After the colon of the scheme. */
  start: 0,
  /** The `@`. */
  at: -1,
  /** The `:` before a password. */
  passwordColon: -1,
  /** True for sip and sips. */
  hasHost: false,
  /** The first `;` and the `?`. */
  semicolon: -1,
  question: -1,
};

/**
 * Parses a URI; null when it is malformed. A URI of another scheme is not looked into: everything
 * after the colon is `user`, as written.
 */
export function parseUri(text: string): SipUri | null {
  return uriIn(text, codesOf(text), 0, text.length);
}

/** As `parseUri` of a range. */
export function uriIn(text: string, codes: Codes, from: number, to: number): SipUri | null {
  return scanUri(text, codes, from, to) ? build(text, to) : null;
}

/** True when a range is a URI: as `uriIn`, but nothing is made of it. */
export function isUri(text: string, codes: Codes, from: number, to: number): boolean {
  return scanUri(text, codes, from, to);
}

/** Reads a range into `marks`; false when it is no URI. */
function scanUri(text: string, codes: Codes, from: number, to: number): boolean {
  const first = (codes[from] ?? 0) | 0x20;
  if (from >= to || first < 0x61 || first > 0x7a) return false;
  const colon = runEnd(codes, from, to, schemeFlags);
  if (colon >= to || codes[colon] !== 0x3a) return false;
  const scheme = schemeOf(text, codes, from, colon);
  const start = colon + 1;
  marks.scheme = scheme;
  marks.start = start;
  if (scheme === 'sip' || scheme === 'sips') return scanSip(text, codes, start, to);
  marks.at = -1;
  marks.passwordColon = -1;
  marks.hasHost = false;
  marks.semicolon = -1;
  marks.question = -1;
  return scheme === 'tel' ? scanTel(codes, start, to) : scanOther(codes, start, to);
}

function schemeOf(text: string, codes: Codes, from: number, to: number): string {
  if (isWord(codes, from, to, 'sip')) return 'sip';
  if (isWord(codes, from, to, 'sips')) return 'sips';
  return text.slice(from, to).toLowerCase();
}

const PLAIN = 0;
const FOREIGN = 1;
const AT = 2;
const COLON = 3;
const SEMICOLON = 4;
const QUESTION = 5;
const PERCENT = 6;

/**
 * What each character means in a URI. Blanks, controls, quotes and angle brackets are in none
 * (RFC 4475 3.1.2.7, 3.1.2.8, 3.1.2.14).
 */
const sipCodes = new Uint8Array(256);
sipCodes.fill(FOREIGN, 0, 0x21);
for (const character of '"<>\u007f') sipCodes[character.charCodeAt(0)] = FOREIGN;
for (const [index, character] of [...'@:;?%'].entries()) sipCodes[character.charCodeAt(0)] = AT + index;

/** Do two hexadecimal digits follow the `%` at `at`? */
function isEscape(codes: Codes, at: number, to: number): boolean {
  return at + 2 < to && hexFlags[codes[at + 1] ?? 0] === 1 && hexFlags[codes[at + 2] ?? 0] === 1;
}

/**
 * `[user[:password]@]host[:port][;parameters][?headers]`. The user part may itself hold `;` `?`
 * and `/` (RFC 4475 3.1.1.9), so the first `@` decides where the host begins; an `@` inside the
 * user must be escaped.
 */
function scanSip(text: string, codes: Codes, start: number, to: number): boolean {
  let at = -1;
  let passwordColon = -1;
  let colon = -1;
  let semicolon = -1;
  let question = -1;
  for (let index = start; index < to; index++) {
    const meaning = sipCodes[codes[index] ?? 0];
    if (meaning === PLAIN) continue;
    if (meaning === COLON) {
      if (colon < 0) colon = index;
    } else if (meaning === AT) {
      if (at >= 0) return false;
      at = index;
      passwordColon = colon;
      semicolon = -1;
      question = -1;
    } else if (meaning === SEMICOLON) {
      if (semicolon < 0 && question < 0) semicolon = index;
    } else if (meaning === QUESTION) {
      if (question < 0) question = index;
    } else if (meaning === FOREIGN || !isEscape(codes, index, to)) return false;
  }
  if (at === start || passwordColon === start) return false;
  const headersStart = question < 0 ? to : question;
  const hostEnd = semicolon < 0 ? headersStart : semicolon;
  if (!scanHostPort(text, codes, at < 0 ? start : at + 1, hostEnd)) return false;
  if (semicolon >= 0 && !namesAreThere(codes, semicolon, headersStart, 0x3b)) return false;
  if (question >= 0 && !namesAreThere(codes, question, to, 0x26)) return false;
  marks.at = at;
  marks.passwordColon = passwordColon;
  marks.hasHost = true;
  marks.semicolon = semicolon;
  marks.question = question;
  return true;
}

/** No pair begins with `=`. Empty pairs (`;;`, `;?`) are passed over, as deployed phones send them. */
function namesAreThere(codes: Codes, first: number, to: number, separator: number): boolean {
  for (let at = first; at + 1 < to; at++) {
    const separates = at === first || codes[at] === separator;
    if (separates && codes[at + 1] === 0x3d) return false;
  }
  return true;
}

/** RFC 3966: digits and visual separators; letters are those of `phonedigit-hex`. */
function scanTel(codes: Codes, start: number, to: number): boolean {
  let semicolon = -1;
  for (let index = start; index < to; index++) {
    const code = sipCodes[codes[index] ?? 0];
    if (code === FOREIGN || code === AT || (code === PERCENT && !isEscape(codes, index, to))) return false;
    if (code === SEMICOLON && semicolon < 0) semicolon = index;
  }
  const numberEnd = semicolon < 0 ? to : semicolon;
  const digitsStart = codes[start] === 0x2b ? start + 1 : start;
  if (digitsStart >= numberEnd || runEnd(codes, digitsStart, numberEnd, telFlags) !== numberEnd) return false;
  if (semicolon >= 0 && !namesAreThere(codes, semicolon, to, 0x3b)) return false;
  marks.semicolon = semicolon;
  return true;
}

function scanOther(codes: Codes, start: number, to: number): boolean {
  for (let index = start; index < to; index++) if (sipCodes[codes[index] ?? 0] === FOREIGN) return false;
  return start < to;
}

/** The URI in `marks`. */
function build(text: string, to: number): SipUri {
  const { scheme, start, at, passwordColon, hasHost, semicolon, question } = marks;
  const parameters = semicolon < 0 ? '' : text.slice(semicolon + 1, question < 0 ? to : question);
  if (!hasHost) {
    const user = text.slice(start, semicolon < 0 ? to : semicolon);
    return new ReadUri({ scheme, user, password: null, host: '', port: null }, parameters, '');
  }
  const fields = {
    scheme,
    user: at < 0 ? null : unescapeUri(text.slice(start, passwordColon < 0 ? at : passwordColon)),
    password: passwordColon < 0 ? null : unescapeUri(text.slice(passwordColon + 1, at)),
    host: text.slice(hostMarks.start, hostMarks.end),
    port: markedPort(),
  };
  return new ReadUri(fields, parameters, question < 0 ? '' : text.slice(question + 1, to));
}

/** A URI with some fields changed. (Spreading one that was read would lose what is read only when asked.) */
export function uriWith(uri: SipUri, changes: Partial<SipUri>): SipUri {
  const { scheme, user, password, host, port, parameters, headers } = uri;
  return { scheme, user, password, host, port, parameters, headers, ...changes };
}

/** Parameters and headers become maps when somebody asks for them. */
class ReadUri implements SipUri {
  readonly scheme: string;
  readonly user: string | null;
  readonly password: string | null;
  readonly host: string;
  readonly port: number | null;
  #parameters: ReadonlyMap<string, string> | string;
  #headers: ReadonlyMap<string, string> | string;

  constructor(fields: Omit<SipUri, 'parameters' | 'headers'>, parameters: string, headers: string) {
    this.scheme = fields.scheme;
    this.user = fields.user;
    this.password = fields.password;
    this.host = fields.host;
    this.port = fields.port;
    this.#parameters = parameters === '' ? noParameters : parameters;
    this.#headers = headers === '' ? noParameters : headers;
  }

  get parameters(): ReadonlyMap<string, string> {
    if (typeof this.#parameters === 'string') this.#parameters = pairs(this.#parameters, ';', true);
    return this.#parameters;
  }

  get headers(): ReadonlyMap<string, string> {
    if (typeof this.#headers === 'string') this.#headers = pairs(this.#headers, '&', false);
    return this.#headers;
  }
}

/** The first of equal names counts. */
function pairs(text: string, separator: string, lowerNames: boolean): Map<string, string> {
  const found = new Map<string, string>();
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf(separator, start);
    const end = next < 0 ? text.length : next;
    if (end > start) addPair(found, text.slice(start, end), lowerNames);
    start = end + 1;
  }
  return found;
}

function addPair(found: Map<string, string>, pair: string, lowerName: boolean): void {
  const equals = pair.indexOf('=');
  const written = unescapeUri(equals < 0 ? pair : pair.slice(0, equals));
  const name = lowerName ? written.toLowerCase() : written;
  if (!found.has(name)) found.set(name, equals < 0 ? '' : unescapeUri(pair.slice(equals + 1)));
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
