/**
 * What browsers cost: participants with Opus in rooms of ten against those with G.711, all under SRTP as Chromium
 * agrees on it (AES-CM), in turns in the same run: one of ten talks as people do, then all ten at once, the worst that
 * a room can do; the ticks of one worker with a hundred of them, with as many G.711 telephones, and with nobody; DTLS
 * handshakes a second of one thread.
 *
 * Keys are given, and the few ICE checks a second of a browser are not there.
 *
 *   node dist/test/bench/browser-legs.js [participants] [seconds]
 */
import { pathToFileURL } from 'node:url';
import { createDtlsEngine, type DtlsAssociation } from '../../core/media/dtls/index.ts';
import { libcUnavailable, realClock, realSeams, silentLog } from '../../core/runtime/index.ts';
import type { Fingerprint } from '../../core/sdp/types.ts';
import { type BenchResult, measure } from './conference.ts';

const rounds = 3;
const round = (value: number): number => Math.round(value * 100) / 100;

export async function bench(participants = 100, seconds = 5): Promise<BenchResult[]> {
  const unavailable = libcUnavailable();
  const rooms =
    unavailable === null
      ? [
          ...(await compareRooms('one of ten talks', 'meeting', participants, seconds)),
          ...(await compareRooms('all ten talk', 'srtp', participants, seconds)),
        ]
      : [{ name: 'browser legs in rooms', figures: { skipped: unavailable } }];
  return [...rooms, await handshakes(200)];
}

async function compareRooms(
  name: string,
  load: 'meeting' | 'srtp',
  participants: number,
  seconds: number,
): Promise<BenchResult[]> {
  const kinds = {
    'Opus, as a browser': { participants, codecs: 'opus' },
    'G.711 under the same SRTP': { participants, codecs: 'PCMU' },
    nobody: { participants: 0, codecs: 'PCMU' },
  };
  const seen = Object.entries(kinds).map(([kindName, kind]) => ({ kindName, ...kind, reports: [] as Report[] }));
  for (let turn = 0; turn < rounds; turn++) {
    for (const kind of seen) kind.reports.push(await measure('engine', kind.participants, seconds, load, kind.codecs));
  }
  const [opus = 0, g711 = 0] = seen.map(
    ({ reports }) => best(reports, ({ cpuUs }) => cpuUs) / (participants * seconds),
  );
  return [
    {
      name: `rooms of 10, ${name}: ${participants} participants on one worker, the best of ${rounds} turns of ${seconds} s`,
      figures: {
        'Opus, µs CPU a participant-second': Math.round(opus),
        'G.711': Math.round(g711),
        'times G.711': round(opus / g711),
        'worker busy with Opus, %': round((opus * participants) / 10_000),
        'packets missing with Opus': best(seen[0]?.reports ?? [], ({ missing }) => missing),
      },
    },
    {
      name: `rooms of 10, ${name}: lateness of ${seconds * 50} ticks of one worker, ms; the least of ${rounds} turns, and that of each`,
      figures: Object.fromEntries(
        seen.flatMap(({ kindName, reports }) => [
          [`${kindName}, p99`, ofTurns(reports, ({ p99LatenessMs }) => p99LatenessMs)],
          [`${kindName}, latest`, ofTurns(reports, ({ maxLatenessMs }) => maxLatenessMs)],
          [`${kindName}, ticks a whole tick late`, ofTurns(reports, ({ lateTicks }) => lateTicks)],
        ]),
      ),
    },
  ];
}

type Report = Awaited<ReturnType<typeof measure>>;

const best = (reports: readonly Report[], of: (report: Report) => number): number => Math.min(...reports.map(of));

const ofTurns = (reports: readonly Report[], of: (report: Report) => number): string =>
  `${round(best(reports, of))} (${reports.map((report) => round(of(report))).join(', ')})`;

/** Both ends are ours, a thread for each: the active one is what a server with browsers is. */
async function handshakes(count: number): Promise<BenchResult> {
  const clock = realClock();
  const [ours, theirs] = [realSeams({ log: silentLog }), realSeams({ log: silentLog })].map((seams) =>
    createDtlsEngine(seams, { timeoutMs: 60_000 }),
  );
  if (ours === undefined || theirs === undefined) throw new Error('there are two');
  const [own, other] = [await ours.fingerprint(), await theirs.fingerprint()];
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (fingerprint: Fingerprint, send: (packet: Uint8Array) => void, onKeys: () => void) => ({
        fingerprints: [fingerprint],
        send,
        onKeys,
        onEnd: (detail: string) => reject(new Error(detail)),
      });
      let keyed = 0;
      const onKeys = (): void => {
        if (++keyed === 2) resolve();
      };
      const passive: DtlsAssociation = theirs.open({
        setup: 'passive',
        ...end(own, (packet) => active.receive(packet), onKeys),
      });
      const active: DtlsAssociation = ours.open({
        setup: 'active',
        ...end(other, (packet) => passive.receive(packet), onKeys),
      });
    });
  await one(); // the threads have loaded
  const sinceMs = clock.nowMs();
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun++ < count) await one();
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  const tookMs = clock.nowMs() - sinceMs;
  await Promise.all([ours.stop(), theirs.stop()]);
  return {
    name: `${count} DTLS handshakes, 8 at once, a thread for each end`,
    figures: { 'handshakes a second': round((count * 1000) / tookMs) },
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { name, figures } of await bench(Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 5))) {
    process.stdout.write(`${name}\n`);
    for (const [figure, value] of Object.entries(figures)) process.stdout.write(`  ${figure}: ${value}\n`);
  }
}
