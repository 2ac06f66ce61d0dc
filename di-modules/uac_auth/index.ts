/** Digest authentication for other modules: SEMS's `uac_auth` (di-interfaces 5.14). */
import { createDigestServer, defineModule } from '../../core/index.ts';
import { UacAuthConfigSchema } from './config.ts';
import { functions, type UacAuthState } from './functions.ts';

export const uacAuth = defineModule({
  name: 'uac_auth',
  summary: 'Digest authentication of callers, for other modules.',
  config: UacAuthConfigSchema,
  functions,
  start: ({ calls, clock, config, random }): UacAuthState => ({
    calls,
    digest: createDigestServer({
      // Each check names its own.
      realm: 'callbus',
      clock,
      random,
      nonceSeconds: config.nonce_s,
      algorithms: config.algorithms,
    }),
  }),
});
