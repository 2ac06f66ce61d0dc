/**
 * `calls.authenticate`: digest from callers before a call or a request outside a dialog is let in
 * (RFC 3261 22.2). What belongs to a dialog is never asked again.
 */
import { type Clock, CodedError, type Counters, type Random } from '../runtime/index.ts';
import {
  createDigestServer,
  type DigestSecret,
  type DigestServer,
  type Flow,
  type HeaderLine,
  type SipHandlers,
  type SipRequest,
} from '../sip/index.ts';
import { checkAuthenticate } from './check-config.ts';
import type { AuthenticateConfig } from './config.ts';

/** What a request that is not let in is answered. */
export interface AuthRefusal {
  readonly status: number;
  readonly reason?: string;
  readonly headers: readonly HeaderLine[];
}

export interface CallerAuthParts {
  readonly config: AuthenticateConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
}

/** Asks the callers that the configuration names. `realm` empty: nobody is asked. */
export class CallerAuth {
  readonly #config: AuthenticateConfig;
  readonly #server: DigestServer | null;
  readonly #secrets: ReadonlyMap<string, DigestSecret>;
  readonly #count: (outcome: string) => void;
  /** Who sent what was let in. */
  readonly #users = new WeakMap<SipRequest, string>();

  /** @throws CodedError `config.invalid` for users without realm or the other way round, and when no algorithm fits all of them. */
  constructor({ config, clock, random, counters }: CallerAuthParts) {
    const { realm, algorithms, nonceSeconds, checkUri } = config;
    checkAuthenticate(config);
    this.#config = config;
    this.#secrets = new Map(config.users.map((user) => [user.name, secretOf(user)]));
    this.#server =
      realm === ''
        ? null
        : createDigestServer({ realm, clock, random, algorithms: this.#usable(algorithms), nonceSeconds, checkUri });
    const counter = counters.counter(
      'callbus_caller_auth_total',
      'Requests that had to authenticate, by outcome: ok, challenged, refused, malformed, locked',
    );
    this.#count = (outcome) => counter.add(1, { outcome });
  }

  /** A phone answers the first algorithm that it knows: none may be asked for that a user has no hash for. */
  #usable(algorithms: readonly string[]): readonly string[] {
    const secrets = [...this.#secrets.values()];
    const usable = algorithms.filter((name) =>
      secrets.every((secret) => 'password' in secret || Object.hasOwn(secret.ha1, name)),
    );
    if (usable.length > 0) return usable;
    throw new CodedError(
      'config.invalid',
      'calls.authenticate: no algorithm fits the passwords or hashes of all users',
    );
  }

  /** The same handlers, which get only what is let in. */
  guard(handlers: SipHandlers): SipHandlers {
    if (this.#server === null) return handlers;
    return {
      ...handlers,
      // A challenge keeps nothing: a flood of strangers costs no transactions (RFC 3261 8.2.7).
      admit: (request, flow) => this.#firstChallenge(request, flow),
      judge: (request, flow) => (this.concerns(request, flow) ? this.judge(request, flow) : null),
    };
  }

  /** Must this request show credentials? */
  concerns(request: SipRequest, flow: Flow): boolean {
    const { methods, exempt } = this.#config;
    if (this.#server === null || (exempt === 'trusted' && flow.trusted)) return false;
    return methods.some((method) => method === request.method);
  }

  /** The user whose password came with that request, or null. */
  userOf(request: SipRequest): string | null {
    return this.#users.get(request) ?? null;
  }

  /** What a request without credentials is answered; null: it is judged later. */
  #firstChallenge(request: SipRequest, flow: Flow): AuthRefusal | null {
    const verdict = this.concerns(request, flow) ? (this.#server?.challenge(request) ?? null) : null;
    if (verdict === null) return null;
    this.#count('challenged');
    return { status: verdict.status, headers: verdict.headers };
  }

  /** Null: the request may pass. */
  async judge(request: SipRequest, flow: Flow): Promise<AuthRefusal | null> {
    if (this.#server === null) return null;
    const secretsOf = (name: string): DigestSecret | null => this.#secrets.get(name) ?? null;
    const verdict = await this.#server.check(request, secretsOf, { source: flow.remote.address });
    switch (verdict.kind) {
      case 'ok':
        this.#users.set(request, verdict.user);
        this.#count('ok');
        return null;
      case 'challenge':
        this.#count(verdict.refused ? 'refused' : 'challenged');
        return { status: verdict.status, headers: verdict.headers };
      case 'bad':
        this.#count(verdict.status === 403 ? 'locked' : 'malformed');
        return { status: verdict.status, reason: verdict.reason, headers: [] };
      default:
        return verdict satisfies never;
    }
  }
}

function secretOf({ password, ha1Md5, ha1Sha256, ha1Sha512256 }: AuthenticateConfig['users'][number]): DigestSecret {
  if (password !== undefined) return { password };
  const known: readonly (readonly [string, string | undefined])[] = [
    ['MD5', ha1Md5],
    ['SHA-256', ha1Sha256],
    ['SHA-512-256', ha1Sha512256],
  ];
  return {
    ha1: Object.fromEntries(known.filter((entry): entry is readonly [string, string] => entry[1] !== undefined)),
  };
}
