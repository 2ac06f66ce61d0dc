import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesToTell } from '../../../../clients/web/conference/announcements.ts';
import { initialsOf, nameOf } from '../../../../clients/web/conference/names.ts';
import type { Participant } from '../../../../clients/web/conference/room-events.ts';
import { emptyRoom, type RoomState } from '../../../../clients/web/conference/room-state.ts';
import {
  chatFor,
  describe,
  present,
  progressOf,
  queueOf,
  talksOf,
  underway,
} from '../../../../clients/web/conference/room-views.ts';

const person = (call: string, members: Partial<Participant> = {}): Participant => ({
  call,
  number: '',
  name: call,
  status: 3,
  reason: '',
  muted: false,
  gainDb: 0,
  volumeDb: 0,
  hand: 0,
  floor: false,
  talk: '',
  participantId: '',
  levelDb: null,
  ...members,
});
const room = (...participants: Participant[]): RoomState => ({ ...emptyRoom('4711'), participants, known: true });

test('a name is what was given, else the display name, else the user part', () => {
  const names = [
    ['Ann', 'sip:x@y'],
    ['', '"Bob Low" <sip:bob@b.example>'],
    ['', 'Bob <sip:bob@b.example>'],
    ['', '<sip:eve%20s@b.example;transport=udp>'],
    ['', 'sip:+4314711@b.example'],
    ['', 'tel:+4314711'],
    ['', 'sip:7jf83k@q1w2.invalid'],
    ['', ''],
    ['', 'sip:%ff@b.example'],
  ].map(([name = '', number = '']) => nameOf({ name, number }));
  assert.deepEqual(names, ['Ann', 'Bob Low', 'Bob', 'eve s', '+4314711', '+4314711', 'Guest', 'Guest', '%ff']);
});

test('initials are of the first and the last word', () => {
  assert.deepEqual(['ann', 'Bob von Low', 'eve.s', '+43', ''].map(initialsOf), ['A', 'BL', 'ES', '#', '#']);
});

test('the progress of a call out is told in words', () => {
  const words = (status: number, reason: string) => progressOf({ status, reason });
  assert.equal(words(1, '100 Trying'), 'Calling…');
  assert.equal(words(2, '180 Ringing'), 'Ringing…');
  assert.equal(words(5, '486 Busy Here'), 'Busy');
  assert.equal(words(5, '599 Odd'), 'Refused: Odd (599)');
});

test('who is in, who is called, and what was refused are three things', () => {
  const state = room(
    person('ann'),
    person('bob', { status: 2 }),
    person('eve', { status: 5, reason: '486 Busy Here' }),
    person('kim', { status: 5, reason: '' }),
  );
  assert.deepEqual(
    present(state).map(({ call }) => call),
    ['ann'],
  );
  assert.deepEqual(
    underway(state).map(({ call }) => call),
    ['bob', 'eve'],
  );
});

test('the queue is in the order of the hands', () => {
  const state = room(person('ann', { hand: 2 }), person('bob', { hand: 1 }), person('eve'));
  assert.deepEqual(
    queueOf(state).map(({ call }) => call),
    ['bob', 'ann'],
  );
});

test('private talks are by their ids', () => {
  const state = room(person('ann', { talk: 't1' }), person('bob', { talk: 't1' }), person('eve'));
  assert.deepEqual(
    [...talksOf(state)].map(([talk, who]) => [talk, who.length]),
    [['t1', 2]],
  );
});

test('a line to one is for these two only', () => {
  const line = (id: number, from: string, to: string) => ({
    id,
    at: '',
    from,
    fromName: from,
    to,
    toName: to,
    text: '',
  });
  const chat = [line(1, 'ann', ''), line(2, 'ann', 'bob'), line(3, 'eve', 'ann')];
  const ids = (...mine: string[]) => chatFor(chat, new Set(mine)).map(({ id }) => id);
  assert.deepEqual([ids('ann'), ids('bob'), ids()], [[1, 2, 3], [1, 2], [1]]);
});

test('a participant is described in words', () => {
  assert.equal(describe(person('ann', { muted: true, hand: 2 }), true), 'ann (you), muted, hand raised, place 2');
  assert.equal(describe(person('bob', { levelDb: -20, talk: 't' }), false), 'bob, speaking, in a private talk');
});

test('what happened is told once, and of me in the second person', () => {
  const before = room(person('ann'), person('bob'), person('eve', { status: 2 }));
  const after = room(
    person('ann', { muted: true }),
    person('bob', { hand: 1 }),
    person('eve', { status: 5, reason: '486 Busy Here' }),
    person('kim'),
  );
  assert.deepEqual(changesToTell(before, { ...after, locked: true }, 'ann'), [
    'The room is locked.',
    'You are muted.',
    'bob raised a hand.',
    'eve: Busy.',
    'kim joined.',
  ]);
  assert.deepEqual(changesToTell(after, after, 'ann'), []);
  assert.deepEqual(changesToTell(emptyRoom('4711'), after, 'ann'), []);
});

test('who leaves is told, not who has long left', () => {
  const gone = room(person('bob', { status: 5 }));
  assert.deepEqual(changesToTell(room(person('bob')), gone, null), ['bob left.']);
  assert.deepEqual(changesToTell(room(), gone, null), []);
});
