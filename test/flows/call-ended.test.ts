/** What `call.ended` says of calls that ended in every way: exact status, cause, times, codec, quality, labels. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiValue } from '../../core/di/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const labels = { account: 'acme', tariff: 'flat', data: { order: 7 } };
const routing = [{ match: '^sip:echo@', application: 'echo', account: 'acme', tariff: 'flat' }];
const config = { modules: { echo: {}, di_dial: {} }, routing };

interface Ended {
  readonly [member: string]: DiValue;
}

/** The one `call.ended`. */
function ending(w: World): Ended {
  const ends = w.eventsOf('call.ended');
  assert.equal(ends.length, 1);
  return ends[0]?.payload ?? {};
}

const causeOf = ({ why }: Ended): DiValue => (why as readonly { readonly code: string }[])[0]?.code ?? '';
const labelsOf = ({ account, tariff, data }: Ended): DiValue[] => [account ?? null, tariff ?? null, data ?? null];

/** Rings `w.phone` for echo. */
const dial = (w: World): Promise<DiValue> =>
  w.invoke('di_dial.dial', 'echo', 'x', 'sip:us@10.0.0.1', w.phone.uri, '', labels);

test('call.ended of an answered call in says 200, who hung up, times, codec, quality and the labels of its rule {events} {routing-runtime}', async () => {
  const w = await world({ config });
  const call = await w.phone.call('echo');
  await w.invoke('call.label', String(w.eventsOf('call.started')[0]?.payload['call']), { data: { order: 7 } });
  w.phone.says(tone(440));
  await w.advance(10_000);
  await call.bye();
  await w.advance(100);
  const end = ending(w);
  assert.deepEqual(
    [end['direction'], end['status'], end['reason'], end['endedBy'], causeOf(end), end['application']],
    ['in', 200, 'OK', 'remote', 'call.bye', 'echo'],
  );
  assert.deepEqual(labelsOf(end), ['acme', 'flat', { order: 7 }]);
  const { startedAtMs, answeredAtMs, endedAtMs } = end;
  assert.ok(Number(startedAtMs) <= Number(answeredAtMs));
  assert.ok(Math.abs(Number(endedAtMs) - Number(answeredAtMs) - 10_000) < 100);
  assert.match(String(end['codec']), /^PCM[AU]\/8000$/);
  assert.ok(Math.abs(Number(end['packetsReceived']) - 500) < 20, String(end['packetsReceived']));
  assert.deepEqual([end['packetsLost'], end['concealedMs']], [0, 0]);
  assert.ok(Number(end['mos']) > 4, String(end['mos']));
  await assertNothingLeft(w);
});

test('call.ended of an answered call out has the same, and the data that was given at dial {events}', async () => {
  const w = await world({ config });
  w.phone.answers(2000);
  await dial(w);
  await w.phone.isCalled({ state: 'talking' });
  w.phone.says(tone(440));
  await w.advance(5000);
  await w.phone.bye();
  await w.advance(100);
  const end = ending(w);
  assert.deepEqual([end['direction'], end['status'], end['endedBy'], causeOf(end)], ['out', 200, 'remote', 'call.bye']);
  assert.deepEqual(labelsOf(end), ['acme', 'flat', { order: 7 }]);
  assert.ok(Math.abs(Number(end['answeredAtMs']) - Number(end['startedAtMs']) - 2000) < 200);
  assert.ok(Math.abs(Number(end['endedAtMs']) - Number(end['answeredAtMs']) - 5000) < 200);
  assert.match(String(end['codec']), /^PCM[AU]\/8000$/);
  assert.ok(Number(end['mos']) > 4);
  await assertNothingLeft(w);
});

test('call.ended of a busy callee says 486 and its words, was never answered, and has no quality {events}', async () => {
  const w = await world({ config });
  w.phone.rejects(486);
  await dial(w);
  await w.advance(500);
  const end = ending(w);
  assert.deepEqual(
    [end['status'], end['reason'], end['endedBy'], causeOf(end), end['answeredAtMs'], end['mos']],
    [486, 'Busy Here', 'remote', 'call.refused', null, null],
  );
  assert.deepEqual(labelsOf(end), ['acme', 'flat', { order: 7 }]);
  await assertNothingLeft(w);
});

test('call.ended of a call that we cancel says 487 and that it was us {events} {cancel}', async () => {
  const w = await world({ config });
  w.phone.onCall = (call) => call.ring();
  await dial(w);
  await w.phone.isCalled();
  await w.advance(3000);
  await w.invoke('call.end', String(w.eventsOf('call.started')[0]?.payload['call']), 'changed our mind');
  await w.advance(500);
  const end = ending(w);
  assert.deepEqual([end['status'], end['endedBy'], end['answeredAtMs']], [487, 'local', null]);
  assert.match(JSON.stringify(end['why']), /changed our mind/);
  assert.deepEqual(labelsOf(end), ['acme', 'flat', { order: 7 }]);
  await assertNothingLeft(w);
});

test('call.ended of a callee that never answers our INVITE says 408, by the network {events}', async () => {
  const w = await world({ config });
  const uri = w.phone.uri;
  w.phone.vanish();
  await w.invoke('di_dial.dial', 'echo', 'x', 'sip:us@10.0.0.1', uri, '', labels);
  await w.advance(40_000);
  const end = ending(w);
  assert.deepEqual(
    [end['status'], end['endedBy'], causeOf(end), end['answeredAtMs']],
    [408, 'network', 'sip.timeout', null],
  );
  assert.deepEqual(labelsOf(end), ['acme', 'flat', { order: 7 }]);
});

test('a caller whom no rule lets in gets 404; call.refused says why and whence, and no call began {events}', async () => {
  const w = await world({ config });
  const call = await w.phone.dial('nowhere');
  await w.advance(500);
  assert.equal(call.status, 404);
  const { status, source, ruri, why } = w.eventsOf('call.refused')[0]?.payload ?? {};
  assert.deepEqual([status, ruri], [404, 'sip:nowhere@10.0.0.1']);
  assert.match(String(source), /^10\.0\.1\.1:/);
  assert.match(JSON.stringify(why), /application\.unknown/);
  assert.deepEqual([w.eventsOf('call.started').length, w.eventsOf('call.ended').length], [0, 0]);
  await assertNothingLeft(w);
});
