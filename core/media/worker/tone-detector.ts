/**
 * Keys in the audio itself (ITU-T Q.23, Q.24), in two steps. A window of 12.75 ms every 6.4 ms tells
 * which key it may be; when four in a row say the same, the whole 32 ms are judged with the narrow
 * filters that they allow: frequency, twist, how much of the energy the two tones are, and what is at
 * their double. Speech that has two strong harmonics in the right places for a moment does not keep
 * them there, nor is it without others. Nothing is allocated.
 */
import { filterFour, putEnergy } from './tone-filters.ts';
import { ToneLine, type ToneLineState } from './tone-line.ts';

const keyAt = '123A456B789C*0#D';
const rowsHz = [697, 770, 852, 941];
const columnsHz = [1209, 1336, 1477, 1633];
const tonesHz = [...rowsHz, ...columnsHz];

/** Amplitude of one tone that is still a key: -42 dBm0; Q.24 asks for at least -25 to -29. */
const faintest = 180;
/** Q.24: the low tone may be 8 dB above the high one, the high one 4 dB above the low; the rest is for what filters miss. */
const normalTwist = 10 ** 0.83;
const reverseTwist = 10 ** 0.43;
/** A window is short: what it says of the twist is rough. */
const windowTwist = 10 ** 0.15;
/** In a window, other tones of a group are 6 dB below, and the two are that much of the energy. */
const peakRatio = 10 ** 0.6;
const windowPurity = 0.7;
/** Of the energy of all 32 ms: a signal to noise ratio of 10 dB, and no tone shorter than 29 ms. Speech fails here. */
const purity = 0.9;
/** The second harmonic of a tone is 14 dB below it. Telephones' are at least 20 dB below (Q.23: 20 dB for all of them). */
const harmonicRatio = 10 ** 1.4;
/** A harmonic that near to the other tone cannot be told from it. */
const apartHz = 110;
/** A tone holds its level: from one window to the next of a press it changes by no more than that. */
const steadiness = 10 ** 0.3;
/** Windows in a row that make a key: 32 ms of tone, where Q.24 wants 40 ms found and 20 ms not. */
const onsetWindows = 4;
/** Windows without the key that end it: Q.24 wants a break of 10 ms bridged and one of 40 ms found. */
const releaseWindows = 4;

/** Places that a tone is tried at, in steps of 0.6 %; Q.24 wants 1.5 % off found and 3.5 % not. */
const offsetStep = 0.006;
const offsets = 12;
const middleOffset = 5;
const farthestOffset = 4;

/** Coefficients of a sampling rate. */
interface Bank {
  /** Of the eight tones; of each tone at all offsets; of twice that. */
  readonly tones: Float64Array;
  readonly around: Float64Array;
  readonly doubled: Float64Array;
  /** What the filters before leave of a tone's power, inverse: without and with a dial tone. */
  readonly gains: Float64Array;
}

const banks = new Map<number, Bank>();

function bankOf(sampleRateHz: number, line: ToneLine): Bank {
  const known = banks.get(sampleRateHz);
  if (known !== undefined) return known;
  const coefficient = (hz: number): number => 2 * Math.cos((2 * Math.PI * hz) / line.rateHz);
  const around = tonesHz.flatMap((hz) =>
    Array.from({ length: offsets }, (_, index) => hz * (1 + (index - middleOffset) * offsetStep)),
  );
  const bank: Bank = {
    tones: Float64Array.from(tonesHz, coefficient),
    around: Float64Array.from(around, coefficient),
    doubled: Float64Array.from(around, (hz) => coefficient(2 * hz)),
    gains: Float64Array.from([false, true].flatMap((dial) => tonesHz.map((hz) => 1 / line.response(hz, dial)))),
  };
  banks.set(sampleRateHz, bank);
  return bank;
}

/** Powers of the eight tones in the window that was looked at last. */
const powers = new Float64Array(8);
/** Of one tone at all offsets, and of what is at the double. */
const near = new Float64Array(offsets);
const harmonics = new Float64Array(4);
/** Of what is looked at. */
const energies = new Float64Array(1);

/** Place of the strongest of four, or -1 when it does not stand out. */
function strongest(first: number): number {
  let best = first;
  for (let i = first + 1; i < first + 4; i++) if ((powers[i] as number) > (powers[best] as number)) best = i;
  const least = (powers[best] as number) / peakRatio;
  for (let i = first; i < first + 4; i++) if (i !== best && (powers[i] as number) > least) return -1;
  return best;
}

/** Position as plain data. */
export interface ToneDetectorState {
  readonly line: ToneLineState;
  readonly candidate: number;
  readonly hits: number;
  readonly level: number;
  readonly pressed: number;
  readonly misses: number;
  readonly windows: number;
}

export class ToneDetector {
  readonly #onKey: (key: string, durationMs: number) => void;
  readonly #bank: Bank;
  readonly #line: ToneLine;
  readonly sampleRateHz: number;
  /** The key of the last windows, -1: none; for how many, and how loud. */
  #candidate = -1;
  #hits = 0;
  #level = 0;
  /** The key that is down, -1: none; since how many windows it was not heard, and its length. */
  #pressed = -1;
  #misses = 0;
  #windows = 0;

  /** `onKey` is told of a press when it ends. */
  constructor(sampleRateHz: number, onKey: (key: string, durationMs: number) => void) {
    this.#onKey = onKey;
    this.sampleRateHz = sampleRateHz;
    this.#line = new ToneLine(sampleRateHz);
    this.#bank = bankOf(sampleRateHz, this.#line);
  }

