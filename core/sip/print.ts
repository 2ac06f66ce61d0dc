/** Printing of messages. What is taken over from a request is taken over byte by byte. */
import type { Endpoint } from '../runtime/index.ts';
import { isCommonName, writtenName } from './header-names.ts';
import type { HeaderSection, HeaderSpan } from './header-section.ts';
import { viaLineWithSource } from './header-via.ts';
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
  let isTop = true;
  for (const span of section.spansOf('via')) {
    const value = section.rawValue(span);
    head += `Via: ${isTop && source !== undefined ? viaLineWithSource(value, source) : value}\r\n`;
    isTop = false;
  }
  for (const name of parts.copy ?? []) head += copiedLines(section, name, writtenName(name));
  head += copiedLines(section, 'from', 'From');
  for (const span of section.spansOf('to'))
    head += `To: ${withTag(section, span, status === 100 ? '' : parts.toTag)}\r\n`;
  head += copiedLines(section, 'call-id', 'Call-ID');
  head += copiedLines(section, 'cseq', 'CSeq');
  // 8.2.6.1: "any Timestamp header field present in the request MUST be copied into this 100".
  if (status === 100) head += copiedLines(section, 'timestamp', 'Timestamp');
  return assemble(head + wireHeaders(parts.headers ?? []), parts.body ?? null);
}

function copiedLines(section: HeaderSection, name: string, written: string): string {
  let lines = '';
  for (const span of section.spans) if (span.name === name) lines += `${written}: ${section.rawValue(span)}\r\n`;
  return lines;
}

/** Only what follows the address counts as a tag: `"x;tag=1" <sip:a>` has none. */
function withTag(section: HeaderSection, span: HeaderSpan, tag: string | undefined): string {
  const value = section.rawValue(span);
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

/** One string and one write: `head` has a character for each byte. */
function assemble(head: string, body: SipBody | null): Uint8Array {
  if (body === null) return Buffer.from(`${head}Content-Length: 0\r\n\r\n`, 'latin1');
  const { content, contentType } = body;
  const text = `${head}Content-Type: ${wire(contentType)}\r\nContent-Length: ${content.length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(text.length + content.length);
  bytes.write(text, 'latin1');
  bytes.set(content, text.length);
  return bytes;
}
