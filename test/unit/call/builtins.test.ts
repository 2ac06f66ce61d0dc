import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answering, makeEngine } from './make-engine.ts';

test('the built-ins answer as SEMS did {builtins}', async () => {
  const w = makeEngine({ calls: { perSecond: { limit: 7 } }, applications: [answering('echo')] });
  const call = (name: string, ...args: (boolean | number)[]) =>
    w.bus.invoke('builtin', name, args, w.bus.moduleContext('test'));
  w.sip.incoming('sip:echo@h');
  await w.settle();
  assert.equal(await call('calls'), 1);
  assert.equal(await call('get_sessioncount'), 1);
  assert.equal(await call('get_callsmax'), 1);
  assert.equal(await call('get_callsavg'), 1);
  assert.equal(await call('get_cpsavg'), 0);
  assert.equal(await call('get_cpsmax'), 0);
  assert.equal(await call('get_cpslimit'), '7 7');
  assert.equal(await call('set_cpslimit', 3), '200 OK');
  assert.equal(await call('get_cpslimit'), '3 3');
  assert.equal(await call('get_loglevel'), 2);
  assert.equal(await call('set_loglevel', 3), '200 OK');
  assert.equal(await call('get_loglevel'), 3);
  assert.equal(await call('set_loglevel'), '200 OK');
  assert.equal(await call('get_loglevel'), 0);
  assert.equal(await call('get_shutdownmode'), 0);
  assert.equal(await call('set_shutdownmode', true), '200 OK');
  assert.equal(await call('get_shutdownmode'), 1);
  assert.equal(await call('set_shutdownmode', 0), '200 OK');
  assert.equal(w.engine.shutdownMode, false);
  await assert.rejects(call('set_loglevel', 4), { code: 'rpc.wrongType' });
  await assert.rejects(call('set_shutdownmode', 2), { code: 'rpc.wrongType' });
});
