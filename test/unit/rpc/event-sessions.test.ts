/** Events over `/ws`: resume, gaps, bad positions, slow readers, many subscriptions, who may see what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import type { EventLogSettings, EventStore } from '../../../core/di/index.ts';
import { openEventStore } from '../../../core/event-store.ts';
import { memoryStorage } from '../../../core/storage/index.ts';
import { webSocket } from './web-socket.ts';
import { type RpcWorld, withRpc } from './world.ts';

const settings: EventLogSettings = { keep: 100_000, keepHours: 72, except: [], durableFirst: [] };

/** Faces over a log that keeps; `readUpTo` is the newest id that was read of what is kept. */
function withEvents(
  work: (world: RpcWorld, readUpTo: () => number) => Promise<void>,
  config: object = {},
  changes: object = {},
) {
  const storage = memoryStorage();
  const kept = openEventStore(storage);
  let newestRead = 0;
  const store: EventStore = {
    open: () => kept.open(),
    append: (records) => kept.append(records),
    trim: (untilId, count) => kept.trim(untilId, count),
    async read(after, limit) {
      const records = await kept.read(after, limit);
      newestRead = Math.max(newestRead, records.at(-1)?.id ?? 0);
      return records;
    },
  };
  return withRpc(
    config,
    async (world) => {
      await world.bus.eventLog.open(store, { ...settings, ...changes });
      await work(world, () => newestRead);
      await world.bus.eventLog.close();
    },
    storage,
  );
}

function publish(world: RpcWorld, ...calls: string[]): void {
  for (const call of calls) world.bus.publish('call.ringing', { call, trace: 't', status: 180, reason: 'Ringing' });
}

test('after an id come the kept events after it, then the live ones, each once {event-log} {events}', () =>
  withEvents(async (world) => {
    publish(world, 'A', 'B', 'C');
    const first = await webSocket(world.url);
    await first.call('events.subscribe', { filters: ['call.*'], after: 0 });
    const seen = [];
    for (let at = 0; at < 3; at++) seen.push((await first.inbox.next()).params);
    assert.deepEqual(
      seen.map(({ payload }) => payload.call),
      ['A', 'B', 'C'],
    );
    first.socket.close();
    const second = await webSocket(world.url);
    const { result } = await second.call('events.subscribe', { filters: ['call.*'], after: seen[0].id });
    assert.deepEqual(result, { subscription: 1, lastId: seen[2].id });
    publish(world, 'D');
    const calls = [];
    for (let at = 0; at < 3; at++) calls.push((await second.inbox.next()).params.payload.call);
    assert.deepEqual(calls, ['B', 'C', 'D']);
    second.socket.close();
  }));

test('what was dropped is told by events.gap before what is there {event-log} {events}', () =>
  withEvents(
    async (world) => {
      const calls = Array.from({ length: 4500 }, (_, n) => `c${n}`);
      publish(world, ...calls);
      const { call, inbox, socket } = await webSocket(world.url);
      await call('events.subscribe', { filters: ['call.*'], after: 1 });
      const gap = await inbox.next();
      assert.equal(gap.method, 'events.gap');
      const { subscription, after, resumedAfter, reason } = gap.params;
      assert.deepEqual([subscription, after, reason], [1, 1, 'dropped']);
      const { id, payload } = (await inbox.next()).params;
      assert.ok(id > resumedAfter);
      const rest = calls.length - calls.indexOf(payload.call);
      for (let at = 1; at < rest; at++) await inbox.next();
      publish(world, 'live');
      assert.equal((await inbox.next()).params.payload.call, 'live');
      socket.close();
    },
    {},
    { keep: 0 },
  ));

test('an id that this server never gave is a gap; live events follow {event-log} {events}', () =>
  withEvents(async (world) => {
    publish(world, 'A');
    const { lastId } = world.bus.eventLog;
    const { call, inbox, socket } = await webSocket(world.url);
    await call('events.subscribe', { filters: ['call.*'], after: Number.MAX_SAFE_INTEGER });
    const { method, params } = await inbox.next();
    assert.deepEqual(
      [method, params],
      ['events.gap', { subscription: 1, after: Number.MAX_SAFE_INTEGER, resumedAfter: lastId, reason: 'unknown' }],
    );
    publish(world, 'B');
    assert.equal((await inbox.next()).params.payload.call, 'B');
    socket.close();
  }));

test('positions that are no ids are refused and leave no subscription {event-log} {events}', () =>
  withEvents(async (world) => {
    const { call, socket, inbox } = await webSocket(world.url);
    for (const after of [-1, 1.5, '1', true, [1], {}]) {
      const { error } = await call('events.subscribe', { filters: ['*'], after });
      assert.equal(error?.code, -32602, JSON.stringify(after));
    }
    socket.send(
      '{"jsonrpc":"2.0","id":1,"method":"events.subscribe","params":{"filter":"*","after":9007199254740993}}',
    );
    assert.equal((await inbox.next()).error.code, -32602);
    publish(world, 'A');
    assert.equal((await call('calls')).result, 3);
    socket.close();
  }));