  /** The next `count` samples; null: nothing came, which counts as silence. */
  push(samples: Int16Array | null, count: number): void {
    const line = this.#line;
    for (let i = 0; i < count; i++) {
      if (!line.push(samples === null ? 0 : (samples[i] as number))) continue;
      const key = line.isLoud ? this.#look() : -1;
      this.#step(key);
      line.next(key >= 0);
    }
  }

  /** A key that is down is over: the stream ends or was put on hold. */
  flush(): void {
    this.#release();
    this.#candidate = -1;
    this.#hits = 0;
    this.#line.reset();
  }

  /** The key that the newest window may be of, -1: none. */
  #look(): number {
    const { window, long, samples, hasDialTone } = this.#line;
    const { tones, gains } = this.#bank;
    const from = long - window;
    putEnergy(samples, from, window, energies, 0);
    const energy = energies[0] as number;
    if (energy < window * faintest * faintest * windowPurity) return -1;
    filterFour(samples, from, window, tones, 0, powers, 0);
    filterFour(samples, from, window, tones, 4, powers, 4);
    const row = strongest(0);
    const column = strongest(4);
    if (row < 0 || column < 0) return -1;
    const gain = hasDialTone ? 8 : 0;
    const low = (powers[row] as number) * (gains[gain + row] as number);
    const high = (powers[column] as number) * (gains[gain + column] as number);
    if (!isBalanced(low, high, windowTwist)) return -1;
    // A sine of amplitude a gives the power (a n / 2)² and the energy n a² / 2.
    const level = (powers[row] as number) + (powers[column] as number);
    if (level * 2 < windowPurity * window * energy) return -1;
    const key = row * 4 + column - 4;
    // A tone that begins or ends in the window is another level: it is counted anew.
    if (key === this.#candidate && (level > this.#level * steadiness || level * steadiness < this.#level)) {
      this.#hits = 0;
    }
    this.#level = level;
    return key;
  }

  /** Whether all 32 ms are this key. */
  #isKey(key: number): boolean {
    const { long, samples, hasDialTone, rateHz } = this.#line;
    const { gains } = this.#bank;
    const row = key >> 2;
    const column = (key & 3) + 4;
    const rowAt = this.#findPlace(row, samples, long);
    if (rowAt < 0) return false;
    const low = near[rowAt] as number;
    const columnAt = this.#findPlace(column, samples, long);
    if (columnAt < 0) return false;
    const high = near[columnAt] as number;
    putEnergy(samples, 0, long, energies, 0);
    if ((low + high) * 2 < purity * long * (energies[0] as number)) return false;
    const gain = hasDialTone ? 8 : 0;
    const trueLow = low * (gains[gain + row] as number);
    const trueHigh = high * (gains[gain + column] as number);
    const least = ((faintest * long) / 2) ** 2;
    if (trueLow < least || trueHigh < least || !isBalanced(trueLow, trueHigh, 1)) return false;
    const doubledHz = 2 * (tonesHz[row] as number);
    const isApart = Math.abs(doubledHz - (tonesHz[column] as number)) > apartHz;
    if (isApart && this.#harmonicOf(row, rowAt, samples, long) * harmonicRatio > low) return false;
    if (4 * (tonesHz[column] as number) > rateHz) return true;
    return this.#harmonicOf(column, columnAt, samples, long) * harmonicRatio <= high;
  }

  /** Where a tone is, -1: too far off; `near` has its power. */
  #findPlace(tone: number, samples: Float64Array, long: number): number {
    let best = 0;
    for (let first = 0; first < offsets; first += 4) {
      filterFour(samples, 0, long, this.#bank.around, tone * offsets + first, near, first);
    }
    for (let i = 1; i < offsets; i++) if ((near[i] as number) > (near[best] as number)) best = i;
    return Math.abs(best - middleOffset) <= farthestOffset ? best : -1;
  }

  #harmonicOf(tone: number, place: number, samples: Float64Array, long: number): number {
    const first = Math.min(place, offsets - 4);
    filterFour(samples, 0, long, this.#bank.doubled, tone * offsets + first, harmonics, 0);
    return harmonics[place - first] as number;
  }

  /** What the newest window says makes, holds or ends a press. */
  #step(key: number): void {
    if (key >= 0 && key === this.#candidate) this.#hits++;
    else {
      this.#candidate = key;
      this.#hits = 1;
    }
    if (this.#pressed >= 0) {
      this.#windows++;
      this.#misses = key === this.#pressed ? 0 : this.#misses + 1;
      if (this.#misses >= releaseWindows) this.#release();
    }
    if (key >= 0 && this.#hits >= onsetWindows && key !== this.#pressed && this.#isKey(key)) {
      this.#release();
      this.#pressed = key;
      this.#windows = this.#hits;
      this.#misses = 0;
    }
  }

  #release(): void {
    if (this.#pressed < 0) return;
    const { window, step, rateHz } = this.#line;
    const length = window + (this.#windows - this.#misses - 1) * step;
    const key = keyAt.charAt(this.#pressed);
    this.#pressed = -1;
    this.#onKey(key, Math.round((length * 1000) / rateHz));
  }

  state(): ToneDetectorState {
    return {
      line: this.#line.state(),
      candidate: this.#candidate,
      hits: this.#hits,
      level: this.#level,
      pressed: this.#pressed,
      misses: this.#misses,
      windows: this.#windows,
    };
  }

  restore(state: ToneDetectorState): void {
    this.#line.restore(state.line);
    this.#candidate = state.candidate;
    this.#hits = state.hits;
    this.#level = state.level;
    this.#pressed = keyAt.charAt(state.pressed) === '' ? -1 : state.pressed;
    this.#misses = state.misses;
    this.#windows = state.windows;
  }
}

function isBalanced(low: number, high: number, allowance: number): boolean {
  return high * normalTwist * allowance >= low && low * reverseTwist * allowance >= high;
}
