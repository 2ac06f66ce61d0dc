/** Header lines that the stack adds to what it sends. */
import type { SipConfig } from './config.ts';
import type { HeaderLine } from './types.ts';

/** Methods that may reach the owner of the stack; any other is answered 501. */
export const knownMethods: ReadonlySet<string> = new Set([
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'INFO',
  'PRACK',
  'UPDATE',
  'MESSAGE',
  'NOTIFY',
  'REFER',
  'SUBSCRIBE',
  'PUBLISH',
  'REGISTER',
]);

/** `headers` completed with `defaults` whose names they do not have. */
export function withDefaults(headers: readonly HeaderLine[], defaults: readonly HeaderLine[]): readonly HeaderLine[] {
  if (headers.length === 0) return defaults;
  const all = [...headers];
  for (const line of defaults) if (!hasLine(headers, line[0])) all.push(line);
  return all;
}

/** Puts those of `defaults` behind `lines` whose names are not in `given`. */
export function addDefaults(lines: HeaderLine[], given: readonly HeaderLine[], defaults: readonly HeaderLine[]): void {
  for (const line of defaults) if (!hasLine(given, line[0])) lines.push(line);
}

function hasLine(headers: readonly HeaderLine[], name: string): boolean {
  for (const [own] of headers) {
    if (own === name || (own.length === name.length && own.toLowerCase() === name.toLowerCase())) return true;
  }
  return false;
}

/** The name that we give ourselves, or nothing. */
export function productLine(name: 'Server' | 'User-Agent', { serverHeader }: SipConfig): readonly HeaderLine[] {
  if (serverHeader === '') return [];
  const known = productLines[name];
  if (known[0]?.[1] === serverHeader) return known;
  productLines[name] = [[name, serverHeader]];
  return productLines[name];
}

/** The newest of each: one stack has one name. */
const productLines: Record<'Server' | 'User-Agent', readonly HeaderLine[]> = { Server: [], 'User-Agent': [] };
