/** What the ledger takes for an account, and how large a balance may become. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { billingWorld, failingStorage } from './billing-world.ts';

const perSecond = { tariffs: { second: { perMinute: '60' } }, defaultTariff: 'second' };
const unit = 1_000_000;

const namesOf = (accounts: unknown): unknown[] => (accounts as { account: string }[]).map(({ account }) => account);

test('names that only calls without a charge had are forgotten: whoever calls invents no accounts {billing}', async () => {
  const it = await billingWorld({ ...perSecond, defaultLimit: { mode: 'prepaid' }, accounts: { own: {} } });
  for (const account of ['invented-1', 'invented-2', 'own']) await it.talks({ account }, 2);
  assert.equal((await it.records()).length, 3);
  assert.deepEqual(namesOf(await it.w.invoke('billing.accounts')), ['own']);
  await assert.rejects(it.w.invoke('billing.accounts', 'invented-1'), /billing.unknownAccount|does not know/);
  await it.w.invoke('billing.credit', 'payer', '10');
  await it.talks({ account: 'payer' }, 2);
  assert.deepEqual(namesOf(await it.w.invoke('billing.accounts')), ['own', 'payer']);
  assert.equal(await it.balance('payer'), 8 * unit);
  await assertNothingLeft(it.w);
});

test('a balance stays within what is exact, and a change that was refused may be made again with its id {billing}', async () => {
  const it = await billingWorld(perSecond);
  await it.w.invoke('billing.credit', 'a', '9000000000');
  await assert.rejects(it.w.invoke('billing.credit', 'a', '9000000', 'too much', 'id-1'), /exact/);
  await assert.rejects(it.w.invoke('billing.credit', 'b', '9999999999'), /exact/);
  await it.w.invoke('billing.credit', 'a', '1', 'enough', 'id-1');
  await assert.rejects(it.w.invoke('billing.credit', 'a', '1', 'twice', 'id-1'), /already/);
  assert.equal(await it.balance('a'), 9_000_000_001 * unit);
  await assert.rejects(it.w.invoke('billing.credit', 'a', 5), /a decimal text such as "12.50"/);
  await assertNothingLeft(it.w);
});

test('talk time is in whole milliseconds {billing}', async () => {
  const it = await billingWorld(perSecond);
  await it.talks({ account: 'a' }, 3);
  const [record] = await it.records('a');
  assert.equal(Number(record?.['talkMs']) % 1, 0);
  await assertNothingLeft(it.w);
});

test('a change that is not on disk when the server stops is refused, and told in the log {billing}', async () => {
  const storage = failingStorage();
  const it = await billingWorld(perSecond, { storage });
  storage.failing = 'ledger';
  const refused = assert.rejects(it.w.invoke('billing.credit', 'a', '1', 'lost'), /storage/i);
  await it.w.advance(2000);
  await it.w.stop();
  await refused;
  assert.equal(it.w.logs.filter(({ message }) => message === 'billing: a change cannot be stored').length, 1);
});

test('an answered call that gets another account is held to what that one may spend, from the answer on {billing}', async () => {
  const it = await billingWorld(perSecond, { labels: () => ({ account: 'rich' }) });
  for (const [account, amount] of [
    ['rich', '100'],
    ['poor', '8'],
    ['tiny', '2'],
  ] as const) {
    await it.w.invoke('billing.credit', account, amount);
    await it.w.invoke('billing.limit', account, 'prepaid', '0', 0);
  }
  const label = async (account: string): Promise<void> => {
    const [call] = (await it.w.invoke('call.list')) as { call: string }[];
    await it.w.invoke('call.label', call?.call ?? '', { account });
  };
  const payers = async (): Promise<unknown[]> => namesOf(await it.w.invoke('billing.live'));

  const answered = await it.w.phone.call('1');
  await it.w.advance(3000);
  await label('poor');
  assert.deepEqual(await payers(), ['poor']);
  await answered.isHungUp({ limitMs: 10_000 });
  await it.w.advance(500);
  const [moved] = await it.records();
  assert.deepEqual([moved?.['account'], moved?.['billedSeconds'], moved?.['cause']], ['poor', 8, 'billing.noCredit']);
  assert.deepEqual([await it.balance('rich'), await it.balance('poor')], [100 * unit, 0]);

  // One that could not pay what was talked already does not get the call, nor does the talk become free.
  const other = await it.w.phone.call('2');
  await it.w.advance(4500);
  await label('tiny');
  await other.isHungUp({ limitMs: 3000 });
  await it.w.advance(500);
  const refused = (await it.records()).at(-1);
  assert.deepEqual([refused?.['account'], refused?.['billedSeconds']], ['rich', 5]);
  assert.deepEqual([await it.balance('rich'), await it.balance('tiny')], [95 * unit, 2 * unit]);
  await assertNothingLeft(it.w);
});
