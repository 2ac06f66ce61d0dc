/** Printing of messages. What is taken over from a request is taken over byte by byte. */
import type { Endpoint } from '../runtime/index.ts';
import { headerIds, isCommonName, writtenName } from './header-names.ts';
import type { HeaderSection, ResponseEcho } from './header-section.ts';
import { viaWithSourceIn } from './header-via.ts';
import { reasonPhrase } from './reason-phrases.ts';
import type { HeaderLine, SipBody } from './types.ts';

export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  /** In this order; Content-Type and Content-Length come from `body`. */
  readonly headers: readonly HeaderLine[];
  readonly body?: SipBody | null;
}

/** The bytes of a request. */
export function buildRequest({ method, uri, headers, body }: RequestParts): Uint8Array {
  return assemble(`${wire(method)} ${wire(uri)} SIP/2.0\r\n${wireHeaders(headers)}`, body ?? null);
}

export interface ResponseParts {
  readonly status: number;
  /** Default: the RFC's phrase. */
  readonly reason?: string;
  /** Added to To where it has no tag yet, except in 100 (RFC 3261 8.2.6.2). */
  readonly toTag?: string;
  /** Where the request came from: puts `received` and `rport` into the topmost Via. */
  readonly source?: Endpoint;
  /** Further headers that are copied, for example `record-route` (12.1.1). */
  readonly copy?: readonly string[];
  readonly headers?: readonly HeaderLine[];
  readonly body?: SipBody | null;
}

/**
 * The bytes of the response to a request (also to one that was refused: what is missing is left
 * out). "The From field of the response MUST equal the From header field of the request", so with
 * Call-ID, CSeq and Via; To gets a tag (8.2.6.2).
 */
export function buildResponse(request: { readonly section: HeaderSection }, parts: ResponseParts): Uint8Array {
  const { section } = request;
  const { status, source, copy = [] } = parts;
  const echo = echoOf(section, source);
  let head = statusLine(status, parts.reason) + echo.vias;
  for (const name of copy) head += copiedLines(section, name, writtenName(name));
  head += status === 100 || echo.hasToTag || !parts.toTag ? echo.before + echo.after : tagged(echo, parts.toTag);
  // 8.2.6.1: "any Timestamp header field present in the request MUST be copied into this 100".
  if (status === 100) head += copiedLines(section, 'timestamp', 'Timestamp');
  return assemble(head + wireHeaders(parts.headers ?? []), parts.body ?? null);
}

/** What all responses to one request take over from it; made for the first, as most get two or three. */
function echoOf(section: HeaderSection, source: Endpoint | undefined): ResponseEcho {
  if (section.echo === null || section.echo.source !== source) section.echo = newEcho(section, source);
  return section.echo;
}

function tagged({ before, after }: ResponseEcho, tag: string): string {
  return `${before};tag=${tag}${after}`;
}

function newEcho(section: HeaderSection, source: Endpoint | undefined): ResponseEcho {
  const { via } = headerIds;
  let vias = '';
  let line = section.lineOfId(via);
  if (line >= 0 && source !== undefined) {
    vias = `Via: ${section.readRaw(line, (text, codes, from, to) => viaWithSourceIn(text, codes, from, to, source))}\r\n`;
    line = section.lineOfId(via, line + 1);
  }
  for (; line >= 0; line = section.lineOfId(via, line + 1)) vias += `Via: ${section.rawValue(line)}\r\n`;
  const from = linesOfId(section, headerIds.from, 'From');
  const rest = linesOfId(section, headerIds.callId, 'Call-ID') + linesOfId(section, headerIds.cseq, 'CSeq');
  const toLine = section.lineOfId(headerIds.to);
  if (toLine < 0) return { source, vias, before: from, after: rest, hasToTag: true };
  const to = section.rawValue(toLine);
  return { source, vias, before: `${from}To: ${to}`, after: `\r\n${rest}`, hasToTag: hasTag(to) };
}

/** The first lines of the usual responses, by status. */
const statusLines: string[] = [];

function statusLine(status: number, reason: string | undefined): string {
  if (reason !== undefined && reason !== reasonPhrase(status)) return `SIP/2.0 ${status} ${wire(reason)}\r\n`;
  let line = statusLines[status];
  if (line === undefined) {
    line = `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`;
    if (status >= 100 && status < 700) statusLines[status] = line;
  }
  return line;
}

function copiedLines(section: HeaderSection, name: string, written: string): string {
  let lines = '';
  for (let line = section.lineOf(name); line >= 0; line = section.lineOf(name, line + 1)) {
    lines += `${written}: ${section.rawValue(line)}\r\n`;
  }
  return lines;
}

/** As `copiedLines` of a common name. */
function linesOfId(section: HeaderSection, id: number, written: string): string {
  let lines = '';
  for (let line = section.lineOfId(id); line >= 0; line = section.lineOfId(id, line + 1)) {
    lines += `${written}: ${section.rawValue(line)}\r\n`;
  }
  return lines;
}

/** Only what follows the address counts as a tag: `"x;tag=1" <sip:a>` has none. */
function hasTag(to: string): boolean {
  const behind = to.indexOf(';', to.lastIndexOf('>') + 1);
  return behind >= 0 && /;[ \t]*tag[ \t]*=/i.test(to.slice(behind));
}

/** Header lines as text. Line breaks and NULs in names and values become blanks: nobody can inject a header. */
export function printHeaders(headers: readonly HeaderLine[]): string {
  return headers.map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}\r\n`).join('');
}

/** As `printHeaders`, in wire form. */
function wireHeaders(headers: readonly HeaderLine[]): string {
  let text = '';
  for (const [name, value] of headers) text += `${isCommonName(name) ? name : wire(name)}: ${wire(value)}\r\n`;
  return text;
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get out
  return text.replace(/[\u0000\r\n]+/g, ' ');
}

/** Text as it goes out: on one line, and UTF-8 with a character for each byte. */
function wire(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get out
  return /[\u0000\r\n\u0080-\uffff]/.test(text) ? Buffer.from(oneLine(text), 'utf8').toString('latin1') : text;
}

/**
 * Messages are cut from pieces of this size: a buffer of its own costs more than all else of a short message. The
 * pieces are our own, not Node's pool: a response that is kept for 32 s keeps only its neighbours in time with it,
 * most of which are kept as long.
 */
const PIECE_BYTES = 16_384;
let piece = Buffer.alloc(0);
let pieceUsed = 0;

function room(length: number): Buffer {
  if (length > PIECE_BYTES / 4) return Buffer.allocUnsafeSlow(length);
  if (pieceUsed + length > piece.length) {
    piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    pieceUsed = 0;
  }
  const from = pieceUsed;
  pieceUsed += length;
  return piece.subarray(from, from + length);
}

/** One string and one write: `head` has a character for each byte. */
function assemble(head: string, body: SipBody | null): Uint8Array {
  if (body === null) return written(`${head}Content-Length: 0\r\n\r\n`, null);
  const { contentType, content } = body;
  const type = `Content-Type: ${contentType === 'application/sdp' ? contentType : wire(contentType)}\r\n`;
  return written(`${head}${type}Content-Length: ${content.length}\r\n\r\n`, content);
}

function written(text: string, content: Uint8Array | null): Uint8Array {
  const bytes = room(text.length + (content?.length ?? 0));
  bytes.write(text, 'latin1');
  if (content !== null) bytes.set(content, text.length);
  return bytes;
}
