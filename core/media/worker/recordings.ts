/** The files that are being written in one engine: of `record` entries and of recordings beside a playlist. */
import { CodedError, type Files } from '../../runtime/index.ts';
import { extensionOf } from './file-extension.ts';
import type { Command, EndReason, ItemId, MediaEvent, RequestId, StreamId } from './protocol.ts';
import { newTapState, Recorder, RecordingTap, type TapState } from './recorder.ts';
import type { FormatRecord } from './records.ts';
import type { Stream } from './stream.ts';

export interface RecordingsOptions {
  readonly files: Files;
  readonly formats: readonly FormatRecord[];
  readonly post: (event: MediaEvent) => void;
  /** Something was posted between ticks. */
  readonly flush: () => void;
}

interface RunningRecording {
  readonly recorder: Recorder;
  /** Who waits for its end. */
  readonly waiting: RequestId[];
}

export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #running = new Map<number, RunningRecording>();
  readonly #recorders: Recorder[] = [];
  /** Recordings of `record` entries have numbers below zero. */
  #lastItemRecording = 0;

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#recorders.length === 0;
  }

  /** The tap of a `record` entry; null when it cannot be recorded, which is warned of. */
  item(stream: Stream, item: ItemId, path: string, limitMs: number): RecordingTap | null {
    const tap = newTapState(--this.#lastItemRecording, stream.sampleRateHz, 'received', limitMs);
    try {
      const recorder = this.#recorder(stream, tap, path, (reason, samples) => {
        const playedSamples = Math.round((samples * 8000) / tap.sampleRateHz);
        this.#options.post({ kind: 'itemEnded', stream: stream.id, item, reason, playedSamples });
        stream.recordingClosed();
        this.#options.flush();
      });
      recorder.open(this.#options.files, path).catch((fault: unknown) => stream.warn(String(fault)));
      return new RecordingTap(tap);
    } catch (fault) {
      stream.warn(String(fault));
      return null;
    }
  }

  /** @throws CodedError `file.failed`, `file.format`. */
  async start(stream: Stream, command: Extract<Command, { readonly kind: 'startRecording' }>): Promise<null> {
    const { recording, path, side, limitMs } = command;
    const tap = newTapState(recording, stream.sampleRateHz, side, limitMs);
    const recorder = this.#recorder(stream, tap, path, (reason) => this.#closed(command.stream, recording, reason));
    this.#running.set(recording, { recorder, waiting: [] });
    stream.taps.push(new RecordingTap(tap));
    await recorder.open(this.#options.files, path);
    return null;
  }

  /** Replies `{ lengthMs }` to `request` once the file is closed. @throws CodedError `media.failed`. */
  stop(request: RequestId, recording: number): void {
    const running = this.#running.get(recording);
    if (running === undefined) throw new CodedError('media.failed', `recording ${recording} is over`);
    running.waiting.push(request);
    running.recorder.stop();
  }

  /** Once a tick: what the taps took goes to the disk. */
  drain(): void {
    for (let i = this.#recorders.length - 1; i >= 0; i--) {
      if (!(this.#recorders[i] as Recorder).drain()) this.#recorders.splice(i, 1);
    }
  }

  /** Resolves when all files are whole. */
  async stopAll(): Promise<void> {
    const recorders = [...this.#recorders];
    for (const recorder of recorders) recorder.stop();
    this.drain();
    await Promise.all(recorders.map(({ closed }) => closed));
  }

  #recorder(
    stream: Stream,
    tap: TapState,
    path: string,
    onClosed: (reason: EndReason, samples: number, fault: CodedError | null) => void,
  ): Recorder {
    const extension = extensionOf(path) || 'wav';
    const format = this.#options.formats.find(({ extensions }) => extensions.includes(extension));
    if (format?.writer === undefined) throw new CodedError('file.format', `${path}: .${extension} cannot be written`);
    const recorder = new Recorder(tap, format.writer(tap.sampleRateHz), (reason, samples, fault) => {
      if (fault !== null)
        this.#options.post({
          kind: 'log',
          level: 'error',
          message: `recording ${path}: ${fault.message}`,
          stream: null,
        });
      onClosed(reason, samples, fault);
    });
    this.#recorders.push(recorder);
    stream.openFiles.add(recorder.closed);
    void recorder.closed.then(() => stream.openFiles.delete(recorder.closed));
    return recorder;
  }

  #closed(stream: StreamId, recording: number, reason: EndReason): void {
    const running = this.#running.get(recording);
    if (running === undefined) return;
    this.#running.delete(recording);
    const { lengthMs } = running.recorder;
    this.#options.post({ kind: 'recordingEnded', stream, recording, lengthMs, reason });
    for (const request of running.waiting)
      this.#options.post({ kind: 'reply', request, ok: true, value: { lengthMs } });
    this.#options.flush();
  }
}
