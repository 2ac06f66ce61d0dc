/**
 * Access tokens: 256 random bits, kept only as SHA-256 hashes (`callbus token create --name … --scopes …`). Rotation
 * makes a new secret under the same name; the old one goes on for a while.
 */
import { createHash } from 'node:crypto';
import { type Caller, expandScopes } from '../core/di/index.ts';
import { type Clock, CodedError, type Random } from '../core/runtime/index.ts';
import type { KeyValueStore } from '../core/storage/index.ts';
import { type Allowed, parseToken, type StoredToken } from './stored-token.ts';

export interface TokenInfo {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Values that the token limits a row's `limit` parameter to, by module. */
  readonly limits: Allowed;
  /** Values of arguments, by name: see `Caller.only`. */
  readonly only: Allowed;
  readonly createdUnixMs: number;
  /** Null: it does not expire. */
  readonly expiresUnixMs: number | null;
  /** To the minute; null: never used. */
  readonly lastUsedUnixMs: number | null;
  /** Until then the secret before the last rotation works too; null: there is none. */
  readonly oldUntilUnixMs: number | null;
}

export interface TokenOptions {
  readonly name: string;
  /** May name roles. */
  readonly scopes: readonly string[];
  readonly limits?: Allowed;
  readonly only?: Allowed;
  readonly expiresUnixMs?: number | null;
}

export interface Tokens {
  /**
   * Makes a token; its text is given once and never stored.
   * @throws CodedError `config.invalid` (bad scope, bad name, name taken, in the past), `storage.failed`.
   */
  create(options: TokenOptions): Promise<{ readonly token: string; readonly info: TokenInfo }>;
  /**
   * A new secret with the same rights; the present one works for `graceMs` more, those before it end.
   * @throws CodedError `config.invalid`: no such token.
   */
  rotate(name: string, options?: RotateOptions): Promise<{ readonly token: string; readonly info: TokenInfo }>;
  /** Sorted by name, expired ones too. */
  list(): Promise<readonly TokenInfo[]>;
  /** How many could be used now. */
  countUsable(): Promise<number>;
  /** False when there is none of that name. */
  revoke(name: string): Promise<boolean>;
  /** Who has the token of that name; null: there is none, or its time is over. */
  named(name: string): Promise<Caller | null>;
  /** Null: no such token, or its time is over. A token revoked by another process works for up to 5 s more. */
  verify(token: string): Promise<Caller | null>;
  /** Would the token that gave this caller still be accepted? True for callers that no token gave. */
  isCurrent(caller: Caller): Promise<boolean>;
}

export interface RotateOptions {
  /** Default an hour. */
  readonly graceMs?: number;
  readonly expiresUnixMs?: number | null;
}

const cacheMs = 5000;
const maxCached = 1000;
/** The last use is written at most so often. */
const useMs = 60_000;
const defaultGraceMs = 3_600_000;

interface Entry {
  readonly key: string;
  readonly stored: StoredToken;
}

