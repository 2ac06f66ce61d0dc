/** Printing of messages. What is taken over from a request is taken over byte by byte. */
import type { Endpoint } from '../runtime/index.ts';
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
  return assemble(utf8(`${oneLine(method)} ${oneLine(uri)} SIP/2.0\r\n${printHeaders(headers)}`), body ?? null);
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
  const { status } = parts;
  const lines: string[] = [];
  section.spansOf('via').forEach((span, index) => {
    const value = section.rawValue(span);
    lines.push(`Via: ${index === 0 && parts.source !== undefined ? viaLineWithSource(value, parts.source) : value}`);
  });
  for (const name of parts.copy ?? []) copyLines(section, name, lines);
  copyLines(section, 'from', lines);
  for (const span of section.spansOf('to'))
    lines.push(`To: ${withTag(section, span, status === 100 ? '' : parts.toTag)}`);
  copyLines(section, 'call-id', lines);
  copyLines(section, 'cseq', lines);
  // 8.2.6.1: "any Timestamp header field present in the request MUST be copied into this 100".
  if (status === 100) copyLines(section, 'timestamp', lines);
  const copied = lines.map((line) => `${line}\r\n`).join('');
  const statusLine = `SIP/2.0 ${status} ${oneLine(parts.reason ?? reasonPhrase(status))}\r\n`;
  const head = Buffer.concat([
    utf8(statusLine),
    Buffer.from(copied, 'latin1'),
    utf8(printHeaders(parts.headers ?? [])),
  ]);
  return assemble(head, parts.body ?? null);
}

function copyLines(section: HeaderSection, name: string, lines: string[]): void {
  for (const span of section.spansOf(name)) {
    lines.push(`${writtenName(name)}: ${section.rawValue(span)}`);
  }
}

/** Only what follows the address counts as a tag: `"x;tag=1" <sip:a>` has none. */
function withTag(section: HeaderSection, span: HeaderSpan, tag: string | undefined): string {
  const value = section.rawValue(span);
  const behind = value.slice(value.lastIndexOf('>') + 1);
  return tag === undefined || tag === '' || /;[ \t]*tag[ \t]*=/i.test(behind) ? value : `${value};tag=${tag}`;
}

/** `call-id` → `Call-ID`, `record-route` → `Record-Route`. */
export function writtenName(normal: string): string {
  if (normal === 'call-id') return 'Call-ID';
  if (normal === 'cseq') return 'CSeq';
  if (normal === 'www-authenticate') return 'WWW-Authenticate';
  return normal.replace(/(^|-)([a-z])/g, (match) => match.toUpperCase());
}

/** Header lines as text. Line breaks and NULs in names and values become blanks: nobody can inject a header. */
export function printHeaders(headers: readonly HeaderLine[]): string {
  return headers.map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}\r\n`).join('');
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get out
  return /[\u0000\r\n]/.test(text) ? text.replace(/[\u0000\r\n]+/g, ' ') : text;
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function assemble(head: Uint8Array, body: SipBody | null): Uint8Array {
  const content = body?.content ?? new Uint8Array(0);
  const type = body === null ? '' : `Content-Type: ${oneLine(body.contentType)}\r\n`;
  return Buffer.concat([head, utf8(`${type}Content-Length: ${content.length}\r\n\r\n`), content]);
}
