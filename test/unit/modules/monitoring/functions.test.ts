import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Double } from '../../../../core/index.ts';
import { monitoring } from '../../../../di-modules/monitoring/index.ts';
import { makeModule, refusal } from '../make-module.ts';

const make = (config: Record<string, unknown> = {}) => makeModule(monitoring, config);
const ok = [0, 'OK'];

test('{monitoring} log sets attributes, get gives them in a list of one struct', async () => {
  const { invoke } = await make();
  assert.deepEqual(await invoke('log', 'c1', 'customer', 'joe', 'tariff', 3), ok);
  assert.deepEqual(await invoke('set', 'c1', 'tariff', 4), ok);
  assert.deepEqual(await invoke('get', 'c1'), [{ customer: 'joe', tariff: 4 }]);
  assert.deepEqual(await invoke('get', 'nobody'), []);
});

test('{monitoring} log with only an id makes no record', async () => {
  const { invoke } = await make();
  assert.deepEqual(await invoke('log', 'c1'), ok);
  assert.deepEqual(await invoke('list'), []);
});

test('{monitoring} an odd number of values or a name that is no text is a fault, and stores nothing', async () => {
  const { invoke } = await make();
  assert.equal(await refusal(invoke('log', 'c1', 'a', 1, 'b')), 'rpc.tooFewArguments');
  assert.equal(await refusal(invoke('log', 'c1', 7, 1)), 'rpc.wrongType');
  assert.equal(await refusal(invoke('log', 7)), 'rpc.wrongType');
  assert.equal(await refusal(invoke('get')), 'rpc.tooFewArguments');
  assert.deepEqual(await invoke('list'), []);
});

test('{monitoring} logAdd turns a value into a list and appends', async () => {
  const { invoke } = await make();
  await invoke('log', 'c1', 'path', 'a');
  await invoke('logAdd', 'c1', 'path', 'b');
  await invoke('add', 'c1', 'path', 3);
  assert.deepEqual(await invoke('getSingle', 'c1', 'path'), [['a', 'b', 3]]);
  assert.deepEqual(await invoke('getSingle', 'c1', 'other'), []);
});

test('{monitoring} inc, dec and addCount count; what is no integer counts as 0', async () => {
  const { invoke } = await make();
  await invoke('inc', 'stats', 'calls');
  await invoke('inc', 'stats', 'calls');
  await invoke('dec', 'stats', 'errors');
  await invoke('log', 'stats', 'text', 'x');
  await invoke('addCount', 'stats', 'text', 5);
  assert.deepEqual(await invoke('get', 'stats'), [{ calls: 2, errors: -1, text: 5 }]);
  await invoke('log', 'stats', 'big', 2147483647);
  await invoke('inc', 'stats', 'big');
  assert.deepEqual(await invoke('getSingle', 'stats', 'big'), [2147483648n]);
});

test('{monitoring} reading creates nothing', async () => {
  const { invoke } = await make();
  assert.deepEqual(await invoke('getAttribute', 'dir'), []);
  await invoke('log', 'c1', 'a', 1);
  assert.deepEqual(await invoke('getAttribute', 'b'), [['c1', null]]);
  assert.deepEqual(await invoke('listByFilter', ['b', 1]), []);
  assert.deepEqual(await invoke('get', 'c1'), [{ a: 1 }]);
});

test('{monitoring} finished and active records are told apart', async () => {
  const { invoke, clock } = await make();
  await invoke('log', 'c1', 'a', 1);
  await invoke('log', 'c2', 'a', 2);
  await invoke('markFinished', 'c2');
  assert.deepEqual(await invoke('listActive'), ['c1']);
  assert.deepEqual(await invoke('listFinished'), ['c2']);
  assert.deepEqual(await invoke('getAttributeActive', 'a'), [['c1', 1]]);
  assert.deepEqual(await invoke('getAttributeFinished', 'a'), [['c2', 2]]);
  await invoke('setExpiration', 'c1', Math.floor(clock.unixMs() / 1000) + 5);
  assert.deepEqual(await invoke('listActive'), ['c1']);
  await clock.advance(5000);
  assert.deepEqual(await invoke('listActive'), []);
  await invoke('setExpiration', 'c1', 0);
  assert.deepEqual(await invoke('listActive'), ['c1']);
});

