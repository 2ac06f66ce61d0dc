import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterCalls, noFilter } from '../../../../clients/web/operator/calls/filter.ts';
import { type CallRow, LiveCalls } from '../../../../clients/web/operator/calls/live-calls.ts';
import { rowWindow } from '../../../../clients/web/operator/calls/window.ts';
import { bytesText, offsetText, partyText } from '../../../../clients/web/operator/text.ts';
import { durationText } from '../../../../clients/web/shell/text.ts';

const row = (call: string, startedAtMs: number, more: Partial<CallRow> = {}): CallRow => ({
  call,
  trace: 't',
  direction: 'in',
  state: 'new',
  application: 'echo',
  from: '"Alice" <sip:alice@a.example>;tag=7',
  to: '<sip:500@b.example>',
  ruri: 'sip:500@b.example',
  sipCallId: 'id',
  peer: '',
  codec: '',
  startedAtMs,
  ...more,
});
const event = (name: string, call: string, payload: object = {}) => ({
  name,
  payload: { call, trace: 't', ...payload },
});
const started = (call: string, startedAtMs: number) => event('call.started', call, { ...row(call, startedAtMs) });

test('events keep the list: a call begins, rings, is answered and ends {web-operator}', () => {
  const calls = new LiveCalls();
  assert.equal(calls.apply(started('a', 5)), true);
  assert.equal(calls.get('a')?.state, 'new');
  calls.apply(event('call.ringing', 'a', { status: 180 }));
  assert.equal(calls.get('a')?.state, 'early');
  calls.apply(event('call.answered', 'a', { answeredAtMs: 9, codec: 'PCMU/8000' }));
  assert.deepEqual(
    [calls.get('a')?.state, calls.get('a')?.codec, calls.get('a')?.answeredAtMs],
    ['connected', 'PCMU/8000', 9],
  );
  calls.apply(event('call.linked', 'a', { other: 'b' }));
  assert.equal(calls.get('a')?.other, 'b');
  calls.ending('a');
  assert.equal(calls.get('a')?.state, 'ending');
  assert.equal(calls.apply(event('call.ended', 'a')), true);
  assert.equal(calls.size, 0);
  assert.equal(calls.apply(event('call.ringing', 'a')), false);
  assert.equal(calls.apply(started('a', 5)), false); // an old event that comes late
});

test('events that overtake the list win: what ended is gone, what began stays {web-operator}', () => {
  const calls = new LiveCalls();
  calls.apply(started('new', 9));
  calls.apply(event('call.ended', 'old'));
  calls.replace([row('old', 1), row('kept', 2)]);
  assert.deepEqual(
    calls.rows().map(({ call }) => call),
    ['kept', 'new'],
  );
  calls.replace([row('other', 20)]);
  assert.deepEqual(
    calls.rows().map(({ call }) => call),
    ['other'],
  );
});

test('filters: state, application, parties, account, labels, length {web-operator}', () => {
  const rows = [
    row('a', 0, { state: 'connected', account: 'acme', tariff: 'flat' }),
    row('b', 50_000, { application: 'conference', from: '<sip:bob@x.example>', data: { order: 'K77' } }),
  ];
  const shown = (more: Partial<typeof noFilter>) =>
    filterCalls(rows, { ...noFilter, ...more }, 60_000)
      .map(({ call }) => call)
      .join('');
  assert.equal(shown({}), 'ab');
  assert.deepEqual([shown({ state: 'connected' }), shown({ application: 'conference' })], ['a', 'b']);
  assert.deepEqual([shown({ text: 'ALICE' }), shown({ text: '500@' }), shown({ text: 'nobody' })], ['a', 'ab', '']);
  assert.deepEqual([shown({ account: 'acme' }), shown({ label: 'k77' }), shown({ label: 'FLAT' })], ['a', 'b', 'a']);
  assert.deepEqual([shown({ seconds: 60 }), shown({ seconds: 10 })], ['a', 'ab']);
});

test('only the rows in sight are in the document {web-operator}', () => {
  const { first, end, before, after } = rowWindow(2000, 40, 4000, 400);
  assert.deepEqual([first, end], [92, 118]);
  assert.equal(before + after + (end - first) * 40, 2000 * 40);
  assert.deepEqual(rowWindow(3, 40, 0, 400), { first: 0, end: 3, before: 0, after: 0 });
  assert.deepEqual(rowWindow(3, 40, 9000, 400), { first: 3, end: 3, before: 120, after: 0 });
});

test('times and parties as people read them {web-operator}', () => {
  assert.deepEqual([7000, 765_000, 3_723_000, -5].map(durationText), ['0:07', '12:45', '1:02:03', '0:00']);
  assert.deepEqual([12, 12_340, 123_000].map(offsetText), ['+0.012 s', '+12.3 s', '+2:03']);
  assert.deepEqual(
    ['"A \\"x\\" B" <sip:a@b>;tag=1', 'Alice <sip:a@b>', '<sip:bob@b.example;user=phone>', 'sip:500@b', 'tel:+49'].map(
      partyText,
    ),
    ['A "x" B', 'Alice', 'bob@b.example', '500@b', 'tel:+49'],
  );
  assert.deepEqual([512, 2_100_000, 210_000_000].map(bytesText), ['512 B', '2.1 MB', '210 MB']);
});
