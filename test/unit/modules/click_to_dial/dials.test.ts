import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clickToDial } from '../../../../di-modules/click_to_dial/index.ts';
import { makeModule, refusal } from '../make-module.ts';

const order = { a: 'sip:alice@10.0.0.2', b: 'sip:bob@10.0.0.3' };

test('no more than maxDials run at once; one that is over makes room {click-to-dial}', async () => {
  const { invoke, clock } = await makeModule(clickToDial, { maxDials: 1 });
  const { dial } = (await invoke('dial', order)) as { dial: string };
  assert.equal(await refusal(invoke('dial', order)), 'module.full');
  await invoke('cancel', dial);
  await clock.advance(0);
  await invoke('dial', order);
  assert.equal(((await invoke('list')) as unknown[]).length, 2);
  assert.equal(((await invoke('list', 1)) as unknown[]).length, 1);
});

test('the outcome and the key of a dial are forgotten after keepS {click-to-dial}', async () => {
  const { invoke, clock } = await makeModule(clickToDial, { keepS: 10 });
  const keyed = { ...order, idempotencyKey: 'k' };
  const { dial } = (await invoke('dial', keyed)) as { dial: string };
  await invoke('cancel', dial);
  await clock.advance(9000);
  assert.equal(((await invoke('dial', keyed)) as { dial: string }).dial, dial);
  await clock.advance(1001);
  assert.equal(await refusal(invoke('status', dial)), 'dial.unknown');
  await clock.advance(0);
  const again = (await invoke('dial', keyed)) as { dial: string; repeated?: boolean };
  assert.notEqual(again.dial, dial);
  assert.equal(again.repeated, undefined);
});

test('a key whose first order could not be dialled is free again {click-to-dial}', async () => {
  const { invoke } = await makeModule(clickToDial);
  const keyed = { a: 'sip:x@203.0.113.1', b: order.b, idempotencyKey: 'k' };
  assert.equal(await refusal(invoke('dial', keyed)), 'dial.forbidden');
  await invoke('dial', { ...order, idempotencyKey: 'k' });
});

test('with from in the configuration both legs show that; else each is shown the other {click-to-dial}', async () => {
  for (const [config, shown] of [
    [{}, '<sip:bob@10.0.0.3>'],
    [{ from: '"Us" <sip:us@callbus.example>' }, '"Us" <sip:us@callbus.example>'],
  ] as const) {
    const { invoke, engine } = await makeModule(clickToDial, config);
    await invoke('dial', order);
    assert.equal(engine.calls()[0]?.from, shown);
  }
});

test('a password is never shown in what is audited {click-to-dial}', async () => {
  const { maskSecrets } = await import('../../../../core/index.ts');
  const schema = clickToDial.functions?.dial?.params[0]?.schema;
  const a = { uri: 'sip:a@h', credentials: { user: 'u', password: 'canary' } };
  assert.doesNotMatch(JSON.stringify(maskSecrets(schema, { a, b: a })), /canary/);
});
