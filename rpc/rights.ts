/**
 * What somebody may do now who proved himself earlier: for what goes on without him, a webhook. Told by name and kind
 * of credential, which outlive a restart and a rotation; a revoked or expired token gives nothing.
 */
import type { Caller, RightsNow } from '../core/di/index.ts';
import { callerOfUser } from './auth.ts';
import { callerOfCertificate } from './certificates.ts';
import type { RpcConfig } from './config.ts';
import type { Tokens } from './tokens.ts';

export function createRights(
  { users, certificates }: Pick<RpcConfig, 'users' | 'certificates'>,
  tokens: Pick<Tokens, 'named'>,
): RightsNow {
  const known = new Map<string, Caller>();
  for (const caller of [...users.map(callerOfUser), ...certificates.map(callerOfCertificate)])
    known.set(`${caller.credential} ${caller.name}`, caller);
  return async (caller) => {
    const { credential, name } = caller;
    // An open loopback listener, or the server itself: nothing was proved that could end.
    if (credential === undefined) return caller;
    return credential === 'token' ? tokens.named(name) : (known.get(`${credential} ${name}`) ?? null);
  };
}
