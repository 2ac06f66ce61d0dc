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

function hasLine(headers: readonly HeaderLine[], name: string): boolean {
  for (const [own] of headers) {
    if (own.length === name.length && own.toLowerCase() === name.toLowerCase()) return true;
  }
  return false;
}

/** The name that we give ourselves, or nothing. */
export function productLine(name: 'Server' | 'User-Agent', config: SipConfig): readonly HeaderLine[] {
  return config.serverHeader === '' ? [] : [[name, config.serverHeader]];
}
