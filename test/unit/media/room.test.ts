import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  defaultMemberSettings,
  defaultRoomSettings,
  type MemberSettings,
  type RoomSettings,
  type Speaker,
} from '../../../core/media/worker/protocol.ts';
import { Room, RoomMember } from '../../../core/media/worker/room.ts';
import { levelOf } from '../../../core/media/worker/room-levels.ts';

const streamOf = (id: number) => ({ id, takeIn() {}, giveOut() {}, disable() {} });

/** A sine of `amplitude` that goes on from frame to frame. */
function sine(frequencyHz: number, amplitude: number, sampleRateHz = 8000): (tick: number) => Int16Array {
  const count = sampleRateHz / 50;
  return (tick) =>
    Int16Array.from({ length: count }, (_, i) =>
      Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * (tick * count + i)) / sampleRateHz)),
    );
}

type Says = (tick: number) => Int16Array | null;

/** A room of members who say something each tick; `heard` is all that each of them heard. */
class Bench {
  readonly room = new Room('r');
  readonly members: { readonly member: RoomMember; readonly says: Says; readonly heard: number[] }[] = [];
  tick = 0;

  add(says: Says, settings: Partial<MemberSettings> = {}, sampleRateHz = 8000): RoomMember {
    const member = new RoomMember(streamOf(this.members.length + 1), false, sampleRateHz);
    member.configure({ ...defaultMemberSettings, ...settings });
    this.members.push({ member, says, heard: [] });
    this.room.join(member);
    return member;
  }

  set(member: RoomMember, settings: Partial<MemberSettings>): void {
    member.configure({ ...member.settings, ...settings });
    this.room.refreshGroups();
  }

  run(ticks: number): void {
    for (let i = 0; i < ticks; i++, this.tick++) {
      this.room.begin();
      for (const { member, says } of this.members) {
        if (this.room.members.includes(member)) member.speak(this.room, says(this.tick), member.sampleRateHz / 50);
      }
      this.room.step();
      for (const { member, heard } of this.members) {
        const out = new Int16Array(member.sampleRateHz / 50);
        if (this.room.members.includes(member)) member.hear(this.room, out);
        heard.push(...out);
      }
    }
  }

  heardBy(member: RoomMember): number[] {
    return this.members.find((one) => one.member === member)?.heard ?? [];
  }

  /** Level of the last frame that `member` heard. */
  levelFor(member: RoomMember): number {
    return Math.round(levelOf(Int16Array.from(this.heardBy(member).slice(-160)), 160));
  }
}

const silence: Says = () => null;
const largestStep = (samples: readonly number[]): number =>
  samples.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (samples[i - 1] ?? 0))), 0);

test('who joins, leaves, is muted, made louder or deaf makes no step that the speech has not {mixer} {room-options}', () => {
  const bench = new Bench();
  const listener = bench.add(silence);
  const talk = sine(200, 8000);
  const talker = bench.add(talk);
  bench.run(5);
  bench.set(talker, { muted: true });
  bench.run(5);
  bench.set(talker, { muted: false });
  bench.run(5);
  bench.set(talker, { gainInDb: 6 });
  bench.run(5);
  bench.set(talker, { gainInDb: -20 });
  bench.run(5);
  bench.set(talker, { gainInDb: 0 });
  bench.run(5);
  bench.set(listener, { deaf: true });
  bench.run(5);
  bench.set(listener, { deaf: false });
  bench.run(5);
  bench.room.leave(talker);
  bench.run(5);
  bench.room.join(talker);
  bench.run(5);
  const ofTheSpeech = largestStep([...talk(1), ...talk(2)]) * 2; // with 6 dB
  assert.ok(largestStep(bench.heardBy(listener)) <= ofTheSpeech * 1.05, `${largestStep(bench.heardBy(listener))}`);
});

test('a wide member who joins or leaves changes the rate without a step {mixer}', () => {
  const bench = new Bench();
  const listener = bench.add(silence);
  const talk = sine(200, 8000);
  bench.add(talk);
  bench.run(5);
  const wide = bench.add(silence, {}, 16_000);
  bench.run(10);
  assert.equal(bench.room.sampleRateHz, 16_000);
  bench.room.leave(wide);
  bench.run(10);
  assert.equal(bench.room.sampleRateHz, 8000);
  assert.ok(largestStep(bench.heardBy(listener)) <= largestStep([...talk(1), ...talk(2)]) * 1.1);
});

