/**
 * What somebody may do now who came earlier: for what goes on without him, a webhook. Told by name and kind of
 * credential, which outlive a restart and a rotation; a revoked or expired token gives nothing, nor does a listener
 * that is not open any more.
 */
import type { Caller, RightsNow } from '../core/di/index.ts';
import { callerOfUser } from './auth.ts';
import { callerOfCertificate } from './certificates.ts';
import { facesOf } from './check-access.ts';
import type { RpcConfig } from './config.ts';
import { callerOfPeer } from './jsonrpc/peers.ts';
import { createPolicy, localCaller, opensByDefault } from './listener-policy.ts';
import type { Tokens } from './tokens.ts';

export type RightsConfig = Pick<
  RpcConfig,
  'users' | 'certificates' | 'peers' | 'listen' | 'listeners' | 'netstring' | 'openLoopback'
>;

export function createRights(config: RightsConfig, tokens: Pick<Tokens, 'named'>): RightsNow {
  const { users, certificates, peers } = config;
  const named = [...users.map(callerOfUser), ...certificates.map(callerOfCertificate), ...peers.map(callerOfPeer)];
  const known = new Map(named.map((caller) => [nameOf(caller), caller]));
  const open = facesOf(config).flatMap(({ access, address }) => {
    const caller = createPolicy({ access, address, openByDefault: opensByDefault(config) }).open;
    return caller === null ? [] : [caller];
  });
  return async (caller) => {
    const { credential, name } = caller;
    if (credential === 'token') return tokens.named(name);
    // Which of the open listeners he came by is not told: the one that gives what he had, or else one of them.
    if (credential === undefined && name === localCaller.name)
      return open.some((each) => isSame(each, caller)) ? caller : (open[0] ?? null);
    // The server itself, a module, a script: nothing was proved that could end.
    if (credential === undefined && !name.startsWith('peer:')) return caller;
    return known.get(nameOf(caller)) ?? null;
  };
}

const nameOf = ({ credential = '', name }: Caller): string => `${credential} ${name}`;

const isSame = (one: Caller, other: Caller): boolean =>
  textOf(one.scopes) === textOf(other.scopes) && textOf(one.modules) === textOf(other.modules);

const textOf = (list: readonly string[] | undefined): string =>
  list === undefined ? '' : JSON.stringify([...list].sort());
