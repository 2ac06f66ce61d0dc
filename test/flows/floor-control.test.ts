/** Moderated rooms, private talks, volumes, the lock: heard by phones, in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWav } from '../../core/media/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { levelAt, tone } from '../support/tones.ts';
import { hall, hears, pin } from './hall.ts';

const [a, b, c, d] = [tone(440), tone(600), tone(800), tone(1150)];
const ok = [0, 'OK'];

test('{floor-control} in a moderated room only who has the floor is heard, also of those who come later', async () => {
  const { w, phones, tags, run, enter, state } = await hall(3);
  const [alice, bob, carol] = phones;
  const [first = '', second = ''] = tags;
  for (const [phone, signal] of [
    [alice, a],
    [bob, b],
    [carol, c],
  ] as const)
    phone?.says(signal);
  await w.advance(600);
  assert.equal(hears(alice, b, c), '++', 'before');
  assert.deepEqual(await run('setModerated', true), ok);
  await w.advance(400);
  assert.equal(hears(alice, b, c) + hears(bob, a, c) + hears(carol, a, b), '------', 'nobody has the floor');
  assert.deepEqual(await run('grantFloor', second), ok);
  await w.advance(400);
  assert.equal(hears(alice, b, c) + hears(bob, a, c), '+---', 'bob has it');
  const dave = await enter('dave');
  dave.says(d);
  await w.advance(6000);
  assert.equal(hears(alice, b, d) + hears(dave, a, b), '+--+', 'dave came later and is silent');
  assert.deepEqual(await run('revokeFloor', second), ok);
  await w.advance(400);
  assert.equal(hears(alice, b, d), '--', 'bob lost it');
  assert.deepEqual(await run('revokeFloor', second), [3, 'does not have the floor']);
  await run('grantFloor', first);
  assert.equal((await state()).participants.find(({ call }) => call === first)?.floor, true);
  assert.deepEqual(await run('setModerated', false), ok);
  await w.advance(400);
  assert.equal(hears(alice, b, c, d) + hears(bob, a, c), '+++++', 'all are heard again');
  assert.equal(
    (await state()).participants.some(({ floor }) => floor),
    false,
    'and nobody has the floor',
  );
  assert.deepEqual(
    w.eventsOf('webconference.floor').map(({ payload: { call, floor } }) => [call, floor]),
    [
      [second, true],
      [second, false],
      [first, true],
      [first, false],
    ],
  );
  assert.deepEqual(
    w.eventsOf('webconference.changed').map(({ payload: { moderated } }) => moderated),
    [true, false],
  );
  for (const phone of w.phones) await phone.bye();
  await assertNothingLeft(w);
});

test("{floor-control} the admin's mute and the floor's are two: each holds without the other", async () => {
  const { w, phones, tags, run, state } = await hall(2);
  const [alice, bob] = phones;
  const [first = ''] = tags;
  alice?.says(a);
  await run('mute', first);
  await run('setModerated', true);
  await run('grantFloor', first);
  await w.advance(400);
  assert.equal(hears(bob, a), '-', 'has the floor, and is muted');
  await run('revokeFloor', first);
  await run('unmute', first);
  await w.advance(400);
  assert.equal(hears(bob, a), '-', 'is not muted, and has no floor');
  assert.equal((await state()).participants[0]?.muted, false);
  await run('mute', first);
  await run('setModerated', false);
  await w.advance(400);
  assert.equal(hears(bob, a), '-', 'moderation is over, and it is muted');
  await run('unmute', first);
  await w.advance(400);
  assert.equal(hears(bob, a), '+');
  await w.stop();
});

test('{floor-control} hands are queued in order; who gets the floor, leaves or lowers moves the others up', async () => {
  const { w, phones, tags, run, state } = await hall(4);
  const [first = '', second = '', third = '', fourth = ''] = tags;
  const hands = async () => {
    const { participants } = await state();
    return tags.map((tag) => participants.find(({ call }) => call === tag)?.hand);
  };
  for (const tag of [third, first, second, fourth, first]) assert.deepEqual(await run('raiseHand', tag), ok);
  assert.deepEqual(await hands(), [2, 3, 1, 4]);
  await run('grantFloor', third);
  assert.deepEqual(await hands(), [1, 2, 0, 3]);
  assert.deepEqual(await run('raiseHand', third), [3, 'has the floor already']);
  await phones[0]?.bye();
  assert.deepEqual((await hands()).slice(1), [1, 0, 2]);
  await run('lowerHand', second);
  assert.deepEqual((await hands()).slice(1), [0, 0, 1]);
  const told = w
    .eventsOf('webconference.hand')
    .map(({ payload: { call, hand } }) => [tags.indexOf(String(call)), hand]);
  assert.deepEqual(told.slice(0, 4), [
    [2, 1],
    [0, 2],
    [1, 3],
    [3, 4],
  ]);
  assert.deepEqual(told.slice(4, 8), [
    [2, 0],
    [0, 1],
    [1, 2],
    [3, 3],
  ]);
  assert.deepEqual(await run('raiseHand', 'nobody'), [2, 'call does not exist']);
  await w.stop();
});

test('{floor-control} in a private talk neither side hears the other, the others see it, and both come back', async () => {
  const { w, phones, tags, run, state } = await hall(4);
  const [alice, bob, carol, dave] = phones;
  const [first = '', second = '', third = ''] = tags;
  for (const [phone, signal] of [
    [alice, a],
    [bob, b],
    [carol, c],
    [dave, d],
  ] as const)
    phone?.says(signal);
  const [code, , id] = await run('startTalk', [first, second]);
  assert.equal(code, 0);
  await w.advance(400);
  assert.equal(hears(alice, b, c, d), '+--', 'alice hears bob only');
  assert.equal(hears(bob, a, c, d), '+--', 'bob hears alice only');
  assert.equal(hears(carol, a, b, d), '--+', 'carol hears dave only');
  assert.deepEqual(
    (await state()).participants.map(({ talk }) => talk),
    [id, id, '', ''],
  );
  assert.deepEqual((await run('startTalk', [second, third])).slice(0, 2), [3, 'one of them is in a private talk']);
  assert.deepEqual((await run('startTalk', [third, third])).slice(0, 2), [3, 'a private talk takes two or more']);
  assert.deepEqual(await run('endTalk', id ?? ''), ok);
  await w.advance(400);
  assert.equal(hears(alice, b, c, d) + hears(carol, a, b, d), '++++++', 'all are back');
  assert.deepEqual(await run('endTalk', id ?? ''), [3, 'there is no such private talk']);
  assert.deepEqual(
    w.eventsOf('webconference.talk').map(({ payload: { calls, active } }) => [calls, active]),
    [
      [[first, second], true],
      [[first, second], false],
    ],
  );
  await w.stop();
});

test('{floor-control} a talk with one left is over: by a hang-up, by a kick; and with the room', async () => {
  const { w, phones, tags, run, state } = await hall(4);
  const [alice, bob, carol, dave] = phones;
  const [first = '', second = '', third = '', fourth = ''] = tags;
  bob?.says(b);
  carol?.says(c);
  await run('startTalk', [first, second]);
  await w.advance(300);
  assert.equal(hears(bob, c) + hears(dave, b, c), '--+');
  await alice?.bye();
  await w.advance(2000);
  assert.equal(hears(bob, c) + hears(dave, b, c), '+++', 'bob is back');
  await run('startTalk', [second, third, fourth]);
  await run('kickout', fourth);
  await w.advance(2000);
  assert.equal(hears(bob, c), '+', 'the talk of three goes on with two');
  await run('kickout', third);
  await w.advance(100);
  assert.deepEqual(
    (await state()).participants.map(({ talk }) => talk),
    ['', '', '', ''],
  );
  const actives = w
    .eventsOf('webconference.talk')
    .map(({ payload: { calls, active } }) => [(calls as string[]).length, active]);
  assert.deepEqual(actives, [
    [2, true],
    [1, false],
    [3, true],
    [2, true],
    [1, false],
  ]);
  const eve = await w.newPhone('eve');
  await eve.call('room-hall');
  const [, last = ''] = w.server.calls.rooms.participants('hall');
  await run('startTalk', [second, last]);
  assert.deepEqual(await run('roomDelete'), ok);
  await bob?.current.isHungUp();
  await eve.current.isHungUp();
  assert.equal(w.eventsOf('webconference.talk').at(-1)?.payload['active'], false);
  await assertNothingLeft(w);
});

test('{floor-control} in a moderated room those of a private talk hear each other, and are silent when they come back', async () => {
  const { w, phones, tags, run } = await hall(3);
  const [alice, bob, carol] = phones;
  alice?.says(a);
  bob?.says(b);
  await run('setModerated', true);
  const [, , id] = await run('startTalk', [tags[0] ?? '', tags[1] ?? '']);
  await w.advance(400);
  assert.equal(hears(alice, b) + hears(bob, a) + hears(carol, a, b), '++--');
  await run('endTalk', id ?? '');
  await w.advance(400);
  assert.equal(hears(alice, b) + hears(bob, a) + hears(carol, a, b), '----');
  await w.stop();
});

test('{floor-control} the recording of a room holds what all may hear, not the private talk', async () => {
  const { w, phones, tags, run, state } = await hall(3);
  for (const [i, signal] of [a, b, c].entries()) phones[i]?.says(signal);
  await run('startTalk', [tags[0] ?? '', tags[1] ?? '']);
  await w.advance(200);
  const [code, , file] = await run('startRecording');
  assert.equal(code, 0);
  assert.equal((await state()).recording, true);
  assert.deepEqual((await run('startRecording')).slice(0, 2), [3, 'it is recorded already']);
  await w.advance(2000);
  assert.deepEqual(await run('stopRecording'), [0, 'OK', file]);
  assert.deepEqual((await run('stopRecording')).slice(0, 2), [3, 'it is not recorded']);
  const { samples } = decodeWav(await w.files.read(`/recordings/${String(file)}`));
  const heard = samples.subarray(4000, 8000);
  assert.ok(levelAt(heard, 800) > 2000, 'carol');
  assert.ok(levelAt(heard, 440) < 50 && levelAt(heard, 600) < 50, 'alice and bob talk in private');
  assert.deepEqual(
    w.eventsOf('webconference.changed').map(({ payload: { recording } }) => recording),
    [true, false],
  );
  await w.stop();
});

test('{floor-control} volumes: how loud one is heard, and how loud it hears', async () => {
  const { w, phones, tags, run, state } = await hall(3);
  const [alice, bob, carol] = phones;
  const level = (phone: typeof alice) => levelAt(phone?.current.audio.heard(400) ?? new Int16Array(0), 440);
  alice?.says(a);
  await w.advance(800);
  const before = level(bob);
  assert.deepEqual(await run('setVolume', tags[0] ?? '', -12, 0), ok);
  assert.deepEqual(await run('setVolume', tags[1] ?? '', 0, 6), ok);
  await w.advance(800);
  assert.ok(Math.abs(level(carol) / before - 0.25) < 0.03, `12 dB less: ${level(carol)} of ${before}`);
  assert.ok(Math.abs(level(bob) / before - 0.5) < 0.05, `and 6 more: ${level(bob)} of ${before}`);
  assert.deepEqual(
    (await state()).participants.map(({ gainDb, volumeDb }) => [Number(gainDb), Number(volumeDb)]),
    [
      [-12, 0],
      [0, 6],
      [0, 0],
    ],
  );
  assert.equal(w.eventsOf('webconference.participant').at(-1)?.payload['volumeDb'], 6);
  await w.stop();
});

test('{floor-control} a locked room refuses callers in words; whom the room calls comes in', async () => {
  const { w, run, state } = await hall(1);
  assert.deepEqual(await run('setLocked', true), ok);
  const bob = await w.newPhone('bob');
  const call = await bob.dial('room-hall');
  assert.equal(await call.isRefused(), 403);
  assert.equal(call.reason, 'The Room Is Locked');
  bob.answers();
  const [code, , tag] = await run('dialout', 'bob', 'us', bob.address, '', '');
  assert.equal(code, 0);
  await w.until(() => w.server.calls.rooms.participants('hall').length === 2);
  await run('rename', String(tag), 'Bob');
  const { locked, participants } = await state();
  assert.equal(locked, true);
  assert.deepEqual(
    participants.map(({ name, status }) => [name, status]),
    [
      ['', 3],
      ['Bob', 3],
    ],
  );
  await w.phone.bye();
  await bob.bye();
  assert.equal(w.eventsOf('webconference.changed').at(-1)?.payload['locked'], false, 'an empty room is open');
  assert.deepEqual(await run('setLocked', true), [3, 'nobody is in the room']);
  await assertNothingLeft(w);
});

test('{floor-control} who speaks is told when it changes and once a second, not with every tick', async () => {
  const { w, phones, tags, state } = await hall(2);
  await state();
  phones[0]?.says(a);
  await w.advance(3000);
  const told = w.eventsOf('webconference.speaking');
  assert.ok(told.length >= 2 && told.length <= 6, `${told.length} in 3 s`);
  const [speaker] = (told.at(-1)?.payload['speakers'] ?? []) as { call: string; levelDb: number }[];
  assert.equal(speaker?.call, tags[0]);
  assert.equal((await state()).participants[0]?.speaking, true);
  for (const phone of phones) await phone.bye();
  assert.deepEqual(w.eventsOf('webconference.speaking').at(-1)?.payload['speakers'], []);
  await assertNothingLeft(w);
});

test('{floor-control} rooms are one namespace: calls of conference are listed, moderated, talk apart and are kicked like any', async () => {
  const { w, phones, tags, run, state } = await hall(3, { target: '500', room: '500' });
  const [alice, bob, carol] = phones;
  alice?.says(a);
  bob?.says(b);
  const { participants } = await state();
  assert.deepEqual(
    participants.map(({ call, status }) => [call, status]),
    tags.map((tag) => [tag, 3]),
  );
  assert.match(participants[0]?.number ?? '', /alice/);
  await run('setModerated', true);
  await run('grantFloor', tags[1] ?? '');
  await w.advance(400);
  assert.equal(hears(carol, a, b), '-+');
  await run('setModerated', false);
  const [, , id] = await run('startTalk', [tags[0] ?? '', tags[1] ?? '']);
  await w.advance(400);
  assert.equal(hears(carol, a, b) + hears(alice, b), '--+');
  await run('endTalk', id ?? '');
  await run('mute', tags[0] ?? '');
  await w.advance(400);
  assert.equal(hears(carol, a, b), '-+');
  await run('kickout', tags[1] ?? '');
  await bob?.current.isHungUp();
  assert.deepEqual(
    (await state()).participants.map(({ status, muted }) => [status, muted]),
    [
      [3, true],
      [5, false],
      [3, false],
    ],
  );
  await alice?.bye();
  await carol?.bye();
  await assertNothingLeft(w);
});

test('{floor-control} {sip-replaces} the floor, the talk and the name go with the seat', async () => {
  const { w, phones, tags, run, state } = await hall(3);
  const [alice, bob] = phones;
  const [first = '', second = ''] = tags;
  await run('setModerated', true);
  await run('grantFloor', first);
  await run('rename', first, 'The chair');
  await run('startTalk', [first, second]);
  const old = alice?.current;
  assert.ok(old);
  const { callId, localTag, remoteTag } = old.dialog.ids;
  const heir = await w.newPhone('heir');
  await heir.call('x', {
    headers: [
      ['Replaces', `${callId};to-tag=${remoteTag};from-tag=${localTag}`],
      ['Referred-By', `<sip:alice@${alice.address.split(':')[0]}>`],
    ],
  });
  await old.isHungUp();
  heir.says(a);
  await w.advance(2000);
  assert.equal(hears(bob, a) + hears(phones[2], a), '+-', 'the talk goes on');
  const live = (await state()).participants.filter(({ status }) => status === 3);
  assert.deepEqual(
    live.map(({ name, floor, talk }) => [name, floor, talk !== '']),
    [
      ['', false, true],
      ['', false, false],
      ['The chair', true, true],
    ],
  );
  await w.stop();
});

test('{floor-control} nothing of it goes without the PIN', async () => {
  const { w, tags } = await hall(2);
  const [tag = '', other = ''] = tags;
  const rest: { readonly [name: string]: readonly (string | boolean | number | string[])[] } = {
    state: [],
    rename: [tag, 'x'],
    raiseHand: [tag],
    lowerHand: [tag],
    grantFloor: [tag],
    revokeFloor: [tag],
    setModerated: [true],
    chat: [tag, '', 'hello'],
    startTalk: [[tag, other]],
    endTalk: ['x'],
    setVolume: [tag, 0, 0],
    setLocked: [true],
    startRecording: [],
    stopRecording: [],
  };
  for (const [name, args] of Object.entries(rest)) {
    const answer = (await w.invoke(`webconference.${name}`, 'hall', `${pin}0`, ...args)) as unknown[];
    assert.deepEqual(answer.slice(0, 2), [1, 'wrong adminpin or inexisting room'], name);
    await w.advance(61_000); // the lock-out of who guesses
  }
  assert.equal(w.eventsOf('webconference.chat').length, 0);
  await w.stop();
});
