import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamBuffer, type Taken } from '../../../core/sip/transport-buffer.ts';

const message = (body: string, more = ''): string =>
  `OPTIONS sip:a SIP/2.0\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;

function taken(buffer: StreamBuffer): Taken[] {
  const all: Taken[] = [];
  for (let one = buffer.take(); one.kind !== 'incomplete'; one = buffer.take()) {
    all.push(one);
    if (one.kind === 'broken') break;
  }
  return all;
}

const shown = (all: readonly Taken[]): string[] =>
  all.map((one) => {
    if (one.kind === 'message') return Buffer.from(one.bytes).toString();
    return one.kind === 'blank' ? `blank ${one.length}` : one.kind;
  });

test('messages and blank lines come out in order, however the bytes are cut {sip-tcp}', () => {
  const text = `${message('abc')}\r\n\r\n${message('', 'X: 1\r\n')}\r\n${message('\r\n\r\n')}`;
  const wanted = [message('abc'), message('', 'X: 1\r\n'), message('\r\n\r\n')];
  for (let size = 1; size <= text.length; size++) {
    const buffer = new StreamBuffer(65535);
    const all: Taken[] = [];
    for (let at = 0; at < text.length; at += size) {
      buffer.append(Buffer.from(text.slice(at, at + size)));
      all.push(...taken(buffer));
    }
    // A run of blank lines may come in pieces.
    const blanks = all.reduce((sum, one) => sum + (one.kind === 'blank' ? one.length : 0), 0);
    assert.equal(blanks, 6, `pieces of ${size}`);
    assert.deepEqual(
      shown(all).filter((one) => !one.startsWith('blank')),
      wanted,
      `pieces of ${size}`,
    );
  }
});

test('a message that comes byte by byte costs work in proportion to its length {sip-tcp} {sip-robust}', () => {
  const cost = (text: string): number => {
    const buffer = new StreamBuffer(65535);
    let messages = 0;
    for (const byte of Buffer.from(text)) {
      buffer.append(Uint8Array.of(byte));
      messages += taken(buffer).length;
    }
    assert.equal(messages, 1);
    return buffer.workBytes / text.length;
  };
  for (const length of [1000, 8000, 32_000]) {
    assert.ok(cost(message('b'.repeat(length))) < 8, 'body');
    assert.ok(cost(message('', `X: ${'h'.repeat(100)}\r\n`.repeat(length / 200))) < 8, 'head');
  }
});

test('a head that never ends, and a body that is too long, break the stream with 513 {sip-tcp} {sip-robust}', () => {
  const endless = new StreamBuffer(2000);
  let broken: Taken | undefined;
  for (let at = 0; at < 300 && broken === undefined; at++) {
    endless.append(Buffer.from('X: y 0123456\r\n'));
    [broken] = taken(endless);
  }
  assert.ok(broken?.kind === 'broken' && broken.status === 513);
  const large = new StreamBuffer(2000);
  large.append(Buffer.from('INVITE sip:a SIP/2.0\r\nl: 3000\r\n\r\nabc'));
  const [first] = taken(large);
  assert.ok(first?.kind === 'broken' && first.status === 513 && first.bytes.length > 30);
});

test('a message is in memory of its own: what comes later does not change it {sip-tcp}', () => {
  const buffer = new StreamBuffer(65535);
  const chunk = Buffer.from(message('abc'));
  buffer.append(chunk);
  const [first] = taken(buffer);
  chunk.fill(0);
  assert.ok(first?.kind === 'message');
  assert.equal(Buffer.from(first.bytes).toString(), message('abc'));
});
