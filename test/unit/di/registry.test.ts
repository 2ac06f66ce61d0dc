import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import {
  Any,
  arg,
  Bool,
  Double,
  type FunctionRow,
  Int,
  Num,
  opt,
  rest,
  rowsFor,
  secret,
  Text,
  Void,
} from '../../../core/di/index.ts';
import { CodedError } from '../../../core/runtime/index.ts';
import { makeBus } from './make-bus.ts';

const { fn, defineFunctions } = rowsFor<{ muted: string[] }>();
const Reply = Type.Array(Any);

const rooms = defineFunctions({
  mute: fn({
    summary: 'Mutes.',
    params: [arg('room', Text), arg('pin', secret(Text)), opt('seconds', Int)],
    result: Reply,
    scope: 'rooms:control',
    limit: 'room',
    aliases: ['silence'],
    handler({ state }, room, _pin, seconds) {
      state.muted.push(room);
      return [0, 'OK', seconds ?? null];
    },
  }),
  count: fn({
    summary: 'Counts.',
    params: [],
    result: Int,
    scope: 'rooms:read',
    handler: ({ state }) => state.muted.length,
  }),
  inner: fn({
    summary: 'Internal.',
    params: [],
    result: Bool,
    scope: 'rooms:read',
    exported: false,
    handler: () => true,
  }),
  hidden: fn({
    summary: 'Unlisted.',
    params: [],
    result: Void,
    scope: 'rooms:read',
    listed: false,
    handler: () => null,
  }),
  half: fn({
    summary: 'Halves.',
    params: [arg('value', Num)],
    result: Num,
    scope: 'rooms:read',
    handler: (_context, value) => value / 2,
  }),
  bug: fn({
    summary: 'Fails.',
    params: [],
    result: Void,
    scope: 'rooms:read',
    handler() {
      throw new TypeError('inner secret text');
    },
  }),
  refuse: fn({
    summary: 'Refuses.',
    params: [],
    result: Void,
    scope: 'rooms:read',
    handler: async () => {
      throw new CodedError('room.full', '4711');
    },
  }),
  never: fn({
    summary: 'Hangs.',
    params: [],
    result: Void,
    scope: 'rooms:read',
    handler: () => new Promise<null>(() => {}),
  }),
});

function start() {
  const parts = makeBus();
  const state = { muted: [] as string[] };
  const registration = parts.bus.register('rooms', rooms, state);
  return { ...parts, state, registration };
}

const coded = (code: string, detail?: string | RegExp) => (fault: unknown) => {
  assert(fault instanceof CodedError, String(fault));
  assert.equal(fault.code, code);
  if (typeof detail === 'string') assert.equal(fault.detail, detail);
  else if (detail !== undefined) assert.match(fault.detail, detail);
  return true;
};

test('a function is invoked by position, by name and by its alias {rpc-bus}', async () => {
  const { bus, context, state } = start();
  assert.deepEqual(await bus.invoke('rooms', 'mute', ['4711', '1'], context()), [0, 'OK', null]);
  assert.deepEqual(await bus.invoke('rooms', 'mute', { pin: '1', room: '12', seconds: 5 }, context()), [0, 'OK', 5]);
  assert.deepEqual(await bus.invoke('rooms', 'silence', ['9', '1', 3], context()), [0, 'OK', 3]);
  assert.deepEqual(state.muted, ['4711', '12', '9']);
});

test('a fault names the argument, what was expected and what was given {rpc-bus}', async () => {
  const { bus, context } = start();
  const call = (args: Parameters<typeof bus.invoke>[2]) => bus.invoke('rooms', 'mute', args, context());
  await assert.rejects(call(['4711']), coded('rpc.tooFewArguments', 'missing pin; 2 needed, 1 given'));
  await assert.rejects(call([4711, '1']), coded('rpc.wrongType', 'argument 1 (room): expected a string, got 4711'));
  await assert.rejects(
    call(['4711', 1234]),
    coded('rpc.wrongType', 'argument 2 (pin): expected a string, got a number'),
  );
  await assert.rejects(
    call(['4711', '1', 1.5]),
    coded('rpc.wrongType', /argument 3 \(seconds\): expected an integer \(32 bit\)|expected an integer, got 1\.5/),
  );
  await assert.rejects(
    call({ room: '4711', pin: '1', second: 5 }),
    coded('rpc.tooManyArguments', /"second"; known: room, pin, seconds/),
  );
});

test('further positional arguments are ignored and counted, as in SEMS', async () => {
  const { bus, context, counters } = start();
  assert.deepEqual(await bus.invoke('rooms', 'mute', ['4711', '1', 2, 'x', 'y'], context()), [0, 'OK', 2]);
  assert.equal(counters.counter('callbus_di_extra_arguments_total', '').value(), 2);
});

