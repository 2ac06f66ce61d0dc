/** The small pieces of the grammar that every header shares (RFC 3261 25.1). `codes.ts` has the fast ones. */
import { codesOf, itemEnd, tokenFlags } from './codes.ts';

/** `token`: method, header and parameter names. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (tokenFlags[text.charCodeAt(at)] !== 1) return false;
  return text !== '';
}

/** Space, tab, and what is left of folding when a header is read unfolded. */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Position of the first character at or after `from` that is not LWS. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/**
 * Position just after the closing quote of the quoted string that opens at `open`, or -1 when it
 * is not closed. A backslash takes the next character with it, whatever that is (quoted-pair).
 */
export function quotedEnd(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at + 1;
  }
  return -1;
}

/** What a quoted string with its quotes says. */
export function unquote(quoted: string): string {
  const inside = quoted.slice(1, -1);
  return inside.includes('\\') ? inside.replace(/\\([\s\S])/g, '$1') : inside;
}

/** `text` as a quoted string; line breaks become spaces. */
export function quote(text: string): string {
  if (!/[\r\n"\\]/.test(text)) return `"${text}"`;
  return `"${text.replace(/[\r\n]+/g, ' ').replace(/(["\\])/g, '\\$1')}"`;
}

/**
 * A header value as its list of values: split at commas outside quotes and angle brackets
 * (RFC 3261 7.3.1). Parts are trimmed; empty ones stay, so that a reader can refuse them.
 */
export function splitHeaderList(value: string): string[] {
  if (!value.includes(',')) return [value.trim()];
  const codes = codesOf(value);
  const parts: string[] = [];
  for (let start = 0; start <= value.length; ) {
    const end = itemEnd(codes, start, value.length);
    parts.push(value.slice(start, end).trim());
    start = end + 1;
  }
  return parts;
}

/** A decimal number of at most `max`, or null: signs, blanks and letters are no number. */
export function parseDecimal(text: string, max: number): number | null {
  if (!/^[0-9]{1,20}$/.test(text)) return null;
  const value = Number(text);
  return value <= max ? value : null;
}
