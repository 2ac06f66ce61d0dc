/** Detail records, charges, limits and outputs, in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../core/index.ts';
import { memoryStorage } from '../../core/storage/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { billingWorld, failingStorage } from './billing-world.ts';

const perSecond = { tariffs: { second: { perMinute: '60' } }, defaultTariff: 'second' };
/** Millionths of a unit in a unit: what a second costs by `perSecond`. */
const unit = 1_000_000;

test('a call leg has one record: who, when, how long, how it ended; on disk and as an event {billing}', async () => {
  const it = await billingWorld(perSecond);
  await it.talks({ account: 'acme', data: { order: 7 } }, 13);
  const [record, ...others] = await it.records();
  assert.equal(others.length, 0);
  const [started] = it.w.eventsOf('call.started');
  assert.equal(record?.['id'], `${String(started?.payload['call'])}-${String(started?.payload['startedAtMs'])}`);
  const { account, tariff, number, status, endedBy, cause, direction, currency, data } = record ?? {};
  assert.deepEqual(
    { account, tariff, number, status, endedBy, cause, direction, currency, data },
    {
      ...{ account: 'acme', tariff: 'second', number: '4930123', status: 200, endedBy: 'remote' },
      ...{ cause: 'call.bye', direction: 'in', currency: 'EUR', data: { order: 7 } },
    },
  );
  assert.equal(record?.['billedSeconds'], 13);
  assert.equal(Number(record?.['chargeMicro']), 13 * unit);
  assert.equal(await it.balance('acme'), -13 * unit);
  assert.equal(it.w.eventsOf('billing.record')[0]?.payload['id'], record?.['id']);
  assert.deepEqual(await it.rows('SELECT * FROM open_call'), []);
  await assertNothingLeft(it.w);
});

test('a call without an account has a record that costs nobody anything; so has a refused one {billing}', async () => {
  const it = await billingWorld(perSecond, {
    async serve(call) {
      if (call.user === 'nobody') call.reject(404);
      else await call.accept();
    },
  });
  await it.talks({}, 3);
  await (await it.w.phone.dial('nobody')).isRefused();
  await it.w.advance(500);
  const records = await it.records();
  assert.deepEqual(
    records.map(({ status, billedSeconds, account, answeredAtMs }) => [
      status,
      billedSeconds,
      account,
      answeredAtMs === null,
    ]),
    [
      [200, 0, null, false],
      [404, 0, null, true],
    ],
  );
  assert.deepEqual(await it.rows('SELECT * FROM entry'), []);
  await assertNothingLeft(it.w);
});

test('records are asked for by account, by time, and page by page {billing}', async () => {
  const it = await billingWorld(perSecond);
  for (const [account, seconds] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ] as const)
    await it.talks({ account }, seconds);
  assert.deepEqual(
    (await it.records('a')).map(({ billedSeconds }) => billedSeconds),
    [1, 3],
  );
  const all = await it.records();
  const from = Number(all[1]?.['endedAtMs']);
  const page = async (args: { readonly [name: string]: number }) =>
    (await it.w.invokeAs(null, 'billing.records', args)) as { records: { billedSeconds: number }[]; cursor: number };
  assert.deepEqual(
    (await page({ fromMs: from })).records.map(({ billedSeconds }) => billedSeconds),
    [2, 3],
  );
  assert.deepEqual(
    (await page({ toMs: from })).records.map(({ billedSeconds }) => billedSeconds),
    [1],
  );
  const first = await page({ count: 2 });
  assert.deepEqual(
    first.records.map(({ billedSeconds }) => billedSeconds),
    [1, 2],
  );
  const second = await page({ count: 2, cursor: Number(first.cursor) });
  assert.deepEqual(
    second.records.map(({ billedSeconds }) => billedSeconds),
    [3],
  );
  await assertNothingLeft(it.w);
});

test('billing.live tells seconds and cost of each charged call, as function and as event {billing}', async () => {
  const it = await billingWorld({ ...perSecond, liveSeconds: 2 });
  const talking = it.talks({ account: 'acme' }, 7);
  await it.w.advance(5100);
  const [charge] = (await it.w.invoke('billing.live', 'acme')) as { seconds: number; costMicro: unknown }[];
  assert.ok(charge !== undefined && charge.seconds >= 5 && Number(charge.costMicro) === charge.seconds * unit);
  assert.deepEqual(await it.w.invoke('billing.live', 'other'), []);
  await talking;
  const told = it.w.eventsOf('billing.live').map(({ payload }) => Number(payload['costMicro']) / unit);
  assert.equal(told.length, 3);
  assert.ok(
    told.every((seconds, i) => i === 0 || seconds === (told[i - 1] ?? 0) + 2),
    String(told),
  );
  await assertNothingLeft(it.w);
});

