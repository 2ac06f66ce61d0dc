/** More of the kind of RFC 4475 and RFC 5118, message by message through a whole stack. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lab } from './lab.ts';

const sdp = ['v=0', 'o=- 1 1 IN IP4 192.0.2.5', 's=-', 'c=IN IP4 192.0.2.5', 't=0 0', 'm=audio 49170 RTP/AVP 0', ''];

/** A request with these header lines instead of, or beside, plain ones; a null takes one away. */
function request(
  start: string,
  lines: { readonly [name: string]: string | null | readonly string[] } = {},
  body: readonly string[] = [],
): string {
  const method = start.trimStart().split(' ', 1)[0] ?? '';
  const content = body.join('\r\n');
  const all = {
    Via: 'SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKvariant',
    'Max-Forwards': '70',
    From: '<sip:caller@example.net>;tag=variant',
    To: '<sip:user@example.com>',
    'Call-ID': 'variant@example.net',
    CSeq: `7 ${method}`,
    ...(method === 'INVITE' ? { Contact: '<sip:caller@10.0.0.2>' } : {}),
    ...(content === '' ? {} : { 'Content-Type': 'application/sdp' }),
    'Content-Length': String(Buffer.byteLength(content)),
    ...lines,
  };
  const printed = Object.entries(all).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((each) => `${name}: ${each}`),
  );
  return [start, ...printed, '', content].join('\r\n');
}

const odd = "!odd-Method0123456789_*+`.%indeed'~";

/** What is sent and what comes of it: `let in`, `stray` (a response that nobody waits for), `silence`, or a status. */
const cases: readonly (readonly [string, string, string])[] = [
  [
    'every character that a method, user, token and Call-ID may have is taken',
    request(
      `${odd} sip:1_odd.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0`,
      {
        Via: "SIP/2.0/TCP 10.0.0.2;branch=z9hG4bK-.!%66*_+`'~",
        To: '"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f" <sip:1_odd.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com>',
        From: "token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;param''~+*_!.-%=\"слово\";tag=_token~1'+`*%!-.",
        'Call-ID': 'word%ZK-!.*_+\'@word`~)(><:\\/"][?}{',
        'Max-Forwards': '255',
        "extensionHeader-!.%*+_`'~": '\ufeff大停電',
      },
    ),
    '501',
  ],
  [
    'escaped NUL bytes in users are no end of anything',
    request('REGISTER sip:example.com SIP/2.0', {
      To: 'sip:null-%00-null@example.com',
      Contact: ['<sip:%00@host5.example.com>', '<sip:%00%00@host5.example.com>'],
    }),
    'let in',
  ],
  [
    'long names, tags, parameters and 34 Vias are read',
    request(
      'INVITE sip:user@example.com SIP/2.0',
      {
        To: `"${'long name '.repeat(40)}" <sip:user@example.com:6000;p=${'v'.repeat(300)};${'n'.repeat(300)}>`,
        From: `<sip:${'longuser'.repeat(40)}@example.net>;tag=${'1'.repeat(300)};${'x'.repeat(300)}`,
        'Call-ID': `long${'really'.repeat(50)}`,
        [`Unknown-${'Long'.repeat(50)}`]: 'value; '.repeat(50),
        Via: [
          `SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK${'b'.repeat(250)}`,
          ...Array.from({ length: 33 }, (_, index) => `SIP/2.0/TCP sip${index}.example.com`),
        ],
      },
      sdp,
    ),
    'let in',
  ],
  [
    'separators with nothing between them are no parameters',
    request('INVITE sip:user@example.com SIP/2.0', { Via: 'SIP/2.0/UDP 192.0.2.15;;,;,,' }, sdp),
    '400',
  ],
  [
    'semicolons with nothing behind them are no Contact',
    request('INVITE sip:user@example.com SIP/2.0', { Contact: '"Joe" <sip:joe@example.org>;;;;' }, sdp),
    '400',
  ],
  [
    'a response with a CSeq beyond 32 bits is dropped',
    [
      'SIP/2.0 503 Service Unavailable',
      'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKzz',
      'To: <sip:user@example.com>',
      'From: <sip:other@example.net>;tag=2e',
      'CSeq: 9292394834772304023312 OPTIONS',
      'Call-ID: large',
      'Retry-After: 949302838503028349304023988',
      '',
      '',
    ].join('\r\n'),
    'silence',
  ],
  [
    'more than one blank in the Request-Line',
    request('INVITE  sip:user@example.com  SIP/2.0', { CSeq: '7 INVITE' }, sdp),
    '400',
  ],
  [
    'a Route in the Request-URI',
    request('INVITE sip:user@example.com?Route=%3Csip:a.example%3E SIP/2.0', {}, sdp),
    '400',
  ],
  [
    'a Contact whose headers are not in brackets',
    request('REGISTER sip:example.com SIP/2.0', { Contact: 'sip:user@example.com?Route=%3Csip:a.example%3E' }),
    '400',
  ],
  ['SIP/7.0', request('OPTIONS sip:user@example.com SIP/7.0', { Via: 'SIP/7.0/UDP 10.0.0.2;branch=z9hG4bKv' }), '505'],
  [
    'a branch that is the cookie only',
    request('OPTIONS sip:user@example.com SIP/2.0', { Via: 'SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK' }),
    'let in',
  ],
  [
    'parties and contacts of unknown schemes',
    request('REGISTER sip:example.com SIP/2.0', {
      To: 'isbn:2983792873',
      From: '<http://www.example.com>;tag=32',
      Contact: '<name:John_Smith>',
    }),
    'let in',
  ],
  [
    'two Content-Lengths',
    request('OPTIONS sip:user@example.com SIP/2.0', { 'Content-Length': ['13', '5'] }, ['hello, world!']),
    '400',
  ],
  [
    'a 200 whose second Via is a broadcast address goes nowhere',
    [
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb1',
      'Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKb2',
      'Call-ID: broadcast',
      'CSeq: 35 INVITE',
      'From: sip:user@example.com;tag=1',
      'To: sip:user@example.edu;tag=2',
      'Contact: <sip:user@host28.example.com>',
      '',
      '',
    ].join('\r\n'),
    'stray',
  ],
  [
    'a parameter of the URI in a Contact',
    request('REGISTER sip:example.com SIP/2.0', { Contact: '<sip:+19725552222@gw1.example.net;unknownparam>' }),
    'let in',
  ],
  [
    'an INVITE of RFC 2543: no branch, no From tag, no Contact, no Content-Length, no Max-Forwards',
    request(
      'INVITE sip:UserB@example.com SIP/2.0',
      {
        Via: 'SIP/2.0/UDP 10.0.0.2',
        'Max-Forwards': null,
        From: '<sip:+13035551111@10.0.0.2;user=phone>',
        'Record-Route': '<sip:UserB@example.com;maddr=10.0.0.2>',
        Contact: null,
        'Content-Length': null,
      },
      sdp,
    ),
    'let in',
  ],
  [
    'an INVITE with the cookie and no Contact',
    request('INVITE sip:user@example.com SIP/2.0', { Contact: null }, sdp),
    '400',
  ],
  ['a port inside the brackets is part of the address', request('REGISTER sip:[2001:db8::10:5070] SIP/2.0'), 'let in'],
  [
    'a received parameter without brackets',
    request('OPTIONS sip:[2001:db8::10] SIP/2.0', {
      Via: 'SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3',
    }),
    'let in',
  ],
  [
    'addresses of both families in one session description',
    request('INVITE sip:user@[2001:db8::10] SIP/2.0', {}, [
      'v=0',
      'o=bob 280744730 28977631 IN IP4 host.example.com',
      's=',
      't=0 0',
      'm=audio 22334 RTP/AVP 0',
      'c=IN IP4 192.0.2.1',
      'm=video 6024 RTP/AVP 107',
      'c=IN IP6 2001:db8::1',
      'a=rtpmap:107 H263-1998/90000',
      '',
    ]),
    'let in',
  ],
  [
    'IPv4 addresses written as IPv6',
    request('INVITE sip:user@example.com SIP/2.0', {
      Via: [
        'SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19',
        'SIP/2.0/UDP [::ffff:192.0.2.2]:5060;branch=z9hG4bKa',
      ],
      Contact: '"T. desk phone" <sip:ted@[::ffff:192.0.2.2]>',
    }),
    'let in',
  ],
];

