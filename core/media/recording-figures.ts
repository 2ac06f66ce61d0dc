import type { Counters } from '../runtime/index.ts';
import type { RecordingTotals } from './worker/protocol.ts';

type Figure = keyof RecordingTotals;

const none: RecordingTotals = { running: 0, ended: 0, failed: 0, bytes: 0, recordedMs: 0, lostMs: 0 };

const rows: readonly (readonly [Figure, name: string, help: string])[] = [
  ['running', 'callbus_media_recordings', 'Recordings that are being written.'],
  ['ended', 'callbus_media_recordings_ended', 'Recordings that ended since the start.'],
  ['failed', 'callbus_media_recordings_failed', 'Recordings that could not be written since the start.'],
  ['bytes', 'callbus_media_recorded_bytes', 'Bytes of recordings since the start.'],
  ['recordedMs', 'callbus_media_recorded_ms', 'Milliseconds recorded since the start.'],
  ['lostMs', 'callbus_media_recording_lost_ms', 'Milliseconds not recorded because a disk was too slow.'],
];

/** What all engines have recorded, as gauges. */
export class RecordingFigures {
  /** Of engines that died: totals never go down. */
  #before = none;

  constructor(counters: Counters, engines: () => readonly (RecordingTotals | undefined)[]) {
    for (const [figure, name, help] of rows) {
      counters.gauge(name, help, () =>
        engines().reduce((sum, totals) => sum + (totals?.[figure] ?? 0), this.#before[figure]),
      );
    }
  }

  /** The last report of an engine that died; what it was recording ended there. */
  keep(totals: RecordingTotals | undefined): void {
    if (totals === undefined) return;
    const sum = (figure: Figure): number => this.#before[figure] + totals[figure];
    this.#before = {
      running: 0,
      ended: sum('ended') + totals.running,
      failed: sum('failed') + totals.running,
      bytes: sum('bytes'),
      recordedMs: sum('recordedMs'),
      lostMs: sum('lostMs'),
    };
  }
}
