/** Tells phones how many messages wait: SEMS's `mwi` (di-interfaces 5.12), and a notifier of our own (RFC 3842). */
import { defineModule } from '../../core/index.ts';
import { MwiConfigSchema } from './config.ts';
import { functions } from './functions.ts';
import { Mwi } from './mwi.ts';

export const mwi = defineModule({
  name: 'mwi',
  summary: 'Tells phones how many messages wait.',
  config: MwiConfigSchema,
  needs: ['msg_storage'],
  functions,
  start: (context) => new Mwi(context),
  stop: (state) => state.stop(),
});
