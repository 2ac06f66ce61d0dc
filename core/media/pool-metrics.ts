import type { Counters } from '../runtime/index.ts';
import type { MediaLoad } from './types.ts';

/** What `/metrics` tells of a pool: totals, and each worker by its number. */
export function poolMetrics(counters: Counters, load: () => MediaLoad, droppedPackets: () => number): void {
  const gauge = (name: string, help: string, read: (load: MediaLoad) => number): void =>
    counters.gauge(`callbus_media_${name}`, help, () => read(load()));
  gauge('streams', 'Audio streams.', ({ streams }) => streams);
  gauge('rooms', 'Conference rooms with somebody in them.', ({ rooms }) => rooms);
  gauge('relay_lines', 'Relayed media lines.', ({ relayLines }) => relayLines);
  gauge('relayed_packets', 'Packets relayed since the start.', ({ relayedPackets }) => relayedPackets);
  counters.gauge('callbus_media_relay_dropped_packets', 'Packets dropped by relays since the start.', droppedPackets);
  gauge('lateness_ms', 'Latest tick of the last second, milliseconds after its time.', ({ workers }) =>
    Math.max(0, ...workers.map(({ maxLatenessMs }) => maxLatenessMs)),
  );
  gauge('busy_ratio', 'Part of its time that the busiest media worker is busy, smoothed over seconds.', ({ workers }) =>
    Math.max(0, ...workers.map(({ busy }) => busy)),
  );
  gauge(
    'busy_least_ratio',
    'The same of the least busy one: new streams are refused above media.maxBusy.',
    ({ workers }) => (workers.length === 0 ? 0 : Math.min(...workers.map(({ busy }) => busy))),
  );
  gauge('workers', 'Media workers that run.', ({ workers }) => workers.filter(({ alive }) => alive).length);
}
