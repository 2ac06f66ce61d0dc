/** Header lines that the stack adds to what it sends. */
import type { SipConfig } from './config.ts';
import type { HeaderLine, ReliableProvisional } from './types.ts';

/** Methods that a dialog of ours takes. */
export const ALLOW = 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, SUBSCRIBE, NOTIFY, REFER';

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

/** Option tags that we understand in Require, lower-case. */
export const supportedExtensions: readonly string[] = ['100rel', 'join', 'norefersub', 'replaces', 'timer'];

/** The same without `100rel` where `sip.reliableProvisional` is off. */
export function understoodExtensions(reliability: ReliableProvisional): readonly string[] {
  return reliability === 'off' ? supportedExtensions.filter((tag) => tag !== '100rel') : supportedExtensions;
}

/** What an INVITE of ours says of extensions (RFC 3261 13.2.1, RFC 3262 4). With `relay` its owner speaks of 100rel. */
export function extensionLines(reliability: ReliableProvisional, sessionTimer: boolean): readonly HeaderLine[] {
  const tags = supportedExtensions.filter((tag) =>
    tag === '100rel' ? reliability === 'supported' : tag !== 'timer' || sessionTimer,
  );
  return [
    ...(tags.length === 0 ? [] : [['Supported', tags.join(', ')] as const]),
    ...(reliability === 'required' ? [['Require', '100rel'] as const] : []),
  ];
}

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
