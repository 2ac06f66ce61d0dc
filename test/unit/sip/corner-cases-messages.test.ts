/** Corner cases of messages that other stacks got wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInviteBody } from '../../../core/sip/body-check.ts';
import {
  checkRequest,
  findBody,
  frameMessage,
  type ParsedMessage,
  parseHostPort,
  parseMessage,
  parseMultipart,
  parseNameAddress,
  parseUri,
  parseVia,
  reasonPhrase,
} from '../../../core/sip/index.ts';

const lines = [
  'OPTIONS sip:a@b SIP/2.0',
  'Via: SIP/2.0/UDP h;branch=z9hG4bK1',
  'From: <sip:a@b>;tag=1',
  'To: <sip:b@c>',
  'Call-ID: 1',
  'CSeq: 1 OPTIONS',
];
const text = (all: readonly string[], body = '', lineBreak = '\r\n'): Buffer =>
  Buffer.from(`${[...all, '', body].join(lineBreak)}`);
const refusal = (bytes: Buffer): string => {
  const message = parseMessage(bytes);
  return message.kind === 'refused' ? `${message.status} ${message.why}` : 'let in';
};
const read = (bytes: Buffer): ParsedMessage => {
  const message = parseMessage(bytes);
  return message.kind === 'refused' ? assert.fail(message.why) : message;
};
const replaced = (name: string, line: string): string[] => lines.map((old) => (old.startsWith(name) ? line : old));

test('corner case 1: bare LF, and headers folded over several lines {sip-parser}', () => {
  assert.equal(read(text([...lines, 'Subject: a', ' b', '\tc'], '', '\n')).header('subject'), 'a b c');
});

test('corner case 2: two Call-ID, From, To, CSeq or Content-Length are 400, even if they agree {sip-parser}', () => {
  for (const line of [...lines.slice(2), 'Content-Length: 0']) {
    assert.match(refusal(text([...lines, 'Content-Length: 0', line])), /^400 More than one/);
  }
});

test('corner case 3: a missing mandatory header is named {sip-parser}', () => {
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
    const rest = lines.filter((line) => !line.startsWith(`${name}:`));
    assert.equal(refusal(text(rest)), `400 Missing ${name} header`);
  }
});

test('corner case 4: another method in CSeq is 400 {sip-parser}', () => {
  assert.match(refusal(text(replaced('CSeq', 'CSeq: 1 INVITE'))), /^400 CSeq method/);
});

test('corner case 5: a longer datagram is cut at Content-Length, a shorter one is 400 {sip-parser}', () => {
  assert.equal(read(text([...lines, 'Content-Length: 2'], 'abcd')).body.length, 2);
  assert.match(refusal(text([...lines, 'Content-Length: 5'], 'abcd')), /^400/);
});

test('no Content-Length keeps a stream waiting for what it cannot mean {sip-parser}', () => {
  for (const value of ['-1', 'abc', '65536', '99999999999999999999999']) {
    const bytes = text([...lines, `Content-Length: ${value}`], 'x');
    assert.equal(frameMessage(bytes).kind, 'broken', value);
    assert.match(refusal(bytes), /^400/);
  }
});

test('corner case 7: SIP/3.0 is 505, sip/2.0 is let in {sip-parser}', () => {
  assert.match(refusal(text(replaced('OPTIONS', 'OPTIONS sip:a@b SIP/3.0'))), /^505/);
  assert.equal(refusal(text(replaced('OPTIONS', 'OPTIONS sip:a@b sip/2.0'))), 'let in');
});

test('corner case 8: an empty reason phrase stays empty {sip-parser}', () => {
  for (const line of ['SIP/2.0 200 ', 'SIP/2.0 200']) {
    const message = read(text(replaced('OPTIONS', line)));
    assert.equal(message.kind === 'response' && message.reason, '');
  }
});

test('corner case 9: a port above 65535 or with letters makes URI, Via and next hop malformed {sip-parser}', () => {
  for (const port of ['65536', '5060x', '-1', '']) {
    assert.equal(parseUri(`sip:a@b:${port}`), null);
    assert.equal(parseVia(`SIP/2.0/UDP b:${port};branch=z9hG4bK1`), null);
    assert.equal(parseHostPort(`b:${port}`), null);
  }
});

test('corner case 10: an IPv6 host without its closing bracket is malformed {sip-parser}', () => {
  assert.equal(parseUri('sip:a@[2001:db8::1'), null);
  assert.equal(parseUri('sip:a@[fe80::1%25eth0]:5060')?.port, 5060);
});

test('corner case 11: parameters without value, an empty one before ?, parameters in the user {sip-parser}', () => {
  assert.equal(parseUri('sip:a@b;lr')?.parameters.get('lr'), '');
  assert.equal(parseUri('sip:a@b;?x=y')?.headers.get('x'), 'y');
  assert.equal(parseUri('sip:+1;phone-context=x@h')?.user, '+1;phone-context=x');
});

test('corner case 12: quotes around a parameter value are no part of it {sip-parser}', () => {
  assert.equal(parseNameAddress('<sip:a@b>;expires="60"')?.parameters.get('expires'), '60');
});

test('corner case 13: quoted pairs and a trailing backslash in a display name {sip-parser}', () => {
  assert.equal(parseNameAddress('"a \\"b\\\\" <sip:a@b>')?.displayName, 'a "b\\');
  assert.equal(parseNameAddress('"a\\'), null);
});

test('corner case 14: every compact form is its header {sip-parser}', () => {
  const forms =
    'a=accept-contact b=referred-by c=content-type d=request-disposition e=content-encoding j=reject-contact k=supported l=content-length m=contact n=identity-info o=event r=refer-to s=subject u=allow-events x=session-expires y=identity';
  for (const [compact = '', name = ''] of forms.split(' ').map((form) => form.split('='))) {
    const value = compact === 'l' ? '0' : compact === 'm' ? '<sip:x@y>' : 'value';
    assert.equal(read(text([...lines, `${compact}: ${value}`])).header(name), value);
  }
  const short = lines.map((line) =>
    line.replace(/^(Via|From|To|Call-ID):/, (all) => (all === 'Call-ID:' ? 'i:' : `${all.charAt(0).toLowerCase()}:`)),
  );
  assert.equal(read(text(short)).callId, '1');
});

test('corner case 15: P-X is found behind P-X-Long, and no prefix is taken for a name {sip-parser}', () => {
  const message = read(text([...lines, 'P-X-Long: 1', 'P-X: 2']));
  assert.deepEqual([message.header('p-x'), message.header('p-')], ['2', null]);
});

test('corner case 17: a boundary with and without quotes {sip-parser}', () => {
  const body = Buffer.from('--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n');
  for (const boundary of ['b', '"b"']) {
    assert.equal(parseMultipart(`multipart/mixed; boundary=${boundary}`, body)?.[0]?.content.length, 1);
  }
});

test('corner case 18: SDP is found among the parts of a multipart body {sip-parser}', () => {
  const body =
    '--b\r\nContent-Type: application/isup\r\n\r\nx\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n';
  const invite = [...lines, 'Content-Type: multipart/mixed;boundary=b'].map((line) =>
    line.replace('OPTIONS', 'INVITE'),
  );
  const message = read(text(invite, body));
  assert.equal(message.kind === 'request' ? checkInviteBody(message) : 'no request', null);
  assert.equal(Buffer.from(findBody(message, 'application/sdp') ?? []).toString(), 'v=0');
});

test('corner case 19: an SDP part of no length is passed over {sip-parser}', () => {
  const body =
    '--b\r\nContent-Type: application/sdp\r\n\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n';
  const message = read(text([...lines, 'Content-Type: multipart/mixed;boundary=b'], body));
  assert.equal(findBody(message, 'application/sdp')?.length, 3);
});

test('corner case 20: an unknown option tag is 420 with Unsupported, in any case of letters, never for ACK {sip-parser}', () => {
  const message = read(text([...lines, 'Require: 100REL, foo', 'Proxy-Require: bar']));
  const refused = message.kind === 'request' ? checkRequest(message, ['100rel']) : null;
  assert.deepEqual([refused?.status, refused?.headers], [420, [['Unsupported', 'foo']]]);
  const ack = read(text([...lines, 'Require: foo'].map((line) => line.replace('OPTIONS', 'ACK'))));
  assert.equal(ack.kind === 'request' ? checkRequest(ack, []) : 'no request', null);
});

test('corner case 21: Max-Forwards 0 is 483 but for OPTIONS, outside 0 to 255 it is 400 {sip-parser}', () => {
  assert.match(refusal(text([...lines, 'Max-Forwards: 256'])), /^400/);
  const zero = (method: string): number | undefined => {
    const message = read(text([...lines, 'Max-Forwards: 0'].map((line) => line.replace('OPTIONS', method))));
    return message.kind === 'request' ? checkRequest(message, [])?.status : undefined;
  };
  assert.deepEqual([zero('INVITE'), zero('OPTIONS')], [483, undefined]);
});

test('corner case 25: a reply whose Contact does not parse is let in {sip-parser}', () => {
  assert.equal(read(text([...replaced('OPTIONS', 'SIP/2.0 200 OK'), 'Contact: <<'])).kind, 'response');
});

test('corner case 54: replies have the reason phrases of RFC 3261 {sip-parser}', () => {
  const phrases = [400, 404, 408, 481, 487, 500, 501, 503].map(reasonPhrase);
  assert.deepEqual(phrases, [
    'Bad Request',
    'Not Found',
    'Request Timeout',
    'Call/Transaction Does Not Exist',
    'Request Terminated',
    'Server Internal Error',
    'Not Implemented',
    'Service Unavailable',
  ]);
});
