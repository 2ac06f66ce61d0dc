/**
 * Keys in the audio itself (ITU-T Q.23, Q.24): a window of 12.75 ms every 6.4 ms, eight Goertzel
 * filters over each. Windows too quiet for a key cost their energy only. Nothing is allocated.
 */
const keyAt = '123A456B789C*0#D';
const rowsHz = [697, 770, 852, 941];
const columnsHz = [1209, 1336, 1477, 1633];
const windowMs = 12.75;

/** Amplitude of one tone that is still a key: -42 dBm0; Q.24 asks for at least -25 to -29. */
const faintest = 180;
/** Q.24: the low tone may be 8 dB above the high one, the high one 4 dB above the low; half a dB is for what the filters miss. */
const normalTwist = 10 ** 0.85;
const reverseTwist = 10 ** 0.45;
/** Other tones of a group are 8 dB below. */
const peakRatio = 10 ** 0.8;
/** The two tones' part of the whole energy: it is what speech fails at. */
const purity = 0.9;
/** A key's tones are tried that much lower and higher too: Q.24 wants 1.5 % off found, and 3.5 % not. */
const offset = 0.015;
const farthest = 0.025;
/** A tone holds its level: from one window to the next of a press it changes by no more than that. */
const steadiness = 10 ** 0.3;
/** Windows in a row that make a key: 32 ms of tone, where Q.24 wants 40 ms found and 20 ms not. */
const onsetWindows = 4;
/** Windows without the key that end it: Q.24 wants a break of 10 ms bridged and one of 40 ms found. */
const releaseWindows = 4;

/** Coefficients of a sampling rate. */
interface Bank {
  readonly samples: number;
  readonly hop: number;
  /** Of the eight tones. */
  readonly coefficients: Float64Array;
  /** Of each key: the row lower and higher, the column lower and higher. */
  readonly beside: Float64Array;
  /** How much stronger a tone is beside its place than in it when it is as far off as may be. */
  readonly skew: Float64Array;
}

const banks = new Map<number, Bank>();
const tonesHz = [...rowsHz, ...columnsHz];

function bankOf(sampleRateHz: number): Bank {
  const known = banks.get(sampleRateHz);
  if (known !== undefined) return known;
  const samples = Math.round((sampleRateHz * windowMs) / 2000) * 2;
  const coefficient = (hz: number): number => 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz);
  const around = (hz: number): number[] => [coefficient(hz * (1 - offset)), coefficient(hz * (1 + offset))];
  // What a filter hears of a tone `hz` away.
  const heard = (hz: number): number => (Math.sin((Math.PI * hz * windowMs) / 1000) / hz) ** 2;
  const bank: Bank = {
    samples,
    hop: samples / 2,
    coefficients: Float64Array.from(tonesHz, coefficient),
    beside: Float64Array.from(
      rowsHz.flatMap((row) => columnsHz.flatMap((column) => [...around(row), ...around(column)])),
    ),
    skew: Float64Array.from(tonesHz, (hz) => heard(hz * (farthest - offset)) / heard(hz * farthest)),
  };
  banks.set(sampleRateHz, bank);
  return bank;
}

/** Powers of the eight tones in the window that was looked at last, then of four beside the key's. */
const powers = new Float64Array(12);

/** Four Goertzel filters side by side; their powers go to `powers[to…]`. */
function filterFour(window: Int16Array, samples: number, coefficients: Float64Array, first: number, to: number): void {
  const c0 = coefficients[first] as number;
  const c1 = coefficients[first + 1] as number;
  const c2 = coefficients[first + 2] as number;
  const c3 = coefficients[first + 3] as number;
  let p0 = 0;
  let p1 = 0;
  let p2 = 0;
  let p3 = 0;
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  for (let i = 0; i < samples; i++) {
    const sample = window[i] as number;
    const r0 = c0 * p0 - q0 + sample;
    const r1 = c1 * p1 - q1 + sample;
    const r2 = c2 * p2 - q2 + sample;
    const r3 = c3 * p3 - q3 + sample;
    q0 = p0;
    q1 = p1;
    q2 = p2;
    q3 = p3;
    p0 = r0;
    p1 = r1;
    p2 = r2;
    p3 = r3;
  }
  powers[to] = p0 * p0 + q0 * q0 - c0 * p0 * q0;
  powers[to + 1] = p1 * p1 + q1 * q1 - c1 * p1 * q1;
  powers[to + 2] = p2 * p2 + q2 * q2 - c2 * p2 * q2;
  powers[to + 3] = p3 * p3 + q3 * q3 - c3 * p3 * q3;
}

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
  readonly window: readonly number[];
  readonly candidate: number;
  readonly hits: number;
  readonly level: number;
  readonly pressed: number;
  readonly misses: number;
  readonly windows: number;
}

