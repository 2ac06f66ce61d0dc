import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  arg,
  type Caller,
  createBus,
  eventConfinement,
  mayName,
  meetScopes,
  opt,
  rowsFor,
  Text,
  Void,
} from '../../../core/di/index.ts';
import { Counters, silentLog } from '../../../core/runtime/index.ts';
import { SimClock } from '../../../core/runtime/sim-clock.ts';
import { SimRandom } from '../../../core/runtime/sim-random.ts';

const { fn, defineFunctions } = rowsFor<null>();
const row = { summary: 'Nothing.', result: Void, scope: 'conf:control', handler: () => null };
const conf = defineFunctions({
  mute: fn({ ...row, params: [arg('room', Text)], limit: 'room' }),
  list: fn({ ...row, params: [opt('room', Text)], limit: 'room' }),
  all: fn({ ...row, params: [] }),
  mine: fn({ ...row, params: [], confined: true }),
});
const bills = defineFunctions({
  charge: fn({ ...row, params: [arg('account', Text), arg('room', Text)], scope: 'bills:control' }),
  total: fn({ ...row, params: [], scope: 'bills:control' }),
});

function start() {
  const clock = new SimClock();
  const bus = createBus({ clock, log: silentLog, counters: new Counters(), random: new SimRandom(1) });
  bus.register('conf', conf, null);
  bus.register('bills', bills, null);
  const outcome = async (caller: Partial<Caller>, module: string, name: string, args: readonly string[]) => {
    const context = { ...bus.moduleContext('test'), face: 'json-rpc' as const };
    const who = { name: 'x', scopes: ['*:*'], limits: {}, ...caller };
    return bus.invoke(module, name, args, { ...context, caller: who }).then(
      () => 'ok',
      (fault) => fault.code,
    );
  };
  return { bus, outcome };
}

test('limited to a room by module: that room, nothing that could mean all, other modules as the scopes say {access-control}', async () => {
  const { outcome } = start();
  const limits = { conf: ['4711'] };
  const forbidden = 'rpc.forbidden';
  for (const [module, name, args, expected] of [
    ['conf', 'mute', ['4711'], 'ok'],
    ['conf', 'mute', ['4712'], forbidden],
    ['conf', 'list', ['4711'], 'ok'],
    ['conf', 'list', [], forbidden],
    ['conf', 'all', [], forbidden],
    ['conf', 'mine', [], 'ok'],
    ['conf', '_list', [], 'ok'],
    ['bills', 'total', [], 'ok'],
    ['bills', 'charge', ['a', '4712'], 'ok'],
  ] as const)
    assert.equal(await outcome({ limits }, module, name, args), expected, `${module}.${name}(${args})`);
});

test('limited by argument: only functions that name it, in every module, and every limit that is named counts {access-control}', async () => {
  const { outcome } = start();
  const forbidden = 'rpc.forbidden';
  for (const [only, module, name, args, expected] of [
    [{ room: ['4711'] }, 'conf', 'mute', ['4711'], 'ok'],
    [{ room: ['4711'] }, 'conf', 'mute', ['4712'], forbidden],
    [{ room: ['4711'] }, 'conf', 'all', [], forbidden],
    [{ room: ['4711'] }, 'conf', 'mine', [], 'ok'],
    [{ room: ['4711'] }, 'bills', 'charge', ['a', '4711'], 'ok'],
    [{ room: ['4711'] }, 'bills', 'total', [], forbidden],
    [{ room: ['4711'], account: ['b'] }, 'bills', 'charge', ['a', '4711'], forbidden],
    [{ room: ['4711'], account: ['a'] }, 'bills', 'charge', ['a', '4711'], 'ok'],
    [{ account: [] }, 'bills', 'charge', ['', '4711'], forbidden],
  ] as const)
    assert.equal(await outcome({ only }, module, name, args), expected, `${JSON.stringify(only)} ${name}(${args})`);
});

test('a caller of some modules reaches no other {access-control}', async () => {
  const { outcome } = start();
  assert.equal(await outcome({ modules: ['bills'] }, 'bills', 'total', []), 'ok');
  assert.equal(await outcome({ modules: ['bills'] }, 'conf', 'all', []), 'rpc.forbidden');
});

test('events: a limited caller gets those that name what it is limited to, and no others {access-control} {events}', () => {
  const { bus } = start();
  const shown = (caller: Partial<Caller>, scope: string, payload: Record<string, string>): boolean =>
    eventConfinement(bus, { name: 'x', scopes: ['*:*'], limits: {}, ...caller })?.({
      id: 1,
      name: 'x',
      scope,
      payload,
    }) ?? true;
  const room = (value: string) => ({ room: value, call: 'c' });
  for (const limited of [{ limits: { conf: ['4711'] } }, { only: { room: ['4711'] } }]) {
    assert.equal(shown(limited, 'conf:read', room('4711')), true);
    assert.equal(shown(limited, 'conf:read', room('4712')), false);
    assert.equal(shown(limited, 'conference:read', room('4711')), true);
    assert.equal(shown(limited, 'conference:read', room('4712')), false);
    assert.equal(shown(limited, 'dtmf:control', { call: 'c', key: '1' }), false);
  }
  assert.equal(shown({ limits: { nosuch: ['x'] } }, 'conf:read', room('x')), false);
  assert.equal(shown({ only: { room: ['4711'], call: ['d'] } }, 'conf:read', room('4711')), false);
  assert.equal(shown({ modules: ['conf'] }, 'conf:read', room('1')), true);
  assert.equal(shown({ modules: ['conf'] }, 'calls:read', { call: 'c' }), false);
  assert.equal(eventConfinement(bus, { name: 'x', scopes: [], limits: {} }), null);

  const guarding = bus.guardEvents('conf', ({ payload }, { subject }) => payload['call'] === subject);
  assert.equal(shown({ limits: { conf: ['4711'] }, subject: 'c' }, 'conf:read', room('4711')), true);
  assert.equal(shown({ limits: { conf: ['4711'] }, subject: 'd' }, 'conf:read', room('4711')), false);
  assert.equal(shown({ limits: { conf: ['4711'] }, subject: 'c' }, 'conf:read', room('4712')), false);
  assert.equal(shown({ subject: 'd' }, 'conf:read', room('4711')), true, 'who is not limited is not asked about');
  guarding.dispose();
  assert.equal(shown({ limits: { conf: ['4711'] }, subject: 'd' }, 'conf:read', room('4711')), true);
});

test('a handler asks what it may show {access-control}', () => {
  const caller = (more: object): Caller => ({ name: 'x', scopes: [], limits: {}, ...more });
  assert.equal(mayName(caller({}), 'conf', 'room', '1'), true);
  assert.equal(mayName(caller({ limits: { conf: ['1'] } }), 'conf', 'room', '2'), false);
  assert.equal(mayName(caller({ only: { room: ['1'] } }), 'conf', 'room', '1'), true);
  assert.equal(mayName(caller({ only: { account: ['1'] } }), 'conf', 'room', '1'), false);
});

test('scopes that two sides allow {access-control}', () => {
  assert.deepEqual(meetScopes(['*:*'], ['*:read', 'conf:control']), ['*:read', 'conf:control']);
  assert.deepEqual(meetScopes(['conf:*'], ['*:read']), ['conf:read']);
  assert.deepEqual(meetScopes(['conf:read'], ['bills:*', 'conf:control']), []);
});
