/** Typed readers of what the package `sip` gives: nothing of a peer is believed to have a shape. */
import type { SipPackageMessage } from 'sip';

/** A From, To or Contact value in the package's form. */
export interface Address {
  name?: string;
  uri: string;
  params: { [name: string]: string | null };
}

export function addressOf(value: unknown): Address | null {
  if (!isObject(value) || typeof value['uri'] !== 'string') return null;
  const params: Address['params'] = {};
  if (isObject(value['params'])) {
    for (const [name, text] of Object.entries(value['params'])) params[name] = typeof text === 'string' ? text : null;
  }
  const name = value['name'];
  return { uri: value['uri'], params, ...(typeof name === 'string' ? { name } : {}) };
}

/** The first Contact's URI, or null. */
export function contactUri(message: SipPackageMessage): string | null {
  const contacts = message.headers['contact'];
  return Array.isArray(contacts) ? (addressOf(contacts[0])?.uri ?? null) : null;
}

export function textHeader(message: SipPackageMessage, name: string): string {
  const value = message.headers[name];
  return typeof value === 'string' ? value : '';
}

/** Record-Route values in the package's own form, ready to go out again as Route. */
export function recordRoutes(message: SipPackageMessage): unknown[] {
  const routes = message.headers['record-route'];
  return Array.isArray(routes) ? [...routes] : [];
}

/** The number of CSeq, or 0. */
export function sequenceOf(message: SipPackageMessage): number {
  const cseq = message.headers['cseq'];
  return isObject(cseq) && typeof cseq['seq'] === 'number' ? cseq['seq'] : 0;
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
