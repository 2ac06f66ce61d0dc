import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountOf, microOf, share } from '../../../../di-modules/billing/money.ts';
import { billedSeconds, costMicro } from '../../../../di-modules/billing/rate.ts';
import { userOf } from '../../../../di-modules/billing/record.ts';
import { Tariff, weekTime } from '../../../../di-modules/billing/tariff.ts';

const noon = { day: 'mon', minute: 720 };
const unit = 1_000_000;

test('amounts are read and written exactly: a tenth is a tenth {billing}', () => {
  for (const [text, micro] of [
    ['0.1', 100_000],
    ['12', 12 * unit],
    ['-0.000001', -1],
    ['999999999.999999', 999_999_999_999_999],
  ] as const)
    assert.equal(microOf(text), micro);
  assert.deepEqual([12_500_000, -1, 0, 1_234_560].map(amountOf), ['12.50', '-0.000001', '0.00', '1.23456']);
  for (const wrong of ['1e3', '', '1.0000001', '0x1', '1,5', ' 1'])
    assert.throws(() => microOf(wrong), { code: 'rpc.wrongType' });
  assert.equal(share(3, 1, 60), 1, 'up to the next micro-unit');
  assert.equal(share(1_000_000, 999_999_999_999, 60), 16_666_666_666_650_000, 'where a double would be two off');
});

for (const [increments, freeSeconds, rows] of [
  [
    '1/1',
    0,
    [
      [0, 0],
      [1, 1],
      [1000, 1],
      [1001, 2],
      [59_999, 60],
    ],
  ],
  [
    '60/1',
    0,
    [
      [1, 60],
      [60_000, 60],
      [60_001, 61],
    ],
  ],
  [
    '30/6',
    0,
    [
      [1, 30],
      [30_001, 36],
      [36_000, 36],
      [36_001, 42],
    ],
  ],
  ['60/60', 0, [[60_001, 120]]],
  [
    '60/60',
    10,
    [
      [10_000, 0],
      [10_001, 60],
      [70_001, 120],
    ],
  ],
] as const)
  test(`increments of ${increments}, ${freeSeconds} seconds free {billing}`, () => {
    const rate = new Tariff('t', { perMinute: '0.6', increments, freeSeconds }).rate('1', noon);
    for (const [talkMs, seconds] of rows) {
      assert.equal(billedSeconds(rate, talkMs), seconds, `${talkMs} ms`);
      assert.equal(costMicro(rate, talkMs), seconds * 10_000);
    }
  });

test('the longest prefix of the dialled number decides; what it does not say is as in the tariff {billing}', () => {
  const tariff = new Tariff('t', {
    perMinute: '1',
    connectionFee: '0.5',
    prefixes: { '49': { perMinute: '2' }, '+4915': { perMinute: '3', connectionFee: '0', increments: '60/60' } },
  });
  const cost = (number: string): number => costMicro(tariff.rate(number, noon), 30_000) / unit;
  assert.deepEqual(['+331', '+49 30 12', '4915123', 'alice', ''].map(cost), [1, 1.5, 3, 1, 1]);
});

test('a time of day scales the price per minute, in its zone {billing}', () => {
  const times = [
    { days: ['sat' as const, 'sun' as const], from: '00:00', to: '24:00', percent: 50 },
    { from: '20:00', to: '24:00', percent: 75 },
  ];
  const tariff = new Tariff('t', { perMinute: '1', times });
  const berlin = weekTime('Europe/Berlin');
  const price = (time: string): number => tariff.rate('1', berlin(Date.parse(time))).perMinuteMicro / unit;
  assert.equal(price('2026-07-06T17:59:59Z'), 1); // Monday, 19:59:59 there
  assert.equal(price('2026-07-06T18:00:00Z'), 0.75);
  assert.equal(price('2026-07-10T22:00:00Z'), 0.5); // there it is Saturday already
  assert.throws(() => new Tariff('t', { times: [{ from: '20:00', to: '08:00', percent: 1 }] }), {
    code: 'rpc.wrongType',
  });
});

test('the number of a Request-URI is its user part without parameters {billing}', () => {
  assert.deepEqual(
    [
      'sip:+4930@h',
      'sips:a%20b@h:5061;x=y',
      'sip:123;npdi@h',
      'sip:1:pw@h',
      'sip:host',
      'tel:+49-30;phone-context=x',
      '<sip:7@h>',
      'sip:%zz@h',
    ].map(userOf),
    ['+4930', 'a b', '123', '1', '', '+49-30', '7', '%zz'],
  );
});
