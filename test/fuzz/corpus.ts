/** Well-formed messages that the fuzz tests start from. */

export const sdp = [
  'v=0',
  'o=alice 1 1 IN IP4 10.0.0.2',
  's=-',
  'c=IN IP4 10.0.0.2',
  't=0 0',
  'm=audio 4000 RTP/AVP 0 8 101',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=sendrecv',
  '',
].join('\r\n');

const multipart = [
  '--b1',
  'Content-Type: multipart/alternative;boundary="b 2"',
  '',
  '--b 2',
  'Content-Type: application/sdp',
  '',
  sdp,
  '--b 2--',
  '--b1',
  'Content-Type: text/plain',
  '',
  'hello',
  '--b1--',
  '',
].join('\r\n');

function message(startLine: string, method: string, contentType: string, body: string): string {
  return [
    startLine,
    'Via: SIP/2.0/UDP proxy.example.com:5060;branch=z9hG4bK87asdks7;rport, SIP/2.0/TCP [2001:db8::9]:5060;branch=z9hG4bKnashds8;received=192.0.2.1',
    'v: SIP / 2.0 / UDP first.example.com ; branch = 1 ; ttl=5;maddr=224.2.0.1',
    'Max-Forwards: 70',
    'Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr?x=y>',
    'Route: "P, \\" Q" <sip:p3.example.com;lr>',
    'From: "A. \\"Liddell\\"" <sips:alice:secret@atlanta.example.com;transport=tcp?subject=x%20y>;tag=88sja8x',
    'To: <tel:+1-212-555-0101;phone-context=example.com>',
    'Call-ID: a84b4c76e66710@pc33.example.com',
    `CSeq: 986759 ${method}`,
    'm: Alice <sip:alice@[2001:db8::5]:5062;user=phone>;expires="60";q=0.5',
    'Subject: folded',
    '  over',
    '\tlines',
    'Proxy-Authorization: Digest username="alice", realm="a,b", nonce="x\\"y", response="0", qop=auth, nc=00000001',
    'Supported: 100rel, timer',
    'Session-Expires: 1800;refresher=uac',
    'Organization: Caf\u00e9 \u4e2d',
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

export const corpus: readonly Buffer[] = [
  message('INVITE sip:bob@biloxi.example.com SIP/2.0', 'INVITE', 'application/sdp', sdp),
  message('INVITE sips:bob%20x@[2001:db8::1]:5061;lr SIP/2.0', 'INVITE', 'multipart/mixed; boundary=b1', multipart),
  message('MESSAGE tel:+1-212-555 SIP/2.0', 'MESSAGE', 'text/plain', 'hello'),
  message('SIP/2.0 200 OK', 'INVITE', 'application/sdp', sdp),
  message('SIP/2.0 401 Unauthorized', 'REGISTER', 'text/plain', ''),
].map((text) => Buffer.from(text, 'utf8'));

export const multipartBody = Buffer.from(multipart);
