import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../core/runtime/index.ts';
import {
  acceptAnswer,
  answerOffer,
  createOffer,
  type Direction,
  type LocalAudio,
  nextVersion,
  parseSdp,
  printSdp,
} from '../../../core/sdp/index.ts';

const codec = (name: string, staticPayloadType: number | null, clockRateHz = 8000, fmtp: string | null = null) => ({
  name,
  clockRateHz,
  channels: 1,
  staticPayloadType,
  fmtp,
});
const local: LocalAudio = {
  capabilities: { codecs: [codec('PCMU', 0), codec('PCMA', 8), codec('iLBC', null, 8000, 'mode=30')], ptimeMs: 20 },
  address: '192.0.2.1',
  rtpPort: 10000,
  direction: 'sendrecv',
  sessionId: '7',
  version: '1',
};

/** An offer of one peer at 192.0.2.9. */
function offer(...media: string[]) {
  return parseSdp(['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...media].join('\r\n'));
}

/** The media part of an answer. */
function answered(...media: string[]): string[] {
  const text = printSdp(answerOffer(offer(...media), local).answer);
  return text.slice(text.indexOf('m=')).trim().split('\r\n');
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (fault) {
    if (fault instanceof CodedError) return fault.code;
    throw fault;
  }
  return 'no error';
}

test('our offer names all codecs, telephone-event, ptime, direction and the page {sdp}', () => {
  assert.equal(
    printSdp(createOffer({ ...local, sessionUri: 'http://x/' })),
    [
      'v=0',
      'o=- 7 1 IN IP4 192.0.2.1',
      's=-',
      'u=http://x/',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=audio 10000 RTP/AVP 0 8 96 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:96 iLBC/8000',
      'a=fmtp:96 mode=30',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=sendrecv',
      '',
    ].join('\r\n'),
  );
});

test('an IPv6 address of ours is offered as IP6 {sdp}', () => {
  const text = printSdp(createOffer({ ...local, address: '2001:db8::1' }));
  assert.match(text, /o=- 7 1 IN IP6 2001:db8::1\r\n[\s\S]*c=IN IP6 2001:db8::1\r\n/);
});

test('an answer keeps the order and the numbers of the offer {sdp}', () => {
  assert.deepEqual(
    answered(
      'm=audio 4000 RTP/AVP 18 8 120 0 99',
      'a=rtpmap:120 ILBC/8000',
      'a=fmtp:120 mode=20',
      'a=rtpmap:99 Telephone-Event/8000',
    ),
    [
      'm=audio 10000 RTP/AVP 8 120 0 99',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:120 iLBC/8000',
      'a=fmtp:120 mode=30',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:99 telephone-event/8000',
      'a=fmtp:99 0-15',
      'a=ptime:20',
      'a=sendrecv',
    ],
  );
});

test('a static number counts by number, whatever it is called {sdp}', () => {
  assert.equal(answered('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 G711u/8000')[0], 'm=audio 10000 RTP/AVP 0');
});

test('the first usable audio line is taken, every other one is refused in its place {sdp}', () => {
  const media = answered(
    'm=video 4010 RTP/AVP 31 34',
    'm=audio 0 RTP/AVP 0',
    'm=audio 4020 RTP/SAVP 0',
    'm=audio 4030 RTP/AVP 18',
    'm=audio 4040 RTP/AVP 8',
    'm=audio 4050 RTP/AVP 0',
    'm=application 4060 UDP/BFCP *',
  ).filter((line) => line.startsWith('m='));
  assert.deepEqual(media, [
    'm=video 0 RTP/AVP 31',
    'm=audio 0 RTP/AVP 0',
    'm=audio 0 RTP/SAVP 0',
    'm=audio 0 RTP/AVP 18',
    'm=audio 10000 RTP/AVP 8',
    'm=audio 0 RTP/AVP 0',
    'm=application 0 UDP/BFCP *',
  ]);
});

test('AVPF is answered as AVPF {sdp}', () => {
  assert.equal(answered('m=audio 4000 RTP/AVPF 0')[0], 'm=audio 10000 RTP/AVPF 0');
});

const refused: readonly [string, string[], string][] = [
  [
    'telephone-event alone in common',
    ['m=audio 4000 RTP/AVP 18 101', 'a=rtpmap:101 telephone-event/8000'],
    'sdp.noCommonCodec',
  ],
  ['no codec in common', ['m=audio 4000 RTP/AVP 18'], 'sdp.noCommonCodec'],
  ['no audio', ['m=video 4000 RTP/AVP 31'], 'sdp.noCommonCodec'],
  ['port 0', ['m=audio 0 RTP/AVP 0'], 'sdp.noCommonCodec'],
  ['no media at all', [], 'sdp.malformed'],
  ['a clock of 0', ['m=audio 4000 RTP/AVP 0 96', 'a=rtpmap:96 X/0'], 'sdp.malformed'],
];
for (const [what, media, expected] of refused) {
  test(`${what}: ${expected} {sdp}`, () =>
    assert.equal(
      code(() => answerOffer(offer(...media), local)),
      expected,
    ));
}

test('no c= anywhere is malformed, an empty one of the session is passed over {sdp}', () => {
  const without = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'm=audio 4000 RTP/AVP 0'];
  assert.equal(
    code(() => answerOffer(parseSdp(without.join('\n')), local)),
    'sdp.malformed',
  );
  const empty = parseSdp([...without.slice(0, 3), 'c=IN IP4 ', without[3], 'c=IN IP4 192.0.2.8'].join('\n'));
  assert.equal(answerOffer(empty, local).parameters.remote?.address, '192.0.2.8');
});

const holds: readonly [string, string[], Direction, boolean][] = [
  ['nothing said', [], 'sendrecv', true],
  ['a=sendonly', ['a=sendonly'], 'recvonly', true],
  ['a=recvonly', ['a=recvonly'], 'sendonly', true],
  ['a=inactive', ['a=inactive'], 'inactive', true],
  ['c=0.0.0.0', ['c=IN IP4 0.0.0.0'], 'recvonly', false],
  ['c=::', ['c=IN IP6 ::'], 'recvonly', false],
  ['c=0.0.0.0 and inactive', ['c=IN IP4 0.0.0.0', 'a=inactive'], 'inactive', false],
];
for (const [what, extra, direction, hasRemote] of holds) {
  test(`offered ${what}, we answer ${direction} {hold}`, () => {
    const { answer, parameters } = answerOffer(offer('m=audio 4000 RTP/AVP 0', ...extra), local);
    assert.equal(parameters.direction, direction);
    assert.equal(answer.media[0]?.attributes.at(-1)?.name, direction);
    assert.equal(parameters.remote !== null, hasRemote);
  });
}

test('media for a group or everybody have no target: it is learnt {hold}', () => {
  for (const group of ['IP4 224.2.1.1/127', 'IP4 239.255.0.1', 'IP4 255.255.255.255', 'IP6 ff02::1']) {
    const { parameters } = answerOffer(offer('m=audio 4000 RTP/AVP 0', `c=IN ${group}`), local);
    assert.equal(parameters.remote, null);
    assert.equal(parameters.direction, 'sendrecv');
  }
});

test('a direction of the session counts where the line has none {hold}', () => {
  const held = parseSdp(printSdp(offer('m=audio 4000 RTP/AVP 0')).replace('t=0 0', 't=0 0\r\na=sendonly'));
  assert.equal(answerOffer(held, local).parameters.direction, 'recvonly');
  assert.equal(answerOffer(held, { ...local, direction: 'sendonly' }).parameters.direction, 'inactive');
});

test('parameters tell target, RTCP, ptime and numbers {sdp}', () => {
  const media = [
    'm=audio 4000 RTP/AVP 8 97',
    'c=IN IP6 2001:db8::9',
    'a=rtcp:5000 IN IP4 192.0.2.7',
    'a=ptime:30',
    'a=rtpmap:97 telephone-event/8000',
  ];
  assert.deepEqual(answerOffer(offer(...media), local).parameters, {
    remote: { address: '2001:db8::9', port: 4000 },
    remoteRtcp: { address: '192.0.2.7', port: 5000 },
    direction: 'sendrecv',
    codecs: [{ name: 'PCMA', clockRateHz: 8000, channels: 1, sendPayloadType: 8, receivePayloadType: 8, fmtp: null }],
    telephoneEvent: { sendPayloadType: 97, receivePayloadType: 97 },
    ptimeMs: 30,
  });
  const odd = answerOffer(offer('m=audio 4000 RTP/AVP 0', 'a=rtcp:70000', 'a=ptime:0'), local).parameters;
  assert.deepEqual([odd.remoteRtcp, odd.ptimeMs], [null, 20]);
});

test('an answer gives the numbers of both directions, its order decides {sdp}', () => {
  const answer = offer(
    'm=audio 4000 RTP/AVP 8 102 0 103',
    'a=rtpmap:102 ILBC/8000',
    'a=rtpmap:103 telephone-event/8000',
    'm=video 9 RTP/AVP 31',
  );
  const parameters = acceptAnswer(createOffer(local), answer);
  assert.deepEqual(
    parameters.codecs.map((one) => [one.name, one.sendPayloadType, one.receivePayloadType]),
    [
      ['PCMA', 8, 8],
      ['iLBC', 102, 96],
      ['PCMU', 0, 0],
    ],
  );
  assert.deepEqual(parameters.telephoneEvent, { sendPayloadType: 103, receivePayloadType: 101 });
});

test('an answer that refuses our line or names nothing of the offer ends in noCommonCodec {sdp}', () => {
  for (const media of [
    ['m=audio 0 RTP/AVP 0'],
    [],
    ['m=audio 4 RTP/AVP 3'],
    ['m=audio 4 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000'],
  ]) {
    assert.equal(
      code(() => acceptAnswer(createOffer(local), offer(...media))),
      'sdp.noCommonCodec',
    );
  }
});

test('an offer in the session keeps lines and numbers, and changes direction only {hold}', () => {
  const { answer } = answerOffer(
    offer('m=video 9 RTP/AVP 31', 'm=audio 4000 RTP/AVP 120', 'a=rtpmap:120 iLBC/8000'),
    local,
  );
  const again = createOffer({ ...local, direction: 'sendonly', previous: answer });
  assert.deepEqual(
    again.media.map(({ port, formats }) => [port, ...formats]),
    [
      [0, '31'],
      [10000, '120'],
    ],
  );
  assert.equal(again.media[1]?.attributes.at(-1)?.name, 'sendonly');
});

test('the version of o= goes up by one where anything changed, and only there {sdp}', () => {
  const first = createOffer(local);
  assert.equal(nextVersion(null, first).origin.version, '1');
  assert.equal(nextVersion(first, createOffer({ ...local, version: '99' })), first);
  assert.equal(nextVersion(first, createOffer({ ...local, direction: 'inactive' })).origin.version, '2');
});
