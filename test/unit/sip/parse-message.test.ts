import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRequest, isKeepAlive, parseMessage } from '../../../core/sip/index.ts';

const plain = {
  line: 'INVITE sip:bob@example.com SIP/2.0',
  via: 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
  from: 'From: <sip:alice@example.com>;tag=1',
  to: 'To: <sip:bob@example.com>',
  callId: 'Call-ID: a1',
  cseq: 'CSeq: 1 INVITE',
};

function message(changes: Partial<typeof plain> & { more?: string; body?: string; end?: string } = {}) {
  const { more, body, end, ...lines } = changes;
  const head = Object.values({ ...plain, ...lines }).filter((line) => line !== '');
  return Buffer.from(
    `${[...head, ...(more === undefined ? [] : [more])].join('\r\n')}${end ?? '\r\n\r\n'}${body ?? ''}`,
  );
}

function request(bytes: Uint8Array) {
  const parsed = parseMessage(bytes);
  assert.equal(parsed.kind, 'request', parsed.kind === 'refused' ? parsed.why : '');
  return parsed.kind === 'request' ? parsed : assert.fail();
}

function refusal(bytes: Uint8Array): [number, string, boolean] {
  const parsed = parseMessage(bytes);
  return parsed.kind === 'refused' ? [parsed.status, parsed.why, parsed.partial !== null] : assert.fail(parsed.kind);
}

test('a request gives its parts, by any spelling of a header {sip-parser}', () => {
  const parsed = request(message({ more: 'm: <sip:a@h>\r\nX-Long: 1\r\nX: 2;refresher=uac', body: 'abc' }));
  assert.deepEqual(
    [parsed.method, parsed.uri, parsed.callId, parsed.fromTag, parsed.toTag, parsed.cseq.number],
    ['INVITE', 'sip:bob@example.com', 'a1', '1', '', 1],
  );
  assert.equal(parsed.header('CONTACT'), '<sip:a@h>');
  assert.equal(parsed.header('session-expires'), '2;refresher=uac');
  assert.equal(parsed.header('X-Lon'), null);
  assert.equal(Buffer.from(parsed.body).toString(), 'abc');
  assert.deepEqual(parsed.allHeaders().at(-1), ['X', '2;refresher=uac']);
});

test('folded headers, bare LF, blanks before colons and leading blank lines are read {sip-parser}', () => {
  const text = `\r\n\n${message({ to: 'tO  :\r\n  <sip:bob@example.com>\r\n\t;tag=2', end: '\r\n\r\n' }).toString()}`;
  assert.equal(request(Buffer.from(text)).toTag, '2');
  assert.equal(request(Buffer.from(text.replaceAll('\r', ''))).toTag, '2');
});

test('a body is cut at Content-Length and everything behind it is ignored {sip-parser}', () => {
  const parsed = request(message({ more: 'l: 3', body: 'abcINVITE sip:x SIP/2.0' }));
  assert.equal(Buffer.from(parsed.body).toString(), 'abc');
  assert.equal(Buffer.from(parsed.bytes).toString().endsWith('\r\n\r\nabc'), true);
});

for (const [name, line] of [
  ['via', 'Via'],
  ['from', 'From'],
  ['to', 'To'],
  ['callId', 'Call-ID'],
  ['cseq', 'CSeq'],
] as const) {
  test(`a request without ${line} is answered 400 that names it {sip-parser}`, () => {
    assert.deepEqual(refusal(message({ [name]: '' })), [400, `Missing ${line} header`, true]);
  });
}

