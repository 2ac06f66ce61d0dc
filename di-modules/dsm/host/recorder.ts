import { type Call, DsmException, type Files, type Recording } from '../../../core/index.ts';

/** What a WAV file has before its samples. */
const wavHeaderBytes = 44;

/** The one recording of a call: what the peer says, to a file, while the playlist goes on (reference/dsm 4.4). */
export class ScriptRecorder {
  readonly #call: Call;
  readonly #files: Files;
  #recording: Recording | null = null;
  /** Wanted before there are media. */
  #wanted: string | null = null;

  constructor(call: Call, files: Files) {
    this.#call = call;
    this.#files = files;
  }

  get active(): boolean {
    return this.#recording !== null || this.#wanted !== null;
  }

  /** Recorded so far. */
  get lengthMs(): number {
    return Math.floor(this.#recording?.lengthMs ?? 0);
  }

  /** Bytes of the file so far, without its header. */
  async dataSize(): Promise<number> {
    const path = this.#recording?.path;
    if (path === undefined) return 0;
    const found = await this.#files.stat(path.replace(/\|[^|/]*$/, '')).catch(() => null);
    return Math.max(0, (found?.sizeBytes ?? 0) - wavHeaderBytes);
  }

  /** Ends what runs, then records to `path`. @throws DsmException `file`. */
  async start(path: string): Promise<void> {
    await this.stop();
    if (this.#call.session.media === null) {
      this.#wanted = path;
      return;
    }
    await this.#open(path);
  }

  /** Once the file is closed; false: nothing was recorded. */
  async stop(): Promise<boolean> {
    const recording = this.#recording;
    const was = this.active;
    this.#recording = null;
    this.#wanted = null;
    await recording?.stop();
    return was;
  }

  /** There are media now. @throws DsmException `file`. */
  async mediaReady(): Promise<void> {
    const path = this.#wanted;
    this.#wanted = null;
    if (path !== null) await this.#open(path);
  }

  async #open(path: string): Promise<void> {
    try {
      this.#recording = await this.#call.record(path, { side: 'received' });
    } catch {
      throw new DsmException('file', { path });
    }
  }
}
