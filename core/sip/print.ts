/** Printing of messages. What is taken over from a request is taken over byte by byte. */
import type { Endpoint } from '../runtime/index.ts';
import { headerIds, isCommonName, writtenName } from './header-names.ts';
import type { HeaderSection } from './header-section.ts';
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
  const { status, source } = parts;
  let head = `SIP/2.0 ${status} ${wire(parts.reason ?? reasonPhrase(status))}\r\n`;
  const { via } = headerIds;
  const topVia = section.lineOfId(via);
  if (topVia >= 0) {
    const value =
      source === undefined
        ? section.rawValue(topVia)
        : section.readRaw(topVia, (text, codes, from, to) => viaWithSourceIn(text, codes, from, to, source));
    head += `Via: ${value}\r\n`;
  }
  for (
    let line = topVia < 0 ? -1 : section.lineOfId(via, topVia + 1);
    line >= 0;
    line = section.lineOfId(via, line + 1)
  ) {
    head += `Via: ${section.rawValue(line)}\r\n`;
  }
  for (const name of parts.copy ?? []) head += copiedLines(section, name, writtenName(name));
  head += linesOfId(section, headerIds.from, 'From');
  const toLine = section.lineOfId(headerIds.to);
  if (toLine >= 0) head += `To: ${withTag(section.rawValue(toLine), status === 100 ? '' : parts.toTag)}\r\n`;
  head += linesOfId(section, headerIds.callId, 'Call-ID');
  head += linesOfId(section, headerIds.cseq, 'CSeq');
  // 8.2.6.1: "any Timestamp header field present in the request MUST be copied into this 100".
  if (status === 100) head += copiedLines(section, 'timestamp', 'Timestamp');
  return assemble(head + wireHeaders(parts.headers ?? []), parts.body ?? null);
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
function withTag(value: string, tag: string | undefined): string {
  if (tag === undefined || tag === '') return value;
  const behind = value.indexOf(';', value.lastIndexOf('>') + 1);
  return behind >= 0 && /;[ \t]*tag[ \t]*=/i.test(value.slice(behind)) ? value : `${value};tag=${tag}`;
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
 * One string and one write: `head` has a character for each byte. Never out of Node's pool, as a
 * response may be kept for 32 s and would keep 8 kB with it.
 */
function assemble(head: string, body: SipBody | null): Uint8Array {
  const content = body?.content;
  const type = body === null ? '' : `Content-Type: ${wire(body.contentType)}\r\n`;
  const text = `${head}${type}Content-Length: ${content?.length ?? 0}\r\n\r\n`;
  const bytes = Buffer.allocUnsafeSlow(text.length + (content?.length ?? 0));
  bytes.write(text, 'latin1');
  if (content !== undefined) bytes.set(content, text.length);
  return bytes;
}
