/**
 * Measures once, live, what Chromium's receiver makes of the lost packets of `burstQuality`, and
 * writes it to `chromium.ts`. Takes a minute and a half; not part of the tests.
 *
 *   npx tsx test/unit/media/playout/record-chromium.ts [path of chromium]
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { page } from './chromium-page.ts';
import { burstQuality, burstSeconds, burstSeed, lostInBursts } from './scenarios.ts';
import { alignment, likeness, spectralDistance } from './spectrum.ts';
import { speech, speechName } from './speech.ts';
import { ulawEncode } from './ulaw.ts';

const path = process.argv[2] ?? '/usr/bin/chromium';

interface Report {
  readonly fault?: string;
  readonly heard: readonly (readonly number[])[];
  readonly stats: readonly Record<string, unknown>[];
}

const source = speech(burstSeconds);
const packets = JSON.stringify({ packets: [...ulawEncode(source)], lost: lostInBursts() });

const report = await new Promise<Report>((resolve, reject) => {
  let stop = (): void => undefined;
  const folder = mkdtempSync(join(tmpdir(), 'playout-'));
  const server = createServer((request, response) => {
    if (request.url === '/packets') response.end(packets);
    else if (request.url === '/heard') {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        response.end();
        stop();
        server.close();
        resolve(JSON.parse(Buffer.concat(pieces).toString()) as Report);
      });
    } else {
      response.setHeader('content-type', 'text/html');
      response.end(page);
    }
  });
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  flags.push('--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required');
  flags.push('--disable-features=WebRtcHideLocalIpsWithMdns', `--user-data-dir=${folder}`);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    const child = spawn(path, [...flags, `http://127.0.0.1:${port}/`], { stdio: 'ignore' });
    stop = () => void child.kill();
    child.on('error', reject);
    child.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  });
  setTimeout(
    () => {
      stop();
      reject(new Error('Chromium did not answer'));
    },
    (burstSeconds + 60) * 1000,
  ).unref();
});
if (report.fault !== undefined) throw new Error(report.fault);

const [whole, lossy] = report.heard.map((samples) => Int16Array.from(samples));
if (whole === undefined || lossy === undefined) throw new Error('nothing was heard');
for (const {
  totalSamplesReceived,
  concealedSamples,
  insertedSamplesForDeceleration,
  jitterBufferDelay,
} of report.stats) {
  console.log({ totalSamplesReceived, concealedSamples, insertedSamplesForDeceleration, jitterBufferDelay });
}

/** Where a recording begins, against the source: by a piece in the middle. */
function offsetOf(samples: Int16Array): number {
  let best = 0;
  let bestLikeness = -1;
  for (let second = 2; second < 8; second++) {
    const at = second * 8000;
    for (let lag = 0; lag < 50_000; lag += 1) {
      if (likeness(source, at, samples, at + lag, 200) < 0.5) continue;
      const value = likeness(source, at, samples, at + lag, 4000);
      if (value > bestLikeness) [best, bestLikeness] = [lag, value];
    }
    if (bestLikeness > 0.8) break;
  }
  console.log(`begins ${best} samples in (likeness ${bestLikeness.toFixed(3)})`);
  return best;
}

/** Both recordings follow the source; what Chromium hears without loss is what its loss is measured against. */
function measure(reference: Int16Array, samples: Int16Array): { readonly meanDb: number; readonly worst5Db: number } {
  let lag = offsetOf(samples);
  let last = 0;
  return spectralDistance(reference, samples, (at) => {
    if (at - last >= 800) {
      last = at;
      const next = alignment(reference, samples, at, lag, 320, 1600);
      if (likeness(reference, at, samples, at + next, 1600) > 0.6) lag = next;
    }
    return lag;
  });
}

const begin = offsetOf(whole);
const reference = whole.slice(begin, begin + source.length);
const sourceToWhole = measure(source, whole);
const chromium = measure(reference, lossy);
const chromiumToSource = measure(source, lossy);
const ours = burstQuality();
console.log({ sourceToWhole, chromium, chromiumToSource, ours });
const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
writeFileSync(
  new URL('./chromium.ts', import.meta.url),
  `/** What Chromium's receiver made of the same lost packets: measured once, by \`record-chromium.ts\`. */
export const chromium = {
  version: '${version}',
  date: '${new Date().toISOString().slice(0, 10)}',
  seed: ${burstSeed},
  speech: '${speechName}',
  meanDb: ${chromium.meanDb.toFixed(3)},
  worst5Db: ${chromium.worst5Db.toFixed(2)},
};
`,
);
