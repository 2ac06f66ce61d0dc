import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  acceptAnswer,
  answerOffer,
  type CodecCapability,
  createOffer,
  type LocalAudio,
  parseSdp,
  printSdp,
  type SessionDescription,
} from '../../../core/sdp/index.ts';

function codec(name: string, staticPayloadType: number | null, rest: Partial<CodecCapability> = {}): CodecCapability {
  return { name, clockRateHz: 8000, channels: 1, staticPayloadType, fmtp: null, ...rest };
}

/** Takes 20 and 30 ms, and answers what was offered. */
const ilbc = codec('iLBC', null, {
  fmtp: 'mode=30',
  negotiate: (offered) => {
    const mode = /mode=([0-9]+)/.exec(offered ?? '')?.[1] ?? '30';
    return mode === '20' || mode === '30' ? { fmtp: `mode=${mode}` } : null;
  },
});
const all = [
  codec('PCMU', 0),
  codec('PCMA', 8),
  codec('G722', 9),
  codec('opus', null, { clockRateHz: 48_000, channels: 2, fmtp: 'useinbandfec=1' }),
  codec('speex', null, { clockRateHz: 16_000 }),
  codec('speex', null),
  ilbc,
  codec('GSM', 3),
  codec('G726-32', 2),
  codec('AAL2-G726-32', null),
];

function local(rest: Partial<LocalAudio> = {}): LocalAudio {
  return {
    capabilities: { codecs: all, ptimeMs: 20 },
    address: '192.0.2.1',
    rtpPort: 10000,
    direction: 'sendrecv',
    sessionId: '7',
    version: '1',
    ...rest,
  };
}

