/**
 * Who calls, as a network that we trust asserts it: P-Asserted-Identity, P-Preferred-Identity (RFC 3325),
 * Privacy (RFC 3323), Remote-Party-ID (expired draft, still sent), Reason (RFC 3326). Pure readers; whether the
 * sender may say so is decided before (`trust.ts`): "A proxy … MUST remove" what came from outside (RFC 3325 4).
 */
import { splitHeaderList } from './grammar.ts';
import { parseHeaderParameters } from './header-parameters.ts';
import { parseNameAddress, parseNameAddressList } from './name-address.ts';
import type { NameAddress, SipHeaders } from './types.ts';

/**
 * P-Asserted-Identity or P-Preferred-Identity. "There may be one or two P-Asserted-Identity values. If there is
 * one value, it MUST be a sip, sips, or tel URI. If there are two values, one … MUST be a sip or sips URI and the
 * other MUST be a tel URI" (RFC 3325 9.1). What breaks that is left out; values past the second are not read.
 */
export function assertedIdentities(message: SipHeaders, name = 'p-asserted-identity'): readonly NameAddress[] {
  const values = parseNameAddressList(message.headers(name)) ?? [];
  const usable = values.slice(0, 2).filter(({ uri }) => ['sip', 'sips', 'tel'].includes(uri.scheme));
  const [first, second] = usable;
  if (first === undefined || second === undefined) return usable;
  return (first.uri.scheme === 'tel') === (second.uri.scheme === 'tel') ? [first] : usable;
}

/** Privacy values, lower-case, without repetition: `id`, `header`, `session`, `user`, `critical`, `none`, `history`. */
export function privacyOf(message: SipHeaders): readonly string[] {
  const values = message.headers('privacy').flatMap((line) => line.split(/[;,]/));
  return [...new Set(values.map((value) => value.trim().toLowerCase()).filter((value) => value !== ''))];
}

export interface RemotePartyId {
  readonly address: NameAddress;
  readonly party: 'calling' | 'called';
  /** The network vouches for it (`screen=yes`). */
  readonly screened: boolean;
  /** `full`, `name`, `uri`, `off` as given; '' when absent. */
  readonly privacy: string;
}

/** The Remote-Party-ID of that party, or null. */
export function remotePartyId(message: SipHeaders, party: 'calling' | 'called' = 'calling'): RemotePartyId | null {
  for (const address of parseNameAddressList(message.headers('remote-party-id')) ?? []) {
    const own = address.parameters.get('party')?.toLowerCase() === 'called' ? 'called' : 'calling';
    if (own !== party) continue;
    const screened = address.parameters.get('screen')?.toLowerCase() === 'yes';
    return { address, party, screened, privacy: address.parameters.get('privacy')?.toLowerCase() ?? '' };
  }
  return null;
}

/** One value of a Reason header: `Q.850;cause=16;text="…"`. */
export interface ReasonValue {
  readonly protocol: string;
  readonly cause: number | null;
  readonly text: string | null;
}

/** All Reason values; malformed ones are left out (RFC 3326 2: one for each protocol). */
export function reasonsOf(message: SipHeaders): readonly ReasonValue[] {
  return message.headers('reason').flatMap(splitHeaderList).flatMap(readReason);
}

function readReason(value: string): readonly ReasonValue[] {
  const semicolon = value.indexOf(';');
  const protocol = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
  const parameters = semicolon < 0 ? new Map<string, string>() : parseHeaderParameters(value, semicolon);
  if (parameters === null || !/^[A-Za-z0-9.\-_]+$/.test(protocol)) return [];
  const cause = /^[0-9]{1,4}$/.exec(parameters.get('cause') ?? '')?.[0];
  return [{ protocol, cause: cause === undefined ? null : Number(cause), text: parameters.get('text') ?? null }];
}

/** Who a call is from, best source first: asserted, remote party, From. `anonymous`: that is not to be shown. */
export interface CallerIdentity {
  readonly address: NameAddress | null;
  readonly source: 'asserted' | 'remote-party' | 'from' | 'none';
  readonly anonymous: boolean;
}

/** Of a message whose untrusted headers are gone already. */
export function callerIdentity(message: SipHeaders): CallerIdentity {
  const privacy = privacyOf(message);
  const from = parseNameAddress(message.header('from') ?? '');
  const hidden = privacy.some((value) => value === 'id' || value === 'user' || value === 'header');
  const [asserted] = assertedIdentities(message);
  if (asserted !== undefined) return { address: asserted, source: 'asserted', anonymous: hidden };
  const remote = remotePartyId(message);
  if (remote !== null) {
    const off = remote.privacy !== '' && remote.privacy !== 'off';
    return { address: remote.address, source: 'remote-party', anonymous: hidden || off };
  }
  // RFC 3323 4.1.1.3: the From of an anonymous caller.
  const anonymous = hidden || from?.uri.host.toLowerCase() === 'anonymous.invalid';
  return { address: from, source: from === null ? 'none' : 'from', anonymous };
}
