/** Whole calls that end in every way and in every phase; afterwards nothing is left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../core/call/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import type { World } from '../support/world.ts';
import { scripted } from './scripted-app.ts';

/** The one `call.ended` of a world with one call: status, by whom, and the code of its first why. */
function ending(w: World): unknown[] {
  const ends = w.eventsOf('call.ended').map(({ payload }) => payload);
  assert.equal(ends.length, 1);
  const [why] = (ends[0]?.['why'] ?? []) as readonly { readonly code: string }[];
  return [ends[0]?.['status'], ends[0]?.['endedBy'], why?.code];
}

test('CANCEL while ringing: 487, and nothing is left {cancel}', async () => {
  const w = await scripted((call) => call.ring());
  const call = await w.phone.dial('x');
  await w.until(() => call.provisional.includes(180));
  await call.bye();
  await w.advance(100);
  assert.deepEqual(ending(w), [487, 'remote', 'call.cancelled']);
  await assertNothingLeft(w);
});

test('CANCEL during early media frees the port {cancel} {early-media}', async () => {
  const w = await scripted(async (call) => {
    await call.early();
    await call.playItem({ kind: 'tone', frequenciesHz: [440], level: 8000, onMs: 1000, offMs: 0, lengthMs: 0 }).ended;
  });
  const call = await w.phone.dial('x');
  await w.until(() => call.provisional.includes(183));
  await w.advance(500);
  await call.bye();
  await w.advance(100);
  assert.deepEqual(ending(w), [487, 'remote', 'call.cancelled']);
  await assertNothingLeft(w);
});

/** Answers, plays a second of tone, then waits for keys; a caller may leave at any of it. */
async function prompter(call: Call): Promise<void> {
  await call.accept();
  const item = call.playItem({ kind: 'tone', frequenciesHz: [440], level: 8000, onMs: 1000, offMs: 0, lengthMs: 1000 });
  await item.ended;
  await call.key();
}

for (const afterMs of [0, 1, 20, 40, 500, 1000, 1010, 1020, 1040, 2000]) {
  test(`BYE ${afterMs} ms after the answer to a call with a prompt of 1 s {bye}`, async () => {
    const w = await scripted(prompter);
    const call = await w.phone.call('x');
    await w.advance(afterMs);
    await call.bye();
    await w.advance(100);
    assert.deepEqual(ending(w), [200, 'remote', 'call.bye']);
    assert.deepEqual(
      w.logs.filter(({ level }) => level === 'error' || level === 'warn'),
      [],
    );
    await assertNothingLeft(w);
  });
}

test('BYE before the ACK has come, and while the answer is being made {bye}', async () => {
  const w = await scripted(prompter);
  for (let each = 0; each < 20; each++) {
    const call = await w.phone.dial('x');
    await w.advance(each);
    await call.bye();
  }
  await assertNothingLeft(w);
  assert.equal(w.eventsOf('call.ended').length, w.eventsOf('call.started').length);
});

test('a caller that vanishes is missed after media.rtpTimeoutMs {rtp-timeout}', async () => {
  const w = await scripted(async (call) => void (await call.accept()), { config: { media: { rtpTimeoutMs: 5000 } } });
  const call = await w.phone.call('x');
  call.says(tone(440));
  await w.advance(1000);
  call.drop();
  await w.advance(4000);
  assert.equal(w.server.calls.calls().length, 1);
  await w.advance(2500);
  assert.deepEqual(ending(w), [200, 'network', 'call.rtpTimeout']);
  await w.advance(40_000);
});

test('a callee that rings with early media and is silent is not missed before it has answered {rtp-timeout} {early-media}', async () => {
  const w = await scripted(() => {}, { config: { media: { rtpTimeoutMs: 5000 } } });
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
  await w.advance(1000);
  bob.current.audio.sending = false;
  // Silence past the time-out while it rings, and again almost as long before the answer.
  await w.advance(9500);
  bob.current.answer();
  await w.advance(4000);
  assert.equal(call.state, 'connected');
  await w.advance(2500);
  assert.deepEqual(ending(w), [200, 'network', 'call.rtpTimeout']);
  await w.advance(40_000);
});

test('a caller on hold is not missed, and is heard again after resume {hold}', async () => {
  const heard: boolean[] = [];
  const w = await scripted(
    async (call) => {
      call.on((event) => {
        if (event.kind === 'sessionChanged') heard.push(event.held);
        return 'default';
      });
      await call.accept();
      call.playItem({ kind: 'echo' });
    },
    { config: { media: { rtpTimeoutMs: 5000 } } },
  );
  const call = await w.phone.call('x');
  call.says(tone(440));
  await call.hears(tone(440));
  await call.hold();
  await w.advance(20_000);
  assert.equal(w.server.calls.calls().length, 1);
  await call.resume();
  await call.hears(tone(440));
  assert.deepEqual(heard, [true, false]);
  await call.bye();
  await assertNothingLeft(w);
});

test('a caller that vanishes while it holds us is asked for, and missed {hold} {rtp-timeout}', async () => {
  const w = await scripted(async (call) => void (await call.accept()), { config: { media: { rtpTimeoutMs: 5000 } } });
  const call = await w.phone.call('x');
  await call.hold();
  await w.advance(12_000);
  assert.equal(w.server.calls.calls().length, 1);
  call.drop();
  await w.phone.sip.close();
  await w.advance(45_000);
  assert.deepEqual(ending(w), [200, 'network', 'call.remoteGone']);
  await w.advance(40_000);
});

test('a late offer is answered in the ACK; audio flows {late-offer}', async () => {
  const w = await scripted(async (call) => {
    await call.accept();
    call.playItem({ kind: 'echo' });
  });
  const call = await w.phone.dial('x', { lateOffer: true });
  const acknowledge = call.dialog.acknowledge.bind(call.dialog);
  call.dialog.acknowledge = () => acknowledge(call.sdp());
  await call.isAnswered();
  call.says(tone(500));
  await call.hears(tone(500));
  await call.bye();
  await assertNothingLeft(w);
});

test('an application that throws ends its own call only {isolation}', async () => {
  let served = 0;
  const w = await scripted(async (call) => {
    served++;
    if (call.user === 'before') throw new Error('broken');
    await call.accept();
    if (call.user === 'after') throw new Error('broken');
    call.playItem({ kind: 'echo' });
  });
  const good = await w.phone.call('good');
  good.says(tone(440));
  const before = await (await w.newPhone('bob')).dial('before');
  assert.equal(await before.isRefused(), 500);
  const after = await (await w.newPhone('carol')).call('after');
  await after.isHungUp();
  await good.hears(tone(440));
  assert.equal(served, 3);
  await good.bye();
  await assertNothingLeft(w);
});

test('the same key by RTP and by INFO is one press; twice is two {dtmf}', async () => {
  const keys: string[] = [];
  const w = await scripted(async (call) => {
    await call.accept();
    for (;;) keys.push((await call.key()) ?? '');
  });
  const call = await w.phone.call('x');
  await call.press('12');
  await w.advance(300);
  await call.pressByInfo('3');
  await w.advance(300);
  await Promise.all([call.press('4'), call.pressByInfo('4')]).catch(() => {});
  await w.advance(300);
  assert.equal(keys.join(''), '1234');
  await call.bye();
  await assertNothingLeft(w);
});
