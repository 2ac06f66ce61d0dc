import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../core/runtime/index.ts';
import { parseSdp, printSdp } from '../../../core/sdp/index.ts';

const lines = (...text: string[]) => text.join('\n');
const head = lines('v=0', 'o=- 1 2 IN IP4 192.0.2.1', 's=-');

test('a whole description is read and printed in the order of the RFC {sdp}', () => {
  const text = [
    'v=0',
    'o=jdoe 2890844526 2890842807 IN IP4 10.47.16.5',
    's=SDP Seminar',
    'i=A Seminar',
    'u=http://www.example.com/seminars/sdp.pdf',
    'e=j.doe@example.com (Jane Doe)',
    'c=IN IP4 224.2.17.12/127',
    'b=X-YZ:128',
    't=2873397496 2873404696',
    'r=7d 1h 0 25h',
    'a=recvonly',
    'm=audio 49170/2 RTP/AVP 0',
    'i=voice',
    'c=IN IP6 ::1',
    'b=AS:64',
    'a=rtpmap:99 h263-1998/90000',
    '',
  ].join('\r\n');
  const description = parseSdp(text);
  assert.equal(printSdp(description), text);
  assert.equal(description.uri, 'http://www.example.com/seminars/sdp.pdf');
  assert.equal(description.media[0]?.portCount, 2);
  assert.deepEqual(description.media[0]?.connection, { family: 6, address: '::1' });
});

test('careless descriptions are read: LF, no end, no s= or t=, lower case, empty and long c= {sdp}', () => {
  for (const text of [
    lines('v=0', 'o=- 1 2 IN ip4 h', 'c=IN IP4', 'm=audio 4 RTP/AVP 0 '),
    lines(head, 'c=in ip4 192.0.2.1 UNHOLD UNHOLD', 'm=audio 4 RTP/AVP 0'),
    lines('v=0', 'o=John Doe 1 2 IN IP4 h', 's=', 'x=unknown', 'b=broken', 'a=', 'm=audio 4 RTP/AVP 0'),
    `${head.replaceAll('\n', '\r\r\n')}\r\r\nm=audio 4 RTP/AVP 0\r\r\n\r\n`,
  ]) {
    const description = parseSdp(text);
    assert.equal(description.media.length, 1);
    assert.deepEqual(parseSdp(printSdp(description)), description);
    assert.match(printSdp(description), /\r\ns=.+\r\n[\s\S]*t=0 0\r\n/);
  }
  assert.equal(parseSdp(lines('v=0', 'o=John Doe 1 2 IN IP4 h')).origin.user, 'John Doe');
});

const broken: readonly [string, RegExp][] = [
  ['', /empty/],
  ['hello', /line 1: "hello"/],
  ['v=1', /line 1: the version is not 0/],
  ['v=0', /no o= line/],
  [lines('v=0', 'o=- 1 IN IP4 h'), /line 2: o= has fewer/],
  [lines(head, 'c=IN IP9 h'), /line 4: "IN IP9" is not/],
  [lines(head, 'm=audio 65536 RTP/AVP 0'), /line 4: "65536" is not a port/],
  [lines(head, 'm=audio -1 RTP/AVP 0'), /line 4/],
  [lines(head, 'm=audio 4/0 RTP/AVP 0'), /line 4/],
  [lines(head, 'm=audio 4'), /line 4: m= has fewer/],
  [lines(head, 'a sendrecv'), /line 4: "a sendrecv" is not/],
  [lines(head, ...Array(40).fill('m=audio 4 RTP/AVP 0')), /more than 32 media/],
  [lines(head, ...Array(3000).fill('a=x')), /more than 2000 lines/],
  [lines(head, `a=${'x'.repeat(70_000)}`), /longer than the limit/],
];
for (const [text, fault] of broken) {
  test(`names the place of the fault: ${fault.source} {sdp}`, () => {
    assert.throws(
      () => parseSdp(text),
      (thrown) => thrown instanceof CodedError && thrown.code === 'sdp.malformed' && fault.test(thrown.detail),
    );
  });
}

test('nothing of a hostile peer prints as a line of its own {sdp}', () => {
  const description = { ...parseSdp(head), name: 'x\r\na=inactive' };
  assert.match(printSdp(description), /\r\ns=x a=inactive\r\n/);
});
