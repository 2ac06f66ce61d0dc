/** WWW-Authenticate and its kin: scheme and comma-separated parameters (RFC 3261 25.1). */
import { isToken, quotedEnd, skipSpace, unquote } from './grammar.ts';

export interface AuthParameters {
  /** Lower-case. */
  readonly scheme: string;
  /** Names lower-case, quotes stripped. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** One challenge or credentials line; null when malformed, empty or without parameters. */
export function parseAuth(value: string): AuthParameters | null {
  const text = value.trim();
  const scheme = /^\S+/.exec(text)?.[0] ?? '';
  if (!isToken(scheme)) return null;
  const parameters = parseAuthParameters(text.slice(scheme.length));
  return parameters === null ? null : { scheme: scheme.toLowerCase(), parameters };
}

/** `name=value, name="value"`, as in Authentication-Info; null when malformed or empty. */
export function parseAuthParameters(value: string): ReadonlyMap<string, string> | null {
  const text = value.trim();
  const parameters = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const equals = text.indexOf('=', at);
    const name = equals < 0 ? '' : text.slice(at, equals).trim().toLowerCase();
    if (!isToken(name)) return null;
    const start = skipSpace(text, equals + 1);
    const quoted = text.charAt(start) === '"';
    const comma = text.indexOf(',', start);
    const end = quoted ? quotedEnd(text, start) : comma < 0 ? text.length : comma;
    if (end < 0) return null;
    const raw = text.slice(start, end);
    if (!parameters.has(name)) parameters.set(name, quoted ? unquote(raw) : raw.trim());
    at = skipSpace(text, end);
    if (at < text.length && text.charAt(at) !== ',') return null;
    while (text.charAt(at) === ',') at = skipSpace(text, at + 1);
  }
  return parameters.size === 0 ? null : parameters;
}
