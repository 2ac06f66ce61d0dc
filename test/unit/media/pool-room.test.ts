import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineLink } from '../../../core/media/engine-link.ts';
import {
  createMediaPool,
  decodeWav,
  encodeWav,
  type MediaStream,
  ourCodecs,
  ourFormats,
  type RoomEvent,
} from '../../../core/media/index.ts';
import { Holdings, Placement } from '../../../core/media/placement.ts';
import { createSimulation } from '../../../core/runtime/index.ts';
import { mediaConfig } from '../../support/media-config.ts';
import { agreed, engineAddress, Peer } from './harness.ts';

const loud = 0x90;
const silent = 0xff;

async function world() {
  const simulation = createSimulation({ seed: 1, impairments: { latencyMs: 1 } });
  const { seams } = simulation.host(engineAddress);
  const pool = await createMediaPool(
    seams,
    mediaConfig({ codecs: ['PCMU'], workers: 0, ports: [20_000, 20_099], qualityIntervalMs: 0 }),
    { codecs: [ourCodecs], formats: [ourFormats] },
  );
  let peers = 0;
  return {
    pool,
    seams,
    /** A peer whose stream sits in room r. */
    async join(): Promise<{ readonly peer: Peer; readonly stream: MediaStream }> {
      const address = `10.0.1.${++peers}`;
      const io = simulation.host(address).host.packetIo();
      const peer = new Peer(simulation.clock, io, address, await io.open(address, 5000), await io.open(address, 5001));
      const stream = await pool.openStream({ localAddress: engineAddress });
      peer.target = stream.rtpPort;
      stream.configure(agreed(peer));
      stream.play([{ kind: 'room', room: 'r', listenOnly: false }]);
      return { peer, stream };
    },
    async ticks(count: number, each: () => void = () => {}): Promise<void> {
      for (let i = 0; i < count; i++) {
        each();
        await simulation.clock.advance(20);
      }
    },
  };
}

/** Did any of the peer's last packets carry sound? */
const hears = (peer: Peer): boolean =>
  peer
    .take()
    .slice(-3)
    .some(({ payload }) => payload.some((code) => code !== silent && code !== 0x7f));

test('all in a room hear what is played into it, and a recording of the room holds it {room-options} {mixer}', async () => {
  const { pool, seams, join, ticks } = await world();
  await seams.files.write('/p.wav', encodeWav({ sampleRateHz: 8000, samples: new Int16Array(4000).fill(5000) }));
  const prompt = await pool.prompt('/p.wav');
  const members = [await join(), await join()];
  const room = pool.room('r');
  assert.equal(pool.room('r'), room);
  const events: RoomEvent[] = [];
  room.onEvent = (event) => events.push(event);
  const recording = await room.record('/room.wav');
  await ticks(5);
  const [item] = room.play([{ kind: 'prompt', prompt: prompt.id, loop: false }]);
  await ticks(15);
  assert.deepEqual(
    members.map(({ peer }) => hears(peer)),
    [true, true],
  );
  await ticks(20);
  const stopping = recording.stop();
  await ticks(3);
  const { lengthMs } = await stopping;
  assert.ok(lengthMs >= 700 && lengthMs <= 900, `${lengthMs}`);
  assert.deepEqual(
    events.map((event) => event.kind),
    ['itemStarted', 'itemEnded', 'playlistEmpty', 'recordingEnded'],
  );
  const ended = events[1];
  assert.ok(ended?.kind === 'itemEnded' && ended.item === item && ended.playedSamples === 4000);
  const { samples } = decodeWav(await seams.files.read('/room.wav'));
  assert.equal(samples.filter((sample) => sample === 5000).length > 3600, true);
  await room.close();
  assert.equal(pool.load().streams, 2, 'the voice is gone');
  await pool.stop();
});

