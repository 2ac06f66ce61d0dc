/** `auth.login` with credentials that a module judges: a guest of a room. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arg, type Bus, rowsFor, secret, Text } from '../../../core/di/index.ts';
import { Counters, equalSecrets, silentLog, Type } from '../../../core/runtime/index.ts';
import { realSeams } from '../../../core/runtime/real-seams.ts';
import { SimClock } from '../../../core/runtime/sim-clock.ts';
import { SimRandom } from '../../../core/runtime/sim-random.ts';
import { memoryStorage } from '../../../core/storage/index.ts';
import { createAuthenticator, type Origin } from '../../../rpc/auth.ts';
import { createTokens } from '../../../rpc/index.ts';
import { createPolicy } from '../../../rpc/listener-policy.ts';
import { createModuleLogins } from '../../../rpc/module-logins.ts';
import { webSocket } from './web-socket.ts';
import { rpcConfig, sampleBus, withRpc } from './world.ts';

interface Rooms {
  readonly pins: Map<string, string>;
}
const { fn, defineFunctions } = rowsFor<Rooms>();

const rows = defineFunctions({
  guest: fn({
    summary: 'Judges.',
    params: [arg('room', Text), arg('pin', secret(Text))],
    result: Type.Union([Type.Null(), Type.Object({}, { additionalProperties: true })]),
    scope: 'hall:read',
    limit: 'room',
    exported: false,
    login: 'room',
    handler: ({ state }, room, pin) =>
      equalSecrets(pin, state.pins.get(room) ?? '') && state.pins.has(room)
        ? { name: `room:${room}`, scopes: ['hall:read', 'hall:control', 'server:control'], limits: [room] }
        : null,
  }),
  open: fn({
    summary: 'For all.',
    params: [arg('room', Text)],
    result: Text,
    scope: 'hall:control',
    limit: 'room',
    handler: (_, room) => room,
  }),
  all: fn({ summary: 'Of all rooms.', params: [], result: Text, scope: 'hall:read', handler: () => 'all' }),
});

function register(bus: Bus): Rooms {
  const state = { pins: new Map([['4711', '305182']]) };
  bus.register('hall', rows, state);
  bus.declareEvent('hall.changed', { summary: 'Changed.', scope: 'hall:read', payload: Type.Object({ room: Text }) });
  return state;
}

test('{web-sign-in} a guest with the PIN of a room may do with that room what its module says, and nothing else', () =>
  withRpc({ openLoopback: false }, async ({ bus, url }) => {
    register(bus);
    const guest = await webSocket(url);
    assert.deepEqual((await guest.call('auth.login', { room: '4711', pin: '305182' })).result, {
      name: 'room:4711',
      scopes: ['hall:read', 'hall:control'],
    });
    assert.equal((await guest.call('hall.open', ['4711'])).result, '4711');
    for (const [method, params] of [
      ['hall.open', ['4712']],
      ['hall.all', []],
      ['sample.reset', []],
      ['calls', []],
    ] as const)
      assert.equal((await guest.call(method, params)).error?.code, -32003, method);
    await guest.call('events.subscribe', ['*']);
    for (const room of ['4712', '4711']) bus.publishDeclared('hall.changed', { room });
    bus.publishDeclared('hall.changed', { room: '4711' });
    const event = await guest.inbox.next();
    assert.equal(event.params?.payload?.room ?? event.params?.room, '4711', JSON.stringify(event));
    guest.socket.close();
  }));

test('{web-sign-in} a wrong PIN, an unknown room, a wrong type: the same refusal; what nobody judges is named', () =>
  withRpc({ openLoopback: false }, async ({ bus, url }) => {
    register(bus);
    const guest = await webSocket(url);
    for (const given of [
      { room: '4711', pin: 'x' },
      { room: 'none', pin: '305182' },
    ])
      assert.equal((await guest.call('auth.login', given)).error?.code, -32004);
    assert.equal((await guest.call('auth.login', { room: '4711', pin: 7 })).error?.code, -32004);
    guest.socket.close();
    const other = await webSocket(url);
    assert.equal((await other.call('auth.login', { room: '4711' })).error?.code, -32602);
    other.socket.close();
  }));

/** An authenticator in simulated time, with the hall's rooms. */
function start(access: object = {}) {
  const clock = new SimClock();
  const random = new SimRandom(1);
  const bus = sampleBus({ ...realSeams({ log: silentLog }), clock });
  const rooms = register(bus);
  const tokens = createTokens(memoryStorage().keyValue('tokens'), clock, random);
  const config = rpcConfig({ netstring: { port: 0, access } });
  const auth = createAuthenticator({
    config,
    tokens,
    moduleLogins: createModuleLogins(bus),
    clock,
    random,
    counters: new Counters(),
  });
  const policy = createPolicy({
    access: config.netstring?.access ?? config.listeners[0]?.access ?? fail(),
    address: '',
    openByDefault: false,
  });
  const from = (source: string, isEncrypted = false): Origin => ({ source, face: 'test', isEncrypted, policy });
  const loginTo = async (room: string, origin: Origin, pin: string) => {
    const outcome = auth.login({ given: { room, pin } }, origin);
    outcome.catch(() => undefined);
    await clock.advance(300); // a refusal takes its time
    return outcome;
  };
  const login = (origin: Origin, pin = '305182') => loginTo('4711', origin, pin);
  return { clock, rooms, auth, policy, from, login, loginTo };
}

