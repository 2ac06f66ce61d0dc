/**
 * Access tokens: 256 random bits, kept only as SHA-256 hashes (`callbus token create --name … --scopes …`).
 */
import { createHash } from 'node:crypto';
import { type Caller, expandScopes } from '../core/di/index.ts';
import { type Clock, CodedError, type Random } from '../core/runtime/index.ts';
import type { KeyValueStore } from '../core/storage/index.ts';

export interface TokenInfo {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Values that the token limits a row's `limit` parameter to, by module. */
  readonly limits: { readonly [module: string]: readonly string[] };
  readonly createdUnixMs: number;
}

export interface Tokens {
  /**
   * Makes a token; its text is given once and never stored. `scopes` may name roles.
   * @throws CodedError `config.invalid` (bad scope, bad name, name taken), `storage.failed`.
   */
  create(options: {
    readonly name: string;
    readonly scopes: readonly string[];
    readonly limits?: TokenInfo['limits'];
  }): Promise<{ readonly token: string; readonly info: TokenInfo }>;
  /** Sorted by name. */
  list(): Promise<readonly TokenInfo[]>;
  /** False when there is none of that name. */
  revoke(name: string): Promise<boolean>;
  /** Null: no such token. A token revoked by another process works for up to 5 s more. */
  verify(token: string): Promise<Caller | null>;
}

const cacheMs = 5000;
const maxCached = 1000;

export function createTokens(store: KeyValueStore, clock: Clock, random: Random): Tokens {
  const cache = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();

  const entries = async (): Promise<{ key: string; info: TokenInfo }[]> =>
    (await store.list()).flatMap(({ key, value }) => {
      const info = parseInfo(value);
      return info === null ? [] : [{ key, info }];
    });

  return {
    async create({ name, scopes, limits = {} }) {
      if (!/^[\w.@-]{1,64}$/.test(name))
        throw new CodedError('config.invalid', `token name ${JSON.stringify(name)}: 1–64 letters, digits, . _ @ -`);
      if (scopes.length === 0) throw new CodedError('config.invalid', 'a token needs at least one scope');
      const expanded = expandScopes(scopes);
      if ((await entries()).some(({ info }) => info.name === name))
        throw new CodedError('config.invalid', `a token named ${JSON.stringify(name)} exists`);
      const token = `cb_${Buffer.from(random.secure(32)).toString('base64url')}`;
      const info: TokenInfo = { name, scopes: expanded, limits, createdUnixMs: clock.unixMs() };
      await store.set(hashOf(token), info);
      return { token, info };
    },
    async list() {
      const infos = (await entries()).map(({ info }) => info);
      return infos.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async revoke(name) {
      const found = (await entries()).find(({ info }) => info.name === name);
      if (found === undefined) return false;
      await store.delete(found.key);
      cache.delete(found.key);
      return true;
    },
    async verify(token) {
      const key = hashOf(token);
      const nowMs = clock.nowMs();
      const cached = cache.get(key);
      if (cached !== undefined && cached.untilMs > nowMs) return cached.caller;
      const info = parseInfo(await store.get(key));
      if (info === null) {
        cache.delete(key);
        return null;
      }
      if (cache.size >= maxCached) cache.clear();
      const caller = { name: info.name, scopes: info.scopes, limits: info.limits };
      cache.set(key, { caller, untilMs: nowMs + cacheMs });
      return caller;
    },
  };
}

/** The look-up by hash is the comparison: its timing tells nothing about the token. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

function parseInfo(value: unknown): TokenInfo | null {
  if (!isObject(value)) return null;
  const { name, scopes, limits, createdUnixMs } = value;
  if (typeof name !== 'string' || !isTexts(scopes) || !isObject(limits)) return null;
  const checked: Record<string, readonly string[]> = {};
  for (const [module, values] of Object.entries(limits)) {
    if (!isTexts(values)) return null;
    checked[module] = values;
  }
  return { name, scopes, limits: checked, createdUnixMs: typeof createdUnixMs === 'number' ? createdUnixMs : 0 };
}

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
