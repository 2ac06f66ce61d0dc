/**
 * Calls per core: how many one media worker holds at 70 % of its time, by kind of call. Each kind is
 * measured with a number of calls of its own order, everybody talking in rooms of 10, and counted up
 * or down. What this machine has no codec for is named as absent.
 *
 *   node dist/test/bench/capacity.js [seconds]
 */
import { pathToFileURL } from 'node:url';
import { libcUnavailable } from '../../core/runtime/index.ts';
import type { Load } from './conference.child.ts';
import { type BenchResult, measure } from './conference.ts';

const share = 0.7;

interface Kind {
  readonly name: string;
  readonly load: Load;
  readonly codecs: string;
  readonly calls: number;
  /** So many are demanded, where a number is. */
  readonly least?: number;
}

const kinds: readonly Kind[] = [
  { name: 'G.711 in rooms', load: 'room', codecs: 'PCMU', calls: 900 },
  { name: 'G.711 announcement', load: 'announcement', codecs: 'PCMU', calls: 900, least: 1150 },
  { name: 'G.711 with SRTP', load: 'srtp', codecs: 'PCMU', calls: 400 },
  { name: 'G.711, each recorded', load: 'recording', codecs: 'PCMU', calls: 300 },
  { name: 'G.722', load: 'room', codecs: 'G722', calls: 200, least: 200 },
  { name: 'GSM 06.10', load: 'room', codecs: 'GSM', calls: 200, least: 300 },
  { name: 'iLBC', load: 'room', codecs: 'iLBC', calls: 100, least: 150 },
  { name: 'Opus', load: 'room', codecs: 'opus', calls: 60 },
  { name: 'mixed: PCMU, PCMA, G722, GSM', load: 'room', codecs: 'PCMU,PCMA,G722,GSM', calls: 200 },
];

/** `told` hears of each kind as soon as it is measured: all of them take some minutes. */
export async function bench(
  seconds = 4,
  told: (kind: string, figure: string) => void = () => {},
): Promise<BenchResult[]> {
  const unavailable = libcUnavailable();
  if (unavailable !== null) return [{ name: 'capacity', figures: { skipped: unavailable } }];
  const figures: Record<string, number | string> = {};
  for (const { name, load, codecs, calls, least } of kinds) {
    const report = await measure('engine', calls, seconds, load, codecs);
    if (report.absent !== undefined) {
      figures[name] = `absent: no codec ${report.absent}`;
      told(name, figures[name]);
      continue;
    }
    const busy = report.cpuUs / (seconds * 1e6);
    const each = Math.round(report.cpuUs / seconds / calls);
    const held = Math.floor((calls * share) / busy);
    const demanded = least === undefined ? '' : `, demanded: ${least}`;
    figures[name] =
      `${held} calls${demanded} (${each} µs a call-second, measured with ${calls}; ${report.missing} packets missing)`;
    told(name, figures[name]);
  }
  return [{ name: `calls per core at ${share * 100} % of a media worker`, figures }];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`calls per core at ${share * 100} % of a media worker\n`);
  await bench(Number(process.argv[2] ?? 4), (kind, figure) => process.stdout.write(`  ${kind}: ${figure}\n`));
}