test('a gain is what it says, in and out, and a deaf member hears nothing {room-options}', () => {
  const bench = new Bench();
  const listener = bench.add(silence);
  const talker = bench.add(sine(400, 8000));
  bench.run(5);
  const before = bench.levelFor(listener);
  bench.set(talker, { gainInDb: -10 });
  bench.run(3);
  assert.equal(bench.levelFor(listener), before - 10);
  bench.set(listener, { gainOutDb: 6 });
  bench.run(3);
  assert.equal(bench.levelFor(listener), before - 4);
  bench.set(listener, { deaf: true });
  bench.run(3);
  assert.ok(
    bench
      .heardBy(listener)
      .slice(-160)
      .every((sample) => sample === 0),
  );
});

test('a coach whispers to the agent: the customer does not hear it, and all else is as before {room-options}', () => {
  const bench = new Bench();
  const customer = bench.add(sine(300, 4000));
  const agent = bench.add(sine(500, 4000), { group: 'agent' });
  const coach = bench.add(sine(700, 16_000), { group: 'coach', heardBy: ['agent'] });
  bench.run(6);
  const alone = bench.levelFor(customer);
  assert.equal(alone, Math.round(levelOf(sine(500, 4000)(0), 160)), 'the agent only');
  assert.ok(bench.levelFor(agent) > alone + 6, 'the agent hears both');
  assert.ok(bench.levelFor(coach) > alone, 'the coach hears both');
  bench.set(coach, { heardBy: null });
  bench.run(3);
  assert.ok(bench.levelFor(customer) > alone + 6, 'joined the talk');
  bench.set(customer, { hears: [] });
  bench.run(3);
  assert.ok(
    bench
      .heardBy(customer)
      .slice(-160)
      .every((sample) => sample === 0),
    'hears no group',
  );
});

test('automatic gain brings the soft and the loud together, and leaves silence alone {room-options}', () => {
  const bench = new Bench();
  bench.room.settings = { ...defaultRoomSettings, automaticGain: true };
  const listener = bench.add(silence);
  let amplitude = 600;
  const talker = bench.add((tick) => sine(400, amplitude)(tick));
  bench.run(500);
  const soft = bench.levelFor(listener);
  amplitude = 16_000;
  bench.run(500);
  const loud = bench.levelFor(listener);
  assert.ok(Math.abs(soft - loud) <= 3, `${soft} and ${loud} dB`);
  amplitude = 4;
  bench.run(200);
  assert.ok(bench.levelFor(listener) < -70);
  assert.equal(talker.settings.automaticGain, null);
});

test('a noise gate keeps noise out and lets speech through from its first frame on {room-options}', () => {
  const bench = new Bench();
  const listener = bench.add(silence);
  let amplitude = 60;
  bench.add((tick) => sine(400, amplitude)(tick), { noiseGate: true });
  bench.run(30);
  assert.ok(
    bench
      .heardBy(listener)
      .slice(-160)
      .every((sample) => sample === 0),
  );
  amplitude = 3000;
  bench.run(2);
  assert.ok(bench.levelFor(listener) > -30);
  amplitude = 60;
  bench.run(30);
  assert.ok(
    bench
      .heardBy(listener)
      .slice(-160)
      .every((sample) => sample === 0),
  );
});

test('who speaks is told when it changes and once a second, with levels, and not for a click {room-options}', () => {
  const bench = new Bench();
  const told: { readonly tick: number; readonly speakers: readonly Speaker[] }[] = [];
  bench.room.settings = { ...defaultRoomSettings, speakingEvents: true } satisfies RoomSettings;
  bench.room.onSpeakers = (speakers) => told.push({ tick: bench.tick, speakers });
  let amplitude = 0;
  bench.add(silence);
  bench.add((tick) => sine(400, amplitude)(tick));
  bench.run(20);
  amplitude = 8000;
  bench.run(1);
  amplitude = 0;
  bench.run(29);
  assert.equal(told.length, 0, 'a click of one frame');
  amplitude = 8000;
  bench.run(150);
  assert.deepEqual(
    told.map(({ speakers }) => speakers),
    [1, 2, 3].map(() => [{ stream: 2, levelDb: -15 }]),
  );
  amplitude = 0;
  bench.run(200);
  assert.deepEqual(told.at(-1)?.speakers, []);
  const gaps = told.slice(1).map(({ tick }, i) => tick - (told[i]?.tick ?? 0));
  assert.ok(Math.min(...gaps) >= 12, 'at most four a second');
});
