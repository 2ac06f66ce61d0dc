/**
 * Who calls (design, section 7: Access). Bearer tokens, or HTTP Basic with a user of `rpc.users` or a
 * token's name and the token; failures are delayed, counted, and lock the source out.
 */
import { createHmac } from 'node:crypto';
import { type AuditEntry, type Caller, expandScopes } from '../core/di/index.ts';
import { type Clock, CodedError, type Counters, type Random, sleep, type TlsPeer } from '../core/runtime/index.ts';
import { createCertificateCallers } from './certificates.ts';
import type { RpcConfig } from './config.ts';
import { type CredentialKind, isLoopback, type ListenerPolicy } from './listener-policy.ts';
import { createLockout, guesserOf } from './lockout.ts';
import type { ModuleLogins, NamedCredentials } from './module-logins.ts';
import { verifyPassword } from './passwords.ts';
import type { Tokens } from './tokens.ts';
import { createTurns } from './turns.ts';

export interface Credentials {
  /** Null: a Bearer token, in `secret`. */
  readonly user: string | null;
  readonly secret: string;
}

/** Credentials that a module judges, as they were given. */
export interface ModuleCredentials {
  readonly given: NamedCredentials;
}

/** Where credentials come from, and what is accepted there. */
export interface Origin {
  /** Address of the client. */
  readonly source: string;
  readonly isEncrypted: boolean;
  readonly policy: ListenerPolicy;
  /** For the audit. */
  readonly face: string;
}

export interface Authenticator {
  /**
   * The caller of a request with that Authorization header, or else of that client certificate. Rejects with
   * CodedError `rpc.unauthorized`, `rpc.forbidden` (credentials over plain text, or of a kind that is not accepted
   * here) or `rpc.tooManyRequests` (locked out).
   */
  authenticate(
    authorization: string | undefined,
    origin: Origin,
    certificate?: TlsPeer | null,
  ): Caller | Promise<Caller>;
  /** The caller that needs no `auth.login`; null: it must come. */
  callerWithoutLogin(origin: Origin, certificate?: TlsPeer | null): Caller | null;
  /** As `authenticate`, for faces whose first request is `auth.login`. */
  login(credentials: Credentials | ModuleCredentials, origin: Origin): Promise<Caller>;
  /** False once what gave this caller, a token or what a module knows, is revoked or expired. */
  isCurrent(caller: Caller, policy: ListenerPolicy): Promise<boolean>;
}

/** Credentials on trial. */
interface Trial {
  readonly kind: CredentialKind;
  /** Who is claimed to be; null: the secret says it. */
  readonly name: string | null;
  /** What the secret is of; empty: it says so itself. */
  readonly target: string;
  verify(): Promise<Caller | null>;
}

/** A failed attempt is answered after this, ms. */
const failureDelayMs = 300;
/** Verified passwords are remembered, as scrypt takes 50 ms of CPU. */
const cacheMs = 300_000;
const maxCached = 100;

