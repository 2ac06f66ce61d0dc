import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecs } from '../../../core/media/worker/codecs/g711.ts';
import { Mixer, MixerPort } from '../../../core/media/worker/mixer.ts';
import { Room, RoomMember, Rooms } from '../../../core/media/worker/room.ts';

const frame = (value: number, count = 160): Int16Array => new Int16Array(count).fill(value);
const port = (value: number | null): MixerPort =>
  Object.assign(new MixerPort(), { input: value === null ? null : frame(value) });
const heard = (mixer: Mixer, of: MixerPort): number => {
  const out = new Int16Array(mixer.frameSamples);
  mixer.writeFor(of, out);
  assert.ok(out.every((sample) => sample === out[0]));
  return out[0] ?? 0;
};

test('everybody hears the sum of all others {mixer}', () => {
  const mixer = new Mixer(160);
  const ports = [port(100), port(20), port(3000)];
  mixer.step(ports);
  assert.deepEqual(
    ports.map((of) => heard(mixer, of)),
    [3020, 3100, 120],
  );
});

test('sums beyond 16 bits are clipped, never wrapped, and each difference is clipped by itself', () => {
  const mixer = new Mixer(160);
  const ports = [port(30000), port(30000), port(-20000), port(null)];
  mixer.step(ports);
  assert.deepEqual(
    ports.map((of) => heard(mixer, of)),
    [10000, 10000, 32767, 32767],
  );
  const deep = [port(-30000), port(-30000), port(null)];
  mixer.step(deep);
  assert.equal(heard(mixer, deep[2] ?? port(null)), -32768);
});

test('who is silent is not mixed, hears all, and the only one who talks hears silence', () => {
  const mixer = new Mixer(160);
  const [talks, silent, absent] = [port(500), port(0), port(null)];
  mixer.step([talks, silent, absent]);
  assert.equal(mixer.active, 1);
  assert.equal(mixer.hearsSilence(talks), true);
  assert.equal(heard(mixer, silent), 500);
  assert.equal(heard(mixer, absent), 500);
  mixer.step([silent, absent]);
  assert.equal(mixer.hearsSilence(silent), true);
});

test('encoding while mixing gives the bytes of mixing and then encoding', () => {
  for (const record of codecs) {
    const mixer = new Mixer(160);
    const noise = (seed: number): Int16Array =>
      Int16Array.from({ length: 160 }, (_, i) => ((i * 7919 * seed) % 60000) - 30000);
    const ports = [1, 2, 3].map((seed) => Object.assign(new MixerPort(), { input: noise(seed) }));
    mixer.step(ports);
    for (const of of ports) {
      const out = new Int16Array(160);
      mixer.writeFor(of, out);
      const expected = new Uint8Array(160);
      record.create().encode(out, 160, expected);
      const payload = new Uint8Array(160);
      assert.ok(record.encodingTable);
      mixer.encodeFor(of, record.encodingTable, payload);
      assert.deepEqual(payload, expected);
    }
  }
});

const stream = { takeIn() {}, giveOut() {}, disable() {} };

test('a room runs at the highest rate of its members, and who has a lower one is resampled {mixer}', () => {
  const rooms = new Rooms();
  const narrow = new RoomMember(stream, false, 8000);
  const room = rooms.enter('r', narrow);
  assert.equal(room.sampleRateHz, 8000);
  const wide = new RoomMember(stream, false, 16_000);
  rooms.enter('r', wide);
  assert.equal(room.sampleRateHz, 16_000);
  for (let i = 0; i < 5; i++) {
    narrow.speak(room, frame(1000), 160);
    wide.speak(room, frame(300, 320), 320);
    room.step();
    const out = [new Int16Array(160), new Int16Array(320)] as const;
    narrow.hear(room, out[0]);
    wide.hear(room, out[1]);
    if (i < 4) continue; // the filters have settled
    assert.ok(
      out[0].every((sample) => Math.abs(sample - 300) <= 2),
      `narrow hears ${out[0][80]}`,
    );
    assert.ok(
      out[1].every((sample) => Math.abs(sample - 1000) <= 3),
      `wide hears ${out[1][160]}`,
    );
  }
  rooms.leave(room, wide);
  room.begin();
  room.step(); // fades out at the old rate
  room.begin();
  assert.equal(room.sampleRateHz, 8000);
  rooms.leave(room, narrow);
  assert.equal(rooms.list.length, 0);
});

test('a muted and a silent member are given the same bytes, encoded once', () => {
  const [record] = codecs;
  assert.ok(record);
  let encoded = 0;
  const counting = {
    ...record,
    create: () => {
      const codec = record.create();
      return {
        encode: (samples: Int16Array, count: number, payload: Uint8Array) => {
          encoded++;
          return codec.encode(samples, count, payload);
        },
        decode: codec.decode.bind(codec),
      };
    },
  };
  const room = new Room('r');
  const members = [1, 2, 3].map(() => new RoomMember(stream, false, 8000));
  for (const member of members) room.join(member);
  const codec = {
    id: 0,
    record: counting,
    codec: counting.create(),
    stateless: true,
    frameSamples: 160,
    decoder: { codec: counting.create(), clockRateHz: 8000, sampleRateHz: 8000, table: null, resampler: null },
  };
  for (let i = 0; i < 2; i++) {
    members[0]?.speak(room, frame(1000), 160);
    members[1]?.speak(room, null, 160);
    members[2]?.speak(room, frame(0), 160);
    room.step();
    if (i === 0) for (const member of members) member.hear(room, new Int16Array(160)); // faded in
  }
  const payloads = members.slice(1).map((member) => {
    const payload = new Uint8Array(160);
    assert.equal(room.payloadFor(member, codec, payload), 160);
    return payload;
  });
  assert.deepEqual(payloads[0], payloads[1]);
  assert.equal(encoded, 1);
});

test('listen-only hears and is not heard', () => {
  const room = new Room('r');
  const [talker, listener] = [new RoomMember(stream, false, 8000), new RoomMember(stream, true, 8000)];
  room.join(talker);
  room.join(listener);
  for (let i = 0; i < 2; i++) {
    talker.speak(room, frame(700), 160);
    listener.speak(room, frame(900), 160);
    room.step();
  }
  assert.equal(heard(room.mixer, talker), 0);
  assert.equal(heard(room.mixer, listener), 700);
});
