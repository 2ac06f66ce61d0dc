/** Identity headers that may not leave for a peer that is not trusted (RFC 3325 5, 9.3). */
import type { HeaderLine } from './types.ts';

const asserting: ReadonlySet<string> = new Set(['p-asserted-identity', 'remote-party-id']);

/**
 * "If the node is not trusted and the user requested that asserted identity information be kept private, then
 * the proxy MUST remove all P-Asserted-Identity header fields before it forwards messages" (9.3): so we do
 * with `Privacy: id` in the dialogs of a back-to-back agent. Without such a Privacy they are given back as they are.
 */
export function withoutPrivate(headers: readonly HeaderLine[], trusted: boolean): readonly HeaderLine[] {
  if (trusted || !headers.some(asksPrivacy)) return headers;
  return headers.filter(([name]) => !asserting.has(name.toLowerCase()));
}

function asksPrivacy([name, value]: HeaderLine): boolean {
  return name.length === 7 && name.toLowerCase() === 'privacy' && /(^|[;,\s])id\s*($|[;,])/i.test(value);
}
