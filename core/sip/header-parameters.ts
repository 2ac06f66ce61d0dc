/** `*( SEMI generic-param )` behind a header value (RFC 3261 25.1). */
import { isToken, quotedEnd, skipSpace, unquote } from './grammar.ts';

/**
 * Reads `;name=value;flag` from `from` to the end of `text`, with LWS anywhere around `;` and `=`.
 * Names lower-case, quotes stripped, '' for a parameter without value. Null when anything else is
 * there, for an empty parameter (RFC 4475 3.1.2.1), and for a name given twice with different values:
 * "any given parameter-name MUST NOT appear more than once" (RFC 3261 7.3.1). The same value again
 * leaves no doubt, and test tools do send a tag twice.
 *
 * An unquoted value may hold more than token and host: everything but blanks, quotes, commas and
 * angle brackets, since tags and branches of deployed phones do.
 */
export function parseHeaderParameters(text: string, from: number): Map<string, string> | null {
  const parameters = new Map<string, string>();
  let at = skipSpace(text, from);
  while (at < text.length) {
    if (text.charCodeAt(at) !== 0x3b) return null;
    at = skipSpace(text, at + 1);
    const nameStart = at;
    while (at < text.length && !' \t;='.includes(text.charAt(at))) at++;
    const name = text.slice(nameStart, at).toLowerCase();
    if (!isToken(name)) return null;
    at = skipSpace(text, at);
    let value = '';
    if (text.charCodeAt(at) === 0x3d) {
      at = skipSpace(text, at + 1);
      const end = text.charCodeAt(at) === 0x22 ? quotedEnd(text, at) : bareEnd(text, at);
      if (end < at) return null;
      const raw = text.slice(at, end);
      value = raw.startsWith('"') ? unquote(raw) : raw;
      at = skipSpace(text, end);
    }
    if ((parameters.get(name) ?? value) !== value) return null;
    parameters.set(name, value);
  }
  return parameters;
}

function bareEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const ends = code <= 0x20 || code === 0x7f || code === 0x22 || code === 0x2c;
    if (ends || code === 0x3b || code === 0x3c || code === 0x3e) break;
    at++;
  }
  return at;
}

/** Prints parameters in order; values that are no token or host are quoted. */
export function printHeaderParameters(
  parameters: ReadonlyMap<string, string>,
  quoteValue: (text: string) => string,
): string {
  let text = '';
  for (const [name, value] of parameters) {
    if (value === '') text += `;${name}`;
    else text += `;${name}=${/^[A-Za-z0-9\-.!%*_+`'~:[\]/@=]+$/.test(value) ? value : quoteValue(value)}`;
  }
  return text;
}
