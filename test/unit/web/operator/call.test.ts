import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisOf, lastBefore, placeOf, ticksOf, timeAt } from '../../../../clients/web/operator/call/axis.ts';
import { pathOf, scaleOf } from '../../../../clients/web/operator/call/curve.ts';
import { ladderOf, messagesOf } from '../../../../clients/web/operator/call/ladder.ts';
import { spansOf } from '../../../../clients/web/operator/call/spans.ts';
import { endSentence, reasonsOf } from '../../../../clients/web/operator/call/why.ts';

const said = (time: string, direction: string, remote: string, text: string) => ({
  time: `2026-01-01T12:00:00.${time}Z`,
  direction,
  transport: 'udp',
  local: '192.0.2.1:5060',
  remote,
  text: `${text}\r\nCSeq: 1 INVITE\r\n\r\n`,
});

test('a ladder has the caller at the left, us, and the callee at the right {web-operator}', () => {
  const [a, b] = ['192.0.2.10:5060', '192.0.2.20:5060'];
  const { columns, rungs } = ladderOf(
    messagesOf([
      said('003', 'out', b, 'INVITE sip:bob@b SIP/2.0'),
      said('001', 'in', a, 'INVITE sip:bob@b SIP/2.0'),
      said('002', 'in', a, 'INVITE sip:bob@b SIP/2.0'),
      said('004', 'in', b, 'SIP/2.0 200 OK'),
      said('005', 'out', a, 'SIP/2.0 486 Busy Here'),
    ]),
  );
  assert.deepEqual(
    columns.map(({ address, ours }) => [address, ours]),
    [
      [a, false],
      ['192.0.2.1:5060', true],
      [b, false],
    ],
  );
  assert.deepEqual(
    rungs.map(({ title, kind, from, to, again }) => [title, kind, from, to, again]),
    [
      ['INVITE', 'request', 0, 1, false],
      ['INVITE', 'request', 0, 1, true],
      ['INVITE', 'request', 1, 2, false],
      ['200 OK', 'success', 2, 1, false],
      ['486 Busy Here', 'failure', 1, 0, false],
    ],
  );
  assert.equal(rungs[0]?.sequence, '1 INVITE');
  assert.deepEqual(ladderOf(messagesOf('nonsense')), { columns: [], rungs: [] });
});

test('why a call ended is told in sentences {web-operator}', () => {
  const ended = { startedAtMs: 0, answeredAtMs: 5000, endedAtMs: 70_000, status: 200, reason: 'OK', endedBy: 'remote' };
  assert.equal(endSentence(ended), 'The other side hung up after 1:05 of conversation.');
  assert.equal(
    endSentence({ ...ended, answeredAtMs: null, status: 487, reason: 'Request Terminated' }),
    'It was given up after 1:10, before anybody answered: 487 Request Terminated.',
  );
  assert.equal(
    endSentence({ ...ended, answeredAtMs: null, status: 404, reason: 'Not Found', endedBy: 'local' }),
    'This server refused it after 1:10: 404 Not Found.',
  );
  assert.deepEqual(reasonsOf({ why: [{ code: 'c', sentence: 'S.', next: 'Do.' }, 7] }), [
    { code: 'c', sentence: 'S.', cause: '', next: 'Do.' },
  ]);
});

test('all stands on one axis of time {web-operator}', () => {
  const axis = axisOf([10_000, 12_000], 20_000);
  assert.deepEqual(axis, { fromMs: 10_000, toMs: 20_000 });
  assert.deepEqual([placeOf(axis, 15_000), placeOf(axis, 0), placeOf(axis, 99_000)], [0.5, 0, 1]);
  assert.equal(timeAt(axis, 0.25), 12_500);
  assert.deepEqual(ticksOf(axis, 5), [0, 2000, 4000, 6000, 8000, 10_000]);
  assert.deepEqual(axisOf([], null), { fromMs: 0, toMs: 1000 });
  const sorted = [1, 5, 9].map((atMs) => ({ atMs }));
  assert.deepEqual(
    [0, 1, 7, 99].map((at) => lastBefore(sorted, at)),
    [-1, 0, 1, 2],
  );
});

test('a curve has holes where nothing is known, and a round scale {web-operator}', () => {
  const axis = { fromMs: 0, toMs: 100 };
  const points = [
    { atMs: 0, value: 0 },
    { atMs: 50, value: 7 },
    { atMs: 75, value: null },
    { atMs: 100, value: 10 },
  ];
  const scale = scaleOf(points, 1);
  assert.deepEqual(scale, { least: 0, most: 10 });
  assert.equal(pathOf(points, axis, scale, 200, 20), 'M0.0 20.0h0.01L100.0 6.0M200.0 0.0h0.01');
  assert.equal(scaleOf([{ atMs: 0, value: 23 }], 1).most, 50);
});

test('the states of a call stand one after the other; without events the call itself says them {web-operator}', () => {
  const events = [
    { name: 'call.started', atMs: 10 },
    { name: 'call.answered', atMs: 30 },
    { name: 'call.quality', atMs: 35 },
    { name: 'call.ended', atMs: 50 },
  ];
  assert.deepEqual(spansOf(events, null, 5, 50), [
    { state: 'new', fromMs: 5, toMs: 30 },
    { state: 'connected', fromMs: 30, toMs: 50 },
  ]);
  assert.deepEqual(spansOf([], { startedAtMs: 10, answeredAtMs: 20, state: 'connected' }, 10, 60), [
    { state: 'new', fromMs: 10, toMs: 20 },
    { state: 'connected', fromMs: 20, toMs: 60 },
  ]);
});