test('{monitoring} markFinished and setExpiration create a missing record, without attributes', async () => {
  const { invoke } = await make();
  await invoke('markFinished', 'c9');
  assert.deepEqual(await invoke('listFinished'), ['c9']);
  assert.deepEqual(await invoke('get', 'c9'), [null]);
});

test('{monitoring} filters compare type and value, and all must hold', async () => {
  const { invoke } = await make();
  await invoke('log', 'int', 'v', 1, 'x', 'y');
  await invoke('log', 'text', 'v', '1', 'x', 'y');
  await invoke('log', 'bool', 'v', true, 'x', 'y');
  await invoke('log', 'double', 'v', new Double(1));
  await invoke('log', 'list', 'v', [1, ['a']]);
  assert.deepEqual(await invoke('listByFilter', ['v', 1]), ['int']);
  assert.deepEqual(await invoke('listByFilter', ['v', '1']), ['text']);
  assert.deepEqual(await invoke('listByFilter', ['v', true]), ['bool']);
  assert.deepEqual(await invoke('listByFilter', ['v', new Double(1)]), ['double']);
  assert.deepEqual(await invoke('listByFilter', ['v', [1, ['a']]]), ['list']);
  assert.deepEqual(await invoke('listByFilter', ['v', 1], ['x', 'n']), []);
  assert.deepEqual(await invoke('listByFilter'), ['int', 'text', 'bool', 'double', 'list']);
  assert.equal(await refusal(invoke('listByFilter', ['v'])), 'rpc.wrongType');
  assert.equal(await refusal(invoke('listByFilter', 'v')), 'rpc.wrongType');
});

test('{monitoring} listByRegex takes POSIX basic expressions; a bad one gives an empty list and a log line', async () => {
  const { invoke, lines } = await make();
  await invoke('log', 'c1', 'from', '<sip:ann+1@example.org>');
  await invoke('log', 'c2', 'from', 7);
  assert.deepEqual(await invoke('listByRegex', 'from', 'ann+1@example\\.org'), ['c1']);
  assert.deepEqual(await invoke('listByRegex', 'from', '^sip'), []);
  assert.deepEqual(await invoke('listByRegex', 'from', '\\(a'), []);
  assert.ok(lines.some(({ level, message }) => level === 'error' && message.includes('bad regular expression')));
});

test('{monitoring} erase erases one record and its samples only', async () => {
  const { invoke } = await make();
  await invoke('log', 'c1', 'a', 1);
  await invoke('log', 'c2', 'a', 1);
  await invoke('addSample', 'c1', 'k');
  assert.deepEqual(await invoke('erase', 'c1'), ok);
  assert.deepEqual(await invoke('list'), ['c2']);
  assert.deepEqual(await invoke('getAllCounts', 'c1'), {});
});

test('{monitoring} eraseByFilter gives the erased ids and leaves their samples; clear erases all', async () => {
  const { invoke } = await make();
  await invoke('log', 'c1', 'a', 1);
  await invoke('log', 'c2', 'a', 2);
  await invoke('addSample', 'c1', 'k');
  assert.deepEqual(await invoke('eraseByFilter', ['a', 1]), ['c1']);
  assert.deepEqual(await invoke('list'), ['c2']);
  assert.deepEqual(await invoke('getAllCounts', 'c1'), { k: 1n });
  assert.deepEqual(await invoke('clear'), ok);
  assert.deepEqual(await invoke('list'), []);
  assert.deepEqual(await invoke('getAllCounts', 'c1'), {});
});

test('{monitoring} clearFinished, and the garbage collector, erase what is finished', async () => {
  const { invoke, clock, modules } = await make({ run_garbage_collector: true, garbage_collector_interval: 10 });
  await invoke('log', 'c1', 'a', 1);
  await invoke('markFinished', 'c1');
  await invoke('log', 'c2', 'a', 1);
  await clock.advance(10_000);
  assert.deepEqual(await invoke('list'), ['c2']);
  await invoke('markFinished', 'c2');
  assert.deepEqual(await invoke('clearFinished'), ok);
  assert.deepEqual(await invoke('list'), []);
  await modules.stop();
  assert.equal(clock.pending, 0);
});

