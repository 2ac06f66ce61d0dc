/** What monitoring knows of real calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { world } from '../support/world.ts';

test('{monitoring} calls in and out have their attributes, and are finished at their end', async () => {
  const w = await world();
  const bob = await w.newPhone('bob');
  bob.answers();
  await w.phone.call('500');
  const [tag] = (await w.invoke('di_dial.dial', 'conference', '500', 'sip:us@10.0.0.1', bob.uri)) as [string];
  await w.until(() => bob.calls.at(-1)?.state === 'talking');
  await w.advance(500);
  const tags = (await w.invoke('monitoring.listByFilter', ['conf_id', '500'])) as string[];
  assert.equal(tags.length, 2);
  const [out] = (await w.invoke('monitoring.get', tag)) as [Record<string, string>];
  assert.equal(out['dir'], 'out');
  assert.equal(out['app'], 'conference');
  assert.match(out['to'] ?? '', /sip:bob@10\.0\.1\.2/);
  assert.match(out['from'] ?? '', /sip:us@10\.0\.0\.1/);
  assert.equal(out['ruri'], 'sip:bob@10.0.1.2');
  const [incoming = ''] = tags.filter((each) => each !== tag);
  const [record] = (await w.invoke('monitoring.get', incoming)) as [Record<string, string>];
  assert.deepEqual([record['dir'], record['app'], record['ruri']], ['in', 'conference', 'sip:500@10.0.0.1']);
  await bob.bye();
  assert.deepEqual(await w.invoke('monitoring.listFinished'), [tag]);
  assert.deepEqual(await w.invoke('monitoring.listActive'), [incoming]);
  await w.stop();
});

test('{monitoring} a refused call leaves a finished record', async () => {
  const w = await world();
  w.phone.rejects(486);
  const [tag] = (await w.invoke('di_dial.dial', 'echo', 'x', 'sip:us@10.0.0.1', w.phone.uri)) as [string];
  await w.advance(1000);
  assert.deepEqual(await w.invoke('monitoring.listFinished'), [tag]);
  const [ended] = w.eventsOf('call.ended');
  assert.equal(ended?.payload['status'], 486);
  await w.stop();
});
