/** Keys as tones in the audio (ITU-T Q.23), for peers that agreed to no telephone-event. */
import { dtmfKeys } from './dtmf-receive.ts';
import { saturate } from './saturate.ts';

const maxQueuedKeys = 256;
const longestMs = 60_000;
/** Q.24 asks receivers to find 40 ms of tone and of pause. */
const shortestMs = 40;
const rowsHz = [697, 770, 852, 941];
const columnsHz = [1209, 1336, 1477, 1633];
const layout = '123A456B789C*0#D';
/** -8 and -6 dBm0: lines lose more of the high tones, so these are sent a little louder. */
const lowAmplitude = 9087;
const highAmplitude = 11_440;
/** Tones swell and fade that long: a sudden step would click. */
const rampMs = 2;

interface QueuedTone {
  readonly key: string;
  readonly onMs: number;
  readonly offMs: number;
}

/** Position as plain data. */
export interface KeyTonesState {
  readonly queue: readonly QueuedTone[];
  readonly positionMs: number;
}

/** Keys that wait or sound. While any does, the stream sends nothing else. */
export class KeyTones {
  #queue: QueuedTone[] = [];
  /** In the first key, its pause included. */
  #positionMs = 0;

  /** Letters that are no keys are left out; returns how many keys were queued. */
  push(keys: string, durationMs: number, gapMs: number): number {
    let queued = 0;
    for (const key of keys.toUpperCase()) {
      if (!dtmfKeys.includes(key) || this.#queue.length >= maxQueuedKeys) continue;
      this.#queue.push({ key, onMs: bounded(durationMs), offMs: bounded(gapMs) });
      queued++;
    }
    return queued;
  }

  get busy(): boolean {
    return this.#queue.length > 0;
  }

  clear(): void {
    this.#queue = [];
    this.#positionMs = 0;
  }

  /** Puts tones and pauses in place of `count` samples, as long as there are any. */
  fill(out: Int16Array, count: number, sampleRateHz: number): void {
    const stepMs = 1000 / sampleRateHz;
    for (let i = 0; i < count; i++) {
      const tone = this.#queue[0];
      if (tone === undefined) return;
      out[i] = sampleOf(tone, this.#positionMs);
      this.#positionMs += stepMs;
      if (this.#positionMs < tone.onMs + tone.offMs) continue;
      this.#queue.shift();
      this.#positionMs = 0;
    }
  }

  state(): KeyTonesState {
    return { queue: [...this.#queue], positionMs: this.#positionMs };
  }

  restore(state: KeyTonesState): void {
    this.clear();
    for (const { key, onMs, offMs } of state.queue) this.push(key, onMs, offMs);
    this.#positionMs = Math.max(0, state.positionMs);
  }
}

function sampleOf({ key, onMs }: QueuedTone, atMs: number): number {
  if (atMs >= onMs) return 0;
  const place = layout.indexOf(key);
  const low = rowsHz[place >> 2] as number;
  const high = columnsHz[place & 3] as number;
  const ramp = Math.min(1, atMs / rampMs, (onMs - atMs) / rampMs);
  const turns = (2 * Math.PI * atMs) / 1000;
  return saturate(Math.round(ramp * (lowAmplitude * Math.sin(low * turns) + highAmplitude * Math.sin(high * turns))));
}

function bounded(ms: number): number {
  return Number.isFinite(ms) ? Math.min(longestMs, Math.max(shortestMs, ms)) : shortestMs;
}
