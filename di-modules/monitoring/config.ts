import { type Static, Type } from '../../core/index.ts';

/** `modules.monitoring`: SEMS's keys (`monitoring.conf`), and the bounds that SEMS lacks. */
export const MonitoringConfigSchema = Type.Object(
  {
    run_garbage_collector: Type.Boolean({
      default: false,
      description: 'Erase finished records every garbage_collector_interval.',
    }),
    garbage_collector_interval: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 10,
      description: 'Seconds between two runs of the garbage collector.',
    }),
    retain_samples_s: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 10,
      description: 'Seconds that samples are kept; a longer getCount window sees only this much.',
    }),
    max_finished: Type.Integer({
      minimum: 0,
      default: 10_000,
      description: 'Finished records kept; past that the one that finished first is dropped. 0: no limit, as in SEMS.',
    }),
    max_records: Type.Integer({
      minimum: 0,
      default: 100_000,
      description: 'Records, and sample lists, kept in all; new ones are refused past that. 0: no limit, as in SEMS.',
    }),
    max_values: Type.Integer({
      minimum: 0,
      default: 10_000,
      description: 'Attributes of one record, entries of one list, samples of one key. 0: no limit, as in SEMS.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'In-memory attributes of calls and counters.' },
);
export type MonitoringConfig = Static<typeof MonitoringConfigSchema>;
