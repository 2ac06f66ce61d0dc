/** Refer-To (RFC 3515), Referred-By (RFC 3892), Refer-Sub (RFC 4488), Refer-Events-At (RFC 7614); pure readers. */
import { parseNameAddress } from './name-address.ts';
import { type DialogReference, parseDialogReference } from './replaces.ts';
import type { NameAddress, SipHeaders, SipUri } from './types.ts';
import { printUri, uriWith } from './uri.ts';

export interface Referral {
  /** The Refer-To value. */
  readonly address: NameAddress;
  /** Method that is asked for; INVITE when the URI names none. */
  readonly method: string;
  /** The target to send the request to: no headers, no `method`. */
  readonly target: string;
  /** The dialog that the new call is to replace (RFC 3891), escaped within the URI. */
  readonly replaces: DialogReference | null;
  readonly join: DialogReference | null;
  /** Header names in the URI that we do not take over: RFC 3261 19.1.5 warns of them. */
  readonly ignoredHeaders: readonly string[];
  /** `Refer-Sub: false`: the sender wants no subscription (RFC 4488). */
  readonly wantsSubscription: boolean;
  /** Referred-By as given (RFC 3892), to be copied into the request that the REFER causes. */
  readonly referredBy: string | null;
  /** The URI of Refer-Events-At when it is asked for (RFC 7614). */
  readonly eventsAt: string | null;
}

/**
 * What a REFER asks for; a text: why it is refused with 400. "A REFER request MUST contain exactly one Refer-To
 * header field value" (RFC 3515 2.1, 2.4.2).
 */
export function referralOf(request: SipHeaders): Referral | string {
  const lines = request.headers('refer-to');
  if (lines.length !== 1) return lines.length === 0 ? 'Missing Refer-To header' : 'More than one Refer-To header';
  const address = parseNameAddress(lines[0] ?? '') ?? parseNameAddress(`<${(lines[0] ?? '').trim()}>`);
  if (address === null) return 'Malformed Refer-To header';
  const { uri } = address;
  const headers = new Map([...uri.headers].map(([name, value]) => [name.toLowerCase(), value]));
  const named = (name: string): DialogReference | null | undefined => {
    const value = headers.get(name);
    return value === undefined ? null : (parseDialogReference(value) ?? undefined);
  };
  const replaces = named('replaces');
  const join = named('join');
  if (replaces === undefined || join === undefined || (replaces !== null && join !== null))
    return 'Malformed Replaces or Join in Refer-To';
  return {
    address,
    method: (uri.parameters.get('method') ?? 'INVITE').toUpperCase(),
    target: bareUri(uri, address.uriText),
    replaces,
    join,
    ignoredHeaders: [...headers.keys()].filter((name) => name !== 'replaces' && name !== 'join' && name !== 'require'),
    wantsSubscription: !/^\s*false\b/i.test(request.header('refer-sub') ?? ''),
    referredBy: referredByOf(request),
    eventsAt: parseNameAddress(request.header('refer-events-at') ?? '')?.uriText ?? null,
  };
}

/** Without headers and `method`; a tel URI as it was written. */
function bareUri(uri: SipUri, written: string): string {
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return written;
  const parameters = new Map(uri.parameters);
  parameters.delete('method');
  return printUri(uriWith(uri, { parameters, headers: new Map() }));
}

/** A well-formed Referred-By, or null; "the UAS … MUST NOT take it for authenticated" (RFC 3892 3). */
function referredByOf(request: SipHeaders): string | null {
  const value = request.header('referred-by');
  return value === null || parseNameAddress(value) === null ? null : value;
}
