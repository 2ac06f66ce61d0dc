import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signal } from '@preact/signals';
import type { JsonObject, JsonValue, ServerEvent } from '../../../../clients/typescript/index.ts';
import { openRoom, type RoomModelParts } from '../../../../clients/web/conference/room-model.ts';

type Parts = Partial<RoomModelParts>;

/** A server that knows one room; answers when `answer` is called. */
function fakeServer(parts: Parts = {}) {
  const state = signal<'open' | 'lost' | 'signIn' | 'connecting'>('open');
  const asked: { method: string; params: readonly JsonValue[] | JsonObject; resolve: (answer: JsonValue) => void }[] =
    [];
  const logins: JsonObject[] = [];
  const told: string[] = [];
  let listener: (event: ServerEvent) => void = () => {};
  let gap: () => void = () => {};
  let opened: () => void = () => {};
  const bus = {
    state,
    may: () => true,
    call: (method: string, params: readonly JsonValue[] | JsonObject) =>
      new Promise<JsonValue>((resolve) => asked.push({ method, params, resolve })),
    subscribe: (_filter: string, _match: JsonObject | null, on: (event: ServerEvent) => void, onGap: () => void) => {
      listener = on;
      gap = onGap;
      return () => {};
    },
    onOpen: (on: () => void) => {
      opened = on;
      if (state.peek() === 'open') on();
      return () => {};
    },
    login: async (credentials: JsonObject) => {
      logins.push(credentials);
      state.value = 'open';
      opened();
    },
  };
  const room = openRoom({
    bus: bus as unknown as RoomModelParts['bus'], // as much of it as a room needs
    room: '4711',
    pin: '1234',
    me: signal('ann'),
    tell: (sentences) => told.push(...sentences),
    sentenceOf: String,
    ...parts,
  });
  let id = 0;
  return {
    room,
    state,
    asked,
    logins,
    told,
    gap: () => gap(),
    reopen() {
      state.value = 'open';
      opened();
    },
    push(name: string, payload: JsonObject) {
      listener({ id: ++id, at: '', name: `webconference.${name}`, payload: { room: '4711', ...payload } });
    },
    async answer(answer: JsonValue) {
      asked.shift()?.resolve(answer);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const person = (call: string) => ({ call, number: '', name: call, status: 3, reason: '', muted: false });
const stateWith = (...participants: JsonObject[]): JsonValue => [
  0,
  'OK',
  { room: '4711', locked: false, moderated: false, recording: false, participants },
  'Server: x',
];

test('a room is read with its PIN, then its events are followed', async () => {
  const server = fakeServer();
  assert.deepEqual(
    server.asked.map(({ method, params }) => [method, params]),
    [['webconference.state', ['4711', '1234']]],
  );
  await server.answer(stateWith(person('ann')));
  assert.equal(server.room.access.value.kind, 'open');
  server.push('hand', { call: 'ann', hand: 1 });
  assert.equal(server.room.state.value.participants[0]?.hand, 1);
  assert.deepEqual(server.told, ['Your hand is up, place 1.']);
  assert.equal(server.asked.length, 0);
});

test('lost events and a lost connection lead to one more reading each', async () => {
  const server = fakeServer();
  await server.answer(stateWith());
  server.gap();
  assert.equal(server.asked.length, 1);
  await server.answer(stateWith(person('bob')));
  assert.equal(server.room.state.value.participants.length, 1);
  server.state.value = 'lost';
  server.reopen();
  assert.equal(server.asked.length, 1);
  await server.answer(stateWith());
  assert.equal(server.room.state.value.participants.length, 0);
  assert.equal(server.asked.length, 0);
});

test('what is missed while the state is read is read once more', async () => {
  const server = fakeServer();
  server.gap();
  assert.equal(server.asked.length, 1);
  await server.answer(stateWith());
  assert.equal(server.asked.length, 1);
});

test('a wrong PIN is asked for again, without asking the server meanwhile', async () => {
  const server = fakeServer();
  await server.answer([1, 'wrong adminpin or inexisting room', {}, 'Server: x']);
  assert.equal(server.room.access.value.kind, 'pinWanted');
  server.push('roomCreated', {});
  assert.equal(server.asked.length, 0);
  const trying = server.room.tryPin('9999');
  assert.deepEqual(server.asked[0]?.params, ['4711', '9999']);
  await server.answer(stateWith());
  await trying;
  assert.equal(server.room.access.value.kind, 'open');
});

test('a server that wants credentials gets the PIN of the link', async () => {
  const server = fakeServer();
  await server.answer(stateWith());
  server.state.value = 'signIn';
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(server.logins, [{ room: '4711', pin: '1234' }]);
  assert.equal(server.asked.length, 1);
});

test('without a PIN it is asked for where credentials are wanted', async () => {
  const server = fakeServer({ pin: '' });
  server.state.value = 'signIn';
  assert.deepEqual(server.logins, []);
  assert.equal(server.room.access.value.kind, 'pinWanted');
});

test('what the server refuses is a sentence', async () => {
  const server = fakeServer();
  await server.answer(stateWith(person('bob')));
  const muting = server.room.setMuted('bob', true);
  assert.deepEqual(server.asked[0]?.params, { room: '4711', adminPin: '1234', call: 'bob' });
  const refused = assert.rejects(muting, { message: 'That participant has just left.' });
  await server.answer([2, 'call does not exist', 'Server: x']);
  await refused;
});

test('nothing is read after the room was left', async () => {
  const server = fakeServer();
  await server.answer(stateWith());
  server.room.close();
  server.gap();
  assert.equal(server.asked.length, 0);
});
