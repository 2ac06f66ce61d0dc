import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ToneDetector } from '../../../core/media/worker/tone-detector.ts';

const keys = '123A456B789C*0#D';
const rowsHz = [697, 770, 852, 941];
const columnsHz = [1209, 1336, 1477, 1633];

let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 0) / 2 ** 32;
}

/** Amplitude of a sine of so many dBm0. */
const amplitudeOf = (dbm0: number): number => 32768 * 10 ** ((dbm0 - 3.14) / 20);

interface Press {
  readonly ms?: number;
  readonly lowDbm0?: number;
  readonly highDbm0?: number;
  readonly lowOff?: number;
  readonly highOff?: number;
}

function press(key: string, rateHz: number, of: Press = {}): Float64Array {
  const { ms = 50, lowDbm0 = -10, highDbm0 = -10, lowOff = 0, highOff = 0 } = of;
  const index = keys.indexOf(key);
  const low = (2 * Math.PI * (rowsHz[index >> 2] ?? 0) * (1 + lowOff)) / rateHz;
  const high = (2 * Math.PI * (columnsHz[index & 3] ?? 0) * (1 + highOff)) / rateHz;
  const phase = 6 * random();
  return Float64Array.from(
    { length: Math.round((ms * rateHz) / 1000) },
    (_, i) => amplitudeOf(lowDbm0) * Math.sin(low * i + phase) + amplitudeOf(highDbm0) * Math.sin(high * i),
  );
}

const pause = (ms: number, rateHz: number): Float64Array => new Float64Array(Math.round((ms * rateHz) / 1000));

/** The keys heard in `parts` one after the other, over what `under` gives. */
function heard(rateHz: number, parts: readonly Float64Array[], under: (index: number) => number = () => 0): string {
  let found = '';
  const detector = new ToneDetector(rateHz, (key) => {
    found += key;
  });
  let index = 0;
  for (const part of parts) {
    const samples = Int16Array.from(part, (sample) =>
      Math.max(-32768, Math.min(32767, Math.round(sample + under(index++)))),
    );
    detector.push(samples, samples.length);
  }
  detector.push(null, rateHz / 10);
  return found;
}

const lead = (): number => 17 + 20 * random();

for (const rateHz of [8000, 16000, 48000]) {
  const of = (key: string, what?: Press): string => heard(rateHz, [pause(lead(), rateHz), press(key, rateHz, what)]);
  const rate = `${rateHz} Hz`;

  test(`Frequencies 1.5 % off are a key, 3.5 % off are none, ${rate} {dtmf-inband}`, () => {
    for (const key of keys) {
      for (const off of [-0.015, 0.015]) {
        assert.equal(of(key, { lowOff: off }), key);
        assert.equal(of(key, { highOff: off }), key);
        assert.equal(of(key, { lowOff: off, highOff: off }), key);
      }
      for (const off of [-0.035, 0.035]) {
        assert.equal(of(key, { lowOff: off }), '');
        assert.equal(of(key, { highOff: off }), '');
      }
    }
  });

  test(`The low tone may be 8 dB louder than the high one, the high one 4 dB, not much more, ${rate} {dtmf-inband}`, () => {
    for (const key of keys) {
      assert.equal(of(key, { lowDbm0: -8, highDbm0: -16 }), key);
      assert.equal(of(key, { lowDbm0: -12, highDbm0: -8 }), key);
      assert.equal(of(key, { lowDbm0: -8, highDbm0: -18.5 }), '');
      assert.equal(of(key, { lowDbm0: -14.5, highDbm0: -8 }), '');
    }
  });

  test(`Levels from +1 to -35 dBm0 are found, ${rate} {dtmf-inband}`, () => {
    for (let level = 1; level >= -35; level -= 3) assert.equal(of('5', { lowDbm0: level, highDbm0: level }), '5');
  });

  test(`40 ms are a key, 23 ms are none, wherever they begin, ${rate} {dtmf-inband}`, () => {
    for (let round = 0; round < 3; round++) {
      for (const key of keys) {
        assert.equal(of(key, { ms: 40 }), key);
        assert.equal(of(key, { ms: 23 }), '');
      }
    }
  });

  test(`A break of 10 ms is none, one of 40 ms makes two presses, ${rate} {dtmf-inband}`, () => {
    const twice = (key: string, ms: number): string =>
      heard(rateHz, [pause(lead(), rateHz), press(key, rateHz), pause(ms, rateHz), press(key, rateHz)]);
    for (const key of keys) {
      assert.equal(twice(key, 10), key);
      assert.equal(twice(key, 40), key + key);
    }
  });

  test(`Keys are found 12 dB above noise, ${rate} {dtmf-inband}`, () => {
    // The tones' power together, 12 dB less, over 4000 Hz; more where the rate has more.
    const deviation = amplitudeOf(-10) * 10 ** (-12 / 20) * Math.sqrt(rateHz / 8000);
    const noise = (): number => {
      let sum = 0;
      for (let i = 0; i < 12; i++) sum += random();
      return deviation * (sum - 6);
    };
    for (let round = 0; round < 3; round++) {
      for (const key of keys) {
        assert.equal(heard(rateHz, [pause(lead(), rateHz), press(key, rateHz), pause(40, rateHz)], noise), key);
      }
    }
  });

  test(`Keys are found in dial tone as loud as they are, ${rate} {dtmf-inband}`, () => {
    for (const tonesHz of [[350, 440], [425], [400]]) {
      const dial = (index: number): number =>
        tonesHz.reduce((sum, hz) => sum + amplitudeOf(-10) * Math.sin((2 * Math.PI * hz * index) / rateHz), 0);
      for (const key of keys) {
        const parts = [pause(400 + lead(), rateHz), press(key, rateHz), pause(60, rateHz)];
        assert.equal(heard(rateHz, parts, dial), key, `${tonesHz}`);
      }
    }
  });
}

