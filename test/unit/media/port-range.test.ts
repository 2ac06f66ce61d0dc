import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortRange } from '../../../core/media/worker/port-range.ts';
import { createSimulation, type PacketIo } from '../../../core/runtime/index.ts';

function world(first = 20_000, last = 20_007) {
  const simulation = createSimulation({ seed: 3 });
  const { seams } = simulation.host('10.0.0.1');
  const io = seams.packetIo();
  return { clock: simulation.clock, io, range: new PortRange(io, simulation.clock, seams.random, [first, last]) };
}

test('calls that open at once get a pair each, and the one too many is told which range is full and what to do {rtp}', async () => {
  const { range } = world();
  const opened = await Promise.allSettled(Array.from({ length: 5 }, () => range.open('10.0.0.1')));
  const ports = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value.rtpPort] : []));
  assert.deepEqual(ports.sort(), [20_000, 20_002, 20_004, 20_006]);
  const refused = opened.find((one) => one.status === 'rejected');
  const text = refused?.status === 'rejected' ? String(refused.reason) : '';
  assert.match(text, /all 4 pairs of ports 20000 to 20007 are in use; widen media\.ports/);
});

test('a pair that was closed rests for three seconds while others are free {rtp}', async () => {
  const { range, clock } = world();
  const first = await range.open('10.0.0.1');
  range.close(first);
  const others = [await range.open('10.0.0.1'), await range.open('10.0.0.1'), await range.open('10.0.0.1')];
  assert.ok(others.every(({ rtpPort }) => rtpPort !== first.rtpPort));
  for (const pair of others) range.close(pair);
  await clock.advance(3001);
  const again = new Set<number>();
  for (let i = 0; i < 4; i++) again.add((await range.open('10.0.0.1')).rtpPort);
  assert.equal(again.size, 4);
});

test('when nothing else is free the pair that rests the longest is taken: a call is worth more {rtp}', async () => {
  const { range, clock } = world();
  const pairs = [];
  for (let i = 0; i < 4; i++) pairs.push(await range.open('10.0.0.1'));
  for (const pair of [pairs[2], pairs[0]]) {
    if (pair !== undefined) range.close(pair);
    await clock.advance(100);
  }
  assert.equal((await range.open('10.0.0.1')).rtpPort, pairs[2]?.rtpPort);
  assert.equal((await range.open('10.0.0.1')).rtpPort, pairs[0]?.rtpPort);
});

test('a port that somebody else holds is passed over, also when it is only the one for RTCP {rtp}', async () => {
  const { range, io } = world(20_000, 20_003);
  await io.open('10.0.0.1', 20_001);
  assert.equal((await range.open('10.0.0.1')).rtpPort, 20_002);
  await assert.rejects(range.open('10.0.0.1'));
});

/** Counts the sockets that are tried. */
function counted(io: PacketIo): { readonly io: PacketIo; tries: number } {
  const result = { io, tries: 0 };
  const open = io.open.bind(io);
  io.open = (address, port) => {
    result.tries++;
    return open(address, port);
  };
  return result;
}

test('a range that is full refuses after a few tries, however long it is {rtp}', async () => {
  const { range, io } = world(20_000, 20_999);
  for (let i = 0; i < 500; i++) await range.open('10.0.0.1');
  const count = counted(io);
  for (let i = 0; i < 10; i++) await assert.rejects(range.open('10.0.0.1'), /all 500 pairs/);
  assert.ok(count.tries <= 80, `${count.tries} tries`);
});

test('ports that another process holds are tried once, not with every call {rtp}', async () => {
  const { range, io } = world(20_000, 20_199);
  for (let port = 20_000; port < 20_180; port += 2) await io.open('10.0.0.1', port);
  const opened = await range.open('10.0.0.1');
  for (let i = 0; i < 9; i++) await range.open('10.0.0.1');
  await assert.rejects(range.open('10.0.0.1')); // by now every pair was tried
  range.close(opened);
  const count = counted(io);
  await range.open('10.0.0.1');
  assert.equal(count.tries, 2); // RTP and RTCP
});

test('a pair that went to another thread and was closed there is found again in a full range {rtp}', async () => {
  const { range, io } = world(20_000, 20_199);
  const pairs = [];
  for (let i = 0; i < 100; i++) pairs.push(await range.open('10.0.0.1'));
  const moved = pairs[50];
  assert.ok(moved !== undefined);
  io.close(moved.rtp);
  io.close(moved.rtcp);
  let found: number | null = null;
  for (let i = 0; i < 13 && found === null; i++) {
    found = await range.open('10.0.0.1').then(
      ({ rtpPort }) => rtpPort,
      () => null,
    );
  }
  assert.equal(found, moved.rtpPort);
});

test('an address that is not ours costs no pair {rtp}', async () => {
  const { range } = world(20_000, 20_003);
  for (let i = 0; i < 5; i++) await assert.rejects(range.open('10.9.9.9'), { code: 'network.failed' });
  await range.open('10.0.0.1');
  await range.open('10.0.0.1');
});
