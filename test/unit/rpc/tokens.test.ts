import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimClock } from '../../../core/runtime/sim-clock.ts';
import { SimRandom } from '../../../core/runtime/sim-random.ts';
import { memoryStorage } from '../../../core/storage/index.ts';
import { createTokens } from '../../../rpc/index.ts';

function start() {
  const clock = new SimClock();
  const storage = memoryStorage();
  const make = () => createTokens(storage.keyValue('tokens'), clock, new SimRandom(1), storage.keyValue('tokenUses'));
  return { clock, storage, tokens: make() };
}

test('a token ends when its time is over, in the middle of what is remembered too {access-control}', async () => {
  const { clock, tokens } = start();
  const { token } = await tokens.create({ name: 'a', scopes: ['viewer'], expiresUnixMs: clock.unixMs() + 2000 });
  const caller = await tokens.verify(token);
  assert.equal(caller?.name, 'a');
  assert.equal(await tokens.countUsable(), 1);
  await clock.advance(2000);
  assert.equal(await tokens.verify(token), null);
  assert.equal(caller !== null && (await tokens.isCurrent(caller)), false);
  assert.equal(await tokens.countUsable(), 0);
  await assert.rejects(tokens.create({ name: 'b', scopes: ['viewer'], expiresUnixMs: clock.unixMs() }), /in the past/);
  await assert.rejects(tokens.rotate('a'), /new time/);
});

test('after a rotation both secrets work until the grace is over, with the same rights {access-control}', async () => {
  const { clock, tokens } = start();
  const only = { room: ['4711'] };
  const first = await tokens.create({ name: 'a', scopes: ['viewer'], limits: { webconference: ['1'] }, only });
  const second = await tokens.rotate('a', { graceMs: 60_000 });
  assert.notEqual(second.token, first.token);
  for (const { token } of [first, second]) {
    const caller = await tokens.verify(token);
    assert.deepEqual([caller?.scopes, caller?.limits, caller?.only], [['*:read'], { webconference: ['1'] }, only]);
  }
  assert.equal((await tokens.list())[0]?.oldUntilUnixMs, clock.unixMs() + 60_000);
  await clock.advance(60_000);
  assert.equal(await tokens.verify(first.token), null);
  assert.equal((await tokens.verify(second.token))?.name, 'a');
  const third = await tokens.rotate('a', { graceMs: 0 });
  assert.equal(await tokens.verify(second.token), null);
  assert.equal((await tokens.list()).length, 1);
  assert.equal(await tokens.revoke('a'), true);
  assert.equal(await tokens.verify(third.token), null);
});

test('a third secret ends the first at once {access-control}', async () => {
  const { tokens } = start();
  const first = await tokens.create({ name: 'a', scopes: ['viewer'] });
  const second = await tokens.rotate('a');
  await tokens.rotate('a');
  assert.equal(await tokens.verify(first.token), null);
  assert.notEqual(await tokens.verify(second.token), null);
  await assert.rejects(tokens.rotate('nobody'), { code: 'config.invalid' });
});

test('the last use is kept to the minute, apart from the token, and dies with it {access-control}', async () => {
  const { clock, tokens, storage } = start();
  const { token } = await tokens.create({ name: 'a', scopes: ['viewer'] });
  assert.equal((await tokens.list())[0]?.lastUsedUnixMs, null);
  await tokens.verify(token);
  const usedAt = clock.unixMs();
  await clock.advance(30_000);
  await tokens.verify(token);
  assert.equal((await tokens.list())[0]?.lastUsedUnixMs, usedAt);
  await clock.advance(30_000);
  await tokens.verify(token);
  assert.equal((await tokens.list())[0]?.lastUsedUnixMs, usedAt + 60_000);
  await tokens.revoke('a');
  assert.deepEqual(await storage.keyValue('tokenUses').list(), []);
});

test('what the storage holds without limits that can be read is no token {access-control}', async () => {
  const { tokens, storage } = start();
  const { token } = await tokens.create({ name: 'a', scopes: ['viewer'] });
  const store = storage.keyValue('tokens');
  const [entry] = await store.list();
  for (const broken of [{ limits: 'x' }, { only: { room: 'x' } }, { expiresUnixMs: 'soon' }, { scopes: 'admin' }]) {
    await store.set(entry?.key ?? '', { ...(entry?.value as object), ...broken });
    assert.equal(await tokens.verify(token), null, JSON.stringify(broken));
  }
});
