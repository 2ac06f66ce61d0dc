/**
 * Tells speech from a room's noise, for silence suppression: energy over a floor that follows the
 * quietest frames. Speech must never be cut, so what is doubtful is speech.
 */

/** Above this it is speech whatever the floor, as mean square: -40 dBov. */
const loudest = 32768 ** 2 * 1e-4;
/** Below this it is silence whatever the floor: -75 dBov. */
const faintest = 32768 ** 2 * 10 ** -7.5;
/** Speech is so much over the floor: 6 dB. */
const overFloor = 4;
/** The floor rises by 3 dB a second, and falls at once. */
const risePerFrame = 1.014;
/** Silence begins so long after the last speech: ends of words are faint. */
const hangoverMs = 240;
/** The noise is described anew after this long, or sooner when its level moved by 3 dB. */
const longestUpdateMs = 2000;
const shortestUpdateMs = 200;

export class SilenceDetector {
  #floor = 0;
  #hasFloor = false;
  #quietMs = 0;
  #sinceUpdateMs = -1;
  #updateLevel = 0;
  /** After `isSilence`: the peer should hear now what the noise is like. */
  isUpdateDue = false;

  reset(): void {
    this.#hasFloor = false;
    this.#quietMs = 0;
    this.#sinceUpdateMs = -1;
    this.isUpdateDue = false;
  }

  isSilence(samples: Int16Array, count: number, frameMs: number): boolean {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const sample = samples[i] as number;
      sum += sample * sample;
    }
    const level = count === 0 ? 0 : sum / count;
    this.#floor = this.#hasFloor ? Math.min(level, Math.max(faintest, this.#floor) * risePerFrame) : level;
    this.#hasFloor = true;
    const isQuiet = level < faintest || (level < loudest && level <= Math.max(faintest, this.#floor) * overFloor);
    this.#quietMs = isQuiet ? this.#quietMs + frameMs : 0;
    if (this.#quietMs <= hangoverMs) {
      this.#sinceUpdateMs = -1;
      return false;
    }
    this.#update(level, frameMs);
    return true;
  }

  #update(level: number, frameMs: number): void {
    const isFirst = this.#sinceUpdateMs < 0;
    this.#sinceUpdateMs += isFirst ? 1 : frameMs;
    const low = Math.max(1, this.#updateLevel);
    const moved = level > low * 2 || level * 2 < low;
    this.isUpdateDue =
      isFirst || this.#sinceUpdateMs >= longestUpdateMs || (moved && this.#sinceUpdateMs >= shortestUpdateMs);
    if (!this.isUpdateDue) return;
    this.#sinceUpdateMs = 0;
    this.#updateLevel = level;
  }
}
