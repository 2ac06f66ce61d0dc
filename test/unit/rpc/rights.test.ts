/** What goes on without a caller goes on with the rights that he would have now. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '../../../core/di/index.ts';
import { createPolicy, localCaller } from '../../../rpc/listener-policy.ts';
import { createRights } from '../../../rpc/rights.ts';
import { rpcConfig } from './world.ts';

const noTokens = { named: async () => null };
const user = { name: 'joe', hash: `scrypt:${'a'.repeat(32)}:${'b'.repeat(64)}`, scopes: ['viewer'] };

const rightsAt = (changes: object, caller: Caller): Promise<Caller | null> =>
  createRights(rpcConfig(changes), noTokens)(caller);

test('who came by an open listener has what open listeners give now {access-control}', async () => {
  assert.equal(await rightsAt({}, localCaller), localCaller, 'it is open as it was');
  assert.equal(await rightsAt({ openLoopback: false }, localCaller), null);
  assert.equal(await rightsAt({ users: [user] }, localCaller), null, 'with users none is open by itself');
  const open = { port: 0, access: { open: 'viewer' } };
  const less = await rightsAt({ openLoopback: false, netstring: open }, localCaller);
  assert.deepEqual(less?.scopes, ['*:read']);
  const shut = { port: 0, access: { open: false } };
  assert.equal(await rightsAt({ listen: shut, netstring: { ...shut, port: 0 } }, localCaller), null);
  assert.equal(await rightsAt({ listen: null, netstring: null }, localCaller), null);
});

test('of several open listeners the one counts that gives what he had {access-control}', async () => {
  const narrow = { open: 'operator', modules: ['webhooks'] } as const;
  const config = rpcConfig({
    listen: { port: 0, access: { open: 'viewer' } },
    listeners: [{ port: 0, access: narrow }],
  });
  const [listener] = config.listeners;
  assert.ok(listener !== undefined);
  const { open: came } = createPolicy({ access: listener.access, address: '127.0.0.1', openByDefault: false });
  assert.ok(came !== null);
  assert.deepEqual(await createRights(config, noTokens)(came), came);
  const changed = await rightsAt({ listen: { port: 0, access: { open: 'viewer' } } }, came);
  assert.deepEqual([changed?.scopes, changed?.modules], [['*:read'], undefined]);
});

test('a peer has what the configuration gives it now; modules and the server keep theirs {access-control}', async () => {
  const peer: Caller = { name: 'peer:books', scopes: ['*:read'], limits: {} };
  assert.equal(await rightsAt({}, peer), null);
  const listed = { name: 'books', host: '127.0.0.1', port: 9, scopes: ['calls:read'] };
  assert.deepEqual((await rightsAt({ peers: [listed] }, peer))?.scopes, ['calls:read']);
  const module: Caller = { name: 'module:dsm', scopes: ['*:*'], limits: {} };
  assert.equal(await rightsAt({ openLoopback: false }, module), module);
});
