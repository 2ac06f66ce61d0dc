import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { filterMatches, type PublishedEvent, secret } from '../../../core/di/index.ts';
import { makeBus } from './make-bus.ts';

const pressed = { call: 'a', trace: 't', key: '5', durationMs: 80, source: 'rtp' } as const;

test('subscribers get events by name, by prefix and all of them, with rising ids {events}', () => {
  const { bus } = makeBus();
  const seen: string[] = [];
  const ids: number[] = [];
  const listen = (filter: string) =>
    bus.subscribe(filter, ['*:*'], ({ id, name }) => {
      if (!ids.includes(id)) ids.push(id);
      seen.push(`${filter} ${name} ${ids.indexOf(id) + 1}`);
    });
  listen('dtmf');
  listen('conference.*');
  const all = listen('*');
  bus.publish('dtmf', pressed);
  bus.publish('conference.joined', { call: 'a', trace: 't', room: '5', participants: 1 });
  all.dispose();
  bus.publish('dtmf', pressed);
  assert.deepEqual(seen, [
    'dtmf dtmf 1',
    '* dtmf 1',
    'conference.* conference.joined 2',
    '* conference.joined 2',
    'dtmf dtmf 3',
  ]);
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
});

test('an event reaches only those whose scopes cover it {events}', () => {
  const { bus } = makeBus();
  let heard = 0;
  bus.subscribe('*', ['conference:read'], () => void heard++);
  bus.publish('dtmf', pressed);
  assert.equal(heard, 0);
});

test('a listener that throws harms nobody', () => {
  const { bus, counters, lines } = makeBus();
  const seen: PublishedEvent[] = [];
  bus.subscribe('*', ['*:*'], () => {
    throw new Error('mine');
  });
  bus.subscribe('*', ['*:*'], (event) => void seen.push(event));
  bus.publish('dtmf', pressed);
  assert.deepEqual(
    seen.map(({ payload }) => payload),
    [pressed],
  );
  assert.equal(counters.counter('callbus_event_listener_faults_total', '').value({ event: 'dtmf' }), 1);
  assert.equal(lines.filter(({ level }) => level === 'error').length, 1);
});

test('a listener removed while an event is delivered does not get it any more', () => {
  const { bus } = makeBus();
  let heard = 0;
  bus.subscribe('*', ['*:*'], () => second.dispose());
  const second = bus.subscribe('*', ['*:*'], () => void heard++);
  bus.publish('dtmf', pressed);
  assert.equal(heard, 0);
});

test("a module's own event is declared, checked and undone", () => {
  const { bus } = makeBus();
  const payload = Type.Object(
    { room: Type.String(), pin: Type.Optional(secret(Type.String())) },
    { additionalProperties: false },
  );
  const declaration = { summary: 'A room.', scope: 'rooms:read', payload };
  const declared = bus.declareEvent('rooms.opened', declaration);
  const seen: unknown[] = [];
  bus.subscribe('rooms.*', ['rooms:read'], (event) => void seen.push(event.payload));
  bus.publishDeclared('rooms.opened', { room: '5', pin: '123' });
  assert.deepEqual(seen, [{ room: '5', pin: '***' }]);
  assert.throws(() => bus.publishDeclared('rooms.opened', { room: 5 }), /room: expected a string/);
  assert.throws(() => bus.publishDeclared('rooms.closed', {}), /not declared/);
  assert.throws(() => bus.declareEvent('rooms.opened', declaration), /declared already/);
  assert.throws(() => bus.declareEvent('dtmf', declaration), /declared already/);
  assert.throws(() => bus.declareEvent('rooms.shut', { ...declaration, scope: 'rooms' }), /scope/);
  declared.dispose();
  assert.equal(bus.events().has('rooms.opened'), false);
  assert.equal(bus.events().has('call.ended'), true);
});

test('filters: a prefix ends at a dot, a malformed filter is refused', () => {
  assert.equal(filterMatches('call.*', 'call.ended'), true);
  assert.equal(filterMatches('call.*', 'calls'), false);
  assert.equal(filterMatches('call', 'call.ended'), false);
  const { bus } = makeBus();
  for (const filter of ['', 'call*', '*.ended', 'a..b'])
    assert.throws(() => bus.subscribe(filter, [], () => {}), /event filter/);
});
