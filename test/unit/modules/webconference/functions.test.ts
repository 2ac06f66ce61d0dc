import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webconference } from '../../../../di-modules/webconference/index.ts';
import { response, sdp } from '../../call/fake-sip.ts';
import { makeModule, refusal } from '../make-module.ts';

const make = (config: Record<string, unknown> = {}, dial: Record<string, unknown> = {}) =>
  makeModule(
    webconference,
    { direct_room_re: '^77', ...config },
    { dial, routing: [{ application: 'webconference' }] },
  );
const info = /^Server: Callbus.* calls: \d+ active\/\d+ total\/\d+ connect\/\d+ min$/;

/** The answer without the server line, which is checked. */
async function plain(answer: Promise<unknown>): Promise<unknown[]> {
  const list = await answer;
  assert.ok(Array.isArray(list));
  assert.match(String(list.at(-1)), info);
  return list.slice(0, -1);
}

test('{webconference} roomCreate gives six digits once', async () => {
  const { invoke } = await make();
  const [code, text, pin] = await plain(invoke('roomCreate', '4711'));
  assert.deepEqual([code, text], [0, 'OK']);
  assert.match(String(pin), /^\d{6}$/);
  assert.deepEqual(await plain(invoke('roomCreate', '4711')), [1, 'room already opened', '']);
  assert.deepEqual(await plain(invoke('roomInfo', '4711', String(pin))), [0, 'OK', []]);
});

test('{webconference} a wrong PIN is refused in words; a right one after it is taken', async () => {
  const { invoke } = await make();
  const pin = String((await plain(invoke('roomCreate', '4711')))[2]);
  const refused = [1, 'wrong adminpin or inexisting room'];
  assert.deepEqual(await plain(invoke('roomInfo', '4711', 'x')), [...refused, []]);
  assert.deepEqual(await plain(invoke('mute', '4711', 'x', 'tag')), refused);
  assert.deepEqual(await plain(invoke('dialout', '4711', 'x', 'bob', 'us', '10.0.0.9', '', '')), [...refused, '']);
  assert.deepEqual(await plain(invoke('changeRoomAdminpin', '4711', 'x', 'y')), refused);
  assert.deepEqual(await plain(invoke('changeRoomAdminpin', '4711', pin, 'y')), [0, 'OK']);
  assert.deepEqual(await plain(invoke('roomInfo', '4711', 'y')), [0, 'OK', []]);
});

test('{webconference} who guesses PINs is locked out for a while; others are not', async () => {
  const { invoke, invokeFrom, clock } = await make({ predefined_rooms: '4711:123', secret_failures: 3 });
  for (let i = 0; i < 3; i++) await invoke('roomInfo', '4711', 'x');
  assert.equal(await refusal(invoke('roomInfo', '4711', '123')), 'rpc.tooManyRequests');
  assert.deepEqual((await plain(invokeFrom('192.0.2.78', 'roomInfo', '4711', '123')))[0], 0);
  await clock.advance(60_000);
  assert.deepEqual((await plain(invoke('roomInfo', '4711', '123')))[0], 0);
});

test('{webconference} an unknown room is opened with the PIN that is offered, unless rooms are private', async () => {
  const open = await make();
  assert.deepEqual(await plain(open.invoke('roomInfo', 'new', 'p')), [0, 'OK', []]);
  assert.deepEqual((await plain(open.invoke('roomInfo', 'new', 'q')))[0], 1);
  const closed = await make({ private_rooms: true });
  assert.deepEqual((await plain(closed.invoke('roomInfo', 'new', 'p')))[0], 1);
  assert.deepEqual(await plain(closed.invoke('addParticipant', 'new', 'id', 'n')), [400, 'Failed']);
});

test('{webconference} ignore_pin takes any PIN', async () => {
  const { invoke } = await make({ ignore_pin: true, predefined_rooms: 'a:1' });
  assert.deepEqual((await plain(invoke('roomInfo', 'a', 'x')))[0], 0);
});

