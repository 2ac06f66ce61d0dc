import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKeyInfo } from '../../../core/call/key-info.ts';

const read = (type: string, body: string) => parseKeyInfo(type, new TextEncoder().encode(body));
const relay = (body: string) => read('application/dtmf-relay', body);

test('corner case 107: an absurd duration counts as 1000 ms, keys have either case, lines any end {dtmf-info}', () => {
  assert.deepEqual(relay('Signal=5\r\nDuration=999999\r\n'), { key: '5', durationMs: 1000 });
  for (const key of ['*', '#', 'A', 'b', 'C', 'd', '0']) {
    for (const end of ['\r\n', '\n', '\r']) {
      assert.deepEqual(relay(`Signal=${key}${end}Duration=160${end}`), { key: key.toUpperCase(), durationMs: 160 });
    }
  }
  assert.equal(relay('Signal=flash\r\n'), null);
  assert.equal(relay(''), null);
});

test('corner case 108: blanks around the key, and the body that is the key alone {dtmf-info}', () => {
  assert.equal(relay('Signal= 5\r\nDuration= 100')?.key, '5');
  assert.equal(relay('Signal = *')?.key, '*');
  assert.equal(relay('signal=  #  ')?.key, '#');
  assert.equal(read('application/dtmf', ' 7 ')?.key, '7');
  assert.equal(read('Application/DTMF; x=y', '11')?.key, '#');
  assert.equal(read('text/plain', '7'), null);
});
