import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../core/runtime/index.ts';
import {
  acceptAnswer,
  answerOffer,
  createOffer,
  type LocalAudio,
  parseSdp,
  printSdp,
  type SessionDescription,
  type SrtpLocal,
  srtpSuites,
} from '../../../core/sdp/index.ts';

/** Keys of a side: the same byte throughout, one more each time. */
function srtp(policy: SrtpLocal['policy'], first = 1, offersKeys = true): SrtpLocal {
  let next = first;
  return { policy, suites: srtpSuites, offersKeys, newKey: (bytes) => new Uint8Array(bytes).fill(next++) };
}

function local(security: SrtpLocal | undefined, address = '192.0.2.1'): LocalAudio {
  return {
    capabilities: {
      codecs: [{ name: 'PCMU', clockRateHz: 8000, channels: 1, staticPayloadType: 0, fmtp: null }],
      ptimeMs: 20,
    },
    address,
    rtpPort: 10000,
    direction: 'sendrecv',
    sessionId: '7',
    version: '1',
    srtp: security,
  };
}

const key = (byte: number, bytes = 30) => Buffer.alloc(bytes, byte).toString('base64');

function offer(...media: string[]): SessionDescription {
  return parseSdp(['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...media].join('\r\n'));
}

const line = (name: string, description: SessionDescription) =>
  printSdp(description)
    .split('\r\n')
    .filter((text) => text.startsWith(name));

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (fault) {
    if (fault instanceof CodedError) return `${fault.code}: ${fault.detail}`;
    throw fault;
  }
  return 'no error';
}

const savp = (crypto: string, profile = 'RTP/SAVP') => offer(`m=audio 4000 ${profile} 0`, `a=crypto:${crypto}`);
const goodLine = `1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)}`;

test('an encrypted line is answered with its profile, its tag and a key of ours {sdes}', () => {
  for (const profile of ['RTP/SAVP', 'RTP/SAVPF', 'RTP/AVP', 'RTP/AVPF']) {
    const { answer, parameters } = answerOffer(savp(`5${goodLine.slice(1)}`, profile), local(srtp('optional')));
    assert.deepEqual(line('m=', answer), [`m=audio 10000 ${profile} 0`]);
    assert.deepEqual(line('a=crypto', answer), [`a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:${key(1)}`]);
    assert.deepEqual(parameters.srtp, {
      suite: 'AES_CM_128_HMAC_SHA1_80',
      sendKey: key(1),
      receiveKey: key(9),
    });
  }
});

test('lifetimes, windows, blanks and old spellings are understood {sdes}', () => {
  const lines = [
    `1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)}|2^31`,
    `1 aes_cm_128_hmac_sha1_80 INLINE:${key(9)}|2^48`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)}|1000000000 WSH=128 -LOCAL=1 KDR=0`,
    `  1   AES_CM_128_HMAC_SHA1_32  inline:${key(9)}  `,
    `1 AES_CM_256_HMAC_SHA1_80 inline:${key(9, 46)}`,
    `1 AEAD_AES_256_GCM inline:${key(9, 44)}`,
  ];
  for (const text of lines) assert.ok(answerOffer(savp(text), local(srtp('required'))).parameters.srtp, text);
  const old = answerOffer(savp(`1 AES_CM_256_HMAC_SHA1_80 inline:${key(9, 46)}`), local(srtp('required')));
  assert.match(line('a=crypto', old.answer)[0] ?? '', /^a=crypto:1 AES_CM_256_HMAC_SHA1_80 /);
  assert.equal(old.parameters.srtp?.suite, 'AES_256_CM_HMAC_SHA1_80');
});

test('what cannot be done is refused with the reason, and the key is not in it {sdes}', () => {
  const reasons: [string, RegExp][] = [
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)}|2^31|1:5`, /MKI of other than 1 to 4 bytes/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)}|256:1`, /MKI of other than 1 to 4 bytes/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)}|1:1;inline:${key(8)}|2:1`, /several keys/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)}|2^10`, /lasts for less than 2\^22/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)} UNENCRYPTED_SRTP`, /UNENCRYPTED_SRTP is not supported/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)} KDR=4`, /KDR is not supported/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key(9, 28)}`, /has not 30 bytes/],
    ['1 AES_CM_128_HMAC_SHA1_80 inline:%%%%', /has not 30 bytes/],
    [`1 F8_128_HMAC_SHA1_80 inline:${key(9)}`, /F8_128_HMAC_SHA1_80 is not known/],
    [`1 AES_CM_128_HMAC_SHA1_80 uri:${key(9)}`, /not inline/],
  ];
  for (const [text, reason] of reasons) {
    const refused = refusal(() => answerOffer(savp(text), local(srtp('optional'))));
    assert.match(refused, /^sdp\.srtp: /);
    assert.match(refused, reason);
    assert.ok(!refused.includes(key(9)));
  }
  // The next line may do.
  const two = offer(
    'm=audio 4000 RTP/SAVP 0',
    `a=crypto:1 F8_128_HMAC_SHA1_80 inline:${key(8)}`,
    `a=crypto:2${goodLine.slice(1)}`,
  );
  assert.equal(answerOffer(two, local(srtp('optional'))).parameters.srtp?.receiveKey, key(9));
});