function fail(): never {
  throw new Error('there is no netstring face');
}

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'in',
    (fault: unknown) => (fault instanceof Error && 'code' in fault ? fault.code : fault),
  );

test('{web-sign-in} wrong PINs count in the lock-out, and the right one is refused meanwhile', async () => {
  const { clock, from, login } = start();
  for (let i = 0; i < 5; i++) assert.equal(await code(login(from('127.0.0.1'), 'x')), 'rpc.unauthorized');
  assert.equal(await code(login(from('127.0.0.1'))), 'rpc.tooManyRequests');
  assert.equal(await code(login(from('127.0.0.2'))), 'in');
  await clock.advance(2000);
  assert.equal(await code(login(from('127.0.0.1'))), 'in');
});

test('{web-sign-in} PINs are taken on loopback or encrypted, and only where the listener takes that kind', async () => {
  const open = start();
  assert.equal(await code(open.login(open.from('192.0.2.1'))), 'rpc.forbidden');
  assert.equal(await code(open.login(open.from('192.0.2.1', true))), 'in');
  const closed = start({ credentials: ['bearer'] });
  assert.equal(await code(closed.login(closed.from('127.0.0.1'))), 'rpc.forbidden');
});

test('{web-sign-in} a guest is out when the PIN is changed or the room is gone', async () => {
  const { rooms, auth, policy, from, login } = start();
  const first = await login(from('127.0.0.1'));
  assert.equal(first.credential, 'room');
  assert.equal(await auth.isCurrent(first, policy), true);
  rooms.pins.set('4711', '1');
  assert.equal(await auth.isCurrent(first, policy), false);
  const second = await login(from('127.0.0.1'), '1');
  rooms.pins.delete('4711');
  assert.equal(await auth.isCurrent(second, policy), false);
});

test('{web-sign-in} who has the PIN of one room cannot guess that of another in between', async () => {
  const { rooms, from, loginTo, clock } = start();
  rooms.pins.set('4712', '999999');
  const outcomes: unknown[] = [];
  for (let i = 0; i < 6; i++) {
    outcomes.push(await code(loginTo('4712', from('127.0.0.1'), `${i}`)));
    await code(loginTo('4711', from('127.0.0.1'), '305182'));
  }
  assert.deepEqual(outcomes.slice(4), ['rpc.unauthorized', 'rpc.tooManyRequests']);
  await clock.advance(2000);
  assert.equal(await code(loginTo('4712', from('127.0.0.1'), '999999')), 'in');
});

test('{web-sign-in} the many addresses of one IPv6 network are one guesser', async () => {
  const { from, login } = start();
  for (let i = 0; i < 5; i++)
    assert.equal(await code(login(from(`2001:db8:0:7::${i}`, true), 'x')), 'rpc.unauthorized');
  assert.equal(await code(login(from('2001:db8:0:7:1:2:3:4', true))), 'rpc.tooManyRequests');
  assert.equal(await code(login(from('2001:db8:0:8::1', true))), 'in');
});

test('{web-sign-in} what somebody was let to see on a connection ends when another one signs in there', () =>
  withRpc({ openLoopback: true }, async ({ bus, url }) => {
    register(bus);
    const guest = await webSocket(url);
    await guest.call('events.subscribe', ['*']);
    await guest.call('auth.login', { room: '4711', pin: '305182' });
    bus.publishDeclared('hall.changed', { room: '4712' });
    await guest.call('events.subscribe', ['*']);
    bus.publishDeclared('hall.changed', { room: '4711' });
    const event = await guest.inbox.next();
    assert.equal(event.params?.payload?.room, '4711', JSON.stringify(event));
    guest.socket.close();
  }));

test('{web-sign-in} names of rooms are compared exactly: case, spaces, composed letters, other kinds of values', () =>
  withRpc({ openLoopback: false }, async ({ bus, url }) => {
    const rooms = register(bus);
    rooms.pins.set('Caf\u00e9', '1');
    const guest = await webSocket(url);
    await guest.call('auth.login', { room: 'Caf\u00e9', pin: '1' });
    assert.equal((await guest.call('hall.open', ['Caf\u00e9'])).result, 'Caf\u00e9');
    for (const room of ['caf\u00e9', 'Cafe\u0301', 'Caf\u00e9 ', '4711', '__proto__', 'constructor', ''])
      assert.equal((await guest.call('hall.open', [room])).error?.code, -32003, room);
    for (const [method, params] of [
      ['di', ['hall', 'open', '4711']],
      ['di', ['hall', 'all']],
      ['hall.guest', ['4711', '305182']],
      ['hall.open', { room: ['Caf\u00e9', '4711'] }],
      ['core.calls', []],
      ['system.multicall', [[{ methodName: 'hall.all', params: [] }]]],
      ['server.load', []],
    ] as const)
      assert.ok((await guest.call(method, params)).error, method);
    guest.socket.send(
      JSON.stringify([
        { jsonrpc: '2.0', id: 1, method: 'hall.all' },
        { jsonrpc: '2.0', id: 2, method: 'hall.open', params: ['4711'] },
        { jsonrpc: '2.0', id: 3, method: 'hall.open', params: ['Caf\u00e9'] },
      ]),
    );
    const answers: { error?: { code: number }; result?: string }[] = await guest.inbox.next();
    assert.deepEqual(
      answers.map(({ error, result }) => error?.code ?? result),
      [-32003, -32003, 'Caf\u00e9'],
    );
    guest.socket.close();
  }));
