/** The state of a browser leg out of a snapshot: checked like anything from outside. */
import type { SrtpParameters } from '../../sdp/types.ts';
import { iceStateOf } from '../ice/index.ts';
import type { BrowserLegState } from './browser-leg.ts';
import { suites } from './srtp-suites.ts';

/** Null when it is no such thing: the leg then waits for checks and keys. */
export function browserStateOf(value: unknown): BrowserLegState | null {
  if (typeof value !== 'object' || value === null || !('ice' in value && 'keys' in value)) return null;
  const ice = iceStateOf(value.ice);
  return ice === null ? null : { ice, keys: keysOf(value.keys) };
}

function keysOf(value: unknown): SrtpParameters | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!('suite' in value && 'sendKey' in value && 'receiveKey' in value)) return null;
  const { suite, sendKey, receiveKey } = value;
  if (!isSuite(suite) || typeof sendKey !== 'string' || typeof receiveKey !== 'string') return null;
  return { suite, sendKey, receiveKey };
}

function isSuite(value: unknown): value is SrtpParameters['suite'] {
  return typeof value === 'string' && Object.hasOwn(suites, value);
}
