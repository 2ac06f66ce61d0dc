/** The command lines of the phone. */
import { areKeys } from './keys.ts';

export interface CommonOptions {
  readonly play: string | null;
  readonly record: string | null;
  /** Null: until the played file ends (call), until the peer hangs up (answer). */
  readonly seconds: number | null;
  readonly keys: string;
  /** Our IP address. */
  readonly address: string;
  readonly allowRemote: boolean;
  /** SIP port; 0 picks a free one. */
  readonly port: number;
}

export type PhoneOptions =
  | ({ readonly kind: 'call'; readonly uri: string; readonly from: string | null } & CommonOptions)
  | ({ readonly kind: 'answer'; readonly calls: number } & CommonOptions);

/** Nobody means to talk longer than that to a lab phone. */
export const longestSeconds = 3600;

const valueOptions = {
  call: ['play', 'record', 'seconds', 'keys', 'address', 'listen-port', 'from'],
  answer: ['play', 'record', 'seconds', 'keys', 'address', 'port', 'calls'],
} as const;

/** Reads the arguments after `callbus phone`. A fault says what was expected. */
export function readPhoneOptions(args: readonly string[]): PhoneOptions | { readonly fault: string } {
  const [kind, ...rest] = args;
  if (kind !== 'call' && kind !== 'answer') return { fault: 'say `call <uri>` or `answer`' };
  const values = new Map<string, string>();
  const words: string[] = [];
  let allowRemote = false;
  for (let at = 0; at < rest.length; at++) {
    const argument = rest[at] ?? '';
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (name === undefined) words.push(argument);
    else if (name === 'allow-remote' && inline === undefined) allowRemote = true;
    else if (!valueOptions[kind].some((known) => known === name)) {
      return { fault: `unknown option --${name}; known: --${valueOptions[kind].join(', --')}, --allow-remote` };
    } else {
      const value = inline ?? rest[++at];
      if (value === undefined) return { fault: `--${name} needs a value` };
      values.set(name, value);
    }
  }
  const numbers = {
    seconds: numberIn(values, 'seconds', 0.02, longestSeconds),
    port: numberIn(values, kind === 'call' ? 'listen-port' : 'port', 0, 65535),
    calls: numberIn(values, 'calls', 1, 10_000),
  };
  for (const value of Object.values(numbers)) if (typeof value === 'object' && value !== null) return value;
  const keys = values.get('keys') ?? '';
  if (!areKeys(keys)) return { fault: '--keys takes 0-9 * # A-D, and a comma for a second of rest' };
  const address = values.get('address') ?? '127.0.0.1';
  if (!/^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(address) || address === '0.0.0.0') {
    return { fault: '--address takes an IPv4 address of this machine (the package `sip` has no IPv6)' };
  }
  if (!allowRemote && !isLoopback(address)) return { fault: `${address} is not loopback: add --allow-remote` };
  const common: CommonOptions = {
    play: values.get('play') ?? null,
    record: values.get('record') ?? null,
    seconds: plain(numbers.seconds),
    keys,
    address,
    allowRemote,
    port: plain(numbers.port) ?? 0,
  };
  if (kind === 'answer') {
    return words.length > 0
      ? { fault: `unexpected ${words[0]}` }
      : { kind, calls: plain(numbers.calls) ?? 1, ...common };
  }
  const [uri, extra] = words;
  if (uri === undefined || extra !== undefined) return { fault: 'exactly one URI is needed' };
  const host = hostOf(uri);
  if (host === null) return { fault: `${uri} is not a SIP URI such as sip:600@127.0.0.1:5060` };
  if (!allowRemote && !isLoopback(host)) return { fault: `${host} is not loopback: add --allow-remote` };
  return { kind, uri, from: values.get('from') ?? null, ...common };
}

function numberIn(values: ReadonlyMap<string, string>, name: string, min: number, max: number) {
  const text = values.get(name);
  if (text === undefined) return null;
  const value = Number(text);
  const fits = /^[0-9]+(\.[0-9]+)?$/.test(text) && value >= min && value <= max;
  return fits ? value : { fault: `--${name} takes a number from ${min} to ${max}` };
}

function plain(value: number | { readonly fault: string } | null): number | null {
  return typeof value === 'number' ? value : null;
}

/** Host of a SIP URI that the package can read: names and IPv4. */
function hostOf(uri: string): string | null {
  return /^sip:(?:[^\s@<>]+@)?([A-Za-z0-9.-]+)(?::[0-9]{1,5})?(?:;[^\s<>]*)?$/.exec(uri)?.[1] ?? null;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127(\.[0-9]{1,3}){3}$/.test(host);
}