test('unknown modules and functions, and what is not exported, are refused', async () => {
  const { bus, context } = start();
  await assert.rejects(bus.invoke('nothing', 'mute', [], context()), coded('rpc.unknownModule', 'nothing'));
  await assert.rejects(
    bus.invoke('rooms', 'constructor', [], context()),
    coded('rpc.unknownFunction', 'rooms.constructor'),
  );
  await assert.rejects(
    bus.invoke('rooms', 'inner', [], context()),
    coded('rpc.unknownFunction', 'rooms.inner is not exported'),
  );
  assert.equal(await bus.invoke('rooms', 'inner', [], context({ face: 'script' })), true);
  assert.equal(await bus.invoke('rooms', 'inner', [], bus.moduleContext('other')), true);
});

test('_list gives the exported and listed names in order of registration', async () => {
  const { bus, context } = start();
  assert.deepEqual(await bus.invoke('rooms', '_list', [], context()), [
    'mute',
    'silence',
    'count',
    'half',
    'bug',
    'refuse',
    'never',
  ]);
  assert.equal(
    bus.functions().some(({ name }) => name === '_list'),
    false,
  );
});

test('a caller needs the scope, with wildcards on either side {access-control}', async () => {
  const { bus, context } = start();
  const mute = (scopes: string[]) => bus.invoke('rooms', 'mute', ['1', '1'], context({ scopes }));
  for (const scope of ['rooms:control', 'rooms:*', '*:control', '*:*']) await mute([scope]);
  for (const scope of ['rooms:read', 'rooms:admin', 'other:control', '*:read']) {
    await assert.rejects(mute([scope]), coded('rpc.forbidden', 'scope rooms:control is needed'));
  }
});

test('a token limited to one room cannot touch another {access-control}', async () => {
  const { bus, context } = start();
  const limited = context({ limits: { rooms: ['4711'] } });
  await bus.invoke('rooms', 'mute', ['4711', '1'], limited);
  // It names no room, so it may tell of any.
  await assert.rejects(bus.invoke('rooms', 'count', [], limited), coded('rpc.forbidden', /not named/));
  await bus.invoke('rooms', '_list', [], limited);
  await assert.rejects(bus.invoke('rooms', 'mute', ['4712', '1'], limited), coded('rpc.forbidden', /limited/));
  await assert.rejects(
    bus.invoke('rooms', 'mute', { room: '4712', pin: '1' }, limited),
    coded('rpc.forbidden', /limited/),
  );
});

test('a bug in a handler is told by trace id, its text stays in the log', async () => {
  const { bus, context, lines } = start();
  await assert.rejects(bus.invoke('rooms', 'bug', [], context()), coded('rpc.handlerFailed', 'rooms.bug, trace t1'));
  const line = lines.find(({ level }) => level === 'error');
  assert.match(String(line?.fields.fault), /inner secret text/);
  assert.equal(line?.fields.trace, 't1');
});

test('a coded error of a handler reaches the caller as it is', async () => {
  const { bus, context } = start();
  await assert.rejects(bus.invoke('rooms', 'refuse', [], context()), coded('room.full', '4711'));
});

test('a function that does not finish by the deadline is given up', async () => {
  const { bus, context, clock } = start();
  const answer = assert.rejects(
    bus.invoke('rooms', 'never', [], context({ deadlineMs: clock.nowMs() + 500 })),
    coded('rpc.deadline'),
  );
  await clock.advance(499);
  assert.equal(clock.pending, 1);
  await clock.advance(1);
  await answer;
  assert.equal(clock.pending, 0);
  await assert.rejects(bus.invoke('rooms', 'count', [], context({ deadlineMs: clock.nowMs() })), coded('rpc.deadline'));
});

test('numbers: a double argument reaches the handler plain, a whole result is a Double again', async () => {
  const { bus, context } = start();
  assert.deepEqual(await bus.invoke('rooms', 'half', [new Double(4)], context()), new Double(2));
  assert.deepEqual(await bus.invoke('rooms', 'half', [5], context()), 2.5);
  assert.deepEqual(await bus.invoke('rooms', 'half', [8_589_934_592n], context()), new Double(4_294_967_296));
  await assert.rejects(
    bus.invoke('rooms', 'mute', ['1', '1', new Double(2)], context()),
    coded('rpc.wrongType', /got the double 2/),
  );
});

test('what changes state is audited with secrets masked; reading and modules are not {audit}', async () => {
  const { bus, context, lines } = start();
  await bus.invoke('rooms', 'mute', ['4711', '99887', 2], context());
  await bus.invoke('rooms', 'count', [], context());
  await bus.invoke('rooms', 'mute', ['4711', '99887'], bus.moduleContext('other'));
  await assert.rejects(bus.invoke('rooms', 'mute', ['1', '99887'], context({ scopes: [] })));
  const audits = lines
    .filter(({ message }) => message === 'audit')
    .map(({ fields }) => [fields.caller, fields.outcome, fields.arguments]);
  assert.deepEqual(audits, [
    ['alice', 'ok', "room='4711' pin='***' seconds=2"],
    ['alice', 'rpc.forbidden', undefined],
  ]);
  assert.doesNotMatch(JSON.stringify(lines), /99887/);
});

