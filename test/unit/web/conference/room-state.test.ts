import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Participant, type RoomChange, readRoomEvent } from '../../../../clients/web/conference/room-events.ts';
import {
  emptyRoom,
  maxChatLines,
  type RoomInput,
  type RoomSnapshot,
  type RoomState,
  reduceRoom,
} from '../../../../clients/web/conference/room-state.ts';

type Read = RoomSnapshot['participants'][number];

const person = (call: string, members: Partial<Read> = {}): Read => ({
  call,
  number: `sip:${call}@a.example`,
  name: call,
  status: 3,
  reason: '200 OK',
  muted: false,
  gainDb: 0,
  volumeDb: 0,
  hand: 0,
  floor: false,
  talk: '',
  participantId: '',
  speaking: false,
  ...members,
});

const snapshot = (...participants: Read[]): RoomSnapshot => ({
  room: '4711',
  locked: false,
  moderated: false,
  recording: false,
  participants,
});

let lastId = 0;
const event = (change: RoomChange, id = ++lastId): RoomInput => ({
  kind: 'event',
  event: { id, at: '2026-01-01T12:00:00Z', change },
});
const read = (...participants: Read[]): RoomInput => ({ kind: 'read', snapshot: snapshot(...participants) });
const after = (...inputs: RoomInput[]): RoomState => inputs.reduce(reduceRoom, emptyRoom('4711'));
const who = (state: RoomState, call: string): Participant | undefined =>
  state.participants.find((one) => one.call === call);

test('a new room must be read, and is known once it was', () => {
  assert.equal(emptyRoom('4711').mustRead, true);
  const state = after({ kind: 'reading' }, read(person('ann')));
  assert.deepEqual([state.mustRead, state.known, who(state, 'ann')?.name], [false, true, 'ann']);
});

test('events that came while the state was read are applied to it', () => {
  const state = after(
    { kind: 'reading' },
    event({ kind: 'participant', change: { call: 'ann', status: 3, muted: true } }),
    read(person('ann')),
  );
  assert.equal(who(state, 'ann')?.muted, true);
  assert.equal(state.waiting, null);
});

test('an event about a stranger adds it and asks for a reading', () => {
  const state = after({ kind: 'reading' }, read(), event({ kind: 'participant', change: { call: 'bob', status: 2 } }));
  assert.equal(who(state, 'bob')?.status, 2);
  assert.equal(state.mustRead, true);
});

test('a stranger that has already left asks for no reading', () => {
  const state = after({ kind: 'reading' }, read(), event({ kind: 'participant', change: { call: 'bob', status: 5 } }));
  assert.equal(state.mustRead, false);
});

test('what became known while the state was read must be read again', () => {
  const state = after({ kind: 'reading' }, event({ kind: 'hand', call: 'bob', hand: 1 }), read(person('ann')));
  assert.equal(state.mustRead, true);
});

test('a lost connection asks for a reading and keeps what is known', () => {
  const state = after({ kind: 'reading' }, read(person('ann')), { kind: 'missed' });
  assert.deepEqual([state.mustRead, state.known, state.participants.length], [true, true, 1]);
});

test('who was invited and calls takes over the entry', () => {
  const state = after(
    { kind: 'reading' },
    read(person('', { participantId: 'p1', status: 0, name: 'Eve' })),
    event({ kind: 'participant', change: { call: 'eve', status: 3, participantId: 'p1' } }),
  );
  assert.equal(state.participants.length, 1);
  assert.deepEqual([who(state, 'eve')?.name, who(state, 'eve')?.status], ['Eve', 3]);
});

test('who leaves neither speaks nor waits nor talks in private', () => {
  const state = after(
    { kind: 'reading' },
    read(person('ann', { speaking: true, hand: 1, floor: true, talk: 't1' })),
    event({ kind: 'participant', change: { call: 'ann', status: 5 } }),
  );
  const { levelDb, hand, floor, talk } = who(state, 'ann') ?? {};
  assert.deepEqual({ levelDb, hand, floor, talk }, { levelDb: null, hand: 0, floor: false, talk: '' });
});

