/** Rooms by PIN under RPC control, over real signalling and audio. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoCallLeft, assertNothingLeft } from '../support/leaks.ts';
import { chooseFormats } from '../support/phone-sdp.ts';
import { chord, tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const beep = tone(1000);
const [a, b] = [tone(440), tone(600)];
const ringing = chord([440, 480]);

type Row = [tag: string, number: string, status: number, reason: string, muted: number, id: string];

async function make(config: Record<string, unknown> = {}) {
  const modules = { conference: {}, webconference: { direct_room_re: '^77', ...config }, monitoring: {} };
  const routing = [{ match: '^sips?:5', application: 'conference' }, { application: 'webconference' }];
  return world({ config: { modules, routing } });
}

async function rows(w: World, room: string, pin = 'p'): Promise<Row[]> {
  const [code, , list] = (await w.invoke('webconference.roomInfo', room, pin)) as [number, string, Row[]];
  assert.equal(code, 0);
  return list;
}

const plain = async (answer: Promise<unknown>): Promise<unknown[]> => ((await answer) as unknown[]).slice(0, -1);

test('{webconference} two callers type the number, hear it read back, and meet', async () => {
  const w = await make();
  const bob = await w.newPhone('bob');
  await w.phone.call('webconference');
  await w.phone.press('42#');
  await w.until(() => w.server.calls.rooms.participants('42').length === 1, 15_000);
  await w.advance(3000);
  await bob.call('webconference');
  await bob.press('42*');
  await w.phone.hears(beep, { limitMs: 15_000 });
  w.phone.says(a);
  bob.says(b);
  await w.phone.hears(b);
  await bob.hears(a);
  assert.deepEqual(
    (await rows(w, '42')).map(([, , ...rest]) => rest),
    [
      [3, 'entered', 0, ''],
      [3, 'entered', 0, ''],
    ],
  );
  await w.phone.bye();
  await bob.bye();
  await assertNothingLeft(w);
});

test('{webconference} keys by SIP INFO do the same', async () => {
  const w = await make();
  await w.phone.call('webconference');
  await w.phone.pressByInfo('42#');
  await w.until(() => w.server.calls.rooms.participants('42').length === 1, 15_000);
  await w.stop();
});

test('{webconference} mute: the room no longer hears one, who still hears the room; kickout: BYE', async () => {
  const w = await make();
  const bob = await w.newPhone('bob');
  await w.phone.call('771');
  await bob.call('771');
  await w.advance(3000);
  w.phone.says(a);
  bob.says(b);
  await bob.hears(a);
  const tag = (await rows(w, '771'))[0]?.[0] ?? '';
  assert.deepEqual(await plain(w.invoke('webconference.mute', '771', 'p', tag)), [0, 'OK']);
  await bob.hearsSilence();
  await w.phone.hears(b);
  assert.equal((await rows(w, '771'))[0]?.[4], 1);
  await w.invoke('webconference.unmute', '771', 'p', tag);
  await bob.hears(a);
  assert.deepEqual(await plain(w.invoke('webconference.kickout', '771', 'wrong', tag)), [
    1,
    'wrong adminpin or inexisting room',
  ]);
  assert.deepEqual(await plain(w.invoke('webconference.kickout', '771', 'p', 'no-such-tag')), [
    2,
    'call does not exist',
  ]);
  assert.deepEqual(await plain(w.invoke('webconference.kickout', '771', 'p', tag)), [0, 'OK']);
  await w.phone.current.isHungUp();
  await bob.hears(beep);
  await bob.bye();
  await assertNothingLeft(w);
});

test('{webconference} dial-out: the room hears it ring, then the one who answers', async () => {
  const w = await make();
  const bob = await w.newPhone('bob');
  bob.onCall = (call) => call.ring();
  await w.phone.call('771');
  await w.advance(3000);
  const [code, text, tag] = (await w.invoke('webconference.dialout', '771', 'p', 'bob', 'us', bob.address, '', '')) as [
    number,
    string,
    string,
    string,
  ];
  assert.deepEqual([code, text], [0, 'OK']);
  await bob.isCalled();
  await w.phone.hears(ringing);
  const row = async () => (await rows(w, '771')).find(([each]) => each === tag);
  assert.deepEqual(await row(), [tag, `sip:bob@${bob.address}`, 2, '180 Ringing', 0, '']);
  await w.advance(3000);
  assert.equal(w.phone.current.isHearing(ringing), false, 'the pause of the ringing tone');
  bob.current.answer();
  bob.says(b);
  await w.phone.hears(b, { limitMs: 5000, without: [ringing] });
  w.phone.says(tone(700));
  await bob.hears(tone(700));
  assert.deepEqual((await row())?.slice(2, 4), [3, '200 OK']);
  await bob.bye();
  assert.deepEqual((await row())?.slice(2, 4), [5, '']);
  await w.advance(11_000);
  assert.equal(await row(), undefined);
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('{webconference} a dial-out that is refused, kicked while ringing, or forbidden', async () => {
  const w = await make();
  const bob = await w.newPhone('bob');
  const out = (host: string) => w.invoke('webconference.dialout', '771', 'p', 'bob', 'us', host, '', '');
  bob.rejects(486);
  await out(bob.address);
  await w.advance(1000);
  assert.deepEqual(
    (await rows(w, '771')).map(([, , ...rest]) => rest),
    [[5, '486 Busy Here', 0, '']],
  );
  bob.onCall = (call) => call.ring();
  const [, , tag] = (await out(bob.address)) as [number, string, string];
  await bob.isCalled();
  assert.deepEqual(await plain(w.invoke('webconference.kickout', '771', 'p', tag)), [0, 'OK']);
  await bob.current.isHungUp();
  assert.equal(bob.current.ending, 'cancelled');
  await assert.rejects(out('203.0.113.7'), /dial\.(allow|gateways)/);
  await assertNothingLeft(w);
});

test('{webconference} {sip-replaces} who takes over a seat is listed in the room, stays muted, and can be unmuted and kicked out', async () => {
  const w = await make();
  const [bob, carol] = [await w.newPhone('bob'), await w.newPhone('carol')];
  const old = await w.phone.call('771');
  await bob.call('771');
  await w.advance(3000);
  const [[oldTag = ''] = []] = await rows(w, '771');
  await w.invoke('webconference.mute', '771', 'p', oldTag);
  const { callId, localTag, remoteTag } = old.dialog.ids;
  const replaces = `${callId};to-tag=${remoteTag};from-tag=${localTag}`;
  const heir = await carol.call('x', {
    headers: [
      ['Replaces', replaces],
      ['Referred-By', `<sip:alice@${w.phone.address.split(':')[0]}>`],
    ],
  });
  await old.isHungUp();
  const listed = (await rows(w, '771')).filter(([, , status]) => status === 3);
  assert.deepEqual(
    listed.map(([, number, , , muted]) => [number.includes('carol'), muted]),
    [
      [false, 0],
      [true, 1],
    ],
  );
  const tag = listed[1]?.[0] ?? '';
  carol.says(a);
  await bob.hearsSilence();
  assert.deepEqual(await plain(w.invoke('webconference.unmute', '771', 'p', tag)), [0, 'OK']);
  await bob.hears(a);
  await bob.bye();
  await carol.hears(beep);
  assert.deepEqual(await plain(w.invoke('webconference.kickout', '771', 'p', tag)), [0, 'OK']);
  await heir.isHungUp();
  await assertNothingLeft(w);
});

test('{webconference} roomDelete ends all its calls', async () => {
  const w = await make();
  const bob = await w.newPhone('bob');
  await w.phone.call('771');
  await bob.call('771');
  await rows(w, '771');
  assert.deepEqual(await plain(w.invoke('webconference.roomDelete', '771', 'p')), [0, 'OK']);
  await w.phone.current.isHungUp();
  await bob.current.isHungUp();
  assert.deepEqual(await plain(w.invoke('webconference.roomDelete', '771', 'p')), [2, 'room does not exist\n']);
  await assertNothingLeft(w);
});

test('{webconference} private rooms: an unknown number is refused by prompt, a direct call ended', async () => {
  const w = await make({ private_rooms: true, predefined_rooms: '42:p', pin_attempts: 3 });
  await w.phone.call('webconference');
  await w.phone.press('41#');
  await w.advance(4000);
  assert.equal(w.phone.current.state, 'talking');
  await w.phone.press('42#');
  await w.until(() => w.server.calls.rooms.participants('42').length === 1, 15_000);
  const bob = await w.newPhone('bob');
  await bob.call('771');
  await bob.current.isHungUp({ limitMs: 10_000 });
  const carol = await w.newPhone('carol');
  await carol.call('webconference');
  await carol.press('1#2#3#');
  await carol.current.isHungUp({ limitMs: 10_000 });
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('{webconference} early media of the one who is called is heard in the room, but nobody joins yet', async () => {
  const w = await make();
  const bob = await w.newPhone('bob');
  bob.onCall = (call) => {
    call.dialog.respond(183, 'Session Progress', { body: call.sdp() });
    assert.ok(call.remoteSdp !== null);
    const formats = chooseFormats(call.remoteSdp, ['PCMU']);
    assert.ok(formats !== null);
    call.audio.start({ address: call.remoteSdp.address, port: call.remoteSdp.port, ...formats });
    call.says(b);
  };
  await w.phone.call('771');
  await w.advance(3000);
  await w.invoke('webconference.dialout', '771', 'p', 'bob', 'us', bob.address, '', '');
  await w.phone.hears(b);
  assert.deepEqual((await rows(w, '771'))[1]?.slice(2, 4), [2, '183 Session Progress']);
  assert.equal(w.server.calls.rooms.participants('771').length, 1);
  bob.current.answer();
  await w.phone.hears(beep);
  await w.phone.hears(b);
  assert.equal(w.server.calls.rooms.participants('771').length, 2);
  await w.stop();
});

test('{webconference} tell_pin reads the typed number back before the room is entered', async () => {
  const entered = async (tell_pin: boolean): Promise<number> => {
    const w = await make({ tell_pin });
    await w.phone.call('webconference');
    await w.phone.press('42#');
    const from = w.clock.nowMs();
    await w.until(() => w.server.calls.rooms.participants('42').length === 1, 15_000);
    const after = w.clock.nowMs() - from;
    await w.stop();
    return after;
  };
  const difference = (await entered(true)) - (await entered(false));
  assert.ok(Math.abs(difference - 1138) < 60, `${difference} ms`); // 4.wav and 2.wav
});

test('{webconference} a BYE in every phase of the entry leaves nothing behind', async () => {
  const w = await make();
  for (const [keys, afterMs] of [
    ['', 0],
    ['', 1000],
    ['4', 100],
    ['42#', 100],
    ['42#', 1000],
    ['42#', 5000],
  ] as const) {
    const call = await w.phone.call('webconference');
    if (keys !== '') await call.press(keys);
    await w.advance(afterMs);
    await call.bye();
  }
  await assertNoCallLeft(w);
  assert.deepEqual(w.server.calls.rooms.list(), []);
  await assertNothingLeft(w);
});

test('{webconference} wrong types, unknown functions and too few arguments are faults', async () => {
  const w = await make();
  await assert.rejects(w.invoke('webconference.roomCreate', 5), /room/);
  await assert.rejects(w.invoke('webconference.roomInfo', '1'), /[Tt]oo few/);
  await assert.rejects(w.invoke('webconference.roomExists', '1'));
  await assert.rejects(w.invoke('webconference.mute', '1', 'p', ''), /call/);
  await w.stop();
});
