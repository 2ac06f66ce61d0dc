import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monitoring } from '../../../../di-modules/monitoring/index.ts';
import { answering } from '../../call/make-engine.ts';
import { makeModule } from '../make-module.ts';

const routing = [{ application: '$(ruri.user)' }];

test('{monitoring} a call has a record from its INVITE, which is finished at its end', async () => {
  const { invoke, answered, clock } = await makeModule(
    monitoring,
    {},
    { routing, applications: [answering('conference', (call) => void call.join('500'))] },
  );
  const dialog = await answered('sip:conference@192.0.2.1');
  const tag = dialog.ids.localTag;
  assert.deepEqual(await invoke('listActive'), [tag]);
  const [record] = (await invoke('get', tag)) as [Record<string, string>];
  assert.match(record['from'] ?? '', /^"Ann" <sip:ann@example.org>/);
  assert.deepEqual(
    { ...record, from: '' },
    {
      app: 'conference',
      conf_id: '500',
      dir: 'in',
      from: '',
      ruri: 'sip:conference@192.0.2.1',
      to: '<sip:conference@192.0.2.1>',
    },
  );
  dialog.bye();
  await clock.advance(1000);
  assert.deepEqual(await invoke('listActive'), []);
  assert.deepEqual(await invoke('listFinished'), [tag]);
});

test('{monitoring} webconference writes no conf_id', async () => {
  const { invoke, answered } = await makeModule(
    monitoring,
    {},
    { routing, applications: [answering('webconference', (call) => void call.join('500'))] },
  );
  await answered('sip:webconference@192.0.2.1');
  assert.deepEqual(await invoke('listByFilter', ['conf_id', '500']), []);
});

test('{monitoring} a record that was erased while its call lives stays erased', async () => {
  const { invoke, answered, clock } = await makeModule(monitoring, {}, { routing, applications: [answering('echo')] });
  const dialog = await answered('sip:echo@192.0.2.1');
  await invoke('clear');
  dialog.bye();
  await clock.advance(1000);
  assert.deepEqual(await invoke('list'), []);
});

test('{monitoring} calls go on when the store is full, and what is lost is counted', async () => {
  const { invoke, answered, counters } = await makeModule(
    monitoring,
    { max_records: 1 },
    { routing, applications: [answering('echo')] },
  );
  await answered('sip:echo@192.0.2.1');
  const second = await answered('sip:echo@192.0.2.1');
  assert.equal(second.state, 'confirmed');
  assert.equal(((await invoke('list')) as unknown[]).length, 1);
  assert.ok(counters.counter('callbus_monitoring_dropped_total', '').value() > 0);
});