export function createAuthenticator(options: {
  readonly config: Pick<RpcConfig, 'users' | 'certificates' | 'allowPlainText'>;
  readonly tokens: Tokens;
  /** Default: no module judges any. */
  readonly moduleLogins?: ModuleLogins;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  /** Logins by password, and all that fail. */
  readonly audit?: ((entry: AuditEntry) => void) | undefined;
}): Authenticator {
  const { config, tokens, clock } = options;
  const certificateCallers = createCertificateCallers(config.certificates);
  const lockout = createLockout(clock);
  /** By source and target: who has the secret of another target cannot guess this one in between. */
  const targets = createLockout(clock);
  const attempts = createTurns();
  const users = new Map(config.users.map((user) => [user.name, { hash: user.hash, caller: callerOfUser(user) }]));
  const failures = options.counters.counter('callbus_rpc_login_failures_total', 'Credentials refused, by reason.');
  const cacheKey = options.random.secure(32);
  const verified = new Map<string, { caller: Caller; untilMs: number }>();

  async function login(given: Credentials | ModuleCredentials, origin: Origin): Promise<Caller> {
    const { source, isEncrypted, policy } = origin;
    const trial = trialOf(given);
    const { kind, name } = trial;
    if (!isEncrypted && !isLoopback(source) && !config.allowPlainText) {
      failures.add(1, { reason: 'plain-text' });
      note(name, origin, 'rpc.forbidden');
      const detail = 'credentials over plain text are accepted from loopback only (rpc.listen.tls, rpc.allowPlainText)';
      throw new CodedError('rpc.forbidden', detail);
    }
    if (!policy.accepts(kind)) {
      failures.add(1, { reason: 'kind' });
      note(name, origin, 'rpc.forbidden');
      throw new CodedError('rpc.forbidden', `${kind} credentials are not accepted here (access.credentials)`);
    }
    const startedMs = clock.nowMs();
    const guesser = guesserOf(source);
    const caller = await attempts.run(guesser, () => attempt(trial, guesser));
    if (caller !== null) return policy.restrict(caller);
    note(name, origin, 'rpc.unauthorized');
    // Counted from the start: how long a refusal takes does not tell whether the user exists.
    await sleep(clock, Math.max(0, startedMs + failureDelayMs - clock.nowMs()));
    throw new CodedError('rpc.unauthorized', 'the credentials are not valid');
  }

  /** What kind they are, whom they name, and how they are checked. */
  function trialOf(credentials: Credentials | ModuleCredentials): Trial {
    if ('secret' in credentials) {
      const kind = credentials.user === null ? 'bearer' : 'basic';
      return { kind, name: credentials.user, target: credentials.user ?? '', verify: () => check(credentials) };
    }
    const found = options.moduleLogins?.find(credentials.given) ?? null;
    if (found === null)
      throw new CodedError('rpc.wrongType', 'auth.login takes {"token": text} or {"user": text, "password": text}');
    return { kind: found.kind, name: null, target: found.target, verify: () => found.verify() };
  }

  /** The name that was claimed is told only where it is one of ours: a secret may stand in its place. */
  function note(user: string | null, { source, face }: Origin, outcome: string): void {
    const caller = user !== null && users.has(user) ? user : 'nobody';
    const atUnixMs = clock.unixMs();
    const entry = { atUnixMs, caller, credential: '', source, face, what: 'login', arguments: '', outcome, trace: '' };
    options.audit?.(entry);
  }

  async function attempt({ kind, target, verify }: Trial, guesser: string): Promise<Caller | null> {
    const ofTarget = `${guesser} ${kind} ${target}`;
    const waitMs = Math.max(lockout.waitMs(guesser), targets.waitMs(ofTarget));
    if (waitMs > 0) {
      failures.add(1, { reason: 'locked-out' });
      throw new CodedError('rpc.tooManyRequests', `too many failed logins: wait ${Math.ceil(waitMs / 1000)} s`);
    }
    const caller = await verify();
    if (caller === null) {
      lockout.failed(guesser);
      if (target !== '') targets.failed(ofTarget);
      failures.add(1, { reason: 'wrong' });
    } else {
      lockout.succeeded(guesser);
      targets.succeeded(ofTarget);
    }
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

  function callerWithoutLogin({ policy }: Origin, certificate: TlsPeer | null = null): Caller | null {
    const named = policy.accepts('certificate') ? certificateCallers(certificate) : null;
    return named === null ? policy.open : policy.restrict(named);
  }

  return {
    login,
    callerWithoutLogin,
    authenticate(authorization, origin, certificate = null) {
      if (authorization === undefined) {
        const caller = callerWithoutLogin(origin, certificate);
        if (caller !== null) return caller;
        throw new CodedError('rpc.unauthorized', 'send a Bearer token, or a user and password by HTTP Basic');
      }
      const credentials = parseAuthorization(authorization);
      if (credentials === null)
        throw new CodedError('rpc.unauthorized', 'the Authorization header is neither Bearer nor Basic');
      return login(credentials, origin);
    },
    async isCurrent(caller, policy) {
      const origin = policy.origin(caller);
      return (await tokens.isCurrent(origin)) && ((await options.moduleLogins?.isCurrent(origin)) ?? true);
    },
  };
}

function parseAuthorization(header: string): Credentials | null {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { user: null, secret: value };
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? null : { user: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}

export function callerOfUser(user: RpcConfig['users'][number]): Caller {
  const { name, limits, only } = user;
  return { name, scopes: expandScopes(user.scopes), limits, only, credential: 'password' };
}
