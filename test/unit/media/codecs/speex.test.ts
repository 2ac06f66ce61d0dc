import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecs, readSpeexFormat, unavailable } from '../../../../core/media/worker/codecs/speex.ts';
import { countSpeexFrames } from '../../../../core/media/worker/codecs/speex-frames.ts';
import type { Codec } from '../../../../core/media/worker/records.ts';
import { levelDb, purity, sine } from './signal.ts';

const skip = codecs.length === 0 ? 'no libspeex here' : false;

function make(rateHz: number, fmtp: string | null = null, ptimeMs = 20): Codec {
  const record = codecs.find(({ clockRateHz }) => clockRateHz === rateHz);
  if (record === undefined) throw new Error('no such rate');
  return record.create({ fmtp, ptimeMs });
}

test('where libspeex is not there, Speex is not offered and says what to install {speex}', () => {
  assert.equal(codecs.length === 0, unavailable.length === 1);
  for (const { reason } of unavailable) assert.match(reason, /apt install libspeex1/);
});

test('Speex: what a peer wishes {speex}', () => {
  assert.deepEqual(readSpeexFormat('mode="4,any";vbr=on;cng=on', 8000), { mode: 4, vbr: 'on', comfortNoise: true });
  assert.deepEqual(readSpeexFormat('mode=any', 8000), { mode: 5, vbr: 'off', comfortNoise: false });
  assert.deepEqual(readSpeexFormat('mode="99,0";vbr=maybe', 8000), { mode: 5, vbr: 'off', comfortNoise: false });
  assert.equal(readSpeexFormat('mode=10', 16_000).mode, 10);
});

for (const rateHz of [8000, 16_000]) {
  test(`a tone through Speex at ${rateHz} Hz stays one, as loud, in packets of 20 and 60 ms {speex}`, { skip }, () => {
    for (const ptimeMs of [20, 60]) {
      const codec = make(rateHz, null, ptimeMs);
      const tone = sine(rateHz, 960, 440);
      const count = (rateHz * ptimeMs) / 1000;
      const heard = new Int16Array(tone.length);
      const payload = new Uint8Array(1460);
      const out = new Int16Array(rateHz * 0.12);
      for (let at = 0; at + count <= tone.length; at += count) {
        const length = codec.encode(tone.subarray(at, at + count), count, payload);
        assert.equal(countSpeexFrames(payload, length), ptimeMs / 20);
        assert.equal(codec.decode(payload, length, out), count);
        heard.set(out.subarray(0, count), at);
      }
      assert.ok(purity(heard.subarray(1600), rateHz, 440) > 0.97);
      assert.ok(Math.abs(levelDb(heard) - levelDb(tone)) < 2);
      codec.conceal?.(out, 100);
      codec.dispose?.();
      codec.dispose?.();
      assert.equal(codec.encode(tone, count, payload), 0);
    }
  });
}

test('random payloads never break the decoder {speex}', { skip }, () => {
  let seed = 3;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed >>> 24;
  };
  const codec = make(16_000);
  const out = new Int16Array(1920);
  for (let i = 0; i < 1000; i++) {
    const payload = Uint8Array.from({ length: 1 + (random() % 120) }, random);
    assert.ok(codec.decode(payload, payload.length, out) <= out.length);
  }
  codec.dispose?.();
});