test('{webconference} roomDelete: OK, wrong PIN, unknown room', async () => {
  const { invoke, published } = await make({ predefined_rooms: 'a:1' });
  assert.deepEqual(await plain(invoke('roomDelete', 'b', '1')), [2, 'room does not exist\n']);
  assert.deepEqual(await plain(invoke('roomDelete', 'a', 'x')), [1, 'wrong adminpin or inexisting room']);
  assert.deepEqual(await plain(invoke('roomDelete', 'a', '1')), [0, 'OK']);
  assert.deepEqual(await plain(invoke('roomDelete', 'a', '1')), [2, 'room does not exist\n']);
  assert.deepEqual(published('webconference.roomDeleted'), [{ room: 'a', reason: 'deleted' }]);
});

test('{webconference} the master password opens getRoomPassword and listRooms', async () => {
  const none = await make({ predefined_rooms: 'a:1' });
  assert.deepEqual(await plain(none.invoke('getRoomPassword', '', 'a')), [403, 'Wrong Master Password.']);
  const { invoke } = await make({ predefined_rooms: 'a:1', master_password: 'm' });
  assert.deepEqual(await plain(invoke('getRoomPassword', 'm', 'a')), [0, '1']);
  assert.deepEqual(await plain(invoke('getRoomPassword', 'm', 'b')), [404, 'Room does not exist.']);
  assert.deepEqual(await plain(invoke('getRoomPassword', 'x', 'a')), [403, 'Wrong Master Password.']);
  assert.deepEqual(await plain(invoke('listRooms', 'm')), [200, ['a']]);
  assert.deepEqual(await plain(invoke('listRooms', 'x')), [407, ['Wrong Master Password.']]);
});

test('{webconference} an invited participant is listed with status 0 and found', async () => {
  const { invoke } = await make();
  assert.deepEqual(await plain(invoke('addParticipant', 'a', 'id7', '+4930')), [200, 'OK']);
  assert.deepEqual((await plain(invoke('roomInfo', 'a', 'p')))[2], [['', '+4930', 0, '', 0, 'id7']]);
  assert.deepEqual(await plain(invoke('findParticipant', 'id7')), [['a']]);
  assert.deepEqual(await plain(invoke('findParticipant', 'id8')), [[]]);
});

test('{webconference} a caller by direct access is listed, muted, unmuted and kicked', async () => {
  const { invoke, answered, stream, clock, published } = await make();
  const dialog = await answered('sip:771@192.0.2.1');
  const tag = dialog.ids.localTag;
  const row = async () => ((await plain(invoke('roomInfo', '771', 'p')))[2] as unknown[][])[0];
  const [callTag, number, ...rest] = (await row()) ?? [];
  assert.equal(callTag, tag);
  assert.match(String(number), /sip:ann@example.org/);
  assert.deepEqual(rest, [3, 'direct access: entered', 0, '']);
  assert.deepEqual(await plain(invoke('mute', '771', 'p', tag)), [0, 'OK']);
  assert.equal(stream().muted, true);
  assert.equal((await row())?.[4], 1);
  assert.deepEqual(await plain(invoke('unmute', '771', 'p', tag)), [0, 'OK']);
  assert.equal(stream().muted, false);
  assert.deepEqual(await plain(invoke('kickout', '771', 'p', 'other')), [2, 'call does not exist']);
  assert.deepEqual(await plain(invoke('kickout', '771', 'p', tag)), [0, 'OK']);
  await clock.advance(100);
  assert.equal(dialog.last?.kind, 'end');
  assert.deepEqual(
    published('webconference.participant')
      .slice(-2)
      .map(({ status, reason }) => [status, reason]),
    [
      [4, 'disconnect'],
      [5, ''],
    ],
  );
  assert.equal((await row())?.[2], 5);
  assert.deepEqual(await plain(invoke('mute', '771', 'p', tag)), [2, 'call does not exist']);
});

