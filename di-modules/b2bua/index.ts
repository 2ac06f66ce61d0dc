/** Connects each call to one that it places: a back-to-back user agent. */
import { type Coupling, defineApplication, defineModule } from '../../core/index.ts';
import { B2buaConfigSchema } from './config.ts';
import { type B2buaState, functions } from './functions.ts';
import { deciderFor, hooksFor } from './route.ts';

export const b2bua = defineModule({
  name: 'b2bua',
  summary: 'Connects each call to one that it places.',
  config: B2buaConfigSchema,
  functions,
  start({ config, calls, registerApplication }): B2buaState {
    const couplings = new Map<string, Coupling>();
    const hooks = hooksFor(config);
    const decide = deciderFor(config);
    registerApplication(
      defineApplication({
        name: 'b2bua',
        onInvite(call) {
          const coupling = calls.couple(call, {
            origin: { name: 'module:b2bua' },
            hooks,
            decision: decide(call.session.dialog.invite),
          });
          couplings.set(call.tag, coupling);
          void coupling.ended.then(() => couplings.delete(call.tag));
        },
      }),
    );
    return { couplings };
  },
});
