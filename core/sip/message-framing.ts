/** Messages out of a stream (RFC 3261 18.3): bounded, and cheap to ask again when more came. */
import { parseDecimal } from './grammar.ts';
import { HeaderSection, scanHeaders } from './header-section.ts';
import type { RefusalStatus } from './message.ts';
import { defaultLimits, type MessageLimits } from './message-limits.ts';
import { endOfHead } from './parse-message.ts';

export type Frame =
  /** The first `length` bytes are one message, with the blank lines before it. */
  | { readonly kind: 'message'; readonly length: number }
  /** Not yet whole; `length` is what it will have, once its head is there. */
  | { readonly kind: 'incomplete'; readonly length?: number }
  /** The border of the message cannot be told: answer it if it is a request, and close. */
  | { readonly kind: 'broken'; readonly status: RefusalStatus; readonly why: string };

/**
 * Looks at the front of `buffer`. A message without Content-Length has no body: "Content-Length …
 * MUST be used" on streams (20.14), and nothing else could tell its end.
 */
export function frameMessage(
  buffer: Uint8Array,
  maxMessageBytes = defaultLimits.bodyBytes,
  limits: MessageLimits = defaultLimits,
): Frame {
  let start = 0;
  while (buffer[start] === 0x0d || buffer[start] === 0x0a) start++;
  if (start === buffer.length) return { kind: 'incomplete' };
  const head = endOfHead(buffer, start);
  if ((head?.end ?? buffer.length) - start > headLimitBytes(maxMessageBytes, limits)) {
    return { kind: 'broken', status: 513, why: 'Message Too Large' };
  }
  if (head === null) return { kind: 'incomplete' };
  const length = contentLength(buffer.subarray(start, head.blankStart), limits);
  if (typeof length !== 'number') return { kind: 'broken', ...length };
  const end = head.end + length;
  if (end - start > maxMessageBytes) return { kind: 'broken', status: 513, why: 'Message Too Large' };
  return end > buffer.length ? { kind: 'incomplete', length: end } : { kind: 'message', length: end };
}

/** The longest head that is waited for. */
export function headLimitBytes(maxMessageBytes: number, limits: MessageLimits = defaultLimits): number {
  return Math.min(maxMessageBytes, limits.startLineBytes + limits.headSectionBytes);
}

function contentLength(head: Uint8Array, limits: MessageLimits): number | { status: RefusalStatus; why: string } {
  const latin1 = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  const feed = latin1.indexOf('\n');
  const { lines } = scanHeaders(latin1, head, feed < 0 ? latin1.length : feed + 1, latin1.length, limits);
  const section = new HeaderSection(latin1, head, lines, true);
  const values = new Set(section.headers('content-length'));
  if (values.size > 1) return { status: 400, why: 'More than one content-length header' };
  for (const text of values) {
    const length = parseDecimal(text, Number.MAX_SAFE_INTEGER);
    return length ?? { status: 400, why: 'Malformed Content-Length header' };
  }
  return 0;
}
