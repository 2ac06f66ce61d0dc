import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callgen } from '../../../../di-modules/callgen/index.ts';
import { makeModule, refusal } from '../make-module.ts';

const plan = (changes: Record<number, number | string> = {}): (number | string)[] =>
  [3, 10, 0, 'u', '10.0.0.9', 0, 0, 30, 0].map((value, at) => changes[at] ?? value);

async function make(config: Record<string, unknown> = {}) {
  const made = await makeModule(callgen, { play_file: '/prompts/loop.wav', ...config });
  const figures = async (): Promise<number[]> => {
    const [text] = (await made.invoke('callGenStats')) as [string];
    const found =
      /^CallGen statistics: \n (\d+) active calls\n (\d+) current target\n (\d+) scheduled\n (\d+) total calls\n $/.exec(
        text,
      );
    assert.ok(found, text);
    return found.slice(1).map(Number);
  };
  return { ...made, figures };
}

test('createCalls answers at once and places one call after the other {callgen}', async () => {
  const { invoke, sip, clock, figures } = await make();
  assert.deepEqual(await invoke('createCalls', ...plan({ 2: 5 })), [0, 'OK']);
  assert.deepEqual(await figures(), [1, 0, 2, 1]);
  const { requestUri, from, to } = sip.invited[0]?.options ?? {};
  assert.deepEqual([requestUri, to], ['sip:u@10.0.0.9', 'sip:u@10.0.0.9']);
  assert.match(from ?? '', /sip:callgen@callgen\.example\.net/);
  await clock.advance(9000);
  assert.equal(sip.invited.length, 1);
  await clock.advance(30_000);
  assert.equal(sip.invited.length, 3);
  assert.deepEqual((await figures()).slice(1), [0, 0, 3]);
});

test('scheduleCalls places so many a second {callgen}', async () => {
  const { invoke, sip, clock } = await make();
  assert.equal(await invoke('scheduleCalls', ...plan({ 0: 5, 1: 0 }), 2), null);
  const counts = [sip.invited.length];
  for (let second = 0; second < 3; second++) {
    await clock.advance(1000);
    counts.push(sip.invited.length);
  }
  assert.deepEqual(counts, [2, 4, 5, 5]);
});

test('users get random digits, and all differ {callgen}', async () => {
  const { invoke, sip } = await make();
  await invoke('scheduleCalls', ...plan({ 0: 20, 1: 0, 5: 6 }), 20);
  const users = sip.invited.map(({ options }) => options.requestUri);
  for (const user of users) assert.match(user, /^sip:u\d{6}@10\.0\.0\.9$/);
  assert.ok(new Set(users).size > 15);
});

test('setTarget keeps that many calls up until it is 0 {callgen}', async () => {
  const { invoke, sip, clock, engine, figures } = await make();
  await invoke('setTarget', ...plan({ 0: 3 }), 2);
  assert.equal(sip.invited.length, 2);
  await clock.advance(5000);
  assert.deepEqual(await figures(), [3, 3, 0, 3]);
  engine.calls()[0]?.hangup();
  await clock.advance(2000);
  assert.deepEqual(await figures(), [3, 3, 0, 4]);
  await invoke('setTarget', ...plan({ 0: 0 }));
  engine.calls()[0]?.hangup();
  await clock.advance(5000);
  assert.deepEqual(await figures(), [2, 0, 0, 4]);
});

test('a destination that the rules forbid is a fault, and nothing goes on {callgen}', async () => {
  const { invoke, figures } = await make();
  for (const name of ['createCalls', 'scheduleCalls', 'setTarget'])
    assert.equal(await refusal(invoke(name, ...plan({ 4: '198.51.100.1' }))), 'dial.forbidden');
  assert.deepEqual(await figures(), [0, 0, 0, 0]);
});

test('calls at once are bounded, the others wait; stop ends all {callgen}', async () => {
  const { invoke, clock, engine, figures } = await make({ max_calls: 2 });
  await invoke('createCalls', ...plan({ 0: 4, 1: 0 }));
  await clock.advance(3000);
  assert.deepEqual(await figures(), [2, 0, 2, 2]);
  engine.calls()[0]?.hangup();
  await clock.advance(3000);
  assert.deepEqual(await figures(), [2, 0, 1, 3]);
  assert.equal(await invoke('stop'), null);
  await clock.advance(3000);
  assert.deepEqual(await figures(), [0, 0, 0, 3]);
});

test('arguments are checked {callgen}', async () => {
  const { invoke } = await make();
  for (const changes of [{ 0: -1 }, { 0: 'x' }, { 3: 'a@b' }, { 3: 'a\r\nX: y' }, { 4: '' }, { 4: 'a b' }, { 7: 1e9 }])
    assert.equal(await refusal(invoke('createCalls', ...plan(changes))), 'rpc.wrongType', JSON.stringify(changes));
  assert.equal(await refusal(invoke('createCalls', 1, 2, 3)), 'rpc.tooFewArguments');
  assert.deepEqual(await invoke('_list'), ['createCalls', 'scheduleCalls', 'setTarget', 'callGenStats', 'help']);
});
