/** The tone tests of the Mitel CM7291, as files, and talk-off: speech in which no key was pressed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alawToLinear, ulawToLinear } from '../../core/media/worker/codecs/g711.ts';
import { ToneDetector } from '../../core/media/worker/tone-detector.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const skip = root === undefined ? 'CALLBUS_CONFORMANCE is not set' : false;

function file(name: string): Buffer {
  return readFileSync(join(root ?? '', name));
}

function samplesOf(bytes: Buffer): Int16Array {
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** A WAV file of 16-bit samples, as its rate and audio. */
function wav(name: string): { readonly rateHz: number; readonly samples: Int16Array } {
  const bytes = file(join('dtmf', name));
  const data = bytes.indexOf('data');
  return {
    rateHz: bytes.readUInt32LE(24),
    samples: samplesOf(bytes.subarray(data + 8, data + 8 + bytes.readUInt32LE(data + 4))),
  };
}

/** The keys found in `samples`, fed 20 ms at a time. */
function keysIn(samples: Int16Array, rateHz: number): string {
  let keys = '';
  const detector = new ToneDetector(rateHz, (key) => {
    keys += key;
  });
  const frame = rateHz / 50;
  for (let at = 0; at < samples.length; at += frame) {
    const part = samples.subarray(at, at + frame);
    detector.push(part, part.length);
  }
  detector.push(null, rateHz / 10);
  return keys;
}

test('All 160 bursts of 50 ms of the decode test are found, in order {dtmf-inband}', { skip }, () => {
  const { samples, rateHz } = wav('t2-decode.wav');
  const expected = Array.from('123A456B789C*0#D', (key) => key.repeat(10));
  const found = keysIn(samples, rateHz);
  assert.equal(found.length, 160);
  assert.deepEqual(found, Array.from(new Set(found), (key) => key.repeat(10)).join(''));
  assert.deepEqual(new Set(found.match(/(.)\1{9}/g)), new Set(expected));
});

test('At least 35 of the 54 bursts from +3 to -50 dBm0 are found {dtmf-inband}', { skip }, () => {
  const { samples, rateHz } = wav('t5-dynamic-range.wav');
  const found = keysIn(samples, rateHz);
  assert.match(found, /^1+$/);
  assert.ok(found.length >= 35, `${found.length} found`);
});

/** Speech without keys: a recorded call, and the input of the GSM sequences. */
function speech(): Int16Array {
  const call: number[] = [];
  const capture = file('pcap/debian-sip-tester/g711a.pcap');
  for (let at = 24; at + 16 <= capture.length; ) {
    const length = capture.readUInt32LE(at + 8);
    const payload = capture.subarray(at + 16 + 14 + 20 + 8 + 12, at + 16 + length);
    for (const code of payload) call.push(alawToLinear[code] as number);
    at += 16 + length;
  }
  const sources = ['Seq01.inp', 'Seq02.inp'].map((name) => samplesOf(file(join('codec/gsm', name))));
  const all = [call, ...sources].flatMap((source) => Array.from(source));
  assert.ok(ulawToLinear.length === 256 && all.length > 200_000);
  return Int16Array.from(all);
}

/** `samples` at `speed` times their speed and `gain` times their level. */
function varied(samples: Int16Array, speed: number, gain: number): Int16Array {
  return Int16Array.from({ length: Math.floor(samples.length / speed) - 1 }, (_, index) => {
    const place = index * speed;
    const before = samples[Math.floor(place)] as number;
    const after = samples[Math.floor(place) + 1] as number;
    const value = (before + (after - before) * (place % 1)) * gain;
    return Math.min(32767, Math.max(-32768, Math.round(value)));
  });
}

test('In 25 minutes of speech, varied in speed and level, no key is found {dtmf-inband}', { skip }, () => {
  const source = speech();
  let minutes = 0;
  for (let round = 0; minutes < 25; round++) {
    const samples = varied(source, 0.7 + 0.03 * (round % 23), 2 ** ((round % 7) - 4));
    const found = keysIn(samples, 8000);
    assert.equal(found, '', `round ${round}`);
    minutes += samples.length / 8000 / 60;
  }
});