test('prepaid: warned before the end, ended with its reason when the credit is used up, never below zero {billing}', async () => {
  const it = await billingWorld(perSecond, { labels: () => ({ account: 'acme' }) });
  await it.w.invoke('billing.credit', 'acme', '20');
  await it.w.invoke('billing.limit', 'acme', 'prepaid', '0', 5);
  const begunMs = it.w.clock.nowMs();
  const answered = await it.w.phone.call('1');
  await answered.isHungUp({ limitMs: 60_000 });
  assert.ok(Math.abs(it.w.clock.nowMs() - begunMs - 20_000) < 200, `${it.w.clock.nowMs() - begunMs} ms`);
  await it.w.advance(500);
  const [warning] = it.w.eventsOf('billing.warning');
  assert.equal(warning?.payload['secondsLeft'], 5);
  assert.ok(it.w.phone.figures().packets > 20, 'the warning was played');
  const record = (await it.records('acme')).at(-1);
  assert.deepEqual(
    [record?.['cause'], record?.['endedBy'], record?.['billedSeconds']],
    ['billing.noCredit', 'local', 20],
  );
  assert.equal(await it.balance('acme'), 0);
  await assertNothingLeft(it.w);
});

test('an account without credit: a call that carries it from its start is refused with 402, one that gets it later is ended {billing}', async () => {
  const it = await billingWorld(
    { ...perSecond, defaultLimit: { mode: 'prepaid' } },
    { labels: () => ({ account: 'acme' }) },
  );
  it.w.phone.answers(500);
  const out = it.w.server.calls.originate({
    ...{
      application: 'scripted',
      user: '1',
      from: 'sip:1@here.example',
      to: it.w.phone.uri,
      requestUri: it.w.phone.uri,
    },
    origin: { name: 'test' },
    labels: { account: 'acme' },
  });
  await it.w.advance(2000);
  assert.equal((await out.ended).status, 402);
  const call = await it.w.phone.dial('1');
  await call.isHungUp({ limitMs: 5000 }).catch(() => {});
  await it.w.advance(1000);
  assert.deepEqual(
    (await it.records('acme')).map(({ cause, chargeMicro }) => [cause, Number(chargeMicro)]),
    [
      ['billing.noCredit', 0],
      ['billing.noCredit', 0],
    ],
  );
  await assertNothingLeft(it.w);
});

test('calls of one account share its credit, increment by increment; what they are charged is exactly all of it {billing}', async () => {
  const it = await billingWorld(
    { tariffs: { minute: { perMinute: '1', increments: '60/60' } }, defaultTariff: 'minute' },
    { labels: () => ({ account: 'acme' }) },
  );
  await it.w.invoke('billing.credit', 'acme', '3');
  await it.w.invoke('billing.limit', 'acme', 'prepaid', '0', 0);
  const other = await it.w.newPhone('bob');
  const begunMs = it.w.clock.nowMs();
  const first = await it.w.phone.call('1');
  await it.w.advance(20_000);
  const second = await other.call('2');
  // Three minutes: one each, then the third for the first call, whose second minute begins before the other's.
  await second.isHungUp({ limitMs: 120_000 });
  assert.equal(Math.round((it.w.clock.nowMs() - begunMs) / 1000), 80);
  await first.isHungUp({ limitMs: 120_000 });
  assert.equal(Math.round((it.w.clock.nowMs() - begunMs) / 1000), 120);
  await it.w.advance(500);
  assert.deepEqual(
    (await it.records('acme')).map(({ billedSeconds }) => billedSeconds),
    [60, 120],
  );
  assert.equal(await it.balance('acme'), 0);
  await assertNothingLeft(it.w);
});

test('credit that comes in time lets a call go on; a ceiling lets it go below zero as far as it says {billing}', async () => {
  const it = await billingWorld(perSecond, { labels: () => ({ account: 'acme' }) });
  await it.w.invoke('billing.limit', 'acme', 'ceiling', '10', 0);
  const begunMs = it.w.clock.nowMs();
  const call = await it.w.phone.call('1');
  await it.w.advance(9000);
  await it.w.invoke('billing.credit', 'acme', '5');
  await call.isHungUp({ limitMs: 20_000 });
  assert.equal(Math.round((it.w.clock.nowMs() - begunMs) / 1000), 15);
  await it.w.advance(500);
  assert.equal(await it.balance('acme'), -10 * unit);
  await assertNothingLeft(it.w);
});

