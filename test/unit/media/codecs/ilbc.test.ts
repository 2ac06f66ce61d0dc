import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecs, ilbcMode } from '../../../../core/media/worker/codecs/ilbc.ts';
import type { Codec } from '../../../../core/media/worker/records.ts';
import { levelDb, purity, sine, voice } from './signal.ts';

const [record] = codecs;
if (record === undefined) throw new Error('iLBC is always there');
const codecOf = (mode: 20 | 30): Codec => record.create({ fmtp: `mode=${mode}`, ptimeMs: mode });

function through(encoder: Codec, decoder: Codec, speech: Int16Array, frame: number, isLost = (_: number) => false) {
  const heard = new Int16Array(speech.length);
  const payload = new Uint8Array(50);
  const out = new Int16Array(960);
  for (let at = 0, n = 0; at + frame <= speech.length; at += frame, n++) {
    const length = encoder.encode(speech.subarray(at, at + frame), frame, payload);
    if (isLost(n)) decoder.conceal?.(out, frame);
    else assert.equal(decoder.decode(payload, length, out), frame);
    heard.set(out.subarray(0, frame), at);
  }
  return heard;
}

test('mode of iLBC: what is offered, 30 when nothing is said, refused when it makes no sense {ilbc}', () => {
  assert.deepEqual(record.negotiate?.('mode=20'), { fmtp: 'mode=20' });
  assert.deepEqual(record.negotiate?.('mode=30'), { fmtp: 'mode=30' });
  assert.deepEqual(record.negotiate?.(null), { fmtp: 'mode=30' });
  assert.equal(record.negotiate?.('mode=40'), null);
  assert.equal(ilbcMode('foo=1; Mode=20'), 20);
  // Offered 20, answered 30: the lower rate of the two.
  assert.equal(record.create({ fmtp: 'mode=30', ptimeMs: 20 }).frameMs, 30);
  assert.equal(record.create({ fmtp: null, ptimeMs: 20 }).frameMs, 30);
});

for (const mode of [20, 30] as const) {
  test(`a tone through iLBC of ${mode} ms stays one, as loud, and begins later by the enhancer's delay {ilbc}`, () => {
    const tone = sine(8000, 1200, 440);
    const delayed = new Int16Array(tone.length);
    const start = 2400;
    delayed.set(tone.subarray(0, tone.length - start), start);
    const heard = through(codecOf(mode), codecOf(mode), delayed, mode * 8);
    assert.ok(purity(heard.subarray(4800), 8000, 440) > 0.98);
    assert.ok(Math.abs(levelDb(heard.subarray(4800)) - levelDb(tone)) < 1);
    const begin = heard.findIndex((sample) => Math.abs(sample) > 2000);
    const delay = mode === 20 ? 40 : 80;
    assert.ok(begin >= start + delay - 10 && begin <= start + delay + 20, `begins at ${begin}`);
  });

  test(`a lost frame of ${mode} ms is concealed, a long gap goes quiet {concealment}`, () => {
    const speech = voice(8000, 1200);
    const frame = mode * 8;
    const heard = through(codecOf(mode), codecOf(mode), speech, frame, (n) => n === 20);
    const gap = heard.subarray(20 * frame, 21 * frame);
    const usual = through(codecOf(mode), codecOf(mode), speech, frame).subarray(20 * frame, 21 * frame);
    assert.ok(Math.abs(levelDb(gap) - levelDb(usual)) < 5, `${levelDb(gap)} for ${levelDb(usual)}`);
    const decoder = codecOf(mode);
    through(codecOf(mode), decoder, speech, frame);
    const silence = new Int16Array(frame);
    for (let i = 0; i < 60; i++) decoder.conceal?.(silence, frame);
    assert.ok(levelDb(silence) < levelDb(speech) - 20);
  });

  test(`iLBC of ${mode} ms goes on from a snapshot that was text, sample for sample {ilbc}`, () => {
    const speech = voice(8000, 960);
    const frame = mode * 8;
    const first = codecOf(mode);
    through(first, first, speech, frame);
    const second = codecOf(mode);
    second.restore?.(JSON.parse(JSON.stringify(first.snapshot?.())));
    assert.deepEqual(through(second, second, speech, frame), through(first, first, speech, frame));
    second.restore?.({ decoderMs: 20, encoder: { past: 'x' } });
    second.restore?.(null);
  });
}

test('frames of the other length are decoded as what they are; several in a packet {ilbc}', () => {
  const payload = new Uint8Array(50);
  const long = codecOf(30).encode(voice(8000, 30), 240, payload);
  const out = new Int16Array(960);
  const decoder = codecOf(20);
  assert.equal(decoder.decode(payload, long, out), 240);
  assert.equal(decoder.decode(new Uint8Array(76), 76, out), 320);
  assert.equal(decoder.decode(new Uint8Array(37), 37, out), 0);
});

test('random payloads never break the decoder {ilbc}', () => {
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed >>> 24;
  };
  for (const mode of [20, 30] as const) {
    const decoder = codecOf(mode);
    const out = new Int16Array(960);
    const bytes = mode === 20 ? 38 : 50;
    for (let i = 0; i < 1500; i++) {
      const payload = Uint8Array.from({ length: bytes }, random);
      payload[bytes - 1] = (payload[bytes - 1] ?? 0) & 0xfe; // not the mark of an empty frame
      assert.equal(decoder.decode(payload, bytes, out), mode * 8);
    }
    // And it still works.
    const heard = through(codecOf(mode), decoder, sine(8000, 1200, 440), mode * 8);
    assert.ok(purity(heard.subarray(2400), 8000, 440) > 0.98);
  }
});
