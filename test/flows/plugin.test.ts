/** A module from outside the tree (test/support/sample-module). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeG711 } from '../support/g711.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { codecs } from '../support/sample-module/codecs.ts';
import { sample } from '../support/sample-module/index.ts';
import { tone } from '../support/tones.ts';
import { world } from '../support/world.ts';

const a = tone(440);

function make(config: Record<string, unknown> = {}) {
  const greeting = encodeG711(
    'PCMU',
    Int16Array.from({ length: 16_000 }, (_, i) => a.samples[i % a.samples.length] ?? 0),
  );
  return world({
    modules: [sample],
    files: { '/sample/greeting.ul': greeting },
    config: {
      media: { codecs: ['L16', 'PCMU', 'PCMA'] },
      routing: [{ application: '$(ruri.user)' }],
      modules: { sample: config, echo: {} },
    },
  });
}

test('{plugin} its application plays a file of its format, its functions and events are on the bus', async () => {
  const w = await make();
  const call = await w.phone.call('sample');
  await w.phone.hears(a);
  await call.isHungUp();
  assert.deepEqual(await w.invoke('sample.greet', 'Ann'), ['Hello, Ann']);
  assert.equal(await w.invoke('sample.served'), 1);
  assert.equal(w.eventsOf('sample.served').length, 1);
  await assertNothingLeft(w);
});

test('{plugin} its codec is offered first', async () => {
  const w = await make();
  assert.equal(w.server.media.capabilities.codecs[0]?.name, 'L16');
  w.server.calls.originate({
    application: 'echo',
    user: 'x',
    from: 'sip:us@10.0.0.1',
    to: w.phone.uri,
    requestUri: w.phone.uri,
    origin: { name: 'test' },
  });
  const call = await w.phone.isCalled();
  assert.match(Buffer.from(call.dialog.invite.body).toString(), /a=rtpmap:\d+ L16\/8000/);
  await w.stop();
});

test('{plugin} its codec gives back what it was given', () => {
  const codec = codecs[0]?.create();
  assert.ok(codec !== undefined);
  const samples = Int16Array.from([0, 1, -1, 32767, -32768]);
  const payload = new Uint8Array(10);
  assert.equal(codec.encode(samples, 5, payload), 10);
  const back = new Int16Array(5);
  assert.equal(codec.decode(payload, 10, back), 5);
  assert.deepEqual(back, samples);
});

test('{plugin} a handler that throws is a fault of that invocation only', async () => {
  const w = await make();
  await w.phone.call('echo');
  await assert.rejects(w.invoke('sample.fail'), { code: 'rpc.handlerFailed' });
  assert.deepEqual(await w.invoke('sample.greet', 'Ann'), ['Hello, Ann']);
  w.phone.says(a);
  await w.phone.hears(a);
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('{plugin} a module that fails at its start is named with the reason', async () => {
  await assert.rejects(make({ broken: true }), /sample: broken on purpose/);
});
