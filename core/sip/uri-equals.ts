/** Comparison of SIP (RFC 3261 19.1.4) and tel URIs (RFC 3966 4). Not transitive, as the RFC says. */
import type { SipUri } from './types.ts';
import { parseUri } from './uri.ts';

/** "A user, ttl, or method uri-parameter appearing in only one URI never matches"; so do maddr and transport. */
const bothOrNone = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** True when both texts are URIs and mean the same. */
export function uriEquals(left: string, right: string): boolean {
  const a = parseUri(left);
  const b = parseUri(right);
  if (a === null || b === null || a.scheme !== b.scheme) return false;
  if (a.scheme === 'tel') return visualFree(a.user) === visualFree(b.user) && telParametersEqual(a, b);
  if (a.host === '') return a.user === b.user;
  // User and password are case-sensitive; a reserved character is not equal to its escape, which
  // the parsed form cannot tell any more: compare what was written.
  if (normalUserInfo(left) !== normalUserInfo(right)) return false;
  if (a.host.toLowerCase() !== b.host.toLowerCase() || a.port !== b.port) return false;
  return parametersEqual(a, b) && headersEqual(a.headers, b.headers);
}

function parametersEqual(a: SipUri, b: SipUri): boolean {
  for (const name of bothOrNone) if (a.parameters.has(name) !== b.parameters.has(name)) return false;
  for (const [name, value] of a.parameters) {
    const other = b.parameters.get(name);
    if (other !== undefined && other.toLowerCase() !== value.toLowerCase()) return false;
  }
  return true;
}

/** "URI header components are never ignored." */
function headersEqual(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  const folded = new Map([...b].map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, value] of a) if (folded.get(name.toLowerCase()) !== value) return false;
  return true;
}

function normalUserInfo(text: string): string {
  const at = text.indexOf('@');
  if (at < 0) return '';
  return text.slice(text.indexOf(':') + 1, at + 1).replace(/%([0-9A-Fa-f]{2})/g, (written, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-_.!~*'()]/.test(character) ? character : written.toUpperCase();
  });
}

/** "If one URI has a parameter name not found in the other, the two URIs are not equal" (RFC 3966 4). */
function telParametersEqual(a: SipUri, b: SipUri): boolean {
  if (a.parameters.size !== b.parameters.size) return false;
  for (const [name, value] of a.parameters) {
    const other = b.parameters.get(name);
    if (other === undefined || telValue(name, other) !== telValue(name, value)) return false;
  }
  return true;
}

/** A context that is a number is compared as a number, one that is a domain as a domain; an extension as a number. */
function telValue(name: string, value: string): string {
  const isNumber = name === 'ext' || (name === 'phone-context' && value.startsWith('+'));
  return isNumber ? visualFree(value) : value.toLowerCase();
}

/** RFC 3966 5: visual separators do not count. */
function visualFree(number: string | null): string {
  return (number ?? '').replace(/[-.()]/g, '').toLowerCase();
}
