/** Keys in the audio of one stream, both ways: found by `ToneDetector`, made by `KeyTones`. */
import type { AudioParameters } from '../../sdp/types.ts';
import { KeyTones, type KeyTonesState } from './key-tones.ts';
import type { InbandDtmf, MediaEvent, StreamId } from './protocol.ts';
import { ToneDetector, type ToneDetectorState } from './tone-detector.ts';

/** As plain data. */
export interface StreamKeysState {
  readonly tones: KeyTonesState;
  readonly detector: ToneDetectorState | null;
}

export class StreamKeys {
  readonly #wanted: InbandDtmf;
  readonly #onKey: (key: string, durationMs: number) => void;
  readonly #tones = new KeyTones();
  #detector: ToneDetector | null = null;

  /** Keys of `stream` go to `host`. */
  constructor(stream: StreamId, wanted: InbandDtmf, host: { post(event: MediaEvent): void }) {
    this.#wanted = wanted;
    this.#onKey = (key, durationMs) => host.post({ kind: 'key', stream, key, durationMs, source: 'inband' });
  }

  /** What was agreed: `auto` listens only where the peer has no other way in RTP. */
  configure({ telephoneEvent, direction }: AudioParameters, sampleRateHz: number): void {
    const hears = direction === 'sendrecv' || direction === 'recvonly';
    const listens = hears && (this.#wanted === 'on' || (this.#wanted === 'auto' && telephoneEvent === null));
    if (listens && this.#detector?.sampleRateHz === sampleRateHz) return;
    this.#detector?.flush();
    this.#detector = listens ? new ToneDetector(sampleRateHz, this.#onKey) : null;
  }

  /** 20 ms that came in, null: nothing did. */
  hear(frame: Int16Array | null, count: number): void {
    this.#detector?.push(frame, count);
  }

  /** Tones are to be sent: what the stream plays has to wait. */
  get speaking(): boolean {
    return this.#tones.busy;
  }

  /** Returns how many keys were queued. */
  pushKeys(keys: string, durationMs: number, gapMs: number): number {
    return this.#tones.push(keys, durationMs, gapMs);
  }

  /** Tones in place of what `out` holds. */
  speak(out: Int16Array, count: number, sampleRateHz: number): void {
    this.#tones.fill(out, count, sampleRateHz);
  }

  state(): StreamKeysState {
    return { tones: this.#tones.state(), detector: this.#detector?.state() ?? null };
  }

  restore(state: StreamKeysState): void {
    this.#tones.restore(state.tones);
    if (state.detector !== null) this.#detector?.restore(state.detector);
  }
}
