import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradeOf, lossBetween, readStats } from '../../../../clients/web/sip/statistics.ts';

const inbound = {
  id: 'in',
  type: 'inbound-rtp',
  kind: 'audio',
  codecId: 'c',
  packetsReceived: 95,
  packetsLost: 5,
  jitter: 0.004,
};
const reports = [
  { id: 'c', type: 'codec', mimeType: 'audio/opus' },
  { id: 'old', type: 'candidate-pair', state: 'succeeded', nominated: false, currentRoundTripTime: 0.9 },
  { id: 'p', type: 'candidate-pair', state: 'succeeded', nominated: true, currentRoundTripTime: 0.021 },
  inbound,
];

test('figures are those of the nominated pair and the received stream {web-phone}', () => {
  assert.deepEqual(readStats(reports, null, 4.2)?.quality, {
    codec: 'opus',
    roundTripMs: 21,
    jitterMs: 4,
    lossIn: 0.05,
    mosAtServer: 4.2,
    grade: 'fair',
  });
});

test('loss is that since the last look', () => {
  assert.equal(lossBetween({ received: 100, lost: 10 }, { received: 190, lost: 20 }), 0.1);
  assert.equal(lossBetween({ received: 100, lost: 10 }, { received: 100, lost: 10 }), 0);
  // A packet that came late takes its loss back.
  assert.equal(lossBetween({ received: 100, lost: 10 }, { received: 120, lost: 9 }), 0);
});

test('before anything came there is nothing to tell', () => {
  assert.equal(readStats([], null, null), null);
  assert.equal(readStats([{ id: 'p', type: 'candidate-pair' }], null, null), null);
});

test('browsers that leave figures out are believed with the others', () => {
  const reading = readStats([{ id: 'in', type: 'inbound-rtp', kind: 'audio' }], null, null);
  assert.deepEqual(reading?.quality, {
    codec: '',
    roundTripMs: null,
    jitterMs: null,
    lossIn: 0,
    mosAtServer: null,
    grade: 'good',
  });
});

const grades: readonly [Parameters<typeof gradeOf>[0], string][] = [
  [{ lossIn: 0, roundTripMs: 40, jitterMs: 3, mosAtServer: 4.3 }, 'good'],
  [{ lossIn: 0.02, roundTripMs: 40, jitterMs: 3, mosAtServer: 4.3 }, 'fair'],
  [{ lossIn: 0, roundTripMs: 400, jitterMs: 3, mosAtServer: null }, 'fair'],
  [{ lossIn: 0, roundTripMs: 40, jitterMs: 120, mosAtServer: null }, 'poor'],
  [{ lossIn: 0.2, roundTripMs: null, jitterMs: null, mosAtServer: null }, 'poor'],
  [{ lossIn: 0, roundTripMs: 40, jitterMs: 3, mosAtServer: 2.1 }, 'poor'],
];
for (const [figures, grade] of grades)
  test(`${JSON.stringify(figures)} sounds ${grade}`, () => assert.equal(gradeOf(figures), grade));
