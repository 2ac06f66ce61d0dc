/** What one listener lets in: callers without credentials, kinds of credentials, and the most that anybody may do. */
import { type Caller, expandScopes, meetScopes, roles } from '../core/di/index.ts';
import { CodedError } from '../core/runtime/index.ts';
import type { AccessConfig } from './access-config.ts';
import type { RpcConfig } from './config.ts';

/** `bearer`, `basic`, `certificate`, or what a module judges (`FunctionRow.login`): `room`. */
export type CredentialKind = string;

export interface ListenerPolicy {
  /** Who a caller without credentials is; null: he is refused. */
  readonly open: Caller | null;
  accepts(kind: CredentialKind): boolean;
  /** The caller with what this listener allows of his rights; the same object for the same caller. */
  restrict(caller: Caller): Caller;
  /** The caller that `restrict` was given. */
  origin(caller: Caller): Caller;
}

/** What an open loopback listener lets callers do. */
export const localCaller: Caller = { name: 'local', scopes: roles['operator'] ?? [], limits: {} };

/** Loopback listeners that say nothing else are open. */
export const opensByDefault = ({ openLoopback, users }: Pick<RpcConfig, 'openLoopback' | 'users'>): boolean =>
  openLoopback && users.length === 0;

export interface PolicyOptions {
  readonly access: AccessConfig;
  readonly address: string;
  /** `rpc.openLoopback`, and there are no users. */
  readonly openByDefault: boolean;
}

/** @throws CodedError `config.invalid` for an unknown scope. */
export function createPolicy({ access, address, openByDefault }: PolicyOptions): ListenerPolicy {
  const bound = expandScopes(access.scopes);
  const isWhole = bound.includes('*:*');
  const modules = access.modules.includes('*') ? null : access.modules;
  const kinds: ReadonlySet<string> = new Set(access.credentials);
  const restricted = new WeakMap<Caller, Caller>();
  const origins = new WeakMap<Caller, Caller>();

  function restrict(caller: Caller): Caller {
    if (isWhole && modules === null) return caller;
    const known = restricted.get(caller);
    if (known !== undefined) return known;
    const scopes = isWhole ? caller.scopes : meetScopes(caller.scopes, bound);
    const made: Caller = { ...caller, scopes, ...(modules === null ? {} : { modules }) };
    restricted.set(caller, made);
    origins.set(made, caller);
    return made;
  }

  const open = openCaller(access.open, address, openByDefault);
  return {
    open: open === null ? null : restrict(open),
    accepts: (kind) => kinds.has(kind),
    restrict,
    origin: (caller) => origins.get(caller) ?? caller,
  };
}

function openCaller(open: AccessConfig['open'], address: string, byDefault: boolean): Caller | null {
  if (!isLoopback(address) || open === false) return null;
  if (open === undefined) return byDefault ? localCaller : null;
  return open === true ? localCaller : { ...localCaller, scopes: roles[open] ?? [] };
}

/** @throws CodedError `config.invalid`: open where others can reach it, or a scope that does not exist. */
export function checkPolicy(key: string, access: AccessConfig, address: string): void {
  expandScopes(access.scopes);
  if (access.open === undefined || access.open === false || isLoopback(address)) return;
  const detail = `${key}.access.open: ${address} can be reached from other machines; only 127.0.0.1, ::1 and localhost may be open`;
  throw new CodedError('config.invalid', detail);
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || address.startsWith('127.') || address === 'in-process';
}
