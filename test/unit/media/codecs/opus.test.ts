import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configureOpus, opusRecord } from '../../../../core/media/worker/codecs/opus.ts';
import {
  defaultOpusSettings,
  readOpusFormat,
  writeOpusFormat,
} from '../../../../core/media/worker/codecs/opus-format.ts';
import { type OpusLibrary, systemLibrary, wasmLibrary } from '../../../../core/media/worker/codecs/opus-library.ts';
import { hasOpusFec } from '../../../../core/media/worker/codecs/opus-packet.ts';
import type { Codec } from '../../../../core/media/worker/records.ts';
import { bestShift, levelDb, voice } from './signal.ts';

const rateHz = 16_000;
const frame = rateHz / 50;

interface Build {
  readonly name: string;
  readonly library: () => OpusLibrary;
  readonly skip: string | false;
}
const system = systemLibrary();
const builds: readonly Build[] = [
  { name: 'system', library: () => system ?? wasmLibrary(), skip: system === null ? 'no libopus here' : false },
  { name: 'WebAssembly', library: wasmLibrary, skip: false },
];

function make(build: Build, fmtp: string | null = null, ptimeMs = 20, settings = defaultOpusSettings): Codec {
  return opusRecord(settings, build.library).create({ fmtp, ptimeMs });
}

/** Packets of `speech`, empty where DTX leaves one out. */
function packetsOf(codec: Codec, speech: Int16Array, count = frame): Uint8Array[] {
  const payload = new Uint8Array(1460);
  const packets: Uint8Array[] = [];
  for (let at = 0; at + count <= speech.length; at += count) {
    packets.push(payload.slice(0, codec.encode(speech.subarray(at, at + count), count, payload)));
  }
  return packets;
}

function heardOf(codec: Codec, packets: readonly Uint8Array[]): Int16Array {
  const out = new Int16Array(5760);
  return Int16Array.from(packets.flatMap((packet) => [...out.subarray(0, codec.decode(packet, packet.length, out))]));
}

test('Opus: what a peer wishes is read, what makes no sense is not {opus}', () => {
  assert.deepEqual(readOpusFormat('maxplaybackrate=8000; maxaveragebitrate=20000;useinbandfec=1;usedtx=1;cbr=1'), {
    maxPlaybackRateHz: 8000,
    maxAverageBitrate: 20_000,
    fec: true,
    dtx: true,
    cbr: true,
  });
  const nothing = { maxPlaybackRateHz: 48_000, maxAverageBitrate: 510_000, fec: false, dtx: false, cbr: false };
  assert.deepEqual(readOpusFormat(null), nothing);
  assert.deepEqual(readOpusFormat('maxplaybackrate=-1;maxaveragebitrate=9e9;useinbandfec=yes;;=;'), nothing);
});

test('Opus: we ask for what the configuration says, whatever is offered {opus}', () => {
  assert.equal(
    writeOpusFormat({ ...defaultOpusSettings, dtx: true }),
    'minptime=10;useinbandfec=1;usedtx=1;maxplaybackrate=16000;sprop-maxcapturerate=16000',
  );
  const [record] = configureOpus({ ...defaultOpusSettings, sampleRateHz: 48_000, fec: false }).codecs;
  assert.equal(`${record?.name}/${record?.clockRateHz}/${record?.channels}`, 'opus/48000/2');
  assert.deepEqual(record?.negotiate?.('stereo=1'), { fmtp: 'minptime=10' });
});

