/**
 * `monitoring` with 100,000 records of six attributes, as they come from a wire. Demands: `listByFilter` on one attribute
 * 10 ms, `log` 3 µs, 1 kB a record. The floor for `log` is the same data put into a Map of plain objects. CPU time, best
 * of several rounds.
 *
 *   node --expose-gc dist/test/bench/monitoring.js
 */
import { realClock } from '../../core/runtime/index.ts';
import { type Condition, RecordStore } from '../../di-modules/monitoring/record-store.ts';

const records = 100_000;
const rounds = 5;
const limits = { maxFinished: 10_000, maxRecords: records, maxValues: 10_000 };
const demands = { filterMs: 10, logMicros: 3, recordBytes: 1000 };

type Entry = [id: string, pairs: Condition[]];

/** Through JSON, so that no text shares its letters with another. */
const entries: Entry[] = Array.from({ length: records }, (_, n) =>
  JSON.parse(
    JSON.stringify([
      `4A3F-${n.toString(16)}-0123456789abcdef`,
      [
        ['app', 'conference'],
        ['dir', n % 2 === 0 ? 'in' : 'out'],
        ['from', `"Caller ${n}" <sip:${n}@example.org>;tag=${n}`],
        ['ruri', `sip:${500 + (n % 100)}@example.org`],
        ['to', `<sip:${500 + (n % 100)}@example.org>`],
        ['conf_id', String(500 + (n % 1000))],
      ],
    ]),
  ),
);

function cpuMicros(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const best = (work: () => number): number => Math.min(...Array.from({ length: rounds }, work));

function filled(): RecordStore {
  const store = new RecordStore(realClock(), limits);
  for (const [id, pairs] of entries) store.set(id, pairs);
  return store;
}

const floorMicros = best(() => {
  const map = new Map<string, object>();
  return cpuMicros(() => {
    for (const [id, pairs] of entries) map.set(id, Object.fromEntries(pairs));
  });
});
const logMicros = best(() => cpuMicros(() => void filled())) / records;
const store = filled();
const filters: readonly (readonly [Condition, number])[] = [
  [['conf_id', '777'], records / 1000],
  [['ruri', 'sip:510@example.org'], records / 100],
  [['dir', 'in'], records / 2],
];
const filterMs = filters.map(([condition, expected]) =>
  best(() =>
    cpuMicros(() => {
      if (store.listByFilter([condition]).length !== expected) throw new Error(`wrong answer for ${condition[0]}`);
    }),
  ),
);

/** Heap of the records with their texts: what goes when they go. */
function recordBytes(): number {
  entries.length = 0;
  globalThis.gc?.();
  const full = process.memoryUsage().heapUsed;
  store.clear();
  globalThis.gc?.();
  return (full - process.memoryUsage().heapUsed) / records;
}
const figures = { filterMs: Math.max(...filterMs) / 1000, logMicros };
process.stdout.write(
  `log ${logMicros.toFixed(2)} µs (demand ${demands.logMicros}), a Map of objects ${(floorMicros / records).toFixed(2)} µs\n`,
);
filters.forEach(([[name], found], at) => {
  process.stdout.write(
    `listByFilter on ${name}: ${found} found in ${((filterMs[at] ?? 0) / 1000).toFixed(2)} ms (demand ${demands.filterMs})\n`,
  );
});
let fits = figures.filterMs <= demands.filterMs && logMicros <= demands.logMicros;
if (globalThis.gc === undefined) process.stdout.write('memory: start with --expose-gc\n');
else {
  const bytes = recordBytes();
  process.stdout.write(`a record ${Math.round(bytes)} bytes with its texts (demand ${demands.recordBytes})\n`);
  fits &&= bytes <= demands.recordBytes;
}
if (!fits) process.exitCode = 1;
