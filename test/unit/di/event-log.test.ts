import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBus, type EventGap, type EventLogSettings, type EventRecord } from '../../../core/di/index.ts';
import { openEventStore } from '../../../core/event-store.ts';
import { Counters, SimClock, SimRandom, silentLog } from '../../../core/runtime/index.ts';
import { memoryStorage, type Storage } from '../../../core/storage/index.ts';

const settings: EventLogSettings = { keep: 1_000_000, keepHours: 72, except: ['dtmf'], durableFirst: ['call.ended'] };

async function logOf(storage: Storage, changes: Partial<EventLogSettings> = {}, clock = new SimClock()) {
  const bus = createBus({ clock, log: silentLog, counters: new Counters(), random: new SimRandom(1) });
  await bus.eventLog.open(openEventStore(storage), { ...settings, ...changes });
  const publish = (call: string): void =>
    bus.publish('call.ringing', { call, trace: 't', status: 180, reason: 'Ringing' });
  const follow = (after?: number, isReady = true) => {
    const calls: string[] = [];
    const ids: number[] = [];
    const gaps: EventGap[] = [];
    const follower = {
      isReady,
      accepts: ({ name }: EventRecord) => name !== 'quality',
      receive: (record: EventRecord) => {
        calls.push(String(record.payload['call']));
        ids.push(record.id);
      },
      onGap: (gap: EventGap) => void gaps.push(gap),
    };
    const handle = bus.eventLog.follow(follower, after);
    return { calls, ids, gaps, follower, handle };
  };
  return { bus, clock, publish, follow, log: bus.eventLog };
}

const endedOf = (call: string) => ({
  call,
  trace: 't',
  direction: 'in' as const,
  from: 'a',
  to: 'b',
  ruri: 'sip:b',
  application: 'echo',
  sipCallId: 'c',
  status: 200,
  reason: 'OK',
  endedBy: 'remote' as const,
  startedAtMs: 1,
  answeredAtMs: 2,
  endedAtMs: 3,
  codec: '',
  packetsSent: 0,
  packetsReceived: 0,
  packetsLost: 0,
  jitterMs: 0,
  roundTripMs: null,
  concealedMs: 0,
  mos: null,
  why: [],
});

test('who was away gets what it missed, then what comes, each once and in order {event-log}', async () => {
  const { clock, publish, follow } = await logOf(memoryStorage());
  const seen = follow();
  for (let n = 0; n < 5000; n++) publish(`c${n}`);
  await clock.advance(1000);
  const [first = 0] = seen.ids;
  const late = follow(first);
  publish('while it reads');
  await clock.advance(1000);
  publish('live');
  assert.equal(late.calls.length, 5001);
  assert.deepEqual(late.ids, seen.ids.slice(1));
  assert.deepEqual(late.calls.slice(-2), ['while it reads', 'live']);
  assert.deepEqual(late.gaps, []);
});

test('ids go on over a restart, and the log is there {event-log}', async () => {
  const storage = memoryStorage();
  const first = await logOf(storage);
  const before = first.follow();
  first.publish('a');
  first.publish('b');
  await first.log.close();
  // The clock of the next run stands before the end of the first one.
  const second = await logOf(storage);
  const after = second.follow(before.ids[0]);
  second.publish('c');
  await second.clock.advance(100);
  assert.deepEqual(after.calls, ['b', 'c']);
  assert.ok((after.ids[1] ?? 0) > (before.ids[1] ?? 0));
});

test('call.ended is told when it is on disk, and what comes after it waits {event-log}', async () => {
  const storage = memoryStorage();
  let commit: () => void = () => {};
  const slow: Storage = {
    ...storage,
    appendLog(name) {
      const log = storage.appendLog(name);
      return {
        ...log,
        appendAll: async (entries) => {
          await new Promise<void>((resolve) => {
            commit = resolve;
          });
          await log.appendAll(entries);
        },
      };
    },
  };
  const { bus, clock, publish, follow } = await logOf(slow);
  const seen = follow();
  publish('a');
  bus.publish('call.ended', endedOf('b'));
  publish('c');
  bus.publish('dtmf', { call: 'd', trace: 't', key: '1', durationMs: 80, source: 'rtp' });
  await clock.advance(500);
  assert.deepEqual(seen.calls, ['a']);
  commit();
  await clock.advance(1);
  assert.deepEqual(seen.calls, ['a', 'b', 'c', 'd']);
});