test('{webconference} a BYE shows as 4 BYE, then 5; the entry goes after participants_expire_delay', async () => {
  const { invoke, answered, clock, published } = await make();
  const dialog = await answered('sip:771@192.0.2.1');
  dialog.bye();
  await clock.advance(0);
  assert.deepEqual(
    published('webconference.participant')
      .slice(-2)
      .map(({ status, reason }) => [status, reason]),
    [
      [4, 'BYE'],
      [5, ''],
    ],
  );
  assert.equal(((await plain(invoke('roomInfo', '771', 'p')))[2] as unknown[]).length, 1);
  await clock.advance(11_000);
  assert.deepEqual((await plain(invoke('roomInfo', '771', 'p')))[2], []);
});

test('{webconference} the number is typed, read back, and the room entered', async () => {
  const { invoke, answered, stream, clock } = await make();
  await answered('sip:webconference@192.0.2.1');
  assert.deepEqual(
    stream().items.map(({ request }) => request.kind),
    ['prompt'],
  );
  for (const key of '42#') {
    stream().press(key);
    await clock.advance(400);
  }
  // 4, 2, entering_conference
  assert.deepEqual(
    stream().items.map(({ request }) => request.kind),
    ['prompt', 'prompt', 'prompt'],
  );
  for (let i = 0; i < 3; i++) {
    stream().finish();
    await clock.advance(0);
  }
  await clock.advance(20);
  assert.deepEqual(
    stream().items.map(({ request }) => request.kind),
    ['prompt', 'room'],
  ); // first_participant in front
  const [row] = (await plain(invoke('roomInfo', '42', 'p')))[2] as unknown[][];
  assert.deepEqual(row?.slice(2), [3, 'entered', 0, '']);
});

test('{webconference} private rooms refuse an unknown number by keys, and end a direct call', async () => {
  const { answered, stream, clock } = await make({ private_rooms: true, pin_attempts: 2 });
  const dialog = await answered('sip:webconference@192.0.2.1');
  for (const key of '9#9#') {
    stream().press(key);
    await clock.advance(400);
  }
  stream().finish();
  await clock.advance(0);
  assert.equal(dialog.last?.kind, 'end');
  const direct = await answered('sip:771@192.0.2.1');
  stream().finish();
  await clock.advance(0);
  assert.equal(direct.last?.kind, 'end');
});

test('{webconference} dial-out: INVITE, ringing with a tone for the room, early media, answer', async () => {
  const { invoke, sip, stream, clock, published } = await make();
  const [code, text, tag] = await plain(
    invoke('dialout', 'a', 'p', 'bob', 'us', '10.0.0.9', 'user', 'secret', 'X-A: 1|X-B: 2', '10.0.0.10', 'id1'),
  );
  assert.deepEqual([code, text], [0, 'OK']);
  await clock.advance(10);
  const sent = sip.invited[0];
  assert.ok(sent);
  assert.equal(sent.options.requestUri, 'sip:bob@10.0.0.10');
  assert.match(sent.options.from, /sip:us@10\.0\.0\.9/);
  assert.deepEqual(sent.options.headers?.slice(0, 2), [
    ['X-A', '1'],
    ['X-B', '2'],
  ]);
  assert.deepEqual(sent.options.credentials, { user: 'user', password: 'secret', realm: '' });
  sent.dialog.onEvent({ kind: 'provisional', response: response(100, 'Trying') });
  sent.dialog.onEvent({ kind: 'provisional', response: response(180, 'Ringing') });
  await clock.advance(10);
  const [ring] = stream().items;
  assert.ok(ring?.request.kind === 'room' && ring.request.tone?.frequenciesHz.join() === '440,480');
  const answer = response(200, 'OK', [['Content-Type', 'application/sdp']], sdp());
  sent.dialog.state = 'confirmed';
  sent.dialog.onEvent({ kind: 'answered', response: answer });
  await clock.advance(10);
  const statuses = published('webconference.participant').map(({ status, reason }) => [status, reason]);
  assert.deepEqual(statuses, [
    [0, ''],
    [1, 'INVITE'],
    [1, '100 Trying'],
    [2, '180 Ringing'],
    [3, '200 OK'],
  ]);
  const rooms = stream().items.filter(({ request }) => request.kind === 'room');
  assert.equal(rooms.length, 1);
  assert.ok(rooms[0]?.request.kind === 'room' && rooms[0].request.tone === undefined);
  assert.deepEqual((await plain(invoke('roomInfo', 'a', 'p')))[2], [[tag, 'sip:bob@10.0.0.10', 3, '200 OK', 0, 'id1']]);
});