test('a debit that leaves nothing ends the calls at once, and they pay what they had {billing}', async () => {
  const it = await billingWorld(perSecond, { labels: () => ({ account: 'acme' }) });
  await it.w.invoke('billing.credit', 'acme', '100');
  await it.w.invoke('billing.limit', 'acme', 'prepaid');
  const call = await it.w.phone.call('1');
  await it.w.advance(9500);
  await it.w.invoke('billing.charge', 'acme', '95', 'monthly fee', 'fee-1');
  await call.isHungUp({ limitMs: 1000 });
  await it.w.advance(500);
  const [record] = await it.records('acme');
  assert.equal(Number(record?.['chargeMicro']), 10 * unit);
  assert.equal(await it.balance('acme'), -5 * unit);
  await assert.rejects(it.w.invoke('billing.charge', 'acme', '95', 'again', 'fee-1'), { code: 'billing.alreadyDone' });
  assert.equal(await it.balance('acme'), -5 * unit);
  const { entries } = (await it.w.invoke('billing.entries', 'acme')) as {
    entries: { kind: string; amountMicro: unknown }[];
  };
  assert.deepEqual(
    entries.map(({ kind, amountMicro }) => [kind, Number(amountMicro) / unit]),
    [
      ['credit', 100],
      ['debit', -95],
      ['call', -10],
    ],
  );
  await assertNothingLeft(it.w);
});

test('a call is charged by the account and tariff that it has at its end {billing}', async () => {
  let call: Call | null = null;
  const it = await billingWorld(
    { tariffs: { one: { perMinute: '60' }, two: { perMinute: '120' } } },
    {
      async serve(served) {
        call = served;
        served.labels = { account: 'a', tariff: 'one' };
        await served.accept();
      },
    },
  );
  await it.w.phone.call('1');
  await it.w.advance(4600);
  if (call !== null) (call as Call).labels = { account: 'b', tariff: 'two' };
  await it.w.phone.bye();
  await it.w.advance(500);
  assert.equal(await it.balance('b'), -10 * unit);
  assert.deepEqual(
    (await it.rows('SELECT account FROM entry')).map(({ account }) => account),
    ['b'],
  );
  await assertNothingLeft(it.w);
});

test('a tariff that is set at run time holds for later calls and after a restart; one that is not known charges nothing {billing}', async () => {
  const memory = memoryStorage();
  const it = await billingWorld({}, { storage: failingStorage(memory) });
  await it.talks({ account: 'a', tariff: 'gold' }, 5);
  await it.w.invokeAs(null, 'billing.setTariff', {
    name: 'gold',
    tariff: { perMinute: '6', prefixes: { '+49': { perMinute: '60' } } },
  });
  await it.talks({ account: 'a', tariff: 'gold' }, 5);
  await it.talks({ account: 'a', tariff: 'gold' }, 5, '331');
  assert.deepEqual(
    (await it.records('a')).map(({ chargeMicro }) => Number(chargeMicro)),
    [0, 5 * unit, 0.5 * unit],
  );
  await it.w.stop();
  const next = await billingWorld({}, { storage: failingStorage(memory) });
  assert.deepEqual(await next.w.invoke('billing.tariffs'), [
    { name: 'gold', tariff: { perMinute: '6', prefixes: { '+49': { perMinute: '60' } } } },
  ]);
  assert.equal(await next.balance('a'), -5.5 * unit);
  await next.w.invoke('billing.removeTariff', 'gold');
  await assert.rejects(next.w.invoke('billing.quote', 'gold', '1', 60), { code: 'billing.unknownTariff' });
  await assertNothingLeft(next.w);
});

test('a call cut by a crash has its record at the next start, charged until the last confirmed second, once {billing}', async () => {
  const memory = memoryStorage();
  const crashed = failingStorage(memory);
  const it = await billingWorld(perSecond, { storage: crashed, labels: () => ({ account: 'acme' }) });
  await it.talks({ account: 'acme' }, 3);
  await it.w.phone.call('1');
  await it.w.advance(7500);
  crashed.failing = 'ledger';
  const next = await billingWorld(perSecond, { storage: failingStorage(memory) });
  await next.w.advance(500);
  const records = await next.records('acme');
  assert.deepEqual(
    records.map(({ cause, endedBy, status, billedSeconds }) => [cause, endedBy, status, billedSeconds]),
    [
      ['call.bye', 'remote', 200, 3],
      ['server-crash', 'server', 200, 6], // 7.5 s, the last heartbeat a little before the seventh
    ],
  );
  assert.equal(await next.balance('acme'), -9 * unit);
  await next.w.stop();
  const last = await billingWorld(perSecond, { storage: failingStorage(memory) });
  await last.w.advance(500);
  assert.equal((await last.records()).length, 2);
  assert.equal(await last.balance('acme'), -9 * unit);
  await assertNothingLeft(last.w);
});

test('a storage that fails for a while loses nothing: everything is written when it works again, once {billing}', async () => {
  const storage = failingStorage();
  const it = await billingWorld(perSecond, { storage });
  storage.failing = 'ledger';
  await it.talks({ account: 'a' }, 3);
  await it.talks({ account: 'a' }, 4);
  storage.failing = null;
  await it.w.advance(2000);
  assert.deepEqual(
    (await it.records('a')).map(({ billedSeconds }) => billedSeconds),
    [3, 4],
  );
  assert.equal(await it.balance('a'), -7 * unit);
  assert.equal(it.w.logs.filter(({ message }) => message === 'billing: the ledger cannot be written').length, 1);
  await assertNothingLeft(it.w);
});
