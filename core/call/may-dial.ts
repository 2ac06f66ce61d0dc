import { CodedError } from '../runtime/index.ts';
import { isIpAddress, parseUri } from '../sip/index.ts';
import type { DialRules, DialTarget } from './dial-rules.ts';

/** Leave to dial: what is left to be judged once the host name is resolved. */
export interface DialPermit {
  /** May anything be sent to this address? */
  admits(address: string): boolean;
}

/**
 * The one function that every call or request that we start passes (design, section 4). A host name
 * that no rule names is judged by the addresses that it resolves to (`DialPermit.admits`). The caps of
 * the account are `DialAccounts`.
 * @throws CodedError `dial.forbidden` naming the key to change; `dial.failed` for an unusable URI.
 */
export function mayDial(rules: DialRules, uri: string): DialPermit {
  const target = targetOf(uri);
  const shown = target.host === '' ? target.number : target.host;
  if (rules.denies(target)) throw new CodedError('dial.forbidden', `${uri}: an entry of dial.deny fits`);
  if (rules.allows(target)) return { admits: (address) => !rules.deniesAddress(address) };
  if (target.host === '' || isIpAddress(target.host))
    throw new CodedError(
      'dial.forbidden',
      `${uri}: ${shown} is neither local nor a gateway; to allow it add ${shown} to dial.allow (or dial.gateways)`,
    );
  return { admits: (address) => rules.allowsAddress(address) && !rules.deniesAddress(address) };
}

/** Why a permit's `admits` said no to all addresses of the host. */
export function forbiddenAddress(uri: string): CodedError {
  const { host } = targetOf(uri);
  return new CodedError(
    'dial.forbidden',
    `${uri}: ${host} resolves to addresses that are neither local nor a gateway; to allow it add ${host} to dial.allow (or dial.gateways)`,
  );
}

function targetOf(text: string): DialTarget {
  const uri = parseUri(text);
  if (uri === null || !['sip', 'sips', 'tel'].includes(uri.scheme))
    throw new CodedError('dial.failed', `${JSON.stringify(text.slice(0, 200))} is not a sip:, sips: or tel: URI`);
  // Visual separators of RFC 3966 are no part of a number.
  const number = (uri.user ?? '').replace(/;.*$/, '').replace(/[-.() ]/g, '');
  // `maddr` is where the request would really go (RFC 3261 19.1.1).
  const host = (uri.parameters.get('maddr') ?? uri.host).toLowerCase().replace(/\.$/, '');
  return { host, number: /^\+?\d+$/.test(number) ? number : '' };
}