test('{webconference} a refused dial-out shows its answer', async () => {
  const { invoke, sip, clock } = await make();
  await invoke('dialout', 'a', 'p', 'bob', 'us', '10.0.0.9', '', '');
  await clock.advance(10);
  sip.invited[0]?.dialog.onEvent({ kind: 'failed', response: response(486, 'Busy Here'), cause: 'response' });
  await clock.advance(10);
  const [row] = (await plain(invoke('roomInfo', 'a', 'p')))[2] as unknown[][];
  assert.deepEqual(row?.slice(1), ['sip:bob@10.0.0.9', 5, '486 Busy Here', 0, '']);
});

test('{webconference} a dial-out that the rules forbid is a fault', async () => {
  const { invoke } = await make();
  assert.equal(await refusal(invoke('dialout', 'a', 'p', 'bob', 'us', '198.51.100.9', '', '')), 'dial.forbidden');
});

test('{webconference} arguments of dialout cannot forge SIP', async () => {
  const { invoke } = await make();
  const out = (...changed: string[]) => invoke('dialout', 'a', 'p', ...changed);
  assert.equal(await refusal(out('bob\r\nX: 1', 'us', '10.0.0.9', '', '')), 'rpc.wrongType');
  assert.equal(await refusal(out('bob', 'us', '10.0.0.9>', '', '')), 'rpc.wrongType');
  assert.equal(await refusal(out('bob', 'us', '10.0.0.9', '', '', 'Via: x')), 'rpc.wrongType');
  assert.equal(await refusal(out('bob', 'us', '10.0.0.9', '', '', 'no header')), 'rpc.wrongType');
});

test('{webconference} roomDelete ends calls and pending dial-outs, and late news do not bring the room back', async () => {
  const { invoke, answered, sip, clock, engine } = await make({ master_password: 'm' });
  const dialog = await answered('sip:771@192.0.2.1');
  await invoke('dialout', '771', 'p', 'bob', 'us', '10.0.0.9', '', '');
  await clock.advance(10);
  assert.deepEqual(await plain(invoke('roomDelete', '771', 'p')), [0, 'OK']);
  await clock.advance(100);
  assert.equal(dialog.last?.kind, 'end');
  assert.ok(sip.invited[0]?.dialog.sent.some(({ kind }) => kind === 'cancel' || kind === 'end'));
  assert.deepEqual(await plain(invoke('listRooms', 'm')), [200, []]);
  assert.deepEqual(engine.rooms.list(), []);
});

test('{webconference} an empty room expires; a room with a timeout ends with everybody in it', async () => {
  const { invoke, answered, clock, modules } = await make({
    rooms_expire_delay: 100,
    support_rooms_timeout: true,
    master_password: 'm',
    predefined_rooms: 'old:1',
  });
  await plain(invoke('roomCreate', '772', 60));
  const dialog = await answered('sip:772@192.0.2.1');
  await clock.advance(59_000);
  assert.notEqual(dialog.last?.kind, 'end');
  await clock.advance(2000);
  assert.equal(dialog.last?.kind, 'end');
  assert.deepEqual(await plain(invoke('listRooms', 'm')), [200, ['old']]);
  await clock.advance(60_000);
  assert.deepEqual(await plain(invoke('roomInfo', 'old', '1')), [1, 'wrong adminpin or inexisting room', []]);
  await modules.stop();
});

test('{webconference} who stays alone is kicked by lonely_user_timer', async () => {
  const { answered, clock } = await make({ lonely_user_timer: 30 });
  const first = await answered('sip:771@192.0.2.1');
  await clock.advance(20_000);
  const second = await answered('sip:771@192.0.2.1');
  await clock.advance(60_000);
  assert.equal(first.state, 'confirmed');
  second.bye();
  await clock.advance(31_000);
  assert.equal(first.last?.kind, 'end');
});

