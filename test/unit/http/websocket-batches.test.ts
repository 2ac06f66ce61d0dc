import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textFrame, WebSocketBatches } from '../../../core/http/websocket-batches.ts';

/** A sink and what it was written. */
function sink() {
  const writes: Uint8Array[] = [];
  return { writes, write: (bytes: Uint8Array) => void writes.push(bytes) };
}

const joined = (...texts: string[]): Buffer => Buffer.concat(texts.map(textFrame));

test('sockets that get the same texts are written the same bytes, once each {events}', () => {
  const batches = new WebSocketBatches();
  const sinks = [sink(), sink(), sink()];
  const outboxes = sinks.map((each) => batches.outboxOf(each));
  for (const text of ['a', 'é', 'c']) for (const outbox of outboxes) outbox.add(text);
  outboxes[2]?.add('only the third');
  assert.equal(outboxes[0]?.waitingBytes, joined('a', 'é', 'c').length);
  for (const outbox of outboxes) outbox.flush();
  const [first, second, third] = sinks.map(({ writes }) => writes);
  assert.deepEqual([first?.length, second?.length, third?.length], [1, 1, 1]);
  assert.equal(first?.[0], second?.[0]);
  assert.deepEqual(Buffer.from(first?.[0] ?? []), joined('a', 'é', 'c'));
  assert.deepEqual(Buffer.from(third?.[0] ?? []), joined('a', 'é', 'c', 'only the third'));
  assert.equal(outboxes[0]?.waitingBytes, 0);
});

test('who joined late, was flushed between or was cleared gets exactly what was added for it {events}', () => {
  const batches = new WebSocketBatches();
  const [early, late, gone] = [sink(), sink(), sink()];
  const [a, b, c] = [early, late, gone].map((each) => batches.outboxOf(each));
  a?.add('1');
  c?.add('1');
  a?.flush();
  for (const outbox of [a, b, c]) outbox?.add('2');
  a?.add('3');
  b?.add('4');
  b?.add('3');
  c?.clear();
  for (const outbox of [a, b, c]) outbox?.flush();
  assert.deepEqual(early.writes.map(Buffer.from), [joined('1'), joined('2', '3')]);
  assert.deepEqual(late.writes.map(Buffer.from), [joined('2', '4', '3')]);
  assert.deepEqual(gone.writes, []);
});

test('more texts than frames are remembered are all right {events}', () => {
  const batches = new WebSocketBatches();
  const one = sink();
  const outbox = batches.outboxOf(one);
  const texts = Array.from({ length: 300 }, (_, n) => `text ${n}`);
  for (const text of texts) outbox.add(text);
  outbox.flush();
  assert.deepEqual(Buffer.from(one.writes[0] ?? []), joined(...texts));
});

for (const [length, head] of [
  [125, [0x81, 125]],
  [126, [0x81, 126, 0, 126]],
  [65_535, [0x81, 126, 0xff, 0xff]],
  [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
] as const) {
  test(`a text of ${length} bytes has the head of RFC 6455, 5.2 {events}`, () => {
    const frame = textFrame('x'.repeat(length));
    assert.deepEqual([...frame.subarray(0, head.length)], [...head]);
    assert.equal(frame.length, head.length + length);
  });
}
