/**
 * Who calls (design, section 7: Access). Bearer tokens, or HTTP Basic with a user of `rpc.users` or a
 * token's name and the token; failures are delayed, counted, and lock the source out.
 */
import { createHmac } from 'node:crypto';
import { type Caller, expandScopes, roles } from '../core/di/index.ts';
import { type Clock, CodedError, type Counters, type Random, sleep } from '../core/runtime/index.ts';
import type { RpcConfig } from './config.ts';
import { createLockout } from './lockout.ts';
import { parseHash, verifyPassword } from './passwords.ts';
import type { Tokens } from './tokens.ts';
import { createTurns } from './turns.ts';

export interface Credentials {
  /** Null: a Bearer token, in `secret`. */
  readonly user: string | null;
  readonly secret: string;
}

export interface Authenticator {
  /**
   * The caller of a request with that Authorization header. Rejects with CodedError
   * `rpc.unauthorized`, `rpc.forbidden` (credentials over plain text) or `rpc.tooManyRequests` (locked out).
   */
  authenticate(
    authorization: string | undefined,
    source: string,
    isOpen: boolean,
    isEncrypted?: boolean,
  ): Caller | Promise<Caller>;
  /** As `authenticate`, for faces whose first request is `auth.login`. */
  login(credentials: Credentials, source: string, isEncrypted?: boolean): Promise<Caller>;
}

/** What an open loopback listener lets callers do. */
export const localCaller: Caller = { name: 'local', scopes: roles['operator'] ?? [], limits: {} };

/** A failed attempt is answered after this, ms. */
const failureDelayMs = 300;
/** Verified passwords are remembered, as scrypt takes 50 ms of CPU. */
const cacheMs = 300_000;
const maxCached = 100;

export function createAuthenticator(options: {
  readonly config: Pick<RpcConfig, 'users' | 'allowPlainText'>;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
}): Authenticator {
  const { config, tokens, clock } = options;
  const lockout = createLockout(clock);
  const attempts = createTurns();
  const users = new Map(config.users.map((user) => [user.name, { hash: user.hash, caller: callerOf(user) }]));
  const failures = options.counters.counter('callbus_rpc_login_failures_total', 'Credentials refused, by reason.');
  const cacheKey = options.random.secure(32);
  const verified = new Map<string, { caller: Caller; untilMs: number }>();

  async function login(credentials: Credentials, source: string, isEncrypted = false): Promise<Caller> {
    if (!isEncrypted && !isLoopback(source) && !config.allowPlainText) {
      failures.add(1, { reason: 'plain-text' });
      const detail = 'credentials over plain text are accepted from loopback only (rpc.listen.tls, rpc.allowPlainText)';
      throw new CodedError('rpc.forbidden', detail);
    }
    const startedMs = clock.nowMs();
    const caller = await attempts.run(source, () => attempt(credentials, source));
    if (caller !== null) return caller;
    // Counted from the start: how long a refusal takes does not tell whether the user exists.
    await sleep(clock, Math.max(0, startedMs + failureDelayMs - clock.nowMs()));
    throw new CodedError('rpc.unauthorized', 'the credentials are not valid');
  }

  async function attempt(credentials: Credentials, source: string): Promise<Caller | null> {
    const waitMs = lockout.waitMs(source);
    if (waitMs > 0) {
      failures.add(1, { reason: 'locked-out' });
      throw new CodedError('rpc.tooManyRequests', `too many failed logins: wait ${Math.ceil(waitMs / 1000)} s`);
    }
    const caller = await check(credentials);
    if (caller === null) {
      lockout.failed(source);
      failures.add(1, { reason: 'wrong' });
    } else lockout.succeeded(source);
    return caller;
  }

  async function check({ user, secret }: Credentials): Promise<Caller | null> {
    const known = user === null ? undefined : users.get(user);
    if (known !== undefined) return checkPassword(known, `${user}:${secret}`, secret);
    const caller = await tokens.verify(secret);
    return caller !== null && (user === null || user === caller.name) ? caller : null;
  }

  async function checkPassword(
    user: { hash: string; caller: Caller },
    pair: string,
    password: string,
  ): Promise<Caller | null> {
    const key = createHmac('sha256', cacheKey).update(pair).digest('base64');
    const cached = verified.get(key);
    if (cached !== undefined && cached.untilMs > clock.nowMs()) return cached.caller;
    if (!(await verifyPassword(password, user.hash))) return null;
    if (verified.size >= maxCached) verified.clear();
    verified.set(key, { caller: user.caller, untilMs: clock.nowMs() + cacheMs });
    return user.caller;
  }

  return {
    login,
    authenticate(authorization, source, isOpen, isEncrypted = false) {
      if (authorization === undefined) {
        if (isOpen) return localCaller;
        throw new CodedError('rpc.unauthorized', 'send a Bearer token, or a user and password by HTTP Basic');
      }
      const credentials = parseAuthorization(authorization);
      if (credentials === null)
        throw new CodedError('rpc.unauthorized', 'the Authorization header is neither Bearer nor Basic');
      return login(credentials, source, isEncrypted);
    },
  };
}

/** @throws CodedError `config.invalid` naming what to add. */
export function checkAccess(config: RpcConfig, tokenCount: number): void {
  for (const { name, hash, scopes } of config.users) {
    if (parseHash(hash) === null)
      throw new CodedError(
        'config.invalid',
        `rpc.users: the hash of ${JSON.stringify(name)} is not one of callbus token hash`,
      );
    expandScopes(scopes);
  }
  const names = new Set<string>();
  for (const { name, scopes } of config.peers) {
    if (names.has(name)) throw new CodedError('config.invalid', `rpc.peers: ${JSON.stringify(name)} is there twice`);
    names.add(name);
    expandScopes(scopes);
  }
  const faces = [
    ['rpc.listen.address', config.listen?.address],
    ['rpc.netstring.address', config.netstring?.address],
  ] as const;
  for (const [key, address] of faces) {
    if (address === undefined || isLoopback(address) || config.users.length > 0 || tokenCount > 0) continue;
    const detail = `${key} ${address} can be reached from other machines: add rpc.users or a token (callbus token create), or listen on 127.0.0.1`;
    throw new CodedError('config.invalid', detail);
  }
}

/** Without users, a listener on loopback is open. */
export function isOpenListener(config: RpcConfig, address: string): boolean {
  return isLoopback(address) && config.openLoopback && config.users.length === 0;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || address.startsWith('127.') || address === 'in-process';
}

function parseAuthorization(header: string): Credentials | null {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { user: null, secret: value };
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? null : { user: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}

function callerOf(user: RpcConfig['users'][number]): Caller {
  return { name: user.name, scopes: expandScopes(user.scopes), limits: user.limits };
}