test('{webconference} feedback goes to the file line by line; names with a folder are refused', async () => {
  const { invoke, files, clock } = await make({ feedback_file: 'fb.txt' });
  await invoke('vqRoomFeedback', 'a', '1', 5);
  await invoke('vqCallFeedback', 'a', '1', 'tag', 4);
  await invoke('vqConferenceFeedback', 'a', '1', 'ann', 'good\nCA|||forged|||', 3);
  await plain(invoke('flushFeedback'));
  const t = Math.floor(clock.unixMs() / 1000);
  const text = new TextDecoder().decode(await files.read('/data/webconference/fb.txt'));
  assert.deepEqual(text.split('\n'), [
    `RO a|||1|||5|||${t}|||`,
    `CA|||a|||1|||tag|||4|||${t}|||`,
    `CO|||a|||1|||3|||ann|||good CA| | |forged| | ||||${t}|||`,
    '',
  ]);
  assert.deepEqual(await plain(invoke('resetFeedback', '')), [-2, 'no filename given']);
  for (const name of ['../x', '/etc/x', '.x'])
    assert.deepEqual(await plain(invoke('resetFeedback', name)), [-1, 'error opening new feedback file']);
  assert.deepEqual(await plain(invoke('resetFeedback', 'new.txt')), [0, 'OK']);
  await invoke('vqRoomFeedback', 'a', '1', 5);
  await invoke('flushFeedback');
  assert.match(new TextDecoder().decode(await files.read('/data/webconference/new.txt')), /^RO a/);
});

test('{webconference} calls are counted, and the figures kept in stats_dir', async () => {
  const { invoke, answered, clock, files } = await make({ stats_dir: '/stats' });
  const dialog = await answered('sip:771@192.0.2.1');
  await clock.advance(120_000);
  dialog.bye();
  const other = await answered('sip:webconference@192.0.2.1');
  other.bye();
  await clock.advance(10);
  assert.equal(new TextDecoder().decode(await files.read('/stats/stats')), '2\n1\n120\n');
  const [twice] = await plain(invoke('serverInfo'));
  assert.match(String(twice), /0 active\/2 total\/1 connect\/2 min$/);
});

test('{webconference} playout_type chooses how the audio of its calls waits {playout}', async () => {
  const { answered, stream } = await make({ playout_type: 'simple' });
  await answered('sip:771@192.0.2.1');
  assert.deepEqual(stream().options.playout, { type: 'simple' });
});

test('{webconference} a wrong room list or expression is refused at the start', async () => {
  await assert.rejects(make({ predefined_rooms: 'a' }), /predefined_rooms/);
  await assert.rejects(make({ direct_room_re: '(' }), /direct_room_re/);
});

test('{webconference} max_rooms bounds the rooms', async () => {
  const { invoke } = await make({ max_rooms: 1, predefined_rooms: 'a:1' });
  assert.equal(await refusal(invoke('roomCreate', 'b')), 'module.full');
});

test('{webconference} _list names 15 functions', async () => {
  const { invoke } = await make();
  assert.equal(((await invoke('_list')) as unknown[]).length, 15);
});

test('{webconference} the answer carries the address of the control page as u=', async () => {
  const config = { webconference_urlbase: 'http://conf.example/?x=1', predefined_rooms: '771:99' };
  const { answered } = await make(config);
  const sdpOf = async (user: string): Promise<string> => {
    const dialog = await answered(`sip:${user}@192.0.2.1`);
    const sent = dialog.sent.find((each) => each.kind === 'response' && each.status === 200);
    return new TextDecoder().decode(sent?.kind === 'response' ? sent.options.body?.content : undefined);
  };
  assert.match(await sdpOf('771'), /\r\nu=http:\/\/conf\.example\/\?x=1&newRoomNumber=771&roomAdminPassword=99\r\n/);
  assert.match(await sdpOf('772'), /&newRoomNumber=772\r\n/);
  assert.match(await sdpOf('webconference'), /\r\nu=http:\/\/conf\.example\/\?x=1\r\n/);
});

