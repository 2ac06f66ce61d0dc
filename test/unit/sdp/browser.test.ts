import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../core/runtime/index.ts';
import {
  acceptAnswer,
  answerOffer,
  browserOffer,
  createOffer,
  type LocalAudio,
  type LocalWebRtc,
  nextVersion,
  parseSdp,
  printSdp,
  readCandidates,
  restartsIce,
  type SessionDescription,
  srtpSuites,
} from '../../../core/sdp/index.ts';

const hash = (byte: string, bytes = 32) => Array.from({ length: bytes }, () => byte).join(':');

const webRtc: LocalWebRtc = {
  ufrag: 'ours',
  password: 'ourPasswordOf24Characters',
  fingerprint: { algorithm: 'sha-256', value: hash('AA') },
  candidates: [
    { transport: 'udp', address: '192.0.2.1', port: 10_000 },
    { transport: 'tcp', address: '192.0.2.1', port: 10_001 },
  ],
  tlsId: 'callbusCallbusCallbus123',
};

const local: LocalAudio = {
  capabilities: {
    codecs: [
      { name: 'PCMU', clockRateHz: 8000, channels: 1, staticPayloadType: 0, fmtp: null },
      { name: 'PCMA', clockRateHz: 8000, channels: 1, staticPayloadType: 8, fmtp: null },
      { name: 'G722', clockRateHz: 8000, channels: 1, staticPayloadType: 9, fmtp: null },
      { name: 'opus', clockRateHz: 48_000, channels: 2, staticPayloadType: null, fmtp: 'useinbandfec=1' },
      { name: 'GSM', clockRateHz: 8000, channels: 1, staticPayloadType: 3, fmtp: null },
    ],
    ptimeMs: 20,
  },
  address: '192.0.2.1',
  rtpPort: 10_000,
  direction: 'sendrecv',
  sessionId: '7',
  version: '1',
  srtp: { policy: 'off', suites: srtpSuites, newKey: (bytes) => new Uint8Array(bytes) },
  webRtc,
};

interface Parts {
  readonly session?: readonly string[];
  readonly audio?: readonly string[];
  readonly without?: RegExp;
  readonly m?: string;
  readonly more?: readonly string[];
}

const credentials = ['a=ice-ufrag:their', 'a=ice-pwd:theirPasswordOf24Character'];
const certificate = `a=fingerprint:sha-256 ${hash('0F')}`;

/** As a browser offers audio: trickling, nothing gathered yet. */
function offer({
  session = [],
  audio = [],
  without = /^$/,
  m = 'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
  more = [],
}: Parts = {}): SessionDescription {
  const kept = (base: readonly string[]) => base.filter((line) => !without.test(line));
  const lines = [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    ...kept(['a=group:BUNDLE 0', 'a=extmap-allow-mixed', 'a=msid-semantic: WMS stream']),
    ...session,
    m,
    ...kept(lineOfBrowser),
    ...audio,
    ...more,
  ];
  return parseSdp(lines.join('\r\n'));
}

const lineOfBrowser = [
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  ...credentials,
  'a=ice-options:trickle',
  certificate,
  'a=setup:actpass',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=sendrecv',
  'a=msid:stream track',
  'a=rtcp-mux',
  'a=rtcp-rsize',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:13 CN/8000',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=ssrc:3570614608 cname:4TOk42mSjXCkVIa6',
];

const text = (description: SessionDescription) => printSdp(description).trimEnd().split('\r\n');

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (fault) {
    if (fault instanceof CodedError) return `${fault.code}: ${fault.detail}`;
    throw fault;
  }
  return 'no error';
}