function remote(...media: string[]): SessionDescription {
  return parseSdp(['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...media].join('\r\n'));
}

const linesOf = (description: SessionDescription) => printSdp(description).split('\r\n');
const names = ({ parameters }: ReturnType<typeof answerOffer>) =>
  parameters.codecs.map(({ name, clockRateHz, receivePayloadType: type }) => `${type} ${name}/${clockRateHz}`);

test('static numbers need no rtpmap; number 2 is what its name says {sdp}', () => {
  const bare = answerOffer(remote('m=audio 4000 RTP/AVP 2 3 8 9 0 13 4 18'), local());
  assert.deepEqual(names(bare), ['2 G726-32/8000', '3 GSM/8000', '8 PCMA/8000', '9 G722/8000', '0 PCMU/8000']);
  const packed = answerOffer(remote('m=audio 4000 RTP/AVP 2', 'a=rtpmap:2 AAL2-G726-32/8000'), local());
  assert.deepEqual(names(packed), ['2 AAL2-G726-32/8000']);
  const cisco = answerOffer(remote('m=audio 4000 RTP/AVP 2', 'a=rtpmap:2 G721/8000'), local());
  assert.deepEqual(names(cisco), ['2 G726-32/8000']);
});

test('names go without case, one name at several rates is several codecs, and G.722 counts in 8000 {sdp}', () => {
  const offered = remote(
    'm=audio 4000 RTP/AVP 97 98 99 100 9',
    'a=rtpmap:97 SPEEX/8000',
    'a=rtpmap:98 Speex/16000/1',
    'a=rtpmap:99 speex/32000',
    'a=rtpmap:100 OPUS/48000/2',
    'a=rtpmap:9 G722/16000',
  );
  assert.deepEqual(names(answerOffer(offered, local())), [
    '97 speex/8000',
    '98 speex/16000',
    '100 opus/48000',
    '9 G722/8000',
  ]);
  assert.ok(linesOf(answerOffer(offered, local()).answer).includes('a=rtpmap:9 G722/8000'));
});

test('the order is that of the offer, or ours when configured so {sdp}', () => {
  const offered = remote('m=audio 4000 RTP/AVP 3 8 0');
  assert.deepEqual(names(answerOffer(offered, local())), ['3 GSM/8000', '8 PCMA/8000', '0 PCMU/8000']);
  assert.deepEqual(names(answerOffer(offered, local({ codecOrder: 'local' }))), [
    '0 PCMU/8000',
    '8 PCMA/8000',
    '3 GSM/8000',
  ]);
});

test('format parameters are negotiated by the codec; a mode that it has not leaves the next number {sdp}', () => {
  const answer = answerOffer(
    remote(
      'm=audio 4000 RTP/AVP 97 98',
      'a=rtpmap:97 iLBC/8000',
      'a=fmtp:97 mode=40',
      'a=rtpmap:98 iLBC/8000',
      'a=fmtp:98 mode=20',
    ),
    local(),
  );
  assert.deepEqual(names(answer), ['98 iLBC/8000']);
  assert.equal(answer.parameters.codecs[0].fmtp, 'mode=20');
  assert.ok(linesOf(answer.answer).includes('a=fmtp:98 mode=20'));
  const offer = createOffer(local());
  const number =
    linesOf(offer)
      .find((line) => line.includes('iLBC'))
      ?.match(/[0-9]+/)?.[0] ?? '';
  const bad = remote(`m=audio 4000 RTP/AVP ${number} 0`, `a=rtpmap:${number} iLBC/8000`, `a=fmtp:${number} mode=40`);
  const accepted = acceptAnswer(offer, bad, null, local().capabilities);
  assert.deepEqual(
    accepted.codecs.map(({ name }) => name),
    ['PCMU'],
  );
});

test('keys have the clock of the codec: 48000 is offered beside Opus, and either is understood {sdp}', () => {
  const offer = createOffer(local());
  const events = linesOf(offer).filter((line) => line.includes('telephone-event'));
  assert.deepEqual(events, ['a=rtpmap:101 telephone-event/8000', 'a=rtpmap:102 telephone-event/48000']);
  const eventOf = (...media: string[]) => acceptAnswer(offer, remote(...media)).telephoneEvent;
  const opus =
    linesOf(offer)
      .find((line) => line.includes('opus'))
      ?.match(/[0-9]+/)?.[0] ?? '';
  const map = `a=rtpmap:${opus} opus/48000/2`;
  assert.deepEqual(
    eventOf(
      `m=audio 4 RTP/AVP ${opus} 101 102`,
      map,
      'a=rtpmap:101 telephone-event/8000',
      'a=rtpmap:102 telephone-event/48000',
    ),
    { sendPayloadType: 102, receivePayloadType: 102, clockRateHz: 48_000 },
  );
  assert.deepEqual(eventOf(`m=audio 4 RTP/AVP ${opus} 110`, map, 'a=rtpmap:110 telephone-event/8000'), {
    sendPayloadType: 110,
    receivePayloadType: 101,
  });
  assert.deepEqual(
    answerOffer(
      remote('m=audio 4 RTP/AVP 96 97', 'a=rtpmap:96 opus/48000/2', 'a=rtpmap:97 telephone-event/48000'),
      local(),
    ).parameters.telephoneEvent,
    { sendPayloadType: 97, receivePayloadType: 97, clockRateHz: 48_000 },
  );
});

test('comfort noise is agreed only when it is configured, by number or by name {sdp} {comfort-noise}', () => {
  const offered = remote('m=audio 4000 RTP/AVP 0 13');
  assert.equal(answerOffer(offered, local()).parameters.comfortNoise, undefined);
  const agreed = answerOffer(offered, local({ comfortNoise: true }));
  assert.deepEqual(agreed.parameters.comfortNoise, { sendPayloadType: 13, receivePayloadType: 13 });
  assert.deepEqual(
    linesOf(agreed.answer).filter((line) => /^m=|CN/.test(line)),
    ['m=audio 10000 RTP/AVP 0 13', 'a=rtpmap:13 CN/8000'],
  );
  const offer = createOffer(local({ comfortNoise: true }));
  assert.deepEqual(acceptAnswer(offer, offered).comfortNoise, { sendPayloadType: 13, receivePayloadType: 13 });
  const wide = remote('m=audio 4 RTP/AVP 96 97 13', 'a=rtpmap:96 speex/16000', 'a=rtpmap:97 CN/16000');
  const wideAgreed = answerOffer(wide, local({ comfortNoise: true }));
  assert.equal(wideAgreed.parameters.comfortNoise?.sendPayloadType, 97);
});

test('RTCP on the RTP port is accepted when offered, offered when configured, or neither {sdp} {rtcp}', () => {
  const offered = remote('m=audio 4000 RTP/AVP 0', 'a=rtcp-mux', 'a=rtcp:4000');
  const { answer, parameters } = answerOffer(offered, local());
  assert.ok(linesOf(answer).includes('a=rtcp-mux'));
  assert.equal(parameters.rtcpMux, true);
  assert.deepEqual(parameters.remoteRtcp, parameters.remote);
  const off = answerOffer(offered, local({ rtcpMux: 'off' }));
  assert.deepEqual([off.parameters.rtcpMux, linesOf(off.answer).includes('a=rtcp-mux')], [undefined, false]);
  const offer = createOffer(local({ rtcpMux: 'offer' }));
  assert.equal(acceptAnswer(offer, offered).rtcpMux, true);
  assert.equal(acceptAnswer(offer, remote('m=audio 4000 RTP/AVP 0')).rtcpMux, undefined);
  assert.equal(acceptAnswer(createOffer(local()), offered).rtcpMux, undefined);
  assert.ok(linesOf(createOffer(local({ rtcpPort: 20_001 }))).includes('a=rtcp:20001'));
});

test('packets are as long as the peer wants, and no longer than it can {sdp}', () => {
  const ptimeOf = (...attributes: string[]) => answerOffer(remote('m=audio 4000 RTP/AVP 0', ...attributes), local());
  assert.equal(ptimeOf('a=ptime:40').parameters.ptimeMs, 40);
  assert.ok(linesOf(ptimeOf('a=ptime:40').answer).includes('a=ptime:40'));
  assert.equal(ptimeOf('a=ptime:60', 'a=maxptime:30').parameters.ptimeMs, 30);
  assert.equal(ptimeOf('a=maxptime:10').parameters.ptimeMs, 10);
  for (const odd of ['a=ptime:0', 'a=ptime:5000', 'a=ptime:x', 'a=ptime']) {
    assert.equal(ptimeOf(odd).parameters.ptimeMs, 20, odd);
  }
});

test('our largest default offer leaves room for the headers of an INVITE in a datagram {sdp}', () => {
  const srtp = { policy: 'optional', suites: ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'] } as const;
  const size = (audio: LocalAudio) => printSdp(createOffer(audio)).length;
  assert.ok(size(local()) < 600, `${size(local())} bytes`);
  const encrypted = local({ srtp: { ...srtp, newKey: (bytes) => new Uint8Array(bytes) } });
  assert.ok(size(encrypted) < 780, `${size(encrypted)} bytes`);
});
