/** Events of the bus, sent to web servers: signed, in order, at least once. */
import { defineModule, Long, Type } from '../../core/index.ts';
import { WebhooksConfigSchema } from './config.ts';
import { functions } from './functions.ts';
import { Hooks } from './hooks.ts';

const Hook = Type.String({ description: 'Id of the webhook.' });
const scope = 'webhooks:read';

export const webhookEvents = {
  'webhooks.failing': {
    summary: 'A webhook that worked cannot be reached.',
    scope,
    payload: Type.Object({ hook: Hook, reason: Type.String() }),
  },
  'webhooks.recovered': {
    summary: 'It is reached again.',
    scope,
    payload: Type.Object({ hook: Hook }),
  },
  'webhooks.deadLetter': {
    summary: 'An event was rejected by a webhook, or given up.',
    scope,
    payload: Type.Object({ hook: Hook, event: Long, name: Type.String(), reason: Type.String() }),
  },
};

export const webhooks = defineModule({
  name: 'webhooks',
  summary: 'Sends events to web servers: signed, in order, at least once.',
  config: WebhooksConfigSchema,
  functions,
  async start(context): Promise<Hooks> {
    for (const [name, declaration] of Object.entries(webhookEvents)) context.declareEvent(name, declaration);
    const hooks = new Hooks(context);
    await hooks.start();
    return hooks;
  },
  stop: (hooks) => hooks.stop(),
});
