/** Calls and services written as state machines: SEMS's `dsm`. */
import { defineModule } from '../../core/index.ts';
import { dsmCommands } from './commands/index.ts';
import { DsmConfigSchema } from './config.ts';
import { dsmEvents } from './events.ts';
import { functions } from './functions.ts';
import { DsmServer } from './host/server.ts';
import { dsmModules } from './mods/index.ts';

export const dsm = defineModule({
  name: 'dsm',
  summary: 'Calls and services written as state machines (DSM scripts).',
  config: DsmConfigSchema,
  functions,
  dsmModules,
  commands: dsmCommands,
  async start(context): Promise<DsmServer> {
    for (const [name, declaration] of Object.entries(dsmEvents)) context.declareEvent(name, declaration);
    const server = new DsmServer(context, context.dsmModules());
    try {
      await server.start();
    } catch (fault) {
      await server.stop();
      throw fault;
    }
    return server;
  },
  stop: (server) => server.stop(),
});
