/** The small pieces of the grammar that every header shares (RFC 3261 25.1). */

/** `token`: method, header and parameter names. */
const tokenPattern = /^[A-Za-z0-9\-.!%*_+`'~]+$/;

export function isToken(text: string): boolean {
  return tokenPattern.test(text);
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
  return quoted.slice(1, -1).replace(/\\([\s\S])/g, '$1');
}

/** `text` as a quoted string; line breaks become spaces. */
export function quote(text: string): string {
  return `"${text.replace(/[\r\n]+/g, ' ').replace(/(["\\])/g, '\\$1')}"`;
}

/**
 * A header value as its list of values: split at commas outside quotes and angle brackets
 * (RFC 3261 7.3.1). Parts are trimmed; empty ones stay, so that a reader can refuse them.
 */
export function splitHeaderList(value: string): string[] {
  if (!value.includes(',')) return [value.trim()];
  const parts: string[] = [];
  let start = 0;
  let inAngles = false;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 0x22 && !inAngles) {
      const end = quotedEnd(value, at);
      if (end < 0) break;
      at = end - 1;
    } else if (code === 0x3c) inAngles = true;
    else if (code === 0x3e) inAngles = false;
    else if (code === 0x2c && !inAngles) {
      parts.push(value.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(value.slice(start).trim());
  return parts;
}

/** A decimal number of at most `max`, or null: signs, blanks and letters are no number. */
export function parseDecimal(text: string, max: number): number | null {
  if (!/^[0-9]{1,20}$/.test(text)) return null;
  const value = Number(text);
  return value <= max ? value : null;
}