/** @param uses Where the last use stands, by hash: a server never writes into the table that `callbus token` changes. */
export function createTokens(
  store: KeyValueStore,
  clock: Clock,
  random: Random,
  uses: KeyValueStore | null = null,
): Tokens {
  const cache = new Map<string, { readonly caller: Caller; readonly untilMs: number; readonly endsUnixMs: number }>();
  const keys = new WeakMap<Caller, string>();
  const notedMs = new Map<string, number>();

  const entries = async (): Promise<Entry[]> =>
    (await store.list()).flatMap(({ key, value }) => {
      const stored = parseToken(value);
      return stored === null ? [] : [{ key, stored }];
    });

  async function save(stored: StoredToken): Promise<{ token: string; info: TokenInfo }> {
    const token = `cb_${Buffer.from(random.secure(32)).toString('base64url')}`;
    await store.set(hashOf(token), stored);
    return { token, info: infoOf(stored, null, null) };
  }

  async function drop(key: string): Promise<void> {
    await store.delete(key);
    await uses?.delete(key);
    cache.delete(key);
  }

  function noteUse(key: string): void {
    const nowMs = clock.nowMs();
    if (uses === null || nowMs - (notedMs.get(key) ?? Number.NEGATIVE_INFINITY) < useMs) return;
    if (notedMs.size >= maxCached) notedMs.clear();
    notedMs.set(key, nowMs);
    // A use that cannot be written must not keep anybody out.
    uses.set(key, clock.unixMs()).catch(() => notedMs.delete(key));
  }

  async function verifyKey(key: string): Promise<Caller | null> {
    const nowMs = clock.nowMs();
    const cached = cache.get(key);
    if (cached !== undefined && cached.untilMs > nowMs && cached.endsUnixMs > clock.unixMs()) return cached.caller;
    const stored = parseToken(await store.get(key));
    const endsUnixMs = stored === null ? 0 : endOf(stored);
    if (stored === null || endsUnixMs <= clock.unixMs()) {
      cache.delete(key);
      return null;
    }
    if (cache.size >= maxCached) cache.clear();
    const caller = callerOf(stored);
    keys.set(caller, key);
    cache.set(key, { caller, untilMs: nowMs + cacheMs, endsUnixMs });
    return caller;
  }

  return {
    async create({ name, scopes, limits = {}, only = {}, expiresUnixMs = null }) {
      if (!/^[\w.@-]{1,64}$/.test(name))
        throw new CodedError('config.invalid', `token name ${JSON.stringify(name)}: 1–64 letters, digits, . _ @ -`);
      if (scopes.length === 0) throw new CodedError('config.invalid', 'a token needs at least one scope');
      if (expiresUnixMs !== null && expiresUnixMs <= clock.unixMs())
        throw new CodedError('config.invalid', 'a token cannot expire in the past');
      const expanded = expandScopes(scopes);
      if ((await entries()).some(({ stored }) => stored.name === name))
        throw new CodedError('config.invalid', `a token named ${JSON.stringify(name)} exists`);
      const createdUnixMs = clock.unixMs();
      return save({ name, scopes: expanded, limits, only, createdUnixMs, expiresUnixMs, retiredUnixMs: null });
    },
    async rotate(name, { graceMs = defaultGraceMs, expiresUnixMs } = {}) {
      const mine = (await entries()).filter(({ stored }) => stored.name === name);
      const present = mine.find(({ stored }) => stored.retiredUnixMs === null);
      if (present === undefined)
        throw new CodedError('config.invalid', `there is no token named ${JSON.stringify(name)}`);
      const { stored, key } = present;
      const nowMs = clock.unixMs();
      const end = expiresUnixMs === undefined ? stored.expiresUnixMs : expiresUnixMs;
      if (end !== null && end <= nowMs)
        throw new CodedError('config.invalid', 'a token cannot expire in the past: give it a new time');
      const made = await save({ ...stored, createdUnixMs: nowMs, expiresUnixMs: end, retiredUnixMs: null });
      for (const old of mine) if (old !== present) await drop(old.key);
      cache.delete(key);
      if (graceMs <= 0) {
        await drop(key);
        return made;
      }
      await store.set(key, { ...stored, retiredUnixMs: nowMs + graceMs });
      return { token: made.token, info: { ...made.info, oldUntilUnixMs: nowMs + graceMs } };
    },
    async list() {
      const all = await entries();
      const used = new Map((await uses?.list())?.map(({ key, value }) => [key, Number(value)]));
      const present = all.filter(({ stored }) => stored.retiredUnixMs === null);
      const infos = present.map(({ key, stored }) => {
        const mine = all.filter((other) => other.stored.name === stored.name);
        const old = mine.find((other) => other.key !== key && endOf(other.stored) > clock.unixMs());
        const lastUses = mine.flatMap((each) => used.get(each.key) ?? []);
        return infoOf(
          stored,
          lastUses.length === 0 ? null : Math.max(...lastUses),
          old === undefined ? null : endOf(old.stored),
        );
      });
      return infos.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    countUsable: async () => (await entries()).filter(({ stored }) => endOf(stored) > clock.unixMs()).length,
    async revoke(name) {
      const found = (await entries()).filter(({ stored }) => stored.name === name);
      for (const { key } of found) await drop(key);
      return found.length > 0;
    },
    async named(name) {
      const mine = (await entries()).map(({ stored }) => stored).filter((stored) => stored.name === name);
      const usable = mine.find((stored) => endOf(stored) > clock.unixMs());
      return usable === undefined ? null : callerOf(usable);
    },
    async verify(token) {
      const key = hashOf(token);
      const caller = await verifyKey(key);
      if (caller !== null) noteUse(key);
      return caller;
    },
    async isCurrent(caller) {
      const key = keys.get(caller);
      return key === undefined || (await verifyKey(key)) !== null;
    },
  };
}

/** The look-up by hash is the comparison: its timing tells nothing about the token. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const endOf = ({ expiresUnixMs, retiredUnixMs }: StoredToken): number =>
  Math.min(expiresUnixMs ?? Number.POSITIVE_INFINITY, retiredUnixMs ?? Number.POSITIVE_INFINITY);

const callerOf = ({ name, scopes, limits, only }: StoredToken): Caller => ({
  name,
  scopes,
  limits,
  only,
  credential: 'token',
});

function infoOf(stored: StoredToken, lastUsedUnixMs: number | null, oldUntilUnixMs: number | null): TokenInfo {
  const { retiredUnixMs: _, ...info } = stored;
  return { ...info, lastUsedUnixMs, oldUntilUnixMs };
}