test('{webconference} room_pin_split makes room and participant id; a private room wants the id invited', async () => {
  const config = { room_pin_split: 2, private_rooms: true, predefined_rooms: '42:1' };
  const { answered, invoke, stream, clock } = await make(config);
  await plain(invoke('addParticipant', '42', '7', 'Ann'));
  await answered('sip:webconference@192.0.2.1');
  const type = async (keys: string): Promise<void> => {
    for (const key of keys) {
      stream().press(key);
      await clock.advance(400);
    }
  };
  await type('42#426#');
  assert.equal(((await plain(invoke('roomInfo', '42', '1')))[2] as unknown[][])[0]?.[0], '');
  await type('427#');
  for (let i = 0; i < 4; i++) {
    stream().finish();
    await clock.advance(0);
  }
  const list = (await plain(invoke('roomInfo', '42', '1')))[2] as unknown[][];
  assert.equal(list.length, 1);
  assert.deepEqual(list[0]?.slice(2), [3, 'entered', 0, '7']);
});

test('{webconference} a header gives the participant id, which takes the entry of the invited', async () => {
  const { answered, invoke } = await make();
  await plain(invoke('addParticipant', '771', 'id7', 'Ann'));
  await answered('sip:771@192.0.2.1', { headers: [['X-ParticipantID', 'id7']] });
  const list = (await plain(invoke('roomInfo', '771', 'p')))[2] as unknown[][];
  assert.deepEqual(
    list.map((row) => row.slice(2)),
    [[3, 'direct access: entered', 0, 'id7']],
  );
});

test('{webconference} the answer carries the link of the page where one is, with the PIN only if that is configured', async () => {
  const link = async (config: Record<string, unknown>): Promise<string | null> => {
    const { answered } = await make({ predefined_rooms: 'hall:305182', ...config });
    const dialog = await answered('sip:room-hall@192.0.2.1');
    const sent = dialog.sent.find((each) => each.kind === 'response' && each.status === 200);
    const answer = new TextDecoder().decode(sent?.kind === 'response' ? sent.options.body?.content : undefined);
    return /\r\nu=(.*)\r\n/.exec(answer)?.[1] ?? null;
  };
  const page_url = 'https://conf.example.org/';
  assert.equal(await link({}), null, 'nobody serves a page here');
  assert.equal(await link({ page_url }), 'https://conf.example.org/c/hall');
  assert.equal(await link({ page_url, page_link: 'off' }), null);
  assert.equal(await link({ page_url, page_link: 'link-with-pin' }), 'https://conf.example.org/c/hall#305182');
  const old = 'https://old.example.org/?x';
  assert.match((await link({ page_url, webconference_urlbase: old })) ?? '', /^https:..old.*roomAdminPassword=305182$/);
});

test('{web-sign-in} a guest needs the PIN of an open room: none is opened, none is given a PIN, ignore_pin does not count', async () => {
  const guest = async (config: Record<string, unknown>, room: string, pin: string) => {
    const { bus, invoke, published } = await make(config);
    await invoke('addParticipant', 'without', 'id7', '+4930');
    const rooms = published('webconference.roomCreated').length;
    const grant = await bus.invoke('webconference', 'guestLogin', [room, pin], bus.moduleContext('rpc'));
    assert.equal(published('webconference.roomCreated').length, rooms);
    return grant;
  };
  const config = { predefined_rooms: '4711:305182' };
  assert.deepEqual(await guest(config, '4711', '305182'), {
    name: 'room:4711',
    scopes: ['webconference:read', 'webconference:control'],
    limits: ['4711'],
    subject: '',
  });
  for (const [room, pin] of [
    ['4711', 'x'],
    ['none', '305182'],
    ['without', ''],
    ['without', 'x'],
  ] as const)
    assert.equal(await guest(config, room, pin), null, room);
  assert.equal(await guest({ ...config, ignore_pin: true }, '4711', 'x'), null);
});
