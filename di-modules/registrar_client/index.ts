/** Outgoing registrations: SEMS's `registrar_client` (di-interfaces 5.6). */
import { defineModule } from '../../core/index.ts';
import { RegistrarClientConfigSchema } from './config.ts';
import { functions, type RegistrarClientState } from './functions.ts';
import { instanceId } from './instance.ts';
import { RegistrationBook } from './registration-book.ts';

export const registrarClient = defineModule({
  name: 'registrar_client',
  summary: 'Registers accounts at registrars, and keeps them registered.',
  config: RegistrarClientConfigSchema,
  functions,
  async start({ calls, clock, config, publish, random, storage }): Promise<RegistrarClientState> {
    const instance = config.outbound ? await instanceId(storage, random) : null;
    return { random, book: new RegistrationBook({ calls, clock, config, publish, instanceId: instance }) };
  },
  stop: ({ book }) => book.stop(),
});
