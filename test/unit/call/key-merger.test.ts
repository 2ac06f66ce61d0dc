import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKeyInfo } from '../../../core/call/key-info.ts';
import { KeyMerger, type KeySource } from '../../../core/call/key-merger.ts';
import { SimClock } from '../../../core/runtime/index.ts';

type Report = readonly [atMs: number, key: string, durationMs: number, source: KeySource];

async function delivered(reports: readonly Report[]): Promise<string[]> {
  const clock = new SimClock();
  const keys: string[] = [];
  const merger = new KeyMerger(clock, (key, durationMs, source) => void keys.push(`${key} ${durationMs} ${source}`));
  const fromMs = clock.nowMs();
  for (const [atMs, key, durationMs, source] of reports) {
    await clock.advance(fromMs + atMs - clock.nowMs());
    merger.report(key, durationMs, source);
  }
  return keys;
}

const cases: readonly (readonly [what: string, reports: readonly Report[], keys: readonly string[]])[] = [
  ['one source, one key', [[0, '5', 100, 'rtp']], ['5 100 rtp']],
  [
    'RTP and INFO of one press',
    [
      [100, '5', 100, 'rtp'],
      [150, '5', 100, 'info'],
    ],
    ['5 100 rtp'],
  ],
  [
    'INFO first',
    [
      [0, '5', 100, 'info'],
      [120, '5', 100, 'rtp'],
    ],
    ['5 100 info'],
  ],
  [
    'a second press of one source',
    [
      [100, '5', 60, 'rtp'],
      [250, '5', 60, 'rtp'],
    ],
    ['5 60 rtp', '5 60 rtp'],
  ],
  [
    'two presses, each by both',
    [
      [100, '1', 60, 'rtp'],
      [110, '1', 60, 'info'],
      [250, '1', 60, 'rtp'],
      [260, '1', 60, 'info'],
    ],
    ['1 60 rtp', '1 60 rtp'],
  ],
  [
    'one press by all three sources',
    [
      [100, '5', 100, 'rtp'],
      [130, '5', 95, 'inband'],
      [180, '5', 100, 'info'],
    ],
    ['5 100 rtp'],
  ],
  [
    'two quick presses, the tones told late',
    [
      [60, '5', 60, 'rtp'],
      [160, '5', 60, 'rtp'],
      [170, '5', 60, 'inband'],
      [200, '5', 60, 'inband'],
    ],
    ['5 60 rtp', '5 60 rtp'],
  ],
  [
    'different keys never join',
    [
      [100, '1', 60, 'rtp'],
      [110, '2', 60, 'info'],
    ],
    ['1 60 rtp', '2 60 info'],
  ],
  [
    'the other source after more than 200 ms is another press',
    [
      [100, '1', 60, 'rtp'],
      [301, '1', 60, 'info'],
    ],
    ['1 60 rtp', '1 60 info'],
  ],
];

for (const [what, reports, keys] of cases) {
  test(`${what}: ${keys.join(', ')} {dtmf}`, async () => {
    assert.deepEqual(await delivered(reports), keys);
  });
}

const bodies: readonly (readonly [type: string, body: string, press: { key: string; durationMs: number } | null])[] = [
  ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', { key: '5', durationMs: 160 }],
  ['application/dtmf-relay', 'Signal= *\nDuration= 5000', { key: '*', durationMs: 1000 }],
  ['Application/DTMF-Relay; x=y', 'signal=d', { key: 'D', durationMs: 250 }],
  ['application/dtmf-relay', 'Signal=11\r\n', { key: '#', durationMs: 250 }],
  ['application/dtmf-relay', 'Signal=16\r\n', null],
  ['application/dtmf-relay', 'Duration=5', null],
  ['application/dtmf', '7', { key: '7', durationMs: 250 }],
  ['text/plain', '7', null],
];

for (const [type, body, press] of bodies) {
  test(`INFO ${type} ${JSON.stringify(body)} is ${JSON.stringify(press)} {dtmf-info}`, () => {
    assert.deepEqual(parseKeyInfo(type, new TextEncoder().encode(body)), press);
  });
}