export class ToneDetector {
  readonly #onKey: (key: string, durationMs: number) => void;
  #bank: Bank;
  #sampleRateHz: number;
  #window: Int16Array;
  #filled = 0;
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
    this.#sampleRateHz = sampleRateHz;
    this.#bank = bankOf(sampleRateHz);
    this.#window = new Int16Array(this.#bank.samples);
  }

  get sampleRateHz(): number {
    return this.#sampleRateHz;
  }

  /** The next `count` samples; null: nothing came, which counts as silence. */
  push(samples: Int16Array | null, count: number): void {
    const { samples: length, hop } = this.#bank;
    const window = this.#window;
    for (let i = 0; i < count; i++) {
      window[this.#filled++] = samples === null ? 0 : (samples[i] as number);
      if (this.#filled < length) continue;
      this.#step(this.#look());
      window.copyWithin(0, hop);
      this.#filled = length - hop;
    }
  }

  /** A key that is down is over: the stream ends or was put on hold. */
  flush(): void {
    this.#release();
    this.#candidate = -1;
    this.#hits = 0;
    this.#filled = 0;
  }

  /** The key in the window, -1: none. */
  #look(): number {
    const { samples, coefficients, skew } = this.#bank;
    const window = this.#window;
    let energy = 0;
    for (let i = 0; i < samples; i++) energy += (window[i] as number) * (window[i] as number);
    if (energy < samples * faintest * faintest) return -1;
    filterFour(window, samples, coefficients, 0, 0);
    filterFour(window, samples, coefficients, 4, 4);
    const row = strongest(0);
    const column = strongest(4);
    if (row < 0 || column < 0) return -1;
    const low = powers[row] as number;
    const high = powers[column] as number;
    // A sine of amplitude a gives the power (a n / 2)² and the energy n a² / 2.
    const least = (faintest * samples) / 2;
    if (low < least * least || high < least * least) return -1;
    if (high * normalTwist < low || low * reverseTwist < high) return -1;
    const key = row * 4 + column - 4;
    filterFour(window, samples, this.#bank.beside, key * 4, 8);
    const besideLow = Math.max(powers[8] as number, powers[9] as number);
    const besideHigh = Math.max(powers[10] as number, powers[11] as number);
    if (besideLow > low * (skew[row] as number) || besideHigh > high * (skew[column] as number)) return -1;
    const level = Math.max(low, besideLow) + Math.max(high, besideHigh);
    if (level * 2 < purity * samples * energy) return -1;
    if (key === this.#candidate && (level > this.#level * steadiness || level * steadiness < this.#level)) return -1;
    this.#level = level;
    return key;
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
    if (key >= 0 && this.#hits >= onsetWindows && key !== this.#pressed) {
      this.#release();
      this.#pressed = key;
      this.#windows = this.#hits;
      this.#misses = 0;
    }
  }

  #release(): void {
    if (this.#pressed < 0) return;
    const { samples, hop } = this.#bank;
    const length = samples + (this.#windows - this.#misses - 1) * hop;
    const key = keyAt.charAt(this.#pressed);
    this.#pressed = -1;
    this.#onKey(key, Math.round((length * 1000) / this.#sampleRateHz));
  }

  state(): ToneDetectorState {
    return {
      window: Array.from(this.#window.subarray(0, this.#filled)),
      candidate: this.#candidate,
      hits: this.#hits,
      level: this.#level,
      pressed: this.#pressed,
      misses: this.#misses,
      windows: this.#windows,
    };
  }

  restore(state: ToneDetectorState): void {
    const { length } = this.#window;
    this.#filled = Math.min(state.window.length, length - 1);
    for (let i = 0; i < this.#filled; i++) this.#window[i] = state.window[i] as number;
    this.#candidate = state.candidate;
    this.#hits = state.hits;
    this.#level = state.level;
    this.#pressed = keyAt.charAt(state.pressed) === '' ? -1 : state.pressed;
    this.#misses = state.misses;
    this.#windows = state.windows;
  }
}
