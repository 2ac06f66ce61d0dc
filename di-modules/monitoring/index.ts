/** In-memory attributes of calls, counters and counts over time: SEMS's `monitoring` (di-interfaces 5.1, 6). */
import { defineModule, every } from '../../core/index.ts';
import { MonitoringConfigSchema } from './config.ts';
import { CallFeed } from './feed.ts';
import { functions } from './functions.ts';
import { RecordStore } from './record-store.ts';
import { SampleStore } from './sample-store.ts';
import type { MonitoringState } from './state.ts';

interface RunningMonitoring extends MonitoringState {
  stop(): void;
}

export const monitoring = defineModule({
  name: 'monitoring',
  summary: 'Attributes of live and finished calls, counters, samples.',
  config: MonitoringConfigSchema,
  functions,
  start({ config, clock, log, counters, subscribe }): RunningMonitoring {
    const samples = new SampleStore({
      retainMicros: config.retain_samples_s * 1_000_000,
      maxLists: config.max_records,
      maxSamples: config.max_values,
    });
    const records = new RecordStore(
      clock,
      { maxFinished: config.max_finished, maxRecords: config.max_records, maxValues: config.max_values },
      (id) => samples.erase(id),
    );
    counters.gauge('callbus_monitoring_records', 'Records of the monitoring module.', () => records.size);
    const feed = new CallFeed(
      records,
      log,
      counters.counter('callbus_monitoring_dropped_total', 'Attributes of calls that were not kept: max_records.'),
    );
    for (const filter of ['call.*', 'conference.joined']) subscribe(filter, (event) => feed.receive(event));
    const collector = config.run_garbage_collector
      ? every(clock, config.garbage_collector_interval * 1000, () => records.clearFinished())
      : null;
    return { records, samples, log, nowMicros: () => clock.unixMs() * 1000, stop: () => collector?.cancel() };
  },
  stop: (state: RunningMonitoring) => state.stop(),
});
