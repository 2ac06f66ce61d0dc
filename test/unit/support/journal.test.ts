import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulation, every, newSockAddr, setSockAddr } from '../../../core/runtime/index.ts';
import { Journal, type JournalEntry } from '../../support/journal.ts';

function rtp(sequence: number, timestamp: number, payload: number, marker = false): Uint8Array {
  const packet = new Uint8Array(12 + 4).fill(payload, 12);
  const view = new DataView(packet.buffer);
  view.setUint16(0, marker ? 0x8080 : 0x8000);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, timestamp >>> 0);
  view.setUint32(8, 7);
  return packet;
}

/** Sends packets every 20 ms from one host to another's media socket; gives the journal of the other. */
async function journalOf(packets: readonly Uint8Array[]): Promise<JournalEntry[]> {
  const { clock, internet, host } = createSimulation({ seed: 1 });
  const server = host('10.0.0.1');
  const phone = host('10.0.1.1');
  const journal = new Journal(internet, server.host.addresses, { seed: 1, config: {} });
  await server.seams.packetIo().open('10.0.0.1', 10_000);
  const io = phone.seams.packetIo();
  const socket = await io.open('10.0.1.1', 4000);
  const target = setSockAddr(newSockAddr(), '10.0.0.1', 10_000);
  let next = 0;
  every(clock, 20, () => {
    const packet = packets[next++];
    if (packet !== undefined) io.send(socket, packet, packet.length, target);
  });
  await clock.advance(10_000);
  return journal.lines(clock.nowMs()).map((line): JournalEntry => JSON.parse(line));
}

const runsOf = (entries: readonly JournalEntry[]) => entries.flatMap((entry) => (entry.kind === 'rtp' ? [entry] : []));

test('regular voice packets are one line, over the end of sequence and timestamp, with payloads in rotation', async () => {
  const packets = Array.from({ length: 100 }, (_, i) => rtp(65_500 + i, 2 ** 32 - 1600 + i * 160, i % 3, i === 0));
  const entries = await journalOf(packets);
  const [run, ...more] = runsOf(entries);
  assert.equal(more.length, 0);
  assert.deepEqual(
    [run?.count, run?.everyMs, run?.timestampStep, run?.payloads, run?.from, run?.to],
    [100, 20, 160, [0, 1, 2], '10.0.1.1:4000', '10.0.0.1:10000'],
  );
  assert.equal(entries.filter(({ kind }) => kind === 'payload').length, 3);
});

test('a lost packet, a marker and another rotation each begin a new line, and no packet is left out', async () => {
  const packets = [
    ...[1, 2, 3].map((n) => rtp(n, n * 160, 0)),
    ...[5, 6].map((n) => rtp(n, n * 160, 0)),
    rtp(7, 7 * 160, 0, true),
    ...[8, 9].map((n) => rtp(n, n * 160, 1)),
  ];
  const runs = runsOf(await journalOf(packets));
  assert.equal(
    runs.reduce((sum, { count }) => sum + count, 0),
    packets.length,
  );
  assert.ok(runs.length >= 3);
});

test('signalling is written as it came, and what is not plain RTP as well', async () => {
  const rtcp = Uint8Array.from([0x80, 200, 0, 6, ...new Array<number>(24).fill(0)]);
  const entries = await journalOf([rtcp]);
  const [datagram] = entries.flatMap((entry) => (entry.kind === 'datagram' ? [entry] : []));
  assert.equal(datagram?.base64, Buffer.from(rtcp).toString('base64'));
  assert.deepEqual([entries[0]?.kind, entries.at(-1)?.kind], ['world', 'end']);
});
