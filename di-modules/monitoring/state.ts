import type { Log } from '../../core/index.ts';
import type { RecordStore } from './record-store.ts';
import type { SampleStore } from './sample-store.ts';

/** What the functions work on. */
export interface MonitoringState {
  readonly records: RecordStore;
  readonly samples: SampleStore;
  readonly log: Log;
  nowMicros(): number;
}