test('members are muted, deaf and whispered to through the room, and who speaks is told {room-options}', async () => {
  const { pool, join, ticks } = await world();
  const [customer, agent, coach] = [await join(), await join(), await join()];
  const room = pool.room('r');
  const speakers: (readonly number[])[] = [];
  room.onEvent = (event) => {
    if (event.kind === 'speaking') speakers.push(event.speakers.map(({ stream }) => stream));
  };
  room.configure({ speakingEvents: true });
  room.member(agent.stream.id, { group: 'agent' });
  room.member(coach.stream.id, { group: 'coach', heardBy: ['agent'] });
  const coachTalks = (): void => coach.peer.speak(loud);
  await ticks(30, coachTalks);
  assert.deepEqual([hears(customer.peer), hears(agent.peer)], [false, true]);
  assert.deepEqual(speakers.at(-1), [coach.stream.id]);
  room.member(coach.stream.id, { heardBy: null });
  await ticks(10, coachTalks);
  assert.deepEqual([hears(customer.peer), hears(agent.peer)], [true, true]);
  room.member(customer.stream.id, { deaf: true });
  await ticks(10, coachTalks);
  assert.deepEqual([hears(customer.peer), hears(agent.peer)], [false, true]);
  room.member(coach.stream.id, { muted: true });
  await ticks(10, coachTalks);
  assert.deepEqual([hears(customer.peer), hears(agent.peer)], [false, false]);
  const snapshot = await coach.stream.snapshot();
  assert.deepEqual(Object(snapshot.state['seat']).muted, true, 'goes with the call');
  assert.throws(() => room.member(99, { muted: true }), { code: 'media.failed' });
  assert.throws(() => room.configure({ gateDb: 5 }), { code: 'media.failed' });
  await pool.stop();
});

const link = (index: number, busy: number, dead = false): EngineLink => ({
  index,
  busy,
  dead,
  descriptors: [],
  load: null,
  send: () => {},
  request: () => Promise.resolve(null),
  stop: () => Promise.resolve(),
});

test('the worker with the most headroom gets the next stream; of equal ones the one with fewer {media-workers}', () => {
  const links = [link(0, 0.4), link(1, 0.1), link(2, 0.11), link(3, 0, true)];
  const placement = new Placement(links, (one) => (one === links[1] ? 1 : 0), 0.85);
  assert.deepEqual(
    placement.byLoad().map(({ index }) => index),
    [2, 1, 0],
  );
});

test('what each worker holds is counted as streams come, move and go {media-workers}', () => {
  const [one, other] = [link(0, 0), link(1, 0)];
  const held = new Holdings<number, { link: EngineLink }>();
  const stream = { link: one };
  held.set(1, stream).set(2, { link: one }).set(1, stream);
  assert.deepEqual([held.of(one), held.of(other), held.size], [2, 0, 2]);
  stream.link = other;
  held.moved(1);
  held.moved(9);
  assert.deepEqual([held.of(one), held.of(other)], [1, 1]);
  stream.link = one; // it went on, and nobody said so
  assert.equal(held.delete(1), true);
  assert.equal(held.delete(1), false);
  assert.deepEqual([held.of(one), held.of(other), held.size], [1, 0, 1]);
  held.clear();
  assert.deepEqual([held.of(one), held.size], [0, 0]);
});

test('a worker over media.maxBusy gets no stream; when all are, it is refused with 503, but an urgent one is not {media-admission}', () => {
  const placement = new Placement([link(0, 0.9), link(1, 0.5)], () => 0, 0.85);
  assert.equal(placement.refusal(), null);
  assert.deepEqual(
    placement.forNewStream(false).map(({ index }) => index),
    [1],
  );
  const full = new Placement([link(0, 0.9), link(1, 0.86)], () => 0, 0.85);
  assert.equal(full.refusal()?.code, 'media.overloaded');
  assert.match(full.refusal()?.detail ?? '', /media\.maxBusy \(85 %\).*the least for 86 %/);
  assert.equal(full.refusal()?.row.sip, 503);
  assert.throws(() => full.forNewStream(false), { code: 'media.overloaded' });
  assert.equal(full.forNewStream(true).length, 2);
  const never = new Placement([link(0, 1)], () => 0, 1);
  assert.equal(never.forNewStream(false).length, 1);
});
