import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogBudget } from '../../../core/call/log-budget.ts';
import { SimClock } from '../../../core/runtime/index.ts';
import { request } from './fake-sip.ts';
import { answering, makeEngine } from './make-engine.ts';

test('a call leaves lines with its tag: begun, routed, answered, ended {call-log}', async () => {
  const w = makeEngine({ applications: [answering('echo')] });
  const dialog = w.sip.incoming('sip:echo@h');
  await w.settle();
  dialog.onEvent({ kind: 'bye', request: request('BYE', 'sip:us@h') });
  await w.settle();
  assert.deepEqual(
    w.lines.map(({ level, message }) => `${level} ${message}`),
    ['info call began', 'debug routed', 'info call answered', 'info call ended'],
  );
  const [began, , answered, ended] = w.lines.map(({ fields }) => fields);
  assert.equal(began?.['call'], dialog.ids.localTag);
  assert.deepEqual([began?.['ruri'], began?.['application'], began?.['direction']], ['sip:echo@h', 'echo', 'in']);
  assert.equal(answered?.['codec'], 'PCMU/8000');
  assert.deepEqual([ended?.['status'], ended?.['why'], ended?.['endedBy']], [200, 'call.bye', 'remote']);
  assert.equal(ended?.['durationMs'], 0);
  assert.equal(typeof ended?.['packetsReceived'], 'number');
});

test('a call that fails for a known reason says so in its last line, and in no other {call-log}', async () => {
  const w = makeEngine({ applications: [answering('echo')] });
  w.sip.incoming('sip:echo@h', { sdp: 'v=0\r\nthis is none\r\n' });
  await w.settle();
  const shown = w.lines.filter(({ level }) => level !== 'debug');
  assert.deepEqual(
    shown.map(({ message }) => message),
    ['call began', 'call ended'],
  );
  assert.deepEqual([shown[1]?.fields['status'], shown[1]?.fields['why']], [400, 'sdp.malformed']);
  assert.match(String(shown[1]?.fields['cause']), /line 2/);
});

test('of a flood of calls a hundred a second are told, each of them whole {call-log}', async () => {
  const w = makeEngine({ applications: [answering('echo', (call) => call.hangup())] });
  for (let each = 0; each < 1000; each++) w.sip.incoming('sip:echo@h');
  await w.settle();
  const count = (wanted: string): number => w.lines.filter(({ message }) => message === wanted).length;
  assert.deepEqual([count('call began'), count('call answered'), count('call ended')], [100, 100, 100]);
});

test('a budget counts what it leaves out and tells with the next line {call-log}', async () => {
  const clock = new SimClock();
  const budget = new LogBudget(clock, 2, 1000);
  assert.deepEqual([budget.take(), budget.take(), budget.take(), budget.take()], [{}, {}, null, null]);
  await clock.advance(1000);
  assert.deepEqual([budget.take(), budget.take()], [{ leftOut: 2 }, {}]);
});
