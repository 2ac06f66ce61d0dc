/** The files that are being written in one engine: of `record` entries and of recordings beside a playlist. */
import { CodedError, type Files } from '../../runtime/index.ts';
import { extensionOf } from './file-extension.ts';
import type {
  Command,
  MediaEvent,
  OpenedRecording,
  RecordItem,
  RecordingLimits,
  RecordingTotals,
  RequestId,
  StreamId,
} from './protocol.ts';
import { newTapState, RecordingTap, reasonOf, type TapOptions, type TapState } from './recorder.ts';
import { Recorder, type RecorderEnd } from './recorder-file.ts';
import type { FormatRecord } from './records.ts';
import type { Stream } from './stream.ts';

export interface RecordingsOptions {
  readonly files: Files;
  readonly formats: readonly FormatRecord[];
  /** Format of names without extension, `wav` or `wav|A-Law`. */
  readonly defaultFormat: string;
  readonly post: (event: MediaEvent) => void;
  /** Something was posted between ticks. */
  readonly flush: () => void;
}

interface RunningRecording {
  readonly recorder: Recorder;
  /** Who waits for its end. */
  readonly waiting: RequestId[];
}

interface NewRecording {
  readonly tap: TapState;
  readonly recorder: Recorder;
  /** The name without a subtype. */
  readonly path: string;
}

export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #running = new Map<number, RunningRecording>();
  readonly #recorders: Recorder[] = [];
  /** Recordings of `record` entries have numbers below zero. */
  #lastItemRecording = 0;
  #started = 0;
  #ended = 0;
  #failed = 0;
  /** Of those that ended. */
  #bytes = 0;
  #recordedMs = 0;
  #lostMs = 0;

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#recorders.length === 0;
  }

  /** The tap of a `record` entry; null when it cannot be recorded, which is warned of. */
  item(stream: Stream, item: RecordItem): RecordingTap | null {
    try {
      const { tap, recorder, path } = this.#make(
        stream,
        --this.#lastItemRecording,
        { ...item, side: 'received' },
        item,
        (cause, samples) => {
          const playedSamples = Math.round((samples * 8000) / tap.sampleRateHz);
          const reason = reasonOf(cause);
          this.#options.post({ kind: 'itemEnded', stream: stream.id, item: item.item, reason, playedSamples });
          stream.recordingClosed();
          this.#options.flush();
        },
      );
      recorder.open(this.#options.files, path).catch((fault: unknown) => stream.warn(String(fault)));
      return new RecordingTap(tap);
    } catch (fault) {
      this.#failed++;
      stream.warn(String(fault));
      return null;
    }
  }

  /** @throws CodedError `file.failed`, `file.format`. */
  async start(
    stream: Stream,
    command: Extract<Command, { readonly kind: 'startRecording' }>,
  ): Promise<OpenedRecording> {
    const { recording } = command;
    const { tap, recorder, path } = this.#make(stream, recording, command, command, (cause) =>
      this.#closed(command.stream, recording, cause),
    );
    this.#running.set(recording, { recorder, waiting: [] });
    stream.taps.push(new RecordingTap(tap));
    await recorder.open(this.#options.files, path);
    const { buffer, sampleRateHz, channels } = tap;
    return { buffer, sampleRateHz, channels };
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

  totals(): RecordingTotals {
    const running = this.#recorders;
    return {
      running: running.length,
      ended: this.#ended,
      failed: this.#failed,
      bytes: running.reduce((sum, { bytes }) => sum + bytes, this.#bytes),
      recordedMs: running.reduce((sum, { lengthMs }) => sum + lengthMs, this.#recordedMs),
      lostMs: this.#lostMs,
    };
  }

  /** @throws CodedError `file.format` for what no format can write. */
  #make(
    stream: Stream,
    recording: number,
    options: TapOptions & { readonly path: string },
    limits: RecordingLimits,
    onClosed: (cause: RecorderEnd['cause'], samples: number) => void,
  ): NewRecording {
    const { path, subtype } = splitPath(options.path);
    const [defaultExtension = 'wav', defaultSubtype] = this.#options.defaultFormat.split('|');
    const extension = extensionOf(path) || defaultExtension;
    const format = this.#options.formats.find(({ extensions }) => extensions.includes(extension));
    if (format?.writer === undefined) throw new CodedError('file.format', `${path}: .${extension} cannot be written`);
    const tap = newTapState(recording, format.writerRateHz ?? stream.sampleRateHz, options);
    const chosen = subtype ?? (extensionOf(path) === '' ? defaultSubtype : undefined);
    const writer = format.writer(tap.sampleRateHz, {
      channels: tap.channels,
      ...(chosen === undefined ? {} : { subtype: chosen }),
    });
    const recorder = new Recorder({
      tap,
      writer,
      limitBytes: limits.limitBytes ?? 0,
      phase: this.#started++,
      onClosed: (end) => {
        this.#account(path, tap, end);
        onClosed(end.cause, end.samples);
      },
    });
    this.#recorders.push(recorder);
    stream.openFiles.add(recorder.closed);
    void recorder.closed.then(() => stream.openFiles.delete(recorder.closed));
    return { tap, recorder, path };
  }

  #account(path: string, tap: TapState, end: RecorderEnd): void {
    this.#ended++;
    this.#bytes += end.bytes;
    this.#recordedMs += (end.samples * 1000) / tap.sampleRateHz;
    const lostMs = Math.round((end.lostSamples * 1000) / tap.sampleRateHz);
    this.#lostMs += lostMs;
    const say = (level: 'warn' | 'error', message: string): void =>
      this.#options.post({ kind: 'log', level, message: `recording ${path}: ${message}`, stream: null });
    if (lostMs > 0) say('warn', `${lostMs} ms are missing: the disk was too slow`);
    if (end.fault === null) return;
    this.#failed++;
    say('error', end.fault.message);
  }

  #closed(stream: StreamId, recording: number, cause: RecorderEnd['cause']): void {
    const running = this.#running.get(recording);
    if (running === undefined) return;
    this.#running.delete(recording);
    const { lengthMs, bytes } = running.recorder;
    const reason = reasonOf(cause);
    this.#options.post({ kind: 'recordingEnded', stream, recording, lengthMs, reason, cause, bytes });
    for (const request of running.waiting)
      this.#options.post({ kind: 'reply', request, ok: true, value: { lengthMs } });
    this.#options.flush();
  }
}

/** `name.wav|A-Law`: a file name and the subtype that it is to have (reference/applications 4.3). */
function splitPath(path: string): { readonly path: string; readonly subtype: string | undefined } {
  const found = /^(.+)\|([A-Za-z0-9-]+)$/.exec(path);
  return found === null ? { path, subtype: undefined } : { path: found[1] ?? path, subtype: found[2] };
}
