/** Descriptions made to cost much: each must cost about what any text of its length does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilitiesOf } from '../../../core/media/capabilities.ts';
import { codecs as loaded } from '../../../core/media/worker/codecs/index.ts';
import { CodedError } from '../../../core/runtime/index.ts';
import {
  acceptAnswer,
  answerOffer,
  createOffer,
  type LocalAudio,
  parseSdp,
  srtpSuites,
} from '../../../core/sdp/index.ts';

const local: LocalAudio = {
  capabilities: capabilitiesOf(loaded, [...new Set(loaded.map(({ name }) => name))]),
  address: '192.0.2.1',
  rtpPort: 10_000,
  direction: 'sendrecv',
  sessionId: '7',
  version: '1',
  comfortNoise: true,
  srtp: { policy: 'optional', suites: srtpSuites, newKey: (bytes) => new Uint8Array(bytes) },
};

const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
const key = Buffer.alloc(30, 9).toString('base64');

/** Answers it as an offer and reads it as an answer; CPU time in ms. Refusals are coded errors. */
function costOf(text: string): number {
  const before = process.cpuUsage();
  for (const run of [
    () => answerOffer(parseSdp(text), local),
    () => acceptAnswer(createOffer(local), parseSdp(text), null, local.capabilities),
  ]) {
    try {
      run();
    } catch (fault) {
      assert.ok(fault instanceof CodedError, String(fault));
    }
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const fill = (unit: string, bytes = 60_000) => unit.repeat(Math.floor(bytes / unit.length));
const numbers = Array.from({ length: 128 }, (_, i) => i).join(' ');
const media = `m=audio 4000 RTP/AVP ${numbers}`;
const lines = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i));

const hostile: Record<string, string> = {
  'nothing but CR': `${head.join('\r\n')}\r\n${fill('\r')}`,
  'CR and LF the wrong way round': `${head.join('\r\n')}\r\n${fill('\n\r', 3000)}`,
  '1900 rtpmaps': [...head, media, ...lines(1900, (i) => `a=rtpmap:${i % 128} opus/48000/2`)].join('\r\n'),
  '1900 fmtps': [...head, media, ...lines(1900, (i) => `a=fmtp:${i % 128} mode=${i}`)].join('\r\n'),
  '500 cryptos that cannot be used': [
    ...head,
    media,
    ...lines(500, (i) => `a=crypto:${i} AES_CM_128_HMAC_SHA1_80 inline:${key}|2^2 x`),
  ].join('\r\n'),
  'a crypto of blanks': [...head, media, `a=crypto:1 X${fill(' ')}`].join('\r\n'),
  'a crypto of semicolons': [...head, media, `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}|${fill(' ;')}`].join(
    '\r\n',
  ),
  'an rtpmap of blanks': [...head, media, `a=rtpmap:97 opus${fill(' ')}x`].join('\r\n'),
  'an fmtp of words far apart': [...head, media, `a=fmtp:97 x${fill(' ')}x`].join('\r\n'),
  'an fmtp of blanks': [...head, media, `a=fmtp:97 ${fill(' ')}x`].join('\r\n'),
  'an rtcp of digits': [...head, media, `a=rtcp:${fill('9')}`].join('\r\n'),
  'a ptime of digits': [...head, media, `a=ptime:${fill('9')}`, `a=maxptime:${fill(' ')}1`].join('\r\n'),
  'an o= of words': `v=0\r\no=${fill('a ')} 1 1 IN IP4 192.0.2.9\r\n${media}`,
  'a b= of blanks': [...head, `b=${fill(' ')}`, media].join('\r\n'),
};
for (const name of ['opus/48000/2', 'speex/8000', 'speex/16000', 'iLBC/8000', 'G726-32/8000', 'L16/16000']) {
  for (const unit of ['mode=', ';', '" ', 'mode="', ' ;', 'a=1;', 'mode = ', '9']) {
    hostile[`${name} with an fmtp of ${JSON.stringify(unit)}`] = [
      ...head,
      'm=audio 4000 RTP/AVP 97 0',
      `a=rtpmap:97 ${name}`,
      `a=fmtp:97 ${fill(unit)}`,
    ].join('\r\n');
  }
}

test('a hostile description is answered or refused at the cost of an ordinary one of its length {sdp}', () => {
  const ordinary = [...head, media, ...lines(1500, (i) => `a=x-attribute-${i}:of no meaning to us`)].join('\r\n');
  costOf(ordinary);
  const allowedMs = 20 * costOf(ordinary) + 100;
  const dear = Object.entries(hostile).filter(([, text]) => costOf(text) > allowedMs);
  assert.deepEqual(
    dear.map(([name]) => name),
    [],
  );
});

test('format parameters that make no sense leave a codec that works {opus} {speex} {ilbc}', () => {
  const values = ['NaN', '-1', '0', '99', '1e9', '9'.repeat(40), '', '""', '\u0000', '1,2,any'];
  const names = ['maxaveragebitrate', 'maxplaybackrate', 'ptime', 'mode', 'useinbandfec', 'vbr', 'cng', 'stereo'];
  const samples = new Int16Array(2880).map((_, i) => 8000 * Math.sin(i / 4));
  for (const record of loaded.filter(({ negotiate }) => negotiate !== undefined)) {
    for (const fmtp of names.flatMap((name) => values.map((value) => `${name}=${value}`))) {
      if (record.negotiate?.(fmtp) === null) continue;
      const codec = record.create({ fmtp, ptimeMs: 20 });
      const count = (record.sampleRateHz * (codec.frameMs ?? 20)) / 1000;
      const payload = new Uint8Array(2000);
      const bytes = codec.encode(samples.subarray(0, count), count, payload);
      codec.dispose?.();
      assert.ok(bytes > 0 && bytes <= record.maxFrameBytes, `${record.name} ${fmtp}: ${bytes} bytes`);
    }
  }
});
