/** Registers the accounts of the configuration: SEMS's `reg_agent` (di-interfaces 5.18). */
import { defineModule } from '../../core/index.ts';
import { accountsOf } from './accounts.ts';
import { RegAgent } from './agent.ts';
import { RegAgentConfigSchema } from './config.ts';

export const regAgent = defineModule({
  name: 'reg_agent',
  summary: 'Registers the accounts of the configuration.',
  config: RegAgentConfigSchema,
  needs: ['registrar_client'],
  start: ({ clock, config, invoke, log }) => new RegAgent({ clock, invoke, log, accounts: accountsOf(config) }),
  stop: (agent) => agent.stop(),
});