test('speakers are who the newest event names', () => {
  const state = after(
    { kind: 'reading' },
    read(person('ann', { speaking: true }), person('bob')),
    event({ kind: 'speaking', speakers: [{ call: 'bob', levelDb: -20 }] }),
  );
  assert.deepEqual([who(state, 'ann')?.levelDb, who(state, 'bob')?.levelDb], [null, -20]);
});

test('a private talk holds its calls until it ends', () => {
  const started = after(
    { kind: 'reading' },
    read(person('ann'), person('bob'), person('eve')),
    event({ kind: 'talk', talk: 't1', calls: ['ann', 'bob'], active: true }),
  );
  assert.deepEqual(
    started.participants.map(({ talk }) => talk),
    ['t1', 't1', ''],
  );
  const ended = reduceRoom(started, event({ kind: 'talk', talk: 't1', calls: ['ann', 'bob'], active: false }));
  assert.deepEqual(
    ended.participants.map(({ talk }) => talk),
    ['', '', ''],
  );
});

test('hands, floor and the switches of the room are set by their events', () => {
  const state = after(
    { kind: 'reading' },
    read(person('ann')),
    event({ kind: 'hand', call: 'ann', hand: 2 }),
    event({ kind: 'floor', call: 'ann', floor: true }),
    event({ kind: 'changed', locked: true, moderated: true, recording: false }),
  );
  assert.deepEqual([who(state, 'ann')?.hand, who(state, 'ann')?.floor], [2, true]);
  assert.deepEqual([state.locked, state.moderated, state.recording], [true, true, false]);
});

test('a chat line comes once, though its event came twice, and survives a reading', () => {
  const line = event({ kind: 'chat', from: 'ann', to: '', text: 'hi' }, 900);
  const state = after({ kind: 'reading' }, line, read(person('ann')), line);
  assert.deepEqual(
    state.chat.map(({ text }) => text),
    ['hi'],
  );
});

test('only the newest chat lines are kept', () => {
  const lines = Array.from({ length: maxChatLines + 3 }, (_, at) =>
    event({ kind: 'chat', from: 'a', to: '', text: `${at}` }, 2000 + at),
  );
  const state = after(...lines);
  assert.equal(state.chat.length, maxChatLines);
  assert.equal(state.chat.at(0)?.text, '3');
});

test('a room that ends is empty, and one that begins again is read', () => {
  const ended = after({ kind: 'reading' }, read(person('ann')), event({ kind: 'deleted', reason: 'expired' }));
  assert.deepEqual([ended.ended, ended.participants.length], ['expired', 0]);
  const again = reduceRoom(ended, event({ kind: 'created' }));
  assert.deepEqual([again.ended, again.mustRead], [null, true]);
});

test('a refused call out is shown until it is dismissed', () => {
  const state = after({ kind: 'reading' }, read(person('bob', { status: 5, reason: '486 Busy Here' })), {
    kind: 'dismiss',
    call: 'bob',
  });
  assert.equal(state.participants.length, 0);
});

test('an event is read only if it is of this room and whole', () => {
  const payload = { room: '4711', call: 'ann', hand: 1 };
  const pushed = { id: 7, at: '2026-01-01T12:00:00Z', name: 'webconference.hand', payload };
  assert.deepEqual(readRoomEvent(pushed, '4711'), {
    id: 7,
    at: pushed.at,
    change: { kind: 'hand', call: 'ann', hand: 1 },
  });
  assert.equal(readRoomEvent(pushed, '4712'), null);
  assert.equal(readRoomEvent({ ...pushed, payload: { room: '4711', call: 'ann' } }, '4711'), null);
  assert.equal(readRoomEvent({ ...pushed, name: 'call.ended' }, '4711'), null);
  const speaking = { room: '4711', speakers: [{ call: 'ann', levelDb: -9 }, { call: 5 }, null, 'x'] };
  assert.deepEqual(readRoomEvent({ ...pushed, name: 'webconference.speaking', payload: speaking }, '4711')?.change, {
    kind: 'speaking',
    speakers: [{ call: 'ann', levelDb: -9 }],
  });
});
