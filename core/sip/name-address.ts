/** From, To, Contact, Route and their kin: `name-addr` and `addr-spec` (RFC 3261 20.10, 25.1). */
import { quote, quotedEnd, skipSpace, splitHeaderList, unquote } from './grammar.ts';
import { parseHeaderParameters, printHeaderParameters } from './header-parameters.ts';
import type { NameAddress } from './types.ts';
import { parseUri } from './uri.ts';

/** `*( token LWS )` before `<`; letters beyond ASCII are let through, as many phones do not quote them. */
const bareDisplayName = /^[A-Za-z0-9\-.!%*_+`'~\u0080-\uffff \t]*$/;

/** One value, or null when it is malformed or more follows it. */
export function parseNameAddress(value: string): NameAddress | null {
  const text = value.trim();
  if (text.startsWith('"')) {
    const end = quotedEnd(text, 0);
    if (end < 0) return null;
    const open = skipSpace(text, end);
    return text.charAt(open) === '<' ? bracketed(text, open, unquote(text.slice(0, end))) : null;
  }
  const open = text.indexOf('<');
  if (open >= 0) {
    const displayName = text.slice(0, open).trim();
    if (bareDisplayName.test(displayName)) return bracketed(text, open, displayName === '' ? null : displayName);
    if (!/^[^"<]*;/.test(displayName)) return null;
  }
  return bare(text);
}

function bracketed(text: string, open: number, displayName: string | null): NameAddress | null {
  const close = text.indexOf('>', open);
  if (close < 0) return null;
  return assemble(displayName, text.slice(open + 1, close), text, close + 1);
}

/**
 * An `addr-spec` without brackets: "if the URI contains a comma, question mark or semicolon, the
 * URI MUST be enclosed in angle brackets" (20.10), so what follows a semicolon belongs to the
 * header, and a question mark is refused (RFC 4475 3.1.2.13).
 */
function bare(text: string): NameAddress | null {
  let end = text.search(/[; \t]/);
  if (end < 0) end = text.length;
  const uriText = text.slice(0, end);
  return /[?,]/.test(uriText) ? null : assemble(null, uriText, text, end);
}

function assemble(displayName: string | null, uriText: string, text: string, from: number): NameAddress | null {
  const uri = parseUri(uriText);
  const parameters = uri === null ? null : parseHeaderParameters(text, from);
  return uri === null || parameters === null ? null : { displayName, uri, uriText, parameters };
}

/** All values of some header lines, commas split; null when one is malformed. */
export function parseNameAddressList(lines: readonly string[]): readonly NameAddress[] | null {
  const values: NameAddress[] = [];
  for (const line of lines) {
    for (const part of splitHeaderList(line)) {
      const value = parseNameAddress(part);
      if (value === null) return null;
      values.push(value);
    }
  }
  return values;
}

/** Contact lines: addresses, `'*'` for the one value that clears bindings (10.2.2), null when malformed. */
export function parseContacts(lines: readonly string[]): readonly NameAddress[] | '*' | null {
  if (lines.length === 1 && lines[0]?.trim() === '*') return '*';
  return parseNameAddressList(lines);
}

/** Prints a value in `name-addr` form, the URI as it was written. */
export function printNameAddress(value: Pick<NameAddress, 'displayName' | 'uriText' | 'parameters'>): string {
  const displayName = value.displayName === null ? '' : `${quote(value.displayName)} `;
  return `${displayName}<${value.uriText}>${printHeaderParameters(value.parameters, quote)}`;
}