const refused: readonly [string, Uint8Array, number, boolean][] = [
  ['another version', message({ line: 'INVITE sip:a@h SIP/7.0' }), 505, true],
  ['a URI in angle brackets', message({ line: 'INVITE <sip:a@h> SIP/2.0' }), 400, true],
  ['two blanks in the Request-Line', message({ line: 'INVITE  sip:a@h SIP/2.0' }), 400, true],
  ['headers in the Request-URI', message({ line: 'INVITE sip:a@h?Route=x SIP/2.0' }), 400, true],
  ['a NUL in the Request-URI', message({ line: 'INVITE sip:a\0@h SIP/2.0' }), 400, true],
  ['an overlong Request-URI', message({ line: `INVITE sip:${'a'.repeat(9000)}@h SIP/2.0` }), 414, true],
  ['two To headers', message({ more: plain.to }), 400, true],
  ['two lengths that agree', message({ more: 'l: 0\r\nContent-Length: 0' }), 400, true],
  ['another method in CSeq', message({ cseq: 'CSeq: 1 OPTIONS' }), 400, true],
  ['a length past the end', message({ more: 'l: 10', body: 'abc' }), 400, true],
  ['a negative length', message({ more: 'l: -1' }), 400, true],
  ['a length past all numbers', message({ more: `l: ${'9'.repeat(300)}` }), 400, true],
  ['Max-Forwards of 256', message({ more: 'Max-Forwards: 256' }), 400, true],
  ['a broken Contact', message({ more: 'Contact: "x <sip:a@h>' }), 400, true],
  ['a line without colon', message({ more: 'text/plain' }), 400, true],
  ['a NUL in a header name', message({ more: 'X\0: 1' }), 400, true],
  ['a folded first line', message({ line: `${plain.line}\r\n x: 1` }), 400, true],
  ['too many headers', message({ more: 'X: 1\r\n'.repeat(300).trim() }), 400, true],
  ['an overlong header', message({ more: `X: ${'a'.repeat(20_000)}` }), 400, true],
  ['no empty line', message({ end: '\r\n' }), 400, true],
  ['a bad ACK', message({ line: 'ACK sip:a@h SIP/2.0', cseq: '' }), 400, false],
  ['a response without Via', message({ line: 'SIP/2.0 200 OK', via: '' }), 400, false],
  ['an overlong status', message({ line: 'SIP/2.0 4294967301 x' }), 400, false],
  ['a first line that is nothing', Buffer.from('hello\r\n\r\n'), 400, false],
  ['no bytes', Buffer.alloc(0), 400, false],
  ['only blank lines', Buffer.from('\r\n\r\n'), 400, false],
  ['only NULs', Buffer.alloc(40), 400, false],
];
for (const [what, bytes, status, answerable] of refused) {
  test(`${what}: ${status}, ${answerable ? 'answered' : 'dropped'} {sip-parser}`, () => {
    const [code, , partial] = refusal(bytes);
    assert.deepEqual([code, partial], [status, answerable]);
  });
}

test('a response with an empty or UTF-8 reason is read, whatever its Contact is {sip-parser}', () => {
  for (const [line, reason] of [
    ['SIP/2.0 200 ', ''],
    ['sip/2.0 200', ''],
    ['SIP/2.0 200 все дело', 'все дело'],
  ] as const) {
    const parsed = parseMessage(message({ line, more: 'Contact: "broken' }));
    assert.deepEqual(parsed.kind === 'response' ? [parsed.status, parsed.reason] : parsed, [200, reason]);
  }
});

test('a From without tag is let in: 12.1.1 says to be prepared {sip-parser}', () => {
  assert.equal(request(message({ from: 'From: sip:a@h' })).fromTag, '');
});

test('no cut and no changed byte of a message makes the parser throw {sip-parser}', () => {
  const whole = message({ more: 'Contact: "a\\"b" <sip:[::1]:5;x>;y="z"\r\nl: 3\r\nMax-Forwards: 70', body: 'abc' });
  for (let at = 0; at < whole.length; at++) {
    parseMessage(whole.subarray(0, at));
    for (const byte of [0, 10, 13, 32, 34, 37, 44, 58, 59, 60, 64, 91, 92, 255]) {
      const changed = Buffer.from(whole);
      changed[at] = byte;
      parseMessage(changed);
    }
  }
});

test('blank datagrams are keep-alives {sip-parser}', () => {
  assert.ok(isKeepAlive(Buffer.from('\r\n\r\n')) && isKeepAlive(Buffer.from([0])) && !isKeepAlive(Buffer.from('x')));
});

test('hops used up and unknown extensions are refused, ACK and CANCEL are not {sip-parser}', () => {
  const of = (more: string, method = 'INVITE') =>
    checkRequest(request(message({ line: `${method} sip:a@h SIP/2.0`, cseq: `CSeq: 1 ${method}`, more })), ['100rel']);
  assert.equal(of('Max-Forwards: 0')?.status, 483);
  assert.equal(of('Max-Forwards: 0', 'OPTIONS'), null);
  assert.equal(of('Require: 100REL'), null);
  assert.deepEqual(of('Require: 100rel, Foo\r\nProxy-Require: bar')?.headers, [['Unsupported', 'Foo']]);
  assert.deepEqual(of('Proxy-Require: bar')?.headers, [['Unsupported', 'bar']]);
  assert.equal(of('Require: foo', 'ACK'), null);
  assert.equal(of('Require: foo', 'CANCEL'), null);
});

test('a Request-URI of any scheme is read: who serves it is asked later; a service URN is a place to call {sip-parser}', () => {
  for (const uri of ['foo:bar', 'urn:service:sos', 'urn:service:sos.fire', 'tel:112', 'soap.beep://192.0.2.103:3002']) {
    const read = parseMessage(Buffer.from(message({ line: `INVITE ${uri} SIP/2.0` })));
    assert.equal(read.kind, 'request', uri);
    assert.equal(read.kind === 'request' ? read.uri : '', uri);
  }
});
