import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameMessage } from '../../../core/sip/index.ts';

const message = (length: string, body: string) => `OPTIONS sip:a SIP/2.0\r\n${length}\r\nX: 1\r\n\r\n${body}`;

function frames(text: string) {
  const lengths: number[] = [];
  for (let rest = Buffer.from(text); ; ) {
    const frame = frameMessage(rest);
    if (frame.kind !== 'message') return [...lengths, frame.kind];
    lengths.push(frame.length);
    rest = rest.subarray(frame.length);
  }
}

test('several messages of one segment are cut by Content-Length, folded and compact {sip-tcp}', () => {
  const one = message('Content-Length: 3', 'abc');
  const two = message('l  :\r\n 2', 'xy');
  assert.deepEqual(frames(`${one}\r\n\r\n${two}`), [one.length, two.length + 4, 'incomplete']);
  assert.deepEqual(frames(message('Y: 2', '')), [message('Y: 2', '').length, 'incomplete']);
});

test('byte by byte, a message is whole at its last byte {sip-tcp}', () => {
  const bytes = Buffer.from(message('l: 3', 'abc'));
  for (let at = 0; at < bytes.length; at++) assert.equal(frameMessage(bytes.subarray(0, at)).kind, 'incomplete');
  assert.deepEqual(frameMessage(bytes), { kind: 'message', length: bytes.length });
});

test('a border that cannot be told, or is too far away, breaks the stream {sip-tcp}', () => {
  const status = (text: string, max?: number) => {
    const frame = frameMessage(Buffer.from(text), max);
    return frame.kind === 'broken' ? frame.status : frame.kind;
  };
  assert.equal(status(message('l: -999', '')), 400);
  assert.equal(status(message('l: 99999999999999999999999', '')), 400);
  assert.equal(status(message('l: 3\r\nl: 4', '')), 400);
  assert.equal(status(message('l: 70000', '')), 513);
  assert.equal(status('X'.repeat(200), 100), 513);
  assert.equal(status(message('l: 100', ''), 100), 513);
});
