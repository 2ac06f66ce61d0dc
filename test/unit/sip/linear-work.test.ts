/** The work of a reader grows at most linearly with its input: counted in characters visited, not in time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemEnd } from '../../../core/sip/codes.ts';
import { cseqIn } from '../../../core/sip/header-cseq.ts';
import { parametersIn } from '../../../core/sip/header-parameters.ts';
import { scanHeaders } from '../../../core/sip/header-section.ts';
import { topViaIn } from '../../../core/sip/header-via.ts';
import { frameMessage, parseMessage } from '../../../core/sip/index.ts';
import { defaultLimits } from '../../../core/sip/message-limits.ts';
import { areNameAddresses, nameAddressIn } from '../../../core/sip/name-address.ts';
import { uriIn } from '../../../core/sip/uri.ts';

type Reader = (text: string, codes: Uint8Array, from: number, to: number) => unknown;

/** How often `reader` looks at a character of `text`. */
function visits(reader: Reader, text: string): number {
  let count = 0;
  const codes = new Proxy(Buffer.from(text, 'latin1'), {
    get(target, key) {
      if (typeof key === 'string' && /^[0-9]+$/.test(key)) count++;
      return Reflect.get(target, key);
    },
  });
  reader(text, codes, 0, text.length);
  return count;
}

const readers: readonly (readonly [string, Reader])[] = [
  ['name-addr', nameAddressIn],
  ['list of name-addr', areNameAddresses],
  ['Via', topViaIn],
  ['URI', uriIn],
  ['parameters', parametersIn],
  ['CSeq', cseqIn],
  ['list item', (_text, codes, from, to) => itemEnd(codes, from, to)],
  [
    'header lines',
    (text, codes, from, to) => scanHeaders(text, codes, from, to, { ...defaultLimits, headerCount: 1e9 }),
  ],
];

/** What is repeated, between a beginning and an end that make a reader go on as long as it can. */
const shapes: readonly (readonly [string, string, string])[] = [
  ['', ' ', 'x'],
  ['"', '\\"', ''],
  ['"', '"', ''],
  ['<', '<', ''],
  ['<sip:a', '>', 'x'],
  ['<sip:a', '%41', '>'],
  ['sip:', 'a:', '@b'],
  ['sip:a@b', ';', ''],
  ['sip:a@b', ';x=y', '"'],
  ['sip:a@b?', '&a=b', ''],
  ['', ',', ''],
  ['', '<sip:a>,', ''],
  ['', '<tel:1>,', ''],
  ['tel:', '1-', '+'],
  ['sip:', 'a.', '-'],
  ['sip:[', ':', ']'],
  ['SIP/2.0/UDP a', ' ', ':'],
  ['SIP/2.0/UDP a', ': ', ''],
  ['SIP/2.0/UDP a;x', ' ', 'y'],
  ['SIP/2.0/UDP a', ';x=y', ''],
  ['1', ' ', '"'],
  ['To: <sip:a@b>', '\r\n ', 'x'],
  ['', 'Via: x\r\n', '\r\n'],
  ['', 'a\r\n', '\r\n'],
  [';a', '= ', ''],
];

for (const [name, reader] of readers) {
  test(`${name}: four times the input is at most about four times the work {sip-parser}`, () => {
    for (const [first, repeated, last] of shapes) {
      const text = (times: number): string => first + repeated.repeat(times) + last;
      const small = visits(reader, text(500));
      const large = visits(reader, text(2000));
      assert.ok(large <= 4.2 * small + 500, `${JSON.stringify([first, repeated, last])}: ${small}, then ${large}`);
      assert.ok(large <= 10 * text(2000).length + 100, `${large} visits of ${text(2000).length} characters`);
    }
  });
}

test('every budget is a refusal: start line, header, head, number of headers, body {sip-parser}', () => {
  const head = (more: string): string =>
    `OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n${more}\r\n`;
  const status = (text: string): number => {
    const message = parseMessage(Buffer.from(text));
    return message.kind === 'refused' ? message.status : 0;
  };
  assert.equal(status(head('')), 0);
  assert.equal(status(head('').replace('sip:a', `sip:${'a'.repeat(defaultLimits.startLineBytes)}`)), 414);
  assert.equal(status(head(`X: ${'a'.repeat(defaultLimits.headerBytes)}\r\n`)), 400);
  assert.equal(status(head(`X: ${'a'.repeat(16_000)}\r\n`.repeat(5))), 513);
  assert.equal(status(head('X: a\r\n'.repeat(defaultLimits.headerCount))), 400);
  assert.equal(status(head('') + 'b'.repeat(defaultLimits.bodyBytes + 1)), 513);
  assert.equal(frameMessage(Buffer.from('X'.repeat(80_000))).kind, 'broken');
});
