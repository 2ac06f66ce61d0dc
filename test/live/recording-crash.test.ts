/** A server that is killed while it records: the files play, and lack less than the last second. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formats } from '../../core/media/worker/formats/index.ts';
import { startPeer } from '../support/peers.ts';

const isSource = import.meta.url.endsWith('.ts');
const child = fileURLToPath(new URL(`./recording-crash.child${isSource ? '.ts' : '.js'}`, import.meta.url));

test('after kill -9 a recording plays and has all but less than the last second {recording}', {
  timeout: 800_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-crash-'));
  try {
    const peer = startPeer(process.execPath, [...(isSource ? ['--import', 'tsx'] : []), child, folder], {
      limitMs: 50_000,
    });
    await peer.shows(/\n3\d\d\d\n/);
    const recordedMs = Number(peer.output().trimEnd().split('\n').at(-1));
    process.kill(peer.processId, 'SIGKILL');
    await peer.ended.catch(() => {});
    for (const name of ['a.wav', 'b.mp3', 'c.gsm']) {
      const bytes = await readFile(join(folder, name));
      const format = formats.find(({ extensions }) => extensions.includes(extname(name).slice(1)));
      const audio = await format?.decode(bytes);
      assert.ok(audio);
      const heldMs = (audio.samples.length * 1000) / audio.sampleRateHz;
      assert.ok(heldMs > recordedMs - 1000, `${name}: ${heldMs} ms of ${recordedMs}`);
      assert.ok(audio.samples.some((sample) => sample > 5000));
      if (name === 'a.wav') assert.equal(bytes.readUInt32LE(40), bytes.length - 44, 'the header counts what is there');
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