/** Until the server reads no further in its log: what it sent is not taken. */
async function standsStill(readUpTo: () => number): Promise<void> {
  let last = -1;
  for (let turns = 0; turns < 50; turns++) {
    if (readUpTo() !== last) turns = 0;
    last = readUpTo();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('who resumes and reads slowly gets all of it, and the server holds back what it has not sent {event-log} {events}', () =>
  withEvents(async (world, readUpTo) => {
    const count = 400;
    const text = 'x'.repeat(20_000);
    for (let at = 0; at < count; at++) publish(world, `${at}:${text}`);
    const { call, inbox, socket, closed } = await webSocket(world.url);
    await call('events.subscribe', { filters: ['call.*'], after: 0 });
    for (let at = 0; at < count; at++) {
      // Between pages it stops reading: 8 MB wait in the log, not in the socket.
      if (at % 100 === 0) {
        socket.pause();
        await standsStill(readUpTo);
        socket.resume();
      }
      assert.equal((await inbox.next()).params.payload.call.split(':')[0], String(at));
    }
    socket.close();
    assert.equal((await closed).code, 1005);
  }));

test('64 subscriptions fit on one socket, 1,000 do not; each gets the event once {events}', () =>
  withEvents(async (world) => {
    const { call, inbox, socket } = await webSocket(world.url);
    const results = { taken: 0, refused: 0 };
    for (let at = 0; at < 1000; at++) {
      const { error } = await call('events.subscribe', { filters: ['call.*'] });
      if (error === undefined) results.taken++;
      else if (error.code === -32006) results.refused++;
    }
    assert.deepEqual(results, { taken: 64, refused: 936 });
    publish(world, 'A');
    const numbers = new Set();
    for (let at = 0; at < 64; at++) numbers.add((await inbox.next()).params.subscription);
    assert.equal(numbers.size, 64);
    // One that is given back makes room.
    await call('events.unsubscribe', [1]);
    assert.deepEqual((await call('events.subscribe', ['call.*'])).error, undefined);
    socket.close();
  }));

test('filters and matches are bounded: huge ones are refused at once {events}', () =>
  withEvents(async (world) => {
    const { call, inbox, socket } = await webSocket(world.url);
    const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`m${n}`, n]));
    for (const params of [
      { filters: Array(65).fill('call.*') },
      { filters: [] },
      { filters: ['x'.repeat(129)] },
      { filters: ['*'], match: members(33) },
      { filters: ['*'], match: { call: Array(33).fill('a') } },
      { filters: ['*'], match: { call: { deeper: 1 } } },
      { filters: ['*'], match: 'call' },
    ])
      assert.equal((await call('events.subscribe', params)).error?.code, -32602);
    for (const match of ['{"__proto__":1}', '{"constructor":null}', '{"toString":"a"}']) {
      const send = `{"jsonrpc":"2.0","id":1,"method":"events.subscribe","params":{"filter":"*","match":${match}}}`;
      socket.send(send);
      assert.deepEqual((await inbox.next()).error, undefined, match);
    }
    publish(world, 'A'); // has no member of such a name: nothing comes
    assert.equal((await call('calls')).result, 3);
    socket.close();
  }));

test('events of a scope that the token has not do not come, live or kept {access-control} {events}', () =>
  withEvents(async (world) => {
    world.bus.declareEvent('sample.secret', {
      summary: 'For who may see it.',
      scope: 'sample:admin',
      payload: Type.Object({ n: Type.Integer() }),
    });
    const { token } = await world.rpc.tokens.create({ name: 'a', scopes: ['calls:read'] });
    const { call, inbox, socket } = await webSocket(world.url, { headers: { Authorization: `Bearer ${token}` } });
    world.bus.publishDeclared('sample.secret', { n: 1 });
    publish(world, 'kept');
    await call('events.subscribe', { filters: ['*', 'sample.secret'], after: 0 });
    assert.equal((await inbox.next()).params.payload.call, 'kept');
    world.bus.publishDeclared('sample.secret', { n: 2 });
    publish(world, 'live');
    assert.equal((await inbox.next()).params.payload.call, 'live');
    socket.close();
  }));

test('a token that is limited to a room sees that room, live or resumed from the beginning {access-control} {events}', () =>
  withEvents(async (world) => {
    world.bus.declareEvent('sample.room', {
      summary: 'Of a room.',
      scope: 'sample:read',
      payload: Type.Object({ room: Type.String() }),
    });
    const room = (name: string): void => world.bus.publishDeclared('sample.room', { room: name });
    for (const limits of [{ only: { room: ['4711'] } }, { limits: { sample: ['4711'] } }]) {
      const name = Object.keys(limits)[0] ?? '';
      const { token } = await world.rpc.tokens.create({ name, scopes: ['operator'], ...limits });
      const { call, inbox, socket } = await webSocket(world.url, { headers: { Authorization: `Bearer ${token}` } });
      const { lastId } = world.bus.eventLog;
      room('secret');
      room('4711');
      await call('events.subscribe', { filters: ['*'], match: { room: ['4711', 'secret'] }, after: lastId });
      room('secret');
      publish(world, 'of nobody');
      room('4711');
      const seen = [(await inbox.next()).params, (await inbox.next()).params];
      assert.deepEqual(
        seen.map(({ payload }) => payload.room),
        ['4711', '4711'],
      );
      assert.ok(seen[0].id < seen[1].id);
      socket.terminate();
    }
  }));
