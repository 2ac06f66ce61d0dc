/** Guests of rooms: who was let in by the PIN alone; what they are shown, and whom they may speak as. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Caller, type EventRecord, eventSelector, isStruct } from '../../core/di/index.ts';
import type { World } from '../support/world.ts';
import { type Hall, hall, pin } from './hall.ts';

const keys = { ana: 'ana-has-a-key-of-32-characters-00', bo: 'bo-has-another-key-of-32-letters0' };
const digest = (key: string): string => createHash('sha256').update(key).digest('hex');
const callOf = (key: string) => ({ headers: [['X-Guest', digest(key)] as const] });

/** As `auth.login { room, pin, key }` makes him. */
async function guest({ bus }: World['server'], key?: string): Promise<Caller> {
  const given = { room: 'hall', pin, ...(key === undefined ? {} : { key }) };
  const grant = await bus.invoke('webconference', 'guestLogin', given, bus.moduleContext('rpc'));
  assert.ok(grant !== null && isStruct(grant));
  const scopes = ['webconference:read', 'webconference:control'];
  const subject = String(grant['subject']);
  return { name: 'room:hall', scopes, limits: { webconference: ['hall'] }, credential: 'room', subject };
}

/** What a caller is pushed, from the first event on. */
function shownTo({ bus }: World['server'], caller: Caller): EventRecord[] {
  const shown: EventRecord[] = [];
  const accepts = eventSelector(bus, caller, 'webconference.*', null);
  bus.eventLog.follow({ accepts, receive: (record) => shown.push(record), onGap: () => {}, isReady: true }, 0);
  return shown;
}

const texts = (records: readonly EventRecord[]): unknown[] =>
  records.flatMap(({ name, payload }) => (name === 'webconference.chat' ? [payload['text']] : []));

async function withGuests(): Promise<Hall & { say(caller: Caller, ...args: string[]): Promise<unknown> }> {
  const room = await hall(0);
  for (const key of [keys.ana, keys.bo]) await room.enter('phone', callOf(key));
  await room.enter('carol');
  await room.w.advance(6000);
  const { bus } = room.w.server;
  return {
    ...room,
    tags: room.w.server.calls.rooms.participants('hall'),
    async say(caller, ...args) {
      const context = { ...bus.moduleContext('test'), face: 'json-rpc' as const, caller };
      const answer = await bus.invoke('webconference', 'chat', ['hall', pin, ...args], context);
      return Array.isArray(answer) ? answer.slice(0, -1) : answer;
    },
  };
}

test('{web-conference} a text to one is shown to him, to who said it, and to operators: to no other guest', async () => {
  const { w, tags, say } = await withGuests();
  const [anasCall = '', bosCall = '', carolsCall = ''] = tags;
  const [ana, bo, nobody] = await Promise.all([guest(w.server, keys.ana), guest(w.server, keys.bo), guest(w.server)]);
  const operator: Caller = { name: 'op', scopes: ['webconference:*'], limits: {} };
  const shown = [ana, bo, nobody, operator].map((caller) => shownTo(w.server, caller));
  assert.deepEqual(await say(ana, anasCall, '', 'to all'), [0, 'OK']);
  assert.deepEqual(await say(ana, anasCall, bosCall, 'to Bo'), [0, 'OK']);
  assert.deepEqual(await say(bo, bosCall, carolsCall, 'to Carol'), [0, 'OK']);
  assert.deepEqual(await say(operator, '', anasCall, 'to Ana'), [0, 'OK']);
  await w.advance(100);
  assert.deepEqual(shown.map(texts), [
    ['to all', 'to Bo', 'to Ana'],
    ['to all', 'to Bo', 'to Carol'],
    ['to all'],
    ['to all', 'to Bo', 'to Carol', 'to Ana'],
  ]);
  await w.stop();
});

test('{web-conference} a guest speaks as his own call or as nobody, an operator as any', async () => {
  const { w, tags, say } = await withGuests();
  const [anasCall = '', bosCall = '', carolsCall = ''] = tags;
  const bo = await guest(w.server, keys.bo);
  const notHis = [3, 'that call is not yours'];
  assert.deepEqual(await say(bo, anasCall, '', 'I am Ana'), notHis);
  assert.deepEqual(await say(bo, carolsCall, '', 'I am Carol'), notHis);
  assert.deepEqual(await say(bo, bosCall, '', 'I am Bo'), [0, 'OK']);
  assert.deepEqual(await say(bo, '', '', 'The room speaks'), [0, 'OK']);
  assert.deepEqual(await say(await guest(w.server), bosCall, '', 'Without a key'), notHis);
  const operator: Caller = { name: 'op', scopes: ['webconference:*'], limits: {} };
  assert.deepEqual(await say(operator, anasCall, '', 'For Ana'), [0, 'OK']);
  await w.stop();
});

test('{web-conference} a guest is shown nothing of an earlier room of that name; its end is the last he hears', async () => {
  const { w, run, tags } = await withGuests();
  await run('chat', tags[0] ?? '', '', 'of the first room');
  assert.deepEqual(await run('roomDelete'), [0, 'OK']);
  await w.advance(1000);
  assert.equal((await run('roomInfo'))[0], 0, 'opened again, with that PIN');
  await run('chat', '', '', 'of the second room');
  const shown = shownTo(w.server, await guest(w.server, keys.ana));
  await w.advance(100);
  assert.deepEqual(texts(shown), ['of the second room']);
  assert.equal(shown[0]?.name, 'webconference.roomCreated');
  await run('roomDelete');
  await w.advance(100);
  assert.equal(shown.at(-1)?.name, 'webconference.roomDeleted');
  await w.stop();
});