for (const [name, message, expected] of cases) {
  test(`${name}: ${expected} {sip-robust}`, async () => {
    const room = await lab();
    const peer = await room.peer('10.0.0.2');
    peer.tolerant = true;
    await peer.send(Buffer.from(message));
    const owned = room.dialogs.length + room.requests.length > 0;
    const said = peer.startLines.at(-1)?.split(' ')[1] ?? (room.counter('stray_messages') > 0 ? 'stray' : 'silence');
    assert.equal(owned ? 'let in' : said, expected);
    for (const dialog of room.dialogs) dialog.respond(486);
    for (const each of room.requests) each.respond(501);
    await room.assertEmpty();
    assert.equal(room.faults(), 0);
  });
}

test('a call of RFC 2543 lasts until its BYE: the dialog has no peer tag and follows the From {sip-transactions}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  const old = (method: string, cseq: number, to: string): string =>
    request(
      `${method} sip:user@10.0.0.1 SIP/2.0`,
      {
        Via: 'SIP/2.0/UDP 10.0.0.2',
        From: '<sip:caller@10.0.0.2>',
        To: `<sip:user@10.0.0.1>${to}`,
        CSeq: `${cseq} ${method}`,
        Contact: null,
      },
      method === 'INVITE' ? sdp : [],
    );
  await peer.send(Buffer.from(old('INVITE', 1, '')));
  const [dialog] = room.dialogs;
  assert.ok(dialog);
  dialog.respond(200);
  await room.pass(10);
  const to = `;tag=${peer.lastResponse().toTag}`;
  await peer.send(Buffer.from(old('ACK', 1, to)));
  assert.equal(room.events.at(-1)?.kind, 'acknowledged');
  void dialog.request('INFO');
  await room.pass(10);
  assert.equal(peer.lastRequest('INFO').uri, 'sip:caller@10.0.0.2');
  await peer.send(Buffer.from(old('BYE', 2, to)));
  assert.equal(peer.lastResponse().status, 200);
  assert.equal(room.events.at(-1)?.kind, 'bye');
  await room.assertEmpty();
});
