/** `tokens.*` over the bus, as callers with more and with fewer rights. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Caller, createBus } from '../../../core/di/index.ts';
import { createSimulation } from '../../../core/runtime/sim-seams.ts';
import { memoryStorage } from '../../../core/storage/index.ts';
import { tokenFunctions } from '../../../rpc/token-functions.ts';
import { createTokens } from '../../../rpc/tokens.ts';

const admin: Partial<Caller> = { scopes: ['*:*'] };

function made() {
  const { seams } = createSimulation({ seed: 1 }).host('10.0.0.1');
  const { clock } = seams;
  const storage = memoryStorage();
  const tokens = createTokens(storage.keyValue('tokens'), clock, seams.random, storage.keyValue('uses'));
  const bus = createBus({ ...seams, checkResults: true });
  bus.register('tokens', tokenFunctions, { tokens, clock });
  const as =
    (caller: Partial<Caller>) =>
    async (name: string, ...args: (string | object)[]) => {
      const context = { ...bus.moduleContext('test'), caller: { name: 'me', scopes: [], limits: {}, ...caller } };
      return (await bus.invoke('tokens', name, args as never, context)) as never;
    };
  return { tokens, as, storage };
}

test('a token is made, listed without its text, rotated, revoked {access-control}', async () => {
  const { as, tokens, storage } = made();
  const call = as(admin);
  const first: { token: string; info: object } = await call('create', 'door', { scopes: ['viewer'], expiresInDays: 1 });
  assert.match(first.token, /^cb_[\w-]{43}$/);
  assert.equal((await tokens.verify(first.token))?.name, 'door');
  const list: { name: string }[] = await call('list');
  assert.deepEqual(
    list.map(({ name }) => name),
    ['door'],
  );
  const kept = JSON.stringify(await storage.keyValue('tokens').list());
  const shown = JSON.stringify(list, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
  assert.ok(!shown.includes(first.token) && !kept.includes(first.token));
  const second: { token: string } = await call('rotate', 'door', { graceMinutes: 0 });
  assert.equal(await tokens.verify(first.token), null);
  assert.equal((await tokens.verify(second.token))?.name, 'door');
  assert.equal(await call('revoke', 'door'), true);
  assert.equal(await tokens.verify(second.token), null);
  assert.equal(await call('revoke', 'door'), false);
  await assert.rejects(call('rotate', 'door'), { code: 'config.invalid' });
});

test('nobody makes a token, or learns the new text of one, that may do more than himself {access-control}', async () => {
  const { as } = made();
  await as(admin)('create', 'root', { scopes: ['admin'] });
  const some = as({ scopes: ['tokens:admin', 'calls:*'] });
  await some('create', 'a', { scopes: ['calls:read'] });
  for (const scopes of [['admin'], ['calls:read', 'call:read'], ['*:read'], ['tokens:control']])
    await assert.rejects(some('create', 'b', { scopes }), { code: 'rpc.forbidden' });
  await assert.rejects(some('rotate', 'root'), { code: 'rpc.forbidden' });
  await assert.rejects(as({ scopes: ['*:read', '*:control'] })('list'), { code: 'rpc.forbidden' });
  for (const confined of [{ limits: { webconference: ['1'] } }, { only: { name: ['c'] } }, { modules: ['tokens'] }])
    await assert.rejects(as({ ...admin, ...confined })('create', 'c', { scopes: ['viewer'] }), {
      code: 'rpc.forbidden',
    });
  await assert.rejects(as(admin)('create', 'x', { scopes: ['everything'] }), { code: 'config.invalid' });
});
