import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest, buildResponse, parseMessage, withHeaders } from '../../../core/sip/index.ts';

const invite = Buffer.from(
  [
    'INVITE sip:bob@example.com SIP/2.0',
    'v: SIP/2.0/UDP a.example.com;rport;branch=z9hG4bK1,',
    '  SIP/2.0/UDP b.example.com;branch=z9hG4bK2',
    'Via: SIP/2.0/TCP c.example.com',
    'f: "J\\"ö" <sip:alice@example.com> ; tag=1',
    'TO: "x;tag=0" <sip:bob@example.com>',
    'Call-ID: a1',
    'CSeq: 1 INVITE',
    'Timestamp: 54',
    'Record-Route: <sip:p1;lr>',
    'l: 2',
    '',
    'hi',
  ].join('\r\n'),
);

function parsed(bytes: Uint8Array) {
  const message = parseMessage(bytes);
  return message.kind === 'refused' ? assert.fail(message.why) : message;
}

test('a response takes Via, From, Call-ID and CSeq over, and gives To a tag {sip-parser}', () => {
  const request = parsed(invite);
  const source = { address: '192.0.2.9', port: 4000 };
  const text = Buffer.from(
    buildResponse(request, {
      status: 180,
      toTag: 'mine',
      source,
      copy: ['record-route'],
      headers: [['Contact', '<sip:me>']],
    }),
  ).toString();
  assert.equal(
    text,
    [
      'SIP/2.0 180 Ringing',
      'Via: SIP/2.0/UDP a.example.com;rport=4000;branch=z9hG4bK1;received=192.0.2.9, SIP/2.0/UDP b.example.com;branch=z9hG4bK2',
      'Via: SIP/2.0/TCP c.example.com',
      'Record-Route: <sip:p1;lr>',
      'From: "J\\"ö" <sip:alice@example.com> ; tag=1',
      'To: "x;tag=0" <sip:bob@example.com>;tag=mine',
      'Call-ID: a1',
      'CSeq: 1 INVITE',
      'Contact: <sip:me>',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );
});

test('100 has no tag of ours and returns Timestamp {sip-parser}', () => {
  const response = parsed(buildResponse(parsed(invite), { status: 100, toTag: 'mine' }));
  assert.equal(response.toTag, '');
  assert.equal(response.header('timestamp'), '54');
});

test('what is copied is copied byte by byte, also when it is no UTF-8 {sip-parser}', () => {
  const odd = Buffer.from(invite.toString('latin1').replace('a1', 'a\u00ff1'), 'latin1');
  const bytes = Buffer.from(buildResponse(parsed(odd), { status: 200, toTag: 't' }));
  assert.ok(bytes.includes(Buffer.from('Call-ID: a\u00ff1\r\n', 'latin1')));
});

test('a refused request is answered with what was readable {sip-parser}', () => {
  const refused = parseMessage(Buffer.from('INVITE sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h;;\r\nCSeq: 1 INVITE\r\n\r\n'));
  if (refused.kind !== 'refused' || refused.partial === null) return assert.fail();
  assert.equal(refused.partial.via, null);
  assert.equal(
    Buffer.from(buildResponse(refused.partial, { status: refused.status, reason: refused.why })).toString(),
    'SIP/2.0 400 Missing From header\r\nVia: SIP/2.0/UDP h;;\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n',
  );
});

test('no value that we print can smuggle in a header {sip-parser}', () => {
  const bytes = buildRequest({ method: 'INFO', uri: 'sip:a@h', headers: [['X', 'a\r\nY: b\0']] });
  assert.equal(Buffer.from(bytes).toString(), 'INFO sip:a@h SIP/2.0\r\nX: a Y: b \r\nContent-Length: 0\r\n\r\n');
});

test('a request carries its body with type and length in bytes {sip-parser}', () => {
  const content = Buffer.from('ö');
  const bytes = buildRequest({
    method: 'INFO',
    uri: 'sip:a@h',
    headers: [],
    body: { contentType: 'text/plain', content },
  });
  assert.ok(Buffer.from(bytes).toString().endsWith('Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nö'));
});

test('an edit changes the lines that it names and no other byte {sip-parser}', () => {
  const text = invite.toString();
  const same = Buffer.from(withHeaders(parsed(invite), [])).toString();
  assert.equal(same, text);
  const edited = withHeaders(parsed(invite), [
    { kind: 'remove', name: 'Timestamp' },
    { kind: 'set', name: 'via', values: ['SIP/2.0/UDP new'] },
    { kind: 'prepend', lines: [['Route', '<sip:r>']] },
    { kind: 'append', lines: [['X', 'ü']] },
  ]);
  const expected = text
    .replace('Timestamp: 54\r\n', '')
    .replace(/v: [\s\S]*?c\.example\.com\r\n/, 'via: SIP/2.0/UDP new\r\n')
    .replace('SIP/2.0\r\n', 'SIP/2.0\r\nRoute: <sip:r>\r\n')
    .replace('l: 2\r\n', 'l: 2\r\nX: ü\r\n');
  assert.equal(Buffer.from(edited).toString(), expected);
});
