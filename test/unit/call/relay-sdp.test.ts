import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeLines, rewriteLines } from '../../../core/call/relay-sdp.ts';

const ours = { address: '192.0.2.9', rtpPort: 30000 };
const sdp = (...lines: string[]): string => lines.map((line) => `${line}\r\n`).join('');
const head = ['v=0', 'o=- 1 1 IN IP4 10.0.0.5', 's=-', 'c=IN IP4 10.0.0.5', 't=0 0'];

test('corner case 154: only c=, m= and a=rtcp change; payload order, unknown lines and odd blanks stay {b2bua}', () => {
  const text = sdp(
    ...head,
    'x=unknown line',
    'm=audio  4000   RTP/AVP 96 0 8 101',
    'b=AS:64',
    'a=rtpmap:96 opus/48000/2',
    'a=x-odd:  two  blanks ',
    'a=rtcp:4001',
  );
  const expected = text
    .replace('c=IN IP4 10.0.0.5', 'c=IN IP4 192.0.2.9')
    .replace('m=audio  4000', 'm=audio  30000')
    .replace('a=rtcp:4001', 'a=rtcp:30001');
  assert.equal(rewriteLines(text, [ours]), expected);
});

test('corner case 116: c= and an a=rtcp with an address name the address of the relay {b2bua}', () => {
  const text = sdp(...head, 'm=audio 4000 RTP/AVP 0', 'a=rtcp:4001 IN IP4 10.0.0.5');
  const relayed = rewriteLines(text, [ours]);
  assert.match(relayed, /^c=IN IP4 192\.0\.2\.9\r$/m);
  assert.match(relayed, /^a=rtcp:30001 IN IP4 192\.0\.2\.9\r$/m);
  assert.ok(!relayed.includes('c=IN IP4 10.0.0.5'));
});

test('LF line ends, and a last line without one, stay as they are {b2bua}', () => {
  const text = 'v=0\no=- 1 1 IN IP4 10.0.0.5\ns=-\nt=0 0\nm=audio 4000 RTP/AVP 0\nc=IN IP4 10.0.0.5';
  assert.equal(
    rewriteLines(text, [ours]),
    'v=0\no=- 1 1 IN IP4 10.0.0.5\ns=-\nt=0 0\nm=audio 30000 RTP/AVP 0\nc=IN IP4 192.0.2.9',
  );
});

test('zero addresses stay, at session and media level, :: included {b2bua}', () => {
  for (const zero of ['IP4 0.0.0.0', 'IP6 ::']) {
    const session = sdp('v=0', 's=-', `c=IN ${zero}`, 't=0 0', 'm=audio 4000 RTP/AVP 0');
    assert.equal(rewriteLines(session, [ours]), session.replace('4000', '30000'));
    const media = sdp(...head, 'm=audio 4000 RTP/AVP 0', `c=IN ${zero}`);
    assert.match(rewriteLines(media, [ours]), new RegExp(`c=IN ${zero.replaceAll('.', '\\.')}\r\n$`));
    assert.equal(describeLines(session)[0]?.remote, null);
  }
});

test('a line that stays keeps the address of the session; the relayed one gets its own {b2bua}', () => {
  const text = sdp(...head, 'm=audio 4000 RTP/AVP 0', 'm=message 2855 TCP/MSRP *');
  assert.equal(
    rewriteLines(text, [ours, null]),
    sdp(...head, 'm=audio 30000 RTP/AVP 0', 'c=IN IP4 192.0.2.9', 'm=message 2855 TCP/MSRP *'),
  );
});

test('what is relayed: lines over UDP whose port is not 0 {b2bua}', () => {
  const kinds = [
    ...['4000 RTP/AVP 0', '4000 RTP/AVPF 0', '4000 RTP/SAVP 0', '4000 UDP/TLS/RTP/SAVPF 0', '4000 udptl t38'],
    ...['0 RTP/AVP 0', '4000 TCP/MSRP *', '9 TCP/TLS/BFCP *', '4000 DCCP/RTP/AVP 0'],
  ];
  const described = describeLines(sdp(...head, ...kinds.map((kind) => `m=audio ${kind}`)));
  assert.deepEqual(
    described.map(({ relayed }) => relayed),
    [true, true, true, true, true, false, false, false, false],
  );
  assert.deepEqual(described[0]?.remote, { address: '10.0.0.5', rtpPort: 4000, rtcpPort: 4001 });
  assert.equal(described[4]?.raw, true);
});

test('candidates and the rest of ICE are taken out of relayed lines only {b2bua}', () => {
  const text = sdp(
    ...head,
    'a=ice-ufrag:abcd',
    'm=audio 4000 RTP/AVP 0',
    'a=candidate:1 1 udp 1 10.0.0.5 4000 typ host',
    'a=end-of-candidates',
    'a=candidates-are-not-this:1',
    'm=message 2855 TCP/MSRP *',
    'c=IN IP4 10.0.0.5',
    'a=candidate:1 1 tcp 1 10.0.0.5 2855 typ host',
  );
  const rewritten = rewriteLines(text, [ours, null]);
  assert.doesNotMatch(rewritten, /udp 1 10|end-of|ufrag/);
  assert.match(rewritten, /candidates-are-not-this/);
  assert.match(rewritten, /tcp 1 10\.0\.0\.5/);
});

test('garbage is left alone and breaks nothing {b2bua}', () => {
  for (const text of ['', '\r\n', 'm=', 'm=audio', 'c=IN IP4', 'm=audio x RTP/AVP 0', '\0'.repeat(100)]) {
    assert.equal(
      rewriteLines(
        text,
        describeLines(text).map(() => null),
      ),
      text,
    );
  }
});

test('who is expected to send: audio that is sendrecv or sendonly {b2bua}', () => {
  const sends = (...lines: string[]): boolean | undefined =>
    describeLines(sdp(...head, 'm=audio 4000 RTP/AVP 0', ...lines))[0]?.sends;
  assert.equal(sends(), true);
  assert.equal(sends('a=sendonly'), true);
  assert.equal(sends('a=recvonly'), false);
  assert.equal(sends('a=inactive'), false);
  assert.equal(sends('c=IN IP4 0.0.0.0'), false);
});
