/**
 * What browsers cost: participants with Opus and SRTP in rooms of ten against those with plain G.711, in turns in
 * the same run; 100 of them on one worker, and its latest tick; DTLS handshakes a second of one thread.
 *
 * The media is a browser's (Opus, AES-CM), its few ICE checks a second are not there.
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
      ? await compareRooms(participants, seconds)
      : [{ name: 'browser legs in rooms', figures: { skipped: unavailable } }];
  return [...rooms, await handshakes(200)];
}

async function compareRooms(participants: number, seconds: number): Promise<BenchResult[]> {
  const browsers = [];
  const telephones = [];
  for (let turn = 0; turn < rounds; turn++) {
    telephones.push(await measure('engine', participants, seconds, 'room', 'PCMU'));
    browsers.push(await measure('engine', participants, seconds, 'srtp', 'opus'));
  }
  const cpu = (reports: readonly { readonly cpuUs: number }[]): number =>
    Math.min(...reports.map(({ cpuUs }) => cpuUs)) / (participants * seconds);
  const latest = Math.min(...browsers.map(({ maxLatenessMs }) => maxLatenessMs));
  return [
    {
      name: `rooms of 10, ${participants} participants on one worker, the best of ${rounds} turns`,
      figures: {
        'Opus and SRTP, µs CPU a participant-second': Math.round(cpu(browsers)),
        'plain G.711': Math.round(cpu(telephones)),
        'times G.711': round(cpu(browsers) / cpu(telephones)),
        'busy with Opus, %': round((cpu(browsers) * participants) / 10_000),
        'latest tick with Opus, ms': round(latest),
        'packets missing': Math.min(...browsers.map(({ missing }) => missing)),
      },
    },
  ];
}

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
