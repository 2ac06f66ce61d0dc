import type { Recording, RecordingEnd, RecordOptions } from './types.ts';
import type { Command, OpenedRecording } from './worker/protocol.ts';
import { SampleRing } from './worker/remote-ring.ts';

type StartRecording = Extract<Command, { readonly kind: 'startRecording' }>;

/** The main thread's handle of a recording: its ring in shared memory tells how far it is. */
export class PoolRecording implements Recording {
  readonly path: string;
  readonly #ring: SampleRing;
  readonly #samplesPerMs: number;
  readonly ended: Promise<RecordingEnd>;
  readonly #end: () => Promise<void>;
  #stopping: Promise<{ readonly lengthMs: number }> | null = null;

  constructor(path: string, opened: OpenedRecording, ended: Promise<RecordingEnd>, end: () => Promise<void>) {
    this.path = path;
    this.#ring = SampleRing.over(opened.buffer);
    this.#samplesPerMs = (opened.sampleRateHz * opened.channels) / 1000;
    // A worker that died does not say how far it was; the ring does.
    this.ended = ended.then((end) => (end.lengthMs > 0 ? end : { ...end, lengthMs: this.lengthMs }));
    this.#end = end;
  }

  get lengthMs(): number {
    return Math.round(this.#ring.writtenCounter / this.#samplesPerMs);
  }

  get paused(): boolean {
    return this.#ring.paused;
  }

  pause(): void {
    this.#ring.paused = true;
  }

  resume(): void {
    this.#ring.paused = false;
  }

  stop(): Promise<{ readonly lengthMs: number }> {
    this.#stopping ??= this.#end().then(async () => ({ lengthMs: (await this.ended).lengthMs }));
    return this.#stopping;
  }
}

/** What a caller asks for, as the engine takes it. */
export function recordingOptions(
  options: RecordOptions,
): Pick<StartRecording, 'side' | 'stereo' | 'limitMs' | 'limitBytes' | 'silenceStopMs' | 'beepEveryMs'> {
  const { side = 'received', stereo = false, limitMs = 0, limitBytes, silenceStopMs, beep = false } = options;
  return {
    side,
    stereo,
    limitMs,
    limitBytes,
    silenceStopMs,
    beepEveryMs: beep === false ? undefined : beep === true ? 0 : beep.everyMs,
  };
}
