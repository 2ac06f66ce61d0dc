/** A media thread that dies in the middle of 400 encoded calls: what it held is told, freed and replaced. */
import assert from 'node:assert/strict';
import { readdir, readlink } from 'node:fs/promises';
import { test } from 'node:test';
import { createMediaPool, type MediaStream, ourCodecs, ourFormats } from '../../core/media/index.ts';
import { codecs } from '../../core/media/worker/codecs/index.ts';
import { libcUnavailable, realClock, realSeams, silentLog, sleep, type Thread } from '../../core/runtime/index.ts';
import type { NegotiatedCodec } from '../../core/sdp/index.ts';
import { mediaConfig } from '../support/media-config.ts';

const host = '127.0.0.1';
const clock = realClock();
const unavailable = libcUnavailable();
const skip = unavailable === null ? false : `libc sockets are not to be had: ${unavailable}`;
const wanted = ['opus', 'iLBC'].filter((name) => codecs.some((record) => record.name === name));

/** What the process's descriptors are, and how many of each. */
async function descriptors(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const fd of await readdir('/proc/self/fd')) {
    const target = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
    const kind = target.replace(/:\[[0-9]+\]$/, '');
    if (/socket|eventpoll|io_uring/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function connect(stream: MediaStream, name: string): void {
  const record = codecs.find((each) => each.name === name);
  assert.ok(record !== undefined);
  const { clockRateHz, channels, fmtp } = record;
  const codec: NegotiatedCodec = { name, clockRateHz, channels, sendPayloadType: 97, receivePayloadType: 97, fmtp };
  stream.configure({
    remote: { address: host, port: stream.rtpPort },
    remoteRtcp: null,
    direction: 'sendrecv',
    codecs: [codec],
    telephoneEvent: null,
    ptimeMs: 20,
  });
  stream.play([{ kind: 'tone', frequenciesHz: [440], level: 8000, onMs: 1000, offMs: 0, lengthMs: 0 }]);
}

test('a worker with 200 Opus and 200 iLBC calls is killed, twice: each call is told once, and nothing is left open {media-workers}', {
  skip,
}, async () => {
  const seams = realSeams({ log: silentLog });
  const threads: Thread[] = [];
  const start: typeof seams.threads.start = (entry, data) => {
    const thread = seams.threads.start(entry, data);
    threads.push(thread);
    return thread;
  };
  const config = mediaConfig({
    ports: [41_000, 41_999],
    workers: 1,
    packetIo: 'libc',
    codecs: wanted,
    rtpTimeoutMs: 0,
  });
  const pool = await createMediaPool({ ...seams, threads: { start } }, config, {
    codecs: [ourCodecs],
    formats: [ourFormats],
  });
  try {
    // One stream, so that the thread is up and has all that it needs.
    await (await pool.openStream({ localAddress: host })).close();
    const before = await descriptors();
    for (let round = 0; round < 2; round++) {
      const failed = new Map<number, number>();
      const streams = await Promise.all(
        Array.from({ length: 400 }, () => pool.openStream({ localAddress: host, urgent: true })),
      );
      streams.forEach((stream, index) => {
        connect(stream, wanted[index % wanted.length] ?? '');
        stream.onEvent = (event) => {
          if (event.kind === 'failed') failed.set(stream.id, (failed.get(stream.id) ?? 0) + 1);
        };
      });
      await sleep(clock, 300);
      await threads.at(-1)?.terminate();
      await sleep(clock, 200);
      assert.equal(failed.size, 400);
      assert.ok([...failed.values()].every((times) => times === 1));
      await Promise.all(streams.map((stream) => stream.close()));
      await (await pool.openStream({ localAddress: host })).close(); // the replacement is up
      assert.equal(pool.load().streams, 0);
      const { socket: sockets = 0, ...rings } = await descriptors();
      const { socket: socketsBefore = 0, ...ringsBefore } = before;
      assert.deepEqual(rings, ringsBefore, `round ${round}`);
      assert.ok(sockets <= socketsBefore, `${sockets} sockets are open, not ${socketsBefore}`);
    }
  } finally {
    await pool.stop();
  }
});
