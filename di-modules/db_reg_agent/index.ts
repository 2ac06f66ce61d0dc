/** Registers the accounts of a database: SEMS's `db_reg_agent` (di-interfaces 5.7). */
import { defineModule } from '../../core/index.ts';
import { DbRegAgent } from './agent.ts';
import { checkConfig, DbRegAgentConfigSchema, databasePlace } from './config.ts';
import { Departures } from './departures.ts';
import { functions } from './functions.ts';
import { RefreshTimes } from './refresh-times.ts';
import { Tables } from './tables.ts';

export const dbRegAgent = defineModule({
  name: 'db_reg_agent',
  summary: 'Registers the accounts of a database.',
  config: DbRegAgentConfigSchema,
  functions,
  async start({ calls, clock, config, log, openDatabase, publish }): Promise<DbRegAgent> {
    checkConfig(config);
    const tables = new Tables(openDatabase(databasePlace(config)), config, log);
    const { ratelimit_rate: rate, ratelimit_per: perSeconds, ratelimit_slowstart: slowStart } = config;
    const departures = new Departures(clock, config.enable_ratelimiting ? { rate, perSeconds, slowStart } : null);
    const { minimum_reregister_interval: least, reregister_interval: most } = config;
    const refreshTimes = new RefreshTimes(least === -1 ? null : least, most);
    const agent = new DbRegAgent({ calls, clock, config, log, publish, tables, departures, refreshTimes });
    try {
      agent.begin(await tables.open());
    } catch (fault) {
      await agent.stop().catch(() => {});
      throw fault;
    }
    return agent;
  },
  stop: (agent) => agent.stop(),
});