test('every call is counted and timed by function', async () => {
  const { bus, context, counters } = start();
  await bus.invoke('rooms', 'count', [], context());
  await assert.rejects(bus.invoke('rooms', 'bug', [], context()));
  const value = (metric: string, name: string) =>
    counters
      .samples()
      .find((sample) => sample.name === metric)
      ?.values.find(({ labels }) => labels.function === name)?.value;
  assert.equal(value('callbus_di_calls_total', 'rooms.count'), 1);
  assert.equal(value('callbus_di_faults_total', 'rooms.count'), 0);
  assert.equal(value('callbus_di_faults_total', 'rooms.bug'), 1);
});

test('overloads: the first list that takes all arguments and fits is used', async () => {
  const { bus, context } = makeBus();
  const { fn, defineFunctions } = rowsFor<null>();
  const add = fn({
    summary: 'Adds a sample.',
    params: [arg('id', Text), arg('key', Text), opt('count', Int), opt('time', Num)],
    overloads: [[arg('id', Text), arg('key', Text), arg('at', Bool)]],
    result: Reply,
    scope: 'm:read',
    handler: (_context, ...args) => args.map((value) => value ?? null),
  });
  bus.register('m', defineFunctions({ add }), null);
  assert.deepEqual(await bus.invoke('m', 'add', ['a', 'b'], context()), ['a', 'b']);
  assert.deepEqual(await bus.invoke('m', 'add', ['a', 'b', true], context()), ['a', 'b', true]);
  assert.deepEqual(await bus.invoke('m', 'add', { id: 'a', key: 'b', at: false }, context()), ['a', 'b', false]);
  assert.deepEqual(await bus.invoke('m', 'add', ['a', 'b', null, 2.5], context()), ['a', 'b', null, 2.5]);
  await assert.rejects(bus.invoke('m', 'add', ['a', 'b', 'c'], context()), coded('rpc.wrongType', /argument 3/));
});

test('a rest parameter takes any number of values; by name it is a list', async () => {
  const { bus, context } = makeBus();
  const { fn, defineFunctions } = rowsFor<null>();
  const log = fn({
    summary: 'Logs.',
    params: [arg('id', Text), rest('pairs', Int)],
    result: Reply,
    scope: 'm:control',
    handler: (_context, id, ...pairs) => [id, ...pairs],
  });
  bus.register('m', defineFunctions({ log }), null);
  assert.deepEqual(await bus.invoke('m', 'log', ['a'], context()), ['a']);
  assert.deepEqual(await bus.invoke('m', 'log', ['a', 1, 2], context()), ['a', 1, 2]);
  assert.deepEqual(await bus.invoke('m', 'log', { id: 'a', pairs: [3] }, context()), ['a', 3]);
  await assert.rejects(
    bus.invoke('m', 'log', ['a', 1, 'x'], context()),
    coded('rpc.wrongType', 'argument 3 (pairs): expected an integer (32 bit), got "x"'),
  );
});

test('bad rows are refused at registration, and nothing of the module stays', () => {
  const { bus } = makeBus();
  const row = (changes: Partial<FunctionRow<null>>): FunctionRow<null> => ({
    summary: 's',
    params: [],
    result: Int,
    scope: 'm:read',
    handler: () => 1,
    ...changes,
  });
  const refused = (rows: Record<string, FunctionRow<null>>, reason: RegExp) =>
    assert.throws(() => bus.register('m', rows, null), coded('module.failed', reason));
  refused({ f: row({ scope: '' }) }, /m\.f: scope "": expected <module>:<read\|control\|admin>/);
  refused({ f: row({ scope: '*:read' }) }, /scope "\*:read"/);
  refused({ f: row({ aliases: ['g'] }), g: row({}) }, /m\.g is defined twice/);
  refused({ f: row({ params: [opt('a', Int), arg('b', Int)] }) }, /required parameter b follows an optional one/);
  refused({ f: row({ params: [rest('a', Int), opt('b', Int)] }) }, /rest parameter a is not the last/);
  refused({ f: row({ params: [arg('a', Int), arg('a', Int)] }) }, /two parameters are named a/);
  refused({ f: row({ limit: 'room' }) }, /limit room is not a parameter/);
  refused({ f: row({ params: [arg('a', Type.Unsafe<number>({ type: 'whole' }))] }) }, /m\.f: invalid schema/);
  assert.deepEqual(bus.modules(), []);
  bus.register('m', { f: row({}) }, null);
  refused({ g: row({}) }, /a module named m is registered already/);
});

test('what is registered is undone once, and may be registered again', async () => {
  const { bus, context, registration, state } = start();
  registration.dispose();
  assert.equal(bus.find('rooms', 'mute'), null);
  bus.register('rooms', rooms, state);
  registration.dispose();
  assert.equal(await bus.invoke('rooms', 'count', [], context()), 0);
  assert.equal(bus.find('rooms', 'silence')?.aliasOf, 'mute');
});