test("a browser's offer gets one ICE-lite line in its order of codecs, without extensions {webrtc}", () => {
  const { answer, parameters } = answerOffer(offer(), local);
  assert.deepEqual(text(answer), [
    'v=0',
    'o=- 7 1 IN IP4 192.0.2.1',
    's=-',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0',
    'm=audio 10000 UDP/TLS/RTP/SAVPF 111 9 0 8 110',
    'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 useinbandfec=1',
    'a=rtpmap:9 G722/8000',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:110 telephone-event/48000',
    'a=fmtp:110 0-15',
    'a=ptime:20',
    'a=sendrecv',
    'a=rtcp-mux',
    'a=mid:0',
    'a=msid:callbus audio',
    'a=ice-ufrag:ours',
    'a=ice-pwd:ourPasswordOf24Characters',
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${hash('AA')}`,
    'a=setup:active',
    'a=candidate:1 1 udp 2130706431 192.0.2.1 10000 typ host',
    'a=candidate:2 1 tcp 1520434943 192.0.2.1 10001 typ host tcptype passive',
    'a=end-of-candidates',
  ]);
  assert.deepEqual(parameters, {
    remote: null,
    remoteRtcp: null,
    direction: 'sendrecv',
    codecs: parameters.codecs,
    telephoneEvent: { sendPayloadType: 110, receivePayloadType: 110, clockRateHz: 48_000 },
    ptimeMs: 20,
    rtcpMux: true,
    webRtc: {
      localUfrag: 'ours',
      localPassword: 'ourPasswordOf24Characters',
      remoteUfrag: 'their',
      remotePassword: 'theirPasswordOf24Character',
      fingerprints: [{ algorithm: 'sha-256', value: hash('0F') }],
      setup: 'active',
    },
  });
  assert.deepEqual(parseSdp(printSdp(answer)), answer);
});

test('video and data channels are refused in their places and are not in the bundle {webrtc}', () => {
  const { answer } = answerOffer(
    offer({
      without: /^a=group/,
      session: ['a=group:BUNDLE 0 1 data'],
      more: [
        'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
        'a=mid:1',
        'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
        'a=mid:data',
        'a=sctp-port:5000',
      ],
    }),
    local,
  );
  const lines = text(answer);
  assert.ok(lines.includes('a=group:BUNDLE 0'));
  assert.deepEqual(lines.slice(lines.indexOf('m=video 0 UDP/TLS/RTP/SAVPF 96')), [
    'm=video 0 UDP/TLS/RTP/SAVPF 96',
    'a=mid:1',
    'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
    'a=mid:data',
  ]);
});

test('max-bundle: audio behind refused video has the transport of the tagged line {webrtc}', () => {
  const audio = ['m=audio 0 UDP/TLS/RTP/SAVPF 0', 'a=mid:a', 'a=bundle-only', 'a=sendrecv'];
  const tagged = [
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=mid:v',
    ...credentials,
    certificate,
    'a=setup:actpass',
    'a=rtcp-mux',
  ];
  const head = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 'c=IN IP4 0.0.0.0', 't=0 0', 'a=group:BUNDLE v a'];
  const { answer, parameters } = answerOffer(parseSdp([...head, ...tagged, ...audio].join('\n')), local);
  assert.ok(text(answer).includes('a=group:BUNDLE a'));
  assert.deepEqual(
    answer.media.map(({ kind, port }) => [kind, port]),
    [
      ['video', 0],
      ['audio', 10_000],
    ],
  );
  assert.equal(parameters.webRtc?.remoteUfrag, 'their');
  // Without a bundle it is what port 0 always was.
  const alone = parseSdp([...head.slice(0, -1), ...tagged, ...audio].join('\n'));
  assert.equal(browserOffer(alone), null);
});

test('what stands in the session part holds for the line, and the line comes first {webrtc}', () => {
  const session = ['a=ice-ufrag:session', 'a=ice-pwd:theirPasswordOf24Character', certificate, 'a=setup:active'];
  const { parameters } = answerOffer(offer({ without: /^a=(?:ice-ufrag|ice-pwd|fingerprint|setup)/, session }), local);
  assert.equal(answerOffer(offer({ session }), local).parameters.webRtc?.remoteUfrag, 'their');
  assert.equal(parameters.webRtc?.remoteUfrag, 'session');
  assert.equal(parameters.webRtc?.setup, 'passive');
});

test('an offer without a bundle or mid gets neither {webrtc}', () => {
  const lines = text(answerOffer(offer({ without: /^a=(?:group|mid)/ }), local).answer);
  assert.ok(!lines.some((line) => /^a=(?:group|mid)/.test(line)));
  // A group that names other lines.
  const other = text(answerOffer(offer({ without: /^a=group/, session: ['a=group:BUNDLE x'] }), local).answer);
  assert.ok(other.includes('a=mid:0') && !other.some((line) => line.startsWith('a=group')));
});

test('older and other profiles of browsers are answered with themselves {webrtc}', () => {
  for (const profile of ['RTP/SAVPF', 'UDP/TLS/RTP/SAVP', 'TCP/DTLS/RTP/SAVPF']) {
    const { answer } = answerOffer(offer({ m: `m=audio 9 ${profile} 0` }), local);
    assert.equal(
      text(answer).find((line) => line.startsWith('m=')),
      `m=audio 10000 ${profile} 0`,
    );
  }
  // Keys in the description and no certificate: a phone, whatever ICE it knows.
  assert.equal(browserOffer(offer({ m: 'm=audio 9 RTP/SAVPF 0', without: /^a=fingerprint/ })), null);
  assert.equal(browserOffer(offer({ m: 'm=audio 9 RTP/AVP 0' })), null);
});

test('who offers the passive part finds us active, and a role stays as it was agreed {webrtc}', () => {
  const setups = (setup: string) =>
    answerOffer(offer({ without: /^a=setup/, audio: [setup] }), local).parameters.webRtc?.setup;
  assert.equal(setups('a=setup:actpass'), 'active');
  assert.equal(setups('a=setup:active'), 'passive');
  assert.equal(setups('a=setup:passive'), 'active');
  const agreed = answerOffer(offer({ without: /^a=setup/, audio: ['a=setup:active'] }), local).parameters;
  const again = answerOffer(offer(), local, agreed);
  assert.equal(again.parameters.webRtc?.setup, 'passive');
  assert.match(printSdp(again.answer), /a=setup:passive/);
});

test('of fingerprints those of the best known hash count {webrtc}', () => {
  const fingerprints = (...audio: string[]) =>
    answerOffer(offer({ without: /^a=fingerprint/, audio }), local).parameters.webRtc?.fingerprints.map(
      ({ algorithm }) => algorithm,
    );
  const sha1 = `a=fingerprint:sha-1 ${hash('11', 20)}`;
  assert.deepEqual(fingerprints(sha1, `a=fingerprint:SHA-256 ${hash('ab')}`, 'a=fingerprint:md5 00'), ['sha-256']);
  assert.deepEqual(fingerprints(`a=fingerprint:sha-512 ${hash('ab', 64)}`, certificate), ['sha-512']);
  assert.deepEqual(fingerprints(sha1, sha1), ['sha-1', 'sha-1']);
});

test('a=tls-id is answered by ours, where it is asked for {webrtc}', () => {
  const { answer } = answerOffer(offer({ audio: ['a=tls-id:91bbf309c0990a6bec11e38ba2933cee'] }), local);
  assert.ok(text(answer).includes('a=tls-id:callbusCallbusCallbus123'));
});

test('a=rtcp-mux-only is a=rtcp-mux {webrtc}', () => {
  const { answer, parameters } = answerOffer(offer({ without: /^a=rtcp-mux$/, audio: ['a=rtcp-mux-only'] }), local);
  assert.equal(parameters.rtcpMux, true);
  assert.ok(text(answer).includes('a=rtcp-mux'));
});

const broken: readonly [what: string, parts: Parts, sentence: RegExp][] = [
  ['no ufrag', { without: /^a=ice-ufrag/ }, /a=ice-ufrag is missing/],
  ['no password', { without: /^a=ice-pwd/ }, /a=ice-pwd is missing/],
  ['a short ufrag', { without: /^a=ice-ufrag/, audio: ['a=ice-ufrag:abc'] }, /a=ice-ufrag is not 4 to 256/],
  ['a long ufrag', { without: /^a=ice-ufrag/, audio: [`a=ice-ufrag:${'a'.repeat(257)}`] }, /a=ice-ufrag is not/],
  ['a short password', { without: /^a=ice-pwd/, audio: ['a=ice-pwd:tooShort'] }, /a=ice-pwd is not 22 to 256/],
  ['odd characters', { without: /^a=ice-pwd/, audio: ['a=ice-pwd:theirPasswordOf24Characte é'] }, /a=ice-pwd is not/],
  ['no certificate', { without: /^a=fingerprint/ }, /a=fingerprint is missing: sha-256 is wanted/],
  ['an unknown hash', { without: /^a=fingerprint/, audio: ['a=fingerprint:md5 00:11'] }, /no known hash \(md5\)/],
  ['a hash too short', { without: /^a=fingerprint/, audio: ['a=fingerprint:sha-256 00:11'] }, /has not 32 bytes/],
  [
    'a hash without colons',
    { without: /^a=fingerprint/, audio: [`a=fingerprint:sha-256 ${'0'.repeat(95)}`] },
    /has not 32/,
  ],
  ['holdconn', { without: /^a=setup/, audio: ['a=setup:holdconn'] }, /a=setup:holdconn cannot be answered/],
  ['RTCP apart', { without: /^a=rtcp-mux$/ }, /rtcpMuxPolicy/],
  ['two lite sides', { session: ['a=ice-lite'] }, /both sides are a=ice-lite/],
];

for (const [what, parts, sentence] of broken) {
  test(`a browser's offer with ${what} is refused with a sentence {webrtc}`, () => {
    const told = refusal(() => answerOffer(offer(parts), local));
    assert.match(told, /^sdp\.webRtc: /);
    assert.match(told, sentence);
    assert.ok(!told.includes('theirPassword'));
  });
}

test('no common codec is said as for phones, and a plain line is none for a browser leg {webrtc}', () => {
  assert.match(
    refusal(() => answerOffer(offer({ m: 'm=audio 9 UDP/TLS/RTP/SAVPF 96' }), local)),
    /^sdp\.noCommonCodec: we have/,
  );
  assert.match(
    refusal(() => answerOffer(offer({ m: 'm=audio 4000 RTP/AVP 0' }), local)),
    /^sdp\.webRtc: this call has/,
  );
});

test('without what a browser leg needs its offer is refused as ever {webrtc}', () => {
  const { webRtc: _none, ...plain } = local;
  assert.match(
    refusal(() => answerOffer(offer(), plain)),
    /^sdp\.noCommonCodec: .*UDP\/TLS\/RTP\/SAVPF/,
  );
});

test('candidates are read over in an offer, whatever they are {webrtc}', () => {
  const audio = [
    'a=candidate:1 1 udp 2122260223 3b2a1d76-9d5b-4f6c-8a0c-6f2c5f4f0d1e.local 51234 typ host',
    'a=candidate:nonsense',
    `a=candidate:${'9'.repeat(5000)}`,
    'a=candidate:2 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active',
    'a=end-of-candidates',
  ];
  assert.equal(answerOffer(offer({ audio }), local).parameters.webRtc?.remoteUfrag, 'their');
});

test('an answer of ours names the addresses that a full agent may check {webrtc}', () => {
  const { answer } = answerOffer(offer(), local);
  assert.deepEqual(readCandidates(answer.media[0]?.attributes ?? []), webRtc.candidates);
  const lines = [
    '1 1 UDP 1 192.0.2.9 9 typ host',
    '1 2 udp 1 192.0.2.9 10 typ host',
    '1 1 udp 1 x.local 9 typ host',
    '1 1 tcp 1 192.0.2.9 9 typ host tcptype active',
    '1 1 udp 1 ::1 70000 typ host',
    '',
  ];
  const read = readCandidates(lines.map((value) => ({ name: 'candidate', value })));
  assert.deepEqual(read, [{ transport: 'udp', address: '192.0.2.9', port: 9 }]);
});

test('an offer that repeats itself gets the same answer, to the version {webrtc}', () => {
  const first = answerOffer(offer(), local);
  const again = answerOffer(offer(), local, first.parameters);
  assert.equal(nextVersion(first.answer, again.answer), first.answer);
  assert.deepEqual(again.parameters, first.parameters);
});

test('hold is what the direction says; c=0.0.0.0 is how browsers begin {webrtc}', () => {
  const held = (direction: string) =>
    answerOffer(offer({ without: /^a=sendrecv/, audio: [`a=${direction}`] }), local).parameters.direction;
  assert.equal(held('sendonly'), 'recvonly');
  assert.equal(held('inactive'), 'inactive');
  assert.equal(held('recvonly'), 'sendonly');
});

test('new credentials of the peer are an ICE restart, the same ones none {webrtc}', () => {
  const { parameters } = answerOffer(offer(), local);
  const current = parameters.webRtc ?? null;
  const restarted = (parts: Parts) => {
    const remote = browserOffer(offer(parts));
    assert.ok(remote !== null);
    return restartsIce(remote, current);
  };
  assert.equal(restarted({}), false);
  assert.equal(restarted({ without: /^a=ice-ufrag/, audio: ['a=ice-ufrag:fresh'] }), true);
  const remote = browserOffer(offer());
  assert.ok(remote !== null && !restartsIce(remote, null));
});

/** A browser's answer to `offered`. */
function answerTo(offered: SessionDescription, without = /^$/, more: readonly string[] = []): SessionDescription {
  const { answer } = answerOffer(
    offer({
      m: 'm=audio 9 UDP/TLS/RTP/SAVPF 96 0 101',
      without: /^a=rtpmap:111/,
      audio: ['a=rtpmap:96 opus/48000/2', 'a=rtpmap:101 telephone-event/8000'],
    }),
    { ...local, address: '192.0.2.9', rtpPort: 9, webRtc: { ...webRtc, ufrag: 'browser', candidates: [] } },
  );
  assert.equal(offered.media.length, 1);
  const lines = text(answer).map((line) => line);
  return parseSdp([...lines.filter((line) => line !== 'a=ice-lite' && !without.test(line)), ...more].join('\n'));
}

test('our offer to a browser is a bundled ICE-lite line with the codecs that browsers have {webrtc}', () => {
  const ours = createOffer(local);
  const lines = text(ours);
  for (const line of [
    'a=ice-lite',
    'a=group:BUNDLE 0',
    'm=audio 10000 UDP/TLS/RTP/SAVPF 96 9 0 8 101 97',
    'a=mid:0',
    'a=rtcp-mux',
    'a=setup:actpass',
    'a=ice-ufrag:ours',
    'a=end-of-candidates',
    'a=msid:callbus audio',
  ])
    assert.ok(lines.includes(line), line);
  const agreed = acceptAnswer(ours, answerTo(ours), null, local.capabilities);
  assert.deepEqual(agreed.webRtc, {
    localUfrag: 'ours',
    localPassword: 'ourPasswordOf24Characters',
    remoteUfrag: 'browser',
    remotePassword: 'ourPasswordOf24Characters',
    fingerprints: [{ algorithm: 'sha-256', value: hash('AA') }],
    setup: 'passive',
  });
  assert.equal(agreed.rtcpMux, true);
  assert.equal(agreed.codecs[0].name, 'opus');
  assert.equal(agreed.srtp ?? null, null);
});

test('answers of browsers that lack something are refused with a sentence {webrtc}', () => {
  const ours = createOffer(local);
  const told = (without: RegExp, more: readonly string[] = []) =>
    refusal(() => acceptAnswer(ours, answerTo(ours, without, more)));
  assert.match(told(/^a=setup/), /^sdp\.webRtc: the answer has no a=setup:active/);
  assert.match(told(/^a=setup/, ['a=setup:actpass']), /^sdp\.webRtc: the answer has no a=setup:active/);
  assert.match(told(/^a=fingerprint/), /^sdp\.webRtc: a=fingerprint is missing/);
  assert.match(told(/^a=ice-ufrag/), /^sdp\.webRtc: a=ice-ufrag is missing/);
  assert.match(told(/^a=rtcp-mux/), /^sdp\.webRtc: a=rtcp-mux is missing/);
});

test('an offer of ours in a session keeps its line, takes what is new, and repeats itself unchanged {webrtc}', () => {
  const bundle = {
    without: /^a=group/,
    session: ['a=group:BUNDLE 0 1'],
    more: ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:1'],
  };
  const answered = answerOffer(offer(bundle), local).answer;
  const hold = createOffer({ ...local, direction: 'sendonly', previous: answered });
  const lines = text(hold);
  assert.deepEqual(
    lines.filter((line) => /^(?:m=|a=(?:group|mid|setup|sendonly|ice-ufrag))/.test(line)),
    [
      'a=group:BUNDLE 0',
      'm=audio 10000 UDP/TLS/RTP/SAVPF 111 9 0 8 110',
      'a=mid:0',
      'a=sendonly',
      'a=ice-ufrag:ours',
      'a=setup:actpass',
      'm=video 0 UDP/TLS/RTP/SAVPF 96',
      'a=mid:1',
    ],
  );
  const again = createOffer({ ...local, direction: 'sendonly', previous: hold });
  assert.equal(nextVersion(hold, again), hold);
  const restart = createOffer({ ...local, previous: hold, webRtc: { ...webRtc, ufrag: 'newer' } });
  assert.deepEqual(
    text(restart).filter((line) => line.startsWith('a=ice-ufrag')),
    ['a=ice-ufrag:newer'],
  );
});

test('a browser that stops its line gets its refusal, and the codecs stay for later {webrtc}', () => {
  const current = answerOffer(offer(), local).parameters;
  const stopped = offer({ m: 'm=audio 0 UDP/TLS/RTP/SAVPF 111', without: /^a=group/ });
  const { answer, parameters } = answerOffer(stopped, local, current);
  assert.deepEqual(
    answer.media.map(({ port }) => port),
    [0],
  );
  assert.equal(parameters.direction, 'inactive');
  assert.deepEqual(parameters.webRtc, current.webRtc);
});
