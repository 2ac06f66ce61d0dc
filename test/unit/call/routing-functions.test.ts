import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RoutingConfig, registerCallControl } from '../../../core/call/index.ts';
import type { DiValue } from '../../../core/di/index.ts';
import { memoryStorage } from '../../../core/storage/index.ts';
import { makeEngine } from './make-engine.ts';

async function made(read: (() => Promise<RoutingConfig>) | null, storage = memoryStorage()) {
  const { engine, bus, lines } = makeEngine({ routing: [{ application: 'old' }] });
  await registerCallControl(engine, {
    bus,
    keyValue: (name) => storage.keyValue(name),
    readConfig: read === null ? null : async () => ({ routing: await read(), calls: { mapping: [] } }),
    dataPath: '/data',
  });
  const invoke = (module: string, name: string, ...args: DiValue[]) =>
    bus.invoke(module, name, args, bus.moduleContext('test'));
  return { engine, invoke, lines, storage };
}

test('reload takes the rules of the file; a faulty file changes nothing {routing-runtime}', async () => {
  let rules: RoutingConfig = [{ application: 'new', account: 'acme' }];
  const { engine, invoke } = await made(async () => rules);
  await invoke('routing', 'reload');
  const request = { uri: 'sip:x@h', applicationHeader: null };
  const routed = engine.routing.route(request, () => true);
  assert.deepEqual([routed?.application, routed?.labels], ['new', { account: 'acme' }]);
  rules = [{ match: '(', application: 'broken' }];
  await assert.rejects(invoke('routing', 'reload'), { code: 'config.invalid' });
  assert.equal(engine.routing.route(request, () => true)?.application, 'new');
});

test('what is stored and cannot be used is told and left out {routing-runtime}', async () => {
  const storage = memoryStorage();
  await storage.keyValue('routing').set('bad', { place: 'after', rule: { match: '(', application: 'x' }, order: 1 });
  await storage.keyValue('routing').set('odd', 'no rule');
  await storage.keyValue('routing').set('good', { place: 'before', rule: { application: 'x' }, order: 2 });
  await storage.keyValue('gateways').set('wide', { address: '*' });
  await storage.keyValue('gateways').set('odd', 7);
  const { engine, lines } = await made(null, storage);
  assert.deepEqual(
    engine.routing.list().map(({ id }) => id),
    ['good', 'routing[0]'],
  );
  assert.deepEqual(engine.gateways.list(), []);
  assert.equal(lines.filter(({ level }) => level === 'error').length, 4);
});

test('added rules keep their order over a restart, a replaced one its place {routing-runtime}', async () => {
  const { invoke, storage } = await made(null);
  for (const id of ['z', 'a', 'm', 'z']) await invoke('routing', 'add', { application: id }, 'after', id);
  const { engine } = await made(null, storage);
  assert.deepEqual(
    engine.routing.list().map(({ id }) => id),
    ['routing[0]', 'z', 'a', 'm'],
  );
});

test('rules that are added at once have places of their own, those that the answers tell {routing-runtime}', async () => {
  const { engine, invoke, storage } = await made(null);
  await Promise.all(['c', 'a', 'b'].map((id) => invoke('routing', 'add', { application: id }, 'after', id)));
  const orders = (await storage.keyValue('routing').list()).map(({ value }) => (value as { order: number }).order);
  assert.deepEqual(orders.sort(), [1, 2, 3]);
  const again = await made(null, storage);
  assert.deepEqual(
    again.engine.routing.list().map(({ id }) => id),
    engine.routing.list().map(({ id }) => id),
  );
  await Promise.all([invoke('routing', 'remove', 'a'), assert.rejects(invoke('routing', 'remove', 'no'))]);
  await invoke('routing', 'remove', 'b');
});
