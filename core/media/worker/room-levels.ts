/** Levels of members: dBov, as RFC 6464 counts them, 0 for the loudest square wave. */

export const silentDb = -127;

/** RMS level of a frame; every second sample is enough to tell speech from silence. */
export function levelOf(frame: Int16Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i += 2) {
    const sample = frame[i] as number;
    sum += sample * sample;
  }
  const mean = (2 * sum) / count;
  return mean < 1 ? silentDb : Math.max(silentDb, 10 * Math.log10(mean) - 90.31);
}

export const gainOf = (db: number): number => (db === 0 ? 1 : 10 ** (db / 20));

/** Louder than that for so long: speaks. Softer than the second for so long: no more. */
const speaksDb = -42;
const pausesDb = -48;
const speaksFrames = 3;
const pausesFrames = 25;

/** Does a member speak? Hysteresis in level and in time, so that a cough and a pause do not count. */
export class SpeechMeter {
  levelDb = silentDb;
  speaking = false;
  #frames = 0;

  /** One frame; true: began or stopped to speak. */
  step(levelDb: number): boolean {
    // Up at once, down by 2 dB a frame: what is told is the level of the words, not of the gaps.
    this.levelDb = Math.max(levelDb, this.levelDb - 2);
    const changes = this.speaking ? levelDb < pausesDb : levelDb > speaksDb;
    this.#frames = changes ? this.#frames + 1 : 0;
    if (this.#frames < (this.speaking ? pausesFrames : speaksFrames)) return false;
    this.#frames = 0;
    this.speaking = !this.speaking;
    return true;
  }
}

const gateHoldFrames = 15;
const gateHysteresisDb = 3;

/** Noise gate: opens with the first louder frame, closes 300 ms after the last one. */
export class NoiseGate {
  #hold = 0;

  /** 1: open, 0: closed. */
  step(levelDb: number, gateDb: number): number {
    if (levelDb > (this.#hold > 0 ? gateDb : gateDb + gateHysteresisDb)) this.#hold = gateHoldFrames;
    else if (this.#hold > 0) this.#hold--;
    return this.#hold > 0 ? 1 : 0;
  }
}

const wantedDb = -22;
const mostDb = 18;
const leastDb = -12;
/** Of a frame: up slowly, so that pauses do not swell; down fast. */
const upDb = 0.06;
const downDb = 0.5;
/** Softer frames are not speech and teach nothing. */
const speechDb = -50;

/** Brings speech to one loudness, slowly: words keep their dynamics. */
export class AutomaticGain {
  #db = 0;

  step(levelDb: number): number {
    if (levelDb > speechDb) {
      const wanted = Math.min(mostDb, Math.max(leastDb, wantedDb - levelDb));
      this.#db += Math.min(upDb, Math.max(-downDb, wanted - this.#db));
    }
    return gainOf(this.#db);
  }
}
