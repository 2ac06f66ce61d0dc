import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimClock } from '../../../../core/runtime/sim-clock.ts';
import { chatText } from '../../../../di-modules/webconference/chat-text.ts';
import { RateLimit } from '../../../../di-modules/webconference/rate-limit.ts';

test('{floor-control} texts are one line, without control characters and marks of direction', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['hello', 'hello'],
    ['  two\r\n lines\t', 'two  lines'],
    ['bell\u0007 escape\u001b[31m', 'bell escape[31m'],
    ['\u202eevil\u2066', 'evil'],
    ['\u2028', ''],
    ['👩‍👩‍👧 zwj stays', '👩‍👩‍👧 zwj stays'],
  ];
  for (const [given, wanted] of cases) assert.equal(chatText(given), wanted);
});

test('{floor-control} so many in a window, by key', async () => {
  const clock = new SimClock();
  const limit = new RateLimit(clock, 2, 1000);
  assert.deepEqual(
    ['a', 'a', 'a', 'b'].map((key) => limit.take(key)),
    [true, true, false, true],
  );
  await clock.advance(1000);
  assert.equal(limit.take('a'), true);
});
