/** The Contact values of a REGISTER and its responses (RFC 3261 10.2, RFC 5626 4.1), as pure functions. */
import { parseDecimal, quote } from './grammar.ts';
import { parseContacts } from './name-address.ts';
import type { NameAddress, SipHeaders, Transport } from './types.ts';
import { printUri, uriWith } from './uri.ts';
import { uriEquals } from './uri-equals.ts';

/** "UACs … value of 2**32-1": the largest delta-seconds. */
const MAX_SECONDS = 2 ** 32 - 1;

/** A contact that is to be registered. */
export interface ContactBinding {
  /** A SIP URI; null: our own address on the way to the registrar. */
  readonly uri: string | null;
  /** 0 to 1. */
  readonly q?: number;
  /** Default: that of the registration. */
  readonly expiresSeconds?: number;
}

/** A contact that a registrar knows. */
export interface RegisteredContact {
  readonly uri: string;
  readonly expiresSeconds: number;
  readonly ours: boolean;
}

/** RFC 5626: the instance of this agent, and which of its flows this is. */
export interface OutboundIdentity {
  /** `urn:uuid:…`, the same for ever. */
  readonly instanceId: string;
  /** From 1. */
  readonly regId: number;
}

export interface ContactChannel {
  readonly sentBy: string;
  readonly transport: Transport;
}

/** The URI that reaches us on a channel. */
export function ownContactUri(user: string, { sentBy, transport }: ContactChannel): string {
  const bare = { scheme: 'sip', user: null, password: null, host: '', port: null, parameters: noText, headers: noText };
  const name = user === '' ? 'sip:' : printUri(uriWith(bare, { user }));
  return `${name}${sentBy}${transport === 'udp' ? '' : `;transport=${transport}`}`;
}

const noText: ReadonlyMap<string, string> = new Map();

/** The Contact header of a REGISTER. `expiresSeconds` 0 removes. */
export function contactHeader(
  bindings: readonly { readonly uri: string; readonly q?: number; readonly expiresSeconds: number }[],
  outbound: OutboundIdentity | null,
): string {
  return bindings
    .map(({ uri, q, expiresSeconds }) =>
      [
        `<${uri}>`,
        ...(q === undefined ? [] : [`q=${q.toFixed(3)}`]),
        ...(outbound === null
          ? []
          : [`+sip.instance=${quote(`<${outbound.instanceId}>`)}`, `reg-id=${outbound.regId}`]),
        `expires=${expiresSeconds}`,
      ].join(';'),
    )
    .join(', ');
}

/**
 * What a 2xx to REGISTER says: "The UA compares each contact address to see if it created the contact
 * address, using comparison rules in Section 19.1.4" (10.2.4), or by instance and reg-id. The expiry is
 * the parameter's, else that of the Expires header, else `fallbackSeconds`. Null: malformed.
 */
export function registeredContacts(
  response: SipHeaders,
  ownUris: readonly string[],
  outbound: OutboundIdentity | null,
  fallbackSeconds: number,
): readonly RegisteredContact[] | null {
  const lines = response.headers('contact');
  const contacts = lines.length === 0 ? [] : parseContacts(lines);
  if (contacts === null || contacts === '*') return null;
  const general = seconds(response.header('expires')) ?? fallbackSeconds;
  return contacts.map((contact) => ({
    uri: contact.uriText,
    expiresSeconds: seconds(contact.parameters.get('expires') ?? null) ?? general,
    ours: ownUris.some((own) => uriEquals(own, contact.uriText)) || isOurFlow(contact, outbound),
  }));
}

/** Min-Expires of a 423, when it is one that we may take. */
export function minExpires(response: SipHeaders): number | null {
  return seconds(response.header('min-expires'));
}

/** Flow-Timer of a 2xx (RFC 5626 4.4), seconds. */
export function flowTimer(response: SipHeaders): number | null {
  return seconds(response.header('flow-timer'));
}

function isOurFlow({ parameters }: NameAddress, outbound: OutboundIdentity | null): boolean {
  if (outbound === null) return false;
  const instance = (parameters.get('+sip.instance') ?? '').replace(/^"|"$/g, '');
  return instance === `<${outbound.instanceId}>` && parameters.get('reg-id') === String(outbound.regId);
}

function seconds(text: string | null): number | null {
  return parseDecimal((text ?? '').trim(), MAX_SECONDS);
}
