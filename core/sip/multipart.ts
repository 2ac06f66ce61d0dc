/** Bodies inside bodies (RFC 2046 5.1, RFC 5621): bounded in depth and number. */

import { quotedEnd, unquote } from './grammar.ts';
import { normalHeaderName } from './header-names.ts';
import { defaultLimits, type MessageLimits } from './message-limits.ts';

export interface BodyPart {
  /** Lower-case, without parameters; `text/plain` when the part names none (RFC 2046 5.2). */
  readonly contentType: string;
  /** Names full and lower-case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly content: Uint8Array;
}

/** `Application / SDP;charset=x` → `application/sdp`. */
export function mediaType(contentType: string | null): string {
  if (contentType === 'application/sdp') return contentType;
  const [type = '', subtype] = (contentType ?? '').split(';', 1)[0]?.split('/', 2) ?? [];
  const written = subtype === undefined ? type.trim() : `${type.trim()}/${subtype.trim()}`;
  return written.toLowerCase();
}

/**
 * The first body of type `wanted` in a message: the body itself, or a part of it at any allowed
 * depth. Null when there is none; an empty part is passed over.
 */
export function findBody(
  message: { header(name: string): string | null; readonly body: Uint8Array },
  wanted: string,
  limits: MessageLimits = defaultLimits,
): Uint8Array | null {
  const contentType = message.header('content-type');
  return search(contentType, message.body, wanted.toLowerCase(), limits.multipartDepth, limits);
}

function search(
  contentType: string | null,
  content: Uint8Array,
  wanted: string,
  depth: number,
  limits: MessageLimits,
): Uint8Array | null {
  if (content.length === 0) return null;
  const type = mediaType(contentType);
  if (type === wanted) return content;
  if (!type.startsWith('multipart/') || depth <= 0) return null;
  for (const part of parseMultipart(contentType ?? '', content, limits) ?? []) {
    const found = search(part.headers.get('content-type') ?? null, part.content, wanted, depth - 1, limits);
    if (found !== null) return found;
  }
  return null;
}

/** The parts of a multipart body; null when it has no boundary, no part or no end, or too many parts. */
export function parseMultipart(
  contentType: string,
  body: Uint8Array,
  limits: MessageLimits = defaultLimits,
): readonly BodyPart[] | null {
  const boundary = boundaryOf(contentType);
  if (boundary === null) return null;
  const latin1 = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  const delimiter = `--${Buffer.from(boundary, 'utf8').toString('latin1')}`;
  const parts: BodyPart[] = [];
  let start = -1;
  for (let at = delimiterAt(latin1, delimiter, 0); at >= 0; at = delimiterAt(latin1, delimiter, at + 1)) {
    if (start >= 0) parts.push(parsePart(latin1, body, start, at));
    const after = latin1.slice(at + delimiter.length, at + delimiter.length + 2);
    if (after === '--') return parts.length === 0 ? null : parts;
    if (parts.length >= limits.multipartParts) return null;
    const feed = latin1.indexOf('\n', at + delimiter.length);
    if (feed < 0) return null;
    start = feed + 1;
  }
  return null;
}

/** The boundary with or without quotes. */
function boundaryOf(contentType: string): string | null {
  const match = /;\s*boundary\s*=\s*/i.exec(contentType);
  if (match === null) return null;
  const from = match.index + match[0].length;
  if (contentType.charAt(from) === '"') {
    const end = quotedEnd(contentType, from);
    return end < 0 ? null : nonEmpty(unquote(contentType.slice(from, end)));
  }
  return nonEmpty(/^[^\s;]*/.exec(contentType.slice(from))?.[0] ?? '');
}

/** "no longer than 70 characters" (RFC 2046 5.1.1). */
function nonEmpty(boundary: string): string | null {
  return boundary === '' || boundary.length > 70 ? null : boundary;
}

/** A delimiter counts at the beginning of a line only. */
function delimiterAt(latin1: string, delimiter: string, from: number): number {
  let at = latin1.indexOf(delimiter, from);
  while (at > 0 && latin1.charAt(at - 1) !== '\n') at = latin1.indexOf(delimiter, at + 1);
  return at;
}

function parsePart(latin1: string, body: Uint8Array, start: number, delimiter: number): BodyPart {
  const end = Math.max(start, delimiter - (latin1.slice(delimiter - 2, delimiter) === '\r\n' ? 2 : 1));
  const text = latin1.slice(start, end);
  const blank = /^\r?\n|\r?\n\r?\n/.exec(text);
  const head = blank === null ? text : text.slice(0, blank.index);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(normalHeaderName(line.slice(0, colon).trim()), line.slice(colon + 1).trim());
  }
  const contentStart = blank === null ? end : start + blank.index + blank[0].length;
  const contentType = mediaType(headers.get('content-type') ?? 'text/plain');
  return { contentType, headers, content: body.subarray(contentStart, end) };
}
