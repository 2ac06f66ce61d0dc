/** Whole calls whose session changes: early media, reliable provisional responses, holds of both sides. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../core/call/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { scripted } from './scripted-app.ts';

const music = { kind: 'tone', frequenciesHz: [440], level: 8000, onMs: 1000, offMs: 0, lengthMs: 0 } as const;

test('early media over a reliable 183, then the 200: the caller hears all of it {sip-100rel} {early-media}', async () => {
  const w = await scripted(async (call) => {
    await call.early();
    call.playItem(music);
    call.session.setTimer('answer', 2000);
    call.on((event) => {
      if (event.kind === 'timer') void call.accept();
      return 'default';
    });
  });
  const call = await w.phone.dial('x');
  await w.until(() => call.provisional.includes(183));
  assert.equal(call.dialog.peerSupports('100rel'), true);
  await call.hears(tone(440));
  await call.isAnswered();
  await call.hears(tone(440));
  await call.bye();
  await assertNothingLeft(w);
});

test('sip.reliableProvisional required: a call with early media and answer at once {sip-100rel}', async () => {
  const w = await scripted(
    async (call) => {
      call.ring();
      await call.early();
      await call.accept();
      call.playItem(music);
    },
    { config: { sip: { reliableProvisional: 'required' } } },
  );
  const call = await w.phone.call('x');
  assert.deepEqual(
    call.provisional.filter((status) => status > 100),
    [180, 183],
  );
  await call.hears(tone(440));
  await call.bye();
  await assertNothingLeft(w);
});

test('the application holds the caller: it hears music and is not heard; resume lets both hear {hold}', async () => {
  let held: Call | null = null;
  const w = await scripted(async (call) => {
    held = call;
    await call.accept();
    call.playItem(music);
  });
  const call = await w.phone.call('x');
  const ours = held as Call | null;
  assert.ok(ours !== null);
  await w.driver.during(ours.hold(), 2000, 'hold');
  assert.equal(call.remoteSdp?.direction, 'sendonly');
  await call.hears(tone(440));
  await w.driver.during(ours.hold({ direction: 'inactive' }), 2000, 'hold');
  assert.equal(call.remoteSdp?.direction, 'inactive');
  await w.driver.during(ours.resume(), 2000, 'resume');
  assert.equal(call.remoteSdp?.direction, 'sendrecv');
  await call.hears(tone(440));
  await call.bye();
  await assertNothingLeft(w);
});

test('holds of both sides that cross are both carried out in the end {hold} {sip-glare}', async () => {
  let held: Call | null = null;
  const w = await scripted(async (call) => {
    held = call;
    await call.accept();
  });
  const call = await w.phone.call('x');
  const ours = held as Call | null;
  assert.ok(ours !== null);
  const both = Promise.all([ours.hold(), call.hold()]);
  await w.driver.during(both, 20_000, 'both holds');
  assert.equal(ours.state, 'connected');
  assert.equal(call.state, 'talking');
  await call.bye();
  await assertNothingLeft(w);
});

test('a placed call with early media is heard before and after the answer {early-media} {sip-100rel}', async () => {
  const w = await scripted(() => {});
  const bob = await w.newPhone('bob');
  bob.onCall = (call) => call.early();
  const call = w.server.calls.originate({
    application: 'scripted',
    user: 'x',
    from: 'sip:us@10.0.0.1',
    to: bob.uri,
    requestUri: bob.uri,
    origin: { name: 'test' },
  });
  const events: string[] = [];
  call.on((event) => {
    if (event.kind !== 'sip' && event.kind !== 'media') events.push(event.kind);
    return 'default';
  });
  await w.until(() => events.includes('earlyMedia'));
  call.playItem(music);
  bob.current.answer();
  await w.until(() => events.includes('sessionStart'));
  await bob.hears(tone(440));
  await bob.bye();
  await w.advance(100);
  assert.equal(call.state, 'ended');
  await assertNothingLeft(w);
});