test('a store that fails holds nobody up; what it then takes is there {event-log}', async () => {
  const storage = memoryStorage();
  let isBroken = true;
  const failing: Storage = {
    ...storage,
    appendLog(name) {
      const log = storage.appendLog(name);
      return {
        ...log,
        appendAll: async (entries) => {
          if (isBroken) throw new Error('disk full');
          await log.appendAll(entries);
        },
      };
    },
  };
  const { bus, clock, follow } = await logOf(failing);
  const seen = follow();
  for (const call of ['a', 'b', 'c']) {
    bus.publish('call.ended', endedOf(call));
    await clock.advance(10);
  }
  assert.deepEqual(seen.calls, ['a', 'b', 'c']);
  isBroken = false;
  await clock.advance(2000);
  const again = await logOf(storage);
  const missed = again.follow(0);
  await again.clock.advance(100);
  assert.deepEqual(missed.calls, ['a', 'b', 'c']);
});

test('what is past the bounds of the log is told as a gap, also after a restart {event-log}', async () => {
  const storage = memoryStorage();
  const { clock, publish, follow, log } = await logOf(storage, { keep: 100 });
  publish('first');
  const first = log.lastId;
  for (let n = 0; n < 5000; n++) publish(`c${n}`);
  await clock.advance(1000);
  const late = follow(first);
  await clock.advance(1000);
  assert.equal(late.gaps.length, 1);
  assert.equal(late.gaps[0]?.reason, 'dropped');
  assert.ok(late.calls.length >= 100 && late.calls.length < 5000);
  assert.equal(late.calls.at(-1), 'c4999');
  await log.close();
  const second = await logOf(storage, { keep: 100 });
  const later = second.follow(first);
  await second.clock.advance(100);
  assert.equal(later.gaps[0]?.reason, 'dropped');
  assert.equal(later.calls.at(-1), 'c4999');
});

test('old events are dropped by age {event-log}', async () => {
  const clock = new SimClock();
  const { publish, follow, log } = await logOf(memoryStorage(), { keepHours: 1 }, clock);
  publish('old');
  const { lastId } = log;
  await clock.advance(2 * 3_600_000);
  for (let n = 0; n < 5000; n++) publish(`c${n}`);
  await clock.advance(100);
  const late = follow(lastId - 1);
  await clock.advance(1000);
  assert.deepEqual([late.gaps[0]?.reason, late.calls[0], late.calls.length], ['dropped', 'c0', 5000]);
});

test('an id that this server never gave is told, and live events come {event-log}', async () => {
  const { clock, publish, follow } = await logOf(memoryStorage());
  publish('a');
  const late = follow(Number.MAX_SAFE_INTEGER);
  await clock.advance(100);
  publish('b');
  assert.deepEqual([late.gaps[0]?.reason, late.calls], ['unknown', ['b']]);
});

test('without a store the newest events are in memory {event-log}', async () => {
  const { clock, publish, follow } = await logOf(memoryStorage(), { keep: 0 });
  publish('a');
  const all = follow(0);
  await clock.advance(100);
  assert.deepEqual([all.calls, all.gaps], [['a'], []]);
  for (let n = 0; n < 10_000; n++) publish(`c${n}`);
  const late = follow(1);
  await clock.advance(1000);
  assert.equal(late.gaps.length, 1);
  assert.equal(late.calls.at(-1), 'c9999');
});

test('a follower that is not ready waits, and loses nothing {event-log}', async () => {
  const { clock, publish, follow } = await logOf(memoryStorage());
  for (let n = 0; n < 300; n++) publish(`c${n}`);
  const lazy = follow(0, false);
  await clock.advance(1000);
  assert.equal(lazy.calls.length, 0);
  publish('later');
  lazy.follower.isReady = true;
  await clock.advance(1000);
  assert.equal(lazy.calls.length, 301);
});

test('a follower that publishes is told in order, and one that throws is left out {event-log}', async () => {
  const { bus, clock, publish, follow } = await logOf(memoryStorage());
  bus.eventLog.follow({
    isReady: true,
    accepts: ({ payload }) => payload['call'] === 'a',
    receive: () => publish('of a'),
    onGap: () => {},
  });
  bus.eventLog.follow({
    isReady: true,
    accepts: () => {
      throw new Error('mine');
    },
    receive: () => {},
    onGap: () => {},
  });
  const seen = follow();
  bus.subscribe('call.ringing', ['*:*'], ({ payload }) => {
    if (payload['call'] === 'b') publish('of b');
  });
  publish('a');
  publish('b');
  await clock.advance(10);
  assert.deepEqual(seen.calls, ['a', 'of a', 'b', 'of b']);
});

test('keys are pushed but not kept: they may be digits of a PIN {event-log}', async () => {
  const storage = memoryStorage();
  const { bus, clock, follow } = await logOf(storage);
  const seen = follow();
  bus.publish('dtmf', { call: 'a', trace: 't', key: '1', durationMs: 80, source: 'rtp' });
  await clock.advance(100);
  assert.equal(seen.calls.length, 1);
  assert.deepEqual(await storage.appendLog('events').read(0, 10), []);
});