/** Formants of vowels, Hz. */
const vowels = [
  [730, 1090, 2440],
  [270, 2290, 3010],
  [300, 870, 2240],
  [530, 1840, 2480],
  [640, 1190, 2390],
  [660, 1720, 2410],
  [850, 1330, 2500],
  [770, 1500, 2500],
];

/** Pulses of a gliding pitch through three resonances that change every 150 ms. */
function voice(seconds: number, rateHz: number): Float64Array {
  const memory = new Float64Array(6);
  let formants: readonly number[] = [];
  let pitchHz = 120;
  let aimHz = 120;
  let phase = 0;
  return Float64Array.from({ length: seconds * rateHz }, (_, index) => {
    if (index % Math.floor(rateHz * 0.15) === 0) {
      const stretch = 0.85 + 0.3 * random();
      formants = (vowels[Math.floor(random() * vowels.length)] ?? []).map((hz) => hz * stretch);
      aimHz = 80 + 420 * random() ** 2;
    }
    pitchHz += (aimHz - pitchHz) * 0.001;
    phase += pitchHz / rateHz;
    const pulse = (phase >= 1 ? 1 : 0) + 0.002 * (random() - 0.5);
    phase %= 1;
    let sum = 0;
    formants.forEach((hz, k) => {
      const radius = Math.exp((-Math.PI * (40 + 30 * k)) / rateHz);
      const before = memory[2 * k] ?? 0;
      const value =
        pulse +
        2 * radius * Math.cos((2 * Math.PI * hz) / rateHz) * before -
        radius * radius * (memory[2 * k + 1] ?? 0);
      memory[2 * k + 1] = before;
      memory[2 * k] = value;
      sum += value / (k + 1);
    });
    return 2500 * sum;
  });
}

/** Two to four notes of four harmonics, for 200 ms each. */
function chords(seconds: number, rateHz: number): Float64Array {
  const kinds = [
    [0, 4, 7],
    [0, 3, 7],
    [0, 5],
    [0, 7],
    [0, 4, 7, 11],
    [0, 10],
    [0, 9],
    [0, 12, 16],
  ];
  let notesHz: readonly number[] = [];
  return Float64Array.from({ length: seconds * rateHz }, (_, index) => {
    const into = index % (rateHz / 5);
    if (into === 0) {
      const root = 110 * 2 ** (Math.floor(random() * 36) / 12);
      notesHz = (kinds[Math.floor(random() * kinds.length)] ?? []).map((step) => root * 2 ** (step / 12));
    }
    let sum = 0;
    for (const hz of notesHz) {
      for (let k = 1; k <= 4; k++) sum += Math.sin((2 * Math.PI * hz * k * index) / rateHz) / k;
    }
    return 3000 * sum * (1 - into / (rateHz / 2.5));
  });
}

test('In two minutes of vowels with gliding pitch, and two of chords, there is no key {dtmf-inband}', () => {
  assert.equal(heard(8000, [voice(120, 8000)]), '');
  assert.equal(heard(8000, [chords(120, 8000)]), '');
  assert.equal(heard(16000, [voice(30, 16000)]), '');
  assert.equal(heard(16000, [chords(30, 16000)]), '');
});

test('A press goes on where its detector moved in the middle of it, dial tone included {dtmf-inband}', () => {
  for (const rateHz of [8000, 48000]) {
    const dial = (index: number): number => amplitudeOf(-10) * Math.sin((2 * Math.PI * 425 * index) / rateHz);
    const tone = press('7', rateHz, { ms: 60 });
    const all = Int16Array.from([...pause(300, rateHz), ...tone, ...pause(80, rateHz)], (sample, index) =>
      Math.round(sample + dial(index)),
    );
    const expected: string[] = [];
    const whole = new ToneDetector(rateHz, (key, ms) => expected.push(`${key} ${ms}`));
    whole.push(all, all.length);
    const found: string[] = [];
    const cut = Math.round(rateHz * 0.3333);
    const first = new ToneDetector(rateHz, () => found.push('too early'));
    first.push(all, cut);
    const second = new ToneDetector(rateHz, (key, ms) => found.push(`${key} ${ms}`));
    second.restore(structuredClone(first.state()));
    second.push(all.subarray(cut), all.length - cut);
    assert.deepEqual(found, expected);
    assert.equal(found.length, 1);
  }
});
