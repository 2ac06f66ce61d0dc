/** Registrations of ours at registrars, for modules: what an account says becomes a REGISTER that the dial rules judge. */
import { CodedError } from '../runtime/index.ts';
import {
  type OutboundIdentity,
  parseNameAddress,
  parseUri,
  quote,
  type RegisterOptions,
  type Registration,
  type RegistrationStatus,
  type SubscribeOptions,
  type Subscription,
} from '../sip/index.ts';
import type { Engine } from './engine.ts';
import { mayDial } from './may-dial.ts';
import { destinationsOf, mustBeOneLine } from './originate.ts';
import type { OriginateOptions } from './types.ts';

/** An account at a registrar, as SEMS's modules describe one (di-interfaces 5.6). */
export interface RegistrarAccount {
  readonly domain: string;
  readonly user: string;
  /** Empty: none. */
  readonly displayName: string;
  /** Empty: as `user`. */
  readonly authUser: string;
  readonly password: string;
  /** A SIP URI: it goes in front as Route; `host[:port][/transport]`: the next hop; empty: as `sip:` says. */
  readonly proxy: string;
  /** The URI that is registered; empty: our own address. */
  readonly contact: string;
}

/** The address of record as a URI. */
export const accountUri = ({ user, domain }: Pick<RegistrarAccount, 'user' | 'domain'>): string =>
  `sip:${user}@${domain}`;

/**
 * What `CallEngine.register` is given for an account.
 * @throws CodedError `rpc.wrongType` naming the part that is no address.
 */
export function accountOptions(
  account: RegistrarAccount,
  { expiresSeconds, outbound = null }: { readonly expiresSeconds: number; readonly outbound?: OutboundIdentity | null },
): RegisterOptions {
  const { domain, user, displayName, authUser, password, proxy, contact } = account;
  const name = displayName === '' ? '' : `${quote(displayName)} `;
  const addressOfRecord = `${name}<${accountUri(account)}>`;
  if (parseNameAddress(addressOfRecord) === null || parseUri(accountUri(account))?.user === null)
    throw new CodedError('rpc.wrongType', `${accountUri(account)} is no address of record`);
  const contactUri = contact === '' ? null : (parseNameAddress(contact)?.uriText ?? '');
  if (contactUri === '') throw new CodedError('rpc.wrongType', `contact: ${contact} is no SIP URI`);
  return {
    registrar: `sip:${domain}`,
    addressOfRecord,
    expiresSeconds,
    // As in SEMS the credentials answer any realm: registrars name theirs as they like.
    credentials: { user: authUser === '' ? user : authUser, password, realm: '' },
    ...(contactUri === null ? {} : { contacts: [{ uri: contactUri }] }),
    ...(outbound === null ? {} : { outbound }),
    ...(proxy === '' ? {} : /^<?sips?:/i.test(proxy) ? { outboundProxy: proxy } : { nextHop: proxy }),
  };
}

/** For `CallEngine.register`. @throws CodedError `dial.forbidden`, `dial.failed`. */
export function registerAt(engine: Engine, options: RegisterOptions): Registration {
  const { registrar, addressOfRecord, from = '', nextHop, outboundProxy, contacts = [], headers = [] } = options;
  for (const text of [registrar, addressOfRecord, from, nextHop ?? '', outboundProxy ?? ''])
    mustBeOneLine('registration', text);
  for (const { uri } of contacts) mustBeOneLine('contact', uri ?? '');
  for (const [name, value] of headers) mustBeOneLine(name, value);
  const hops = {
    ...(nextHop === undefined ? {} : { nextHop }),
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
  };
  const permits = destinationsOf(registrar, hops).map((uri) => mayDial(engine.dialRules, uri));
  return engine.parts.sip.register({
    ...options,
    admitTarget: (target) =>
      permits.every((permit) => permit.admits(target.address)) && (options.admitTarget?.(target) ?? true),
  });
}

/** For `CallEngine.subscribe`. @throws CodedError `dial.forbidden`, `dial.failed`. */
export function subscribeAt(engine: Engine, options: SubscribeOptions): Subscription {
  const { requestUri, from, to, event, id = '', accept = [], headers = [] } = options;
  for (const text of [requestUri, from, to, event, id, options.outboundProxy ?? '', ...accept])
    mustBeOneLine('subscription', text);
  for (const [name, value] of headers) mustBeOneLine(name, value);
  for (const text of [from, to])
    if (parseNameAddress(text) === null) throw new CodedError('dial.failed', `${text.slice(0, 200)} is no SIP address`);
  const { outboundProxy } = options;
  const hops = outboundProxy === undefined ? {} : { outboundProxy };
  const permits = destinationsOf(requestUri, hops).map((uri) => mayDial(engine.dialRules, uri));
  return engine.parts.sip.subscribe({
    ...options,
    admitTarget: ({ address }) => permits.every((permit) => permit.admits(address)),
  });
}

/**
 * The order with the Service-Route of its account as Route headers (RFC 3608 5: "the UA … includes [it] as a
 * preloaded Route header field in requests").
 * @throws CodedError `dial.failed` when no registration of that account stands.
 */
export function withServiceRoute(engine: Engine, options: OriginateOptions): OriginateOptions {
  const { account, headers = [] } = options;
  if (account === undefined) return options;
  const route = engine.parts.sip.serviceRoute(account);
  if (route === null) throw new CodedError('dial.failed', `no registration of ${account} stands`);
  return route.length === 0 ? options : { ...options, headers: [...route.map(asRoute), ...headers] };
}

const asRoute = (value: string): readonly [string, string] => ['Route', value];

/**
 * What a change of a registration means, in SEMS's words (di-interfaces 5.6): `registered`, `failed` (refused),
 * `expired`, `unanswered`, `removed` (no contact of ours is left); null: nothing that concerns its owner, such as a
 * refresh that got no answer while the binding stands.
 */
export type RegistrationChange = 'registered' | 'failed' | 'expired' | 'unanswered' | 'removed';

export function registrationChange(
  before: RegistrationStatus,
  now: RegistrationStatus,
  unixMs: number,
): RegistrationChange | null {
  switch (now.state) {
    case 'registering':
      return null;
    case 'registered':
      return now.status >= 200 && now.status < 300 ? 'registered' : null;
    case 'unregistered':
      return 'removed';
    case 'failed':
      if (before.state === 'registered' && before.expiresAtMs !== null && unixMs >= before.expiresAtMs)
        return 'expired';
      return now.cause === 'response' ? 'failed' : 'unanswered';
    default:
      return now.state satisfies never;
  }
}
