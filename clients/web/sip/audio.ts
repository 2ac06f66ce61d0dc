/** The one audio context of the page: meters of both directions, silence to send, the speaker. */
import type { Signal } from '@preact/signals';
import { every } from '../shell/index.ts';

/** How often levels are looked at. */
const meterMs = 80;
/** What is shown as nothing. */
const floorDb = -60;

let context: AudioContext | null = null;

/** To be called from a click: browsers start sound only then. */
export function unlockAudio(): AudioContext {
  context ??= new AudioContext({ latencyHint: 'interactive' });
  if (context.state === 'suspended') void context.resume();
  return context;
}

/** Writes the level of a stream into a signal, 0 to 1; the result ends it. */
export function meter(stream: MediaStream, level: Signal<number>): () => void {
  const audio = unlockAudio();
  const source = audio.createMediaStreamSource(stream);
  const analyser = audio.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const stop = every(meterMs, () => {
    analyser.getFloatTimeDomainData(samples);
    // Falls slower than it rises, as meters do.
    level.value = Math.max(levelOf(samples), level.peek() * 0.75);
  });
  return () => {
    stop();
    source.disconnect();
    level.value = 0;
  };
}

/** Root mean square on a scale of decibels: 0 for -60 dB and less, 1 for full scale. */
export function levelOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < samples.length; at++) sum += (samples[at] ?? 0) ** 2;
  const db = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12) + 3;
  return Math.min(1, Math.max(0, (db - floorDb) / -floorDb));
}

/** A track of silence: for who only listens. */
export function silence(): MediaStream {
  return unlockAudio().createMediaStreamDestination().stream;
}

/** Plays a stream on the chosen speaker. */
export class Speaker {
  readonly #element = new Audio();

  constructor() {
    this.#element.autoplay = true;
  }

  /** @returns false: the browser wants a click first. */
  async play(stream: MediaStream, speaker: string): Promise<boolean> {
    this.#element.srcObject = stream;
    await this.use(speaker);
    try {
      await this.#element.play();
      return true;
    } catch (fault) {
      return !(fault instanceof DOMException && fault.name === 'NotAllowedError');
    }
  }

  async use(speaker: string): Promise<void> {
    if (!('setSinkId' in this.#element)) return; // this browser plays on the system's speaker
    await this.#element.setSinkId(speaker).catch(() => {}); // it was pulled out: the default plays on
  }

  stop(): void {
    this.#element.pause();
    this.#element.srcObject = null;
  }
}