for (const build of builds) {
  const { name, skip } = build;

  test(`speech through Opus sounds the same (${name}) {opus}`, { skip }, () => {
    const speech = voice(rateHz, 1000);
    const heard = heardOf(make(build), packetsOf(make(build), speech));
    assert.equal(heard.length, speech.length);
    const { shift, likeness } = bestShift(speech.subarray(3200), heard.subarray(3200), 200);
    assert.ok(likeness > 0.8, `likeness ${likeness}`);
    assert.ok(shift < 160, `shift ${shift}`);
    assert.ok(Math.abs(levelDb(heard) - levelDb(speech)) < 2);
  });

  test(`packets of 10, 40 and 60 ms (${name}) {opus}`, { skip }, () => {
    for (const ptimeMs of [10, 40, 60]) {
      const codec = make(build, null, ptimeMs);
      assert.equal(codec.frameMs, ptimeMs);
      const count = (rateHz * ptimeMs) / 1000;
      const heard = heardOf(codec, packetsOf(codec, voice(rateHz, 600), count));
      assert.equal(heard.length, 600 * 16);
    }
  });

  test(`a lost frame comes back from the packet after it where that tells of it (${name}) {opus}`, { skip }, () => {
    const speech = voice(rateHz, 1000);
    const encoder = make(build, 'useinbandfec=1');
    encoder.setPeerLoss?.(0.2);
    const packets = packetsOf(encoder, speech);
    const at = packets.findIndex((packet, index) => index > 35 && hasOpusFec(packet, packet.length));
    const next = packets[at] ?? new Uint8Array(0);
    const whole = heardOf(make(build), packets).subarray((at - 1) * frame, at * frame);
    const decoder = make(build);
    heardOf(decoder, packets.slice(0, at - 1));
    const recovered = new Int16Array(frame);
    assert.equal(decoder.recover?.(next, next.length, recovered, frame), frame);
    assert.ok(bestShift(whole, recovered, 40).likeness > 0.7);
    // Without FEC there is nothing to recover from.
    const plain = packetsOf(make(build), speech)[at] ?? new Uint8Array(0);
    assert.equal(decoder.recover?.(plain, plain.length, recovered, frame), 0);
  });

  test(`silence is not sent to who wants that (${name}) {opus}`, { skip }, () => {
    const codec = make(build, 'usedtx=1', 20, { ...defaultOpusSettings, dtx: true });
    const silence = new Int16Array(rateHz * 2);
    const packets = packetsOf(codec, silence);
    assert.ok(packets.filter(({ length }) => length === 0).length > 50);
    assert.ok(packetsOf(make(build), silence).every(({ length }) => length > 0));
  });

  test(`concealment of any length fades (${name}) {concealment}`, { skip }, () => {
    const codec = make(build);
    heardOf(codec, packetsOf(codec, voice(rateHz, 400)));
    const out = new Int16Array(frame);
    codec.conceal?.(out, 37);
    codec.conceal?.(out, frame);
    assert.ok(levelDb(out) > 20);
    for (let i = 0; i < 100; i++) codec.conceal?.(out, frame);
    assert.ok(levelDb(out) < 40);
  });

  test(`a stream that moves takes its codec along, sample for sample (${name}) {opus}`, { skip }, () => {
    const speech = voice(rateHz, 800);
    const first = make(build);
    heardOf(first, packetsOf(first, speech));
    const second = make(build);
    second.restore?.(first.snapshot?.());
    assert.deepEqual(packetsOf(second, speech), packetsOf(first, speech));
    // As text nothing is left of it: it begins anew.
    const third = make(build);
    third.restore?.(JSON.parse(JSON.stringify(first.snapshot?.())));
    assert.equal(heardOf(third, packetsOf(third, speech)).length, speech.length);
  });

  test(`200 channels at once, then 200 more where those were (${name}) {opus}`, { skip }, () => {
    const payload = new Uint8Array(1460);
    const out = new Int16Array(5760);
    const speech = voice(rateHz, 20);
    for (let round = 0; round < 3; round++) {
      const all = Array.from({ length: 200 }, () => make(build));
      for (const codec of all) {
        const length = codec.encode(speech, frame, payload);
        assert.ok(length > 0);
        assert.equal(codec.decode(payload, length, out), frame);
      }
      for (const codec of all) {
        codec.dispose?.();
        codec.dispose?.();
        assert.equal(codec.encode(speech, frame, payload), 0);
        assert.equal(codec.decode(payload, 10, out), 0);
      }
    }
  });

  test(`random payloads never break the decoder (${name}) {opus}`, { skip }, () => {
    const codec = make(build);
    const out = new Int16Array(1920);
    let seed = 7;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed >>> 24;
    };
    for (let i = 0; i < 1000; i++) {
      const payload = Uint8Array.from({ length: 1 + (random() % 80) }, random);
      const count = codec.decode(payload, payload.length, out);
      assert.ok(count >= 0 && count <= out.length);
      codec.recover?.(payload, payload.length, out, frame);
    }
  });
}
