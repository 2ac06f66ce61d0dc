/** Rules, gateways and calls, changed over RPC while the server runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStorage } from '../../core/storage/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { world } from '../support/world.ts';

const sales = { match: '^sip:sales-([a-z]+)@', application: 'echo', account: '\\1', tariff: 'flat' };

test('{routing-runtime} an added rule serves the next call, labels it, and is there after a restart', async () => {
  const storage = memoryStorage();
  const first = await world({ storage });
  await first.invoke('routing.add', sales, 'after', 'sales');
  await first.invoke('gateway.add', 'trunk', 'trunk.example:5080');
  await first.phone.call('sales-acme');
  await first.phone.bye();
  for (const name of ['call.started', 'call.ended']) {
    const { account, tariff } = first.eventsOf(name).at(-1)?.payload ?? {};
    assert.deepEqual([account, tariff], ['acme', 'flat']);
  }
  await assertNothingLeft(first);

  const second = await world({ storage, config: { dial: { gateways: { trunk: 'other.example' } } } });
  const rules = (await second.invoke('routing.list')) as readonly { id: string }[];
  assert.equal(rules.at(-1)?.id, 'sales');
  assert.deepEqual(await second.invoke('gateway.list'), [
    { name: 'trunk', address: 'other.example', origin: 'configuration', active: true },
    { name: 'trunk', address: 'trunk.example:5080', origin: 'added', active: false },
  ]);
  await assert.rejects(second.invoke('gateway.add', 'trunk', 'third.example'), { code: 'gateway.fixed' });
  await second.invoke('routing.remove', 'sales');
  await assert.rejects(second.phone.call('sales-acme'), /404/);
  await assertNothingLeft(second);
});

test('{routing-runtime} a gateway may be dialled from the moment it is added until it is removed', async () => {
  const w = await world();
  const dial = () => w.invoke('di_dial.dial', 'echo', 'x', 'sip:us@10.0.0.1', 'sip:1@203.0.113.7');
  await assert.rejects(dial(), { code: 'dial.forbidden' });
  await w.invoke('gateway.add', 'outside', '203.0.113.7');
  await dial();
  await w.invoke('gateway.remove', 'outside');
  await assert.rejects(dial(), { code: 'dial.forbidden' });
  for (const wide of ['*', '203.0.113.0/24', '+49', '49', 'a b', 'x:99999', '']) {
    await assert.rejects(w.invoke('gateway.add', 'wide', wide), { code: 'rpc.wrongType' }, wide);
  }
  await assert.rejects(w.invoke('gateway.remove', 'nobody'), { code: 'gateway.unknown' });
  await assertNothingLeft(w);
});

test('{routing-runtime} a test tells which rule would match, and believes headers of trusted senders only', async () => {
  const w = await world({ config: { sip: { trusted: ['10.0.1.1'] } } });
  const header = { 'P-App-Name': 'conference' };
  const trusted = (await w.invoke('routing.test', 'sip:600@10.0.0.1', header, '10.0.1.1')) as Record<string, unknown>;
  assert.deepEqual([trusted.application, trusted.rule, trusted.ignored], ['conference', 'routing[0]', []]);
  const stranger = (await w.invoke('routing.test', 'sip:600@10.0.0.1', header, '10.0.1.2')) as Record<string, unknown>;
  assert.deepEqual([stranger.application, stranger.ignored], ['echo', ['P-App-Name']]);
  const nobody = (await w.invoke('routing.test', 'sip:x@10.0.0.1')) as Record<string, unknown>;
  assert.equal(nobody.status, 404);
  await assert.rejects(w.invoke('routing.reload'), { code: 'file.missing' });
  await assertNothingLeft(w);
});

test('{routing-runtime} a call is found by tag, Call-ID and trace, labelled, held, and ended once', async () => {
  const w = await world();
  const call = await w.phone.call('echo');
  const [row] = (await w.invoke('call.list')) as readonly Record<string, string>[];
  assert.ok(row !== undefined);
  const { call: tag = '', sipCallId = '', trace = '' } = row;
  for (const id of [tag, sipCallId, trace, call.dialog.ids.localTag]) {
    assert.equal(((await w.invoke('call.get', id)) as Record<string, unknown>).call, tag, id);
  }
  await w.invoke('call.label', tag, { account: 'acme', data: { order: 7 } });
  await w.invoke('call.label', tag, { tariff: 'flat' });
  await w.invoke('call.hold', tag);
  assert.equal(call.remoteSdp?.direction, 'sendonly');
  await w.invoke('call.resume', tag);
  assert.deepEqual(await w.invoke('call.list', { account: 'nobody' }), []);
  const ending = w.invoke('call.end', sipCallId, 'too long');
  assert.deepEqual(await ending, [200, 'OK']);
  await call.isHungUp();
  await assert.rejects(w.invoke('call.end', tag), { code: 'call.unknown' });
  const { account, tariff, data, why } = w.eventsOf('call.ended').at(-1)?.payload ?? {};
  assert.deepEqual([account, tariff, data], ['acme', 'flat', { order: 7 }]);
  assert.match(JSON.stringify(why), /call\.end by test: too long/);
  await assertNothingLeft(w);
});

test('{routing-runtime} both legs of a coupled call have the labels of the rule', async () => {
  const routing = [{ match: '^sip:(.*)@', application: 'b2bua', account: '\\1', tariff: 'transit' }];
  const w = await world({ config: { modules: { b2bua: { target: '10.0.1.2:5060/udp' } }, routing } });
  const bob = await w.newPhone('bob');
  bob.answers();
  await w.phone.call('acme');
  const [leg] = (await w.invoke('call.list')) as readonly { readonly call: string }[];
  await assert.rejects(w.invoke('call.hold', leg?.call ?? ''), { code: 'call.wrongState' });
  await w.phone.bye();
  await w.until(() => w.server.calls.calls().length === 0);
  const labels = w.eventsOf('call.ended').map(({ payload }) => [payload.direction, payload.account, payload.tariff]);
  assert.deepEqual(labels.sort(), [
    ['in', 'acme', 'transit'],
    ['out', 'acme', 'transit'],
  ]);
  await assertNothingLeft(w);
});

test('{routing-runtime} labels given to di_dial are in the events of its call', async () => {
  const w = await world();
  w.phone.rejects(486);
  const labels = { account: 'acme', data: ['a', 1] };
  await w.invoke('di_dial.dial', 'echo', 'x', 'sip:us@10.0.0.1', w.phone.uri, '', labels);
  await w.advance(500);
  const { account, data } = w.eventsOf('call.ended').at(-1)?.payload ?? {};
  assert.deepEqual([account, data], ['acme', ['a', 1]]);
  const big = { data: 'x'.repeat(5000) };
  await assert.rejects(w.invoke('di_dial.dial', 'echo', 'x', 'sip:us@10.0.0.1', w.phone.uri, '', big), /4096/);
  await assertNothingLeft(w);
});
