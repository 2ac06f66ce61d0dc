/** Header lines that the stack adds to what it sends. */
import type { SipConfig } from './config.ts';
import type { HeaderLine } from './types.ts';

/** Methods that a dialog of ours takes. PRACK joins them with 100rel. */
export const ALLOW = 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE';

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

/** Option tags that we understand in Require, lower-case. `100rel`, `timer`, `replaces` have their own issue. */
export const supportedExtensions: readonly string[] = [];

/** `headers` completed with `defaults` whose names they do not have. */
export function withDefaults(headers: readonly HeaderLine[], defaults: readonly HeaderLine[]): readonly HeaderLine[] {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  return [...headers, ...defaults.filter(([name]) => !names.has(name.toLowerCase()))];
}

/** The name that we give ourselves, or nothing. */
export function productLine(name: 'Server' | 'User-Agent', config: SipConfig): readonly HeaderLine[] {
  return config.serverHeader === '' ? [] : [[name, config.serverHeader]];
}

/** What a response to OPTIONS, and a 405, says of us (11.2). */
export function capabilityLines(): readonly HeaderLine[] {
  const supported: readonly HeaderLine[] =
    supportedExtensions.length === 0 ? [] : [['Supported', supportedExtensions.join(', ')]];
  return [['Allow', ALLOW], ['Accept', 'application/sdp'], ...supported];
}