test('{monitoring} samples are summed over a window of seconds', async () => {
  const { invoke, clock } = await make({ retain_samples_s: 10 });
  await invoke('addSample', 'gw', 'calls');
  await clock.advance(3000);
  await invoke('addSample', 'gw', 'calls', 2);
  await invoke('addSample', 'gw', 'errors', 4);
  assert.deepEqual(await invoke('getCount', 'gw', 'calls'), [2n]);
  assert.deepEqual(await invoke('getCount', 'gw', 'calls', 5), [3n]);
  assert.deepEqual(await invoke('getAllCounts', 'gw', 5), { calls: 3n, errors: 4n });
  await clock.advance(9000);
  assert.deepEqual(await invoke('getCount', 'gw', 'calls', 100), [2n]);
  assert.deepEqual(await invoke('getCount', 'gw', 'none'), [0n]);
});

test('{monitoring} two samples of the same time are both kept; one that came late finds its place', async () => {
  const { invoke } = await make();
  await invoke('addSample', 'gw', 'k', 1, 100.5);
  await invoke('addSample', 'gw', 'k', 2, 100.5);
  await invoke('addSample', 'gw', 'k', 4, 99.5);
  assert.deepEqual(await invoke('getCount', 'gw', 'k', 100.75), [3n]);
  assert.deepEqual(await invoke('getCount', 'gw', 'k', 100.75, 99.5, 100.25), [4n]);
});

test('{monitoring} times may be a struct timeval or Unix seconds', async () => {
  const { invoke } = await make();
  const timeval = new Uint8Array(16);
  const view = new DataView(timeval.buffer);
  view.setBigInt64(0, 100n, true);
  view.setBigInt64(8, 500_000n, true);
  await invoke('addSample', 'gw', 'k', timeval);
  await invoke('addSample', 'gw', 'k', 6, new Double(100));
  assert.deepEqual(await invoke('getCount', 'gw', 'k', timeval), [7n]);
  assert.deepEqual(await invoke('getCount', 'gw', 'k', timeval, timeval), [1n]);
  assert.deepEqual(await invoke('getAllCounts', 'gw', 1, timeval), { k: 7n });
  assert.equal(await refusal(invoke('addSample', 'gw', 'k', 1, new Uint8Array(8))), 'rpc.wrongType');
  assert.equal(await refusal(invoke('addSample', 'gw', 'k', 'x')), 'rpc.wrongType');
});

test('{monitoring} finished records are bounded: the one that finished first goes', async () => {
  const { invoke } = await make({ max_finished: 2 });
  for (const id of ['a', 'b', 'c', 'd']) {
    await invoke('log', id, 'x', 1);
    await invoke('markFinished', id);
  }
  assert.deepEqual(await invoke('list'), ['c', 'd']);
});

test('{monitoring} past max_records a new record is refused, unless a finished one can go', async () => {
  const { invoke } = await make({ max_records: 2, max_values: 2 });
  await invoke('log', 'a', 'x', 1);
  await invoke('log', 'b', 'x', 1);
  assert.equal(await refusal(invoke('log', 'c', 'x', 1)), 'module.full');
  await invoke('markFinished', 'a');
  await invoke('log', 'c', 'x', 1);
  assert.deepEqual(await invoke('list'), ['b', 'c']);
  assert.equal(await refusal(invoke('log', 'b', 'y', 1, 'z', 1)), 'module.full');
});

test('{monitoring} _list names 23 functions, and lacks addCount, getSingle and getAllCounts', async () => {
  const { invoke } = await make();
  const names = await invoke('_list');
  assert.ok(Array.isArray(names));
  assert.equal(names.length, 23);
  for (const hidden of ['addCount', 'getSingle', 'getAllCounts']) assert.ok(!names.includes(hidden));
});

test('{monitoring} a name like __proto__ is an ordinary attribute', async () => {
  const { invoke } = await make();
  await invoke('log', '__proto__', '__proto__', 'x');
  const [record] = (await invoke('get', '__proto__')) as [object];
  assert.deepEqual(Object.entries(record), [['__proto__', 'x']]);
  assert.deepEqual(await invoke('list'), ['__proto__']);
});