test('required refuses a plain offer, off an encrypted one, each saying why {sdes}', () => {
  const plain = offer('m=audio 4000 RTP/AVP 0');
  assert.match(
    refusal(() => answerOffer(plain, local(srtp('required')))),
    /^sdp\.srtp: SRTP is required here/,
  );
  assert.match(
    refusal(() => answerOffer(savp(goodLine), local(srtp('off')))),
    /^sdp\.srtp: SRTP is off here/,
  );
  assert.match(
    refusal(() => answerOffer(savp(goodLine), local(undefined))),
    /^sdp\.srtp: SRTP is off here/,
  );
  const { answer, parameters } = answerOffer(savp(goodLine, 'RTP/AVP'), local(srtp('off')));
  assert.deepEqual([line('a=crypto', answer), parameters.srtp], [[], undefined]);
});

test('of a plain and an encrypted line the encrypted one is taken, in whatever order {sdes}', () => {
  const [secure, plain] = [['m=audio 4000 RTP/SAVP 0', `a=crypto:${goodLine}`], ['m=audio 4002 RTP/AVP 0']];
  const security = srtp('optional');
  assert.deepEqual(line('m=', answerOffer(offer(...plain, ...secure), local(security)).answer), [
    'm=audio 0 RTP/AVP 0',
    'm=audio 10000 RTP/SAVP 0',
  ]);
  assert.deepEqual(line('m=', answerOffer(offer(...secure, ...plain), local(srtp('off'))).answer), [
    'm=audio 0 RTP/SAVP 0',
    'm=audio 10000 RTP/AVP 0',
  ]);
});

test('our offer: optional puts keys into a plain line, required says RTP/SAVP, off neither {sdes}', () => {
  const optional = createOffer(local(srtp('optional')));
  assert.match(line('m=', optional)[0] ?? '', /RTP\/AVP /);
  assert.deepEqual(line('a=crypto', optional), [
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(1)}`,
    `a=crypto:2 AEAD_AES_128_GCM inline:${key(2, 28)}`,
  ]);
  assert.match(line('m=', createOffer(local(srtp('required'))))[0] ?? '', /RTP\/SAVP /);
  assert.deepEqual(line('a=crypto', createOffer(local(srtp('off')))), []);
  assert.deepEqual(line('a=crypto', createOffer(local(srtp('optional', 1, false)))), []);
});

test('both sides end with the same keys, crosswise {sdes}', () => {
  for (const policy of ['optional', 'required'] as const) {
    const ours = createOffer(local(srtp(policy)));
    const { answer, parameters } = answerOffer(ours, local(srtp('optional', 50), '192.0.2.9'));
    const accepted = acceptAnswer(ours, answer);
    assert.equal(accepted.srtp?.sendKey, parameters.srtp?.receiveKey);
    assert.equal(accepted.srtp?.receiveKey, parameters.srtp?.sendKey);
    assert.equal(accepted.srtp?.suite, 'AES_CM_128_HMAC_SHA1_80');
  }
});

test('an answer without keys is plain RTP when that was offered, else refused; our own line back is none {sdes}', () => {
  const plain = offer('m=audio 4000 RTP/AVP 0');
  assert.equal(acceptAnswer(createOffer(local(srtp('optional'))), plain).srtp, undefined);
  assert.match(
    refusal(() => acceptAnswer(createOffer(local(srtp('required'))), plain)),
    /^sdp\.srtp: the answer has no a=crypto that fits/,
  );
  const copied = savp(`1 AES_CM_128_HMAC_SHA1_80 inline:${key(1)}`, 'RTP/AVP');
  assert.equal(acceptAnswer(createOffer(local(srtp('optional'))), copied).srtp, undefined);
  const other = savp(`1 AES_CM_128_HMAC_SHA1_32 inline:${key(9)}`);
  assert.match(
    refusal(() => acceptAnswer(createOffer(local(srtp('required'))), other)),
    /AES_CM_128_HMAC_SHA1_32 was not offered/,
  );
});

test('a re-offer of either side keeps our key; a new key of the peer is taken {sdes}', () => {
  const security = srtp('optional');
  const first = answerOffer(savp(goodLine), local(security));
  const again = answerOffer(savp(goodLine), local(security), first.parameters);
  assert.deepEqual(again.parameters.srtp, first.parameters.srtp);
  const renewed = answerOffer(savp(`2 AES_CM_128_HMAC_SHA1_80 inline:${key(77)}`), local(security), first.parameters);
  assert.deepEqual(renewed.parameters.srtp, { suite: 'AES_CM_128_HMAC_SHA1_80', sendKey: key(1), receiveKey: key(77) });
  const hold = createOffer({ ...local(security), previous: first.answer, direction: 'sendonly' });
  assert.deepEqual(line('a=crypto', hold), line('a=crypto', first.answer));
  assert.match(line('m=', hold)[0] ?? '', /RTP\/SAVP /);
});

test('one MKI of 1 to 4 bytes is taken and given back with our key {sdes}', () => {
  for (const [written, mki] of [
    ['|2^31|1:4', '00000001'],
    ['|255:1', 'ff'],
    ['|2^48|4294967295:4', 'ffffffff'],
  ] as const) {
    const { answer, parameters } = answerOffer(
      savp(`1 AES_CM_128_HMAC_SHA1_80 inline:${key(9)}${written}`),
      local(srtp('required')),
    );
    assert.equal(parameters.srtp?.receiveKey, key(9));
    assert.deepEqual([parameters.srtp?.sendMki, parameters.srtp?.receiveMki], [mki, mki]);
    const given = /inline:[^|]+(\|.*)$/.exec(line('a=crypto', answer)[0] ?? '')?.[1];
    assert.equal(given, written.replace(/^\|2\^[0-9]+/, ''));
  }
});
