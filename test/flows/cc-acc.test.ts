/** SEMS's accounts of credits: on our ledger, and at an XML-RPC server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiValue } from '../../core/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { world } from '../support/world.ts';

test('credits are whole units of the ledger: -1 for an unknown PIN, never below 0 {cc-acc}', async () => {
  const w = await world({ phone: null, config: { modules: { cc_acc: { credit_value: '0.5' }, billing: {} } } });
  const ask = (name: string, ...args: DiValue[]) => w.invoke(`cc_acc.${name}`, ...args);
  assert.deepEqual(await ask('getCredit', '12'), [-1]);
  assert.deepEqual(await ask('subtractCredit', '12', 5), [-1]);
  assert.deepEqual(await ask('addCredit', '12', 10), [10]);
  assert.deepEqual(await ask('subtractCredit', '12', 3), [7]);
  assert.deepEqual(await ask('getCredit', '12'), [7]);
  assert.deepEqual(await ask('subtractCredit', '12', 30), [0]);
  assert.deepEqual(await ask('setCredit', '12', 350), [350]);
  assert.equal(await ask('connectCall'), null);
  const [account] = (await w.invoke('billing.accounts', '12')) as { balance: string }[];
  assert.equal(account?.balance, '175.00');
  assert.deepEqual(await ask('_list'), ['getCredit', 'subtractCredit', 'setCredit', 'addCredit', 'connectCall']);
  await assertNothingLeft(w);
});

test('two that subtract at the same time do not both get the last credit {cc-acc}', async () => {
  const w = await world({ phone: null, config: { modules: { cc_acc: {}, billing: {} } } });
  await w.invoke('cc_acc.setCredit', '12', 10);
  const rests = await Promise.all([8, 8].map((amount) => w.invoke('cc_acc.subtractCredit', '12', amount)));
  assert.deepEqual(rests, [[2], [0]]);
  const { entries } = (await w.invoke('billing.entries', '12')) as { entries: { amountMicro: DiValue }[] };
  assert.deepEqual(
    entries.map(({ amountMicro }) => Number(amountMicro) / 1_000_000),
    [10, -8, -2],
  );
  await assertNothingLeft(w);
});
