import { CodedError, type Files, type Log } from '../../core/index.ts';

/** The figures of di-interfaces 7.8. */
export interface CallFigures {
  readonly total: number;
  /** Calls that never entered a room. */
  readonly failed: number;
  readonly seconds: number;
}

/** Counts the calls of the module; with a folder the figures outlive the process (`<folder>/stats`). */
export class ConferenceCallStatistics {
  readonly #files: Files;
  readonly #log: Log;
  readonly #path: string | null;
  #figures: CallFigures = { total: 0, failed: 0, seconds: 0 };
  #written: Promise<void> = Promise.resolve();
  #writing = false;
  #changed = false;

  constructor(files: Files, log: Log, folder: string) {
    this.#files = files;
    this.#log = log;
    this.#path = folder === '' ? null : `${folder.replace(/\/+$/, '')}/stats`;
  }

  get figures(): CallFigures {
    return this.#figures;
  }

  /** Reads the file of a former run; a missing or damaged one starts from zero, with a line in the log. */
  async load(): Promise<void> {
    if (this.#path === null) return;
    try {
      const text = new TextDecoder().decode(await this.#files.read(this.#path, { limitBytes: 1000 }));
      const [total, failed, seconds] = text.split('\n').map((line) => (/^\d{1,15}$/.test(line) ? Number(line) : null));
      if (total == null || failed == null || seconds == null) throw new CodedError('file.format', this.#path);
      this.#figures = { total, failed, seconds };
    } catch (fault) {
      if (fault instanceof CodedError && fault.code === 'file.missing') return;
      this.#log.warn('statistics start from zero', { path: this.#path, reason: String(fault) });
    }
  }

  /** A call ended; `connectedMs` null: it never entered a room. */
  add(connectedMs: number | null): void {
    const { total, failed, seconds } = this.#figures;
    this.#figures = {
      total: total + 1,
      failed: failed + (connectedMs === null ? 1 : 0),
      seconds: seconds + Math.round((connectedMs ?? 0) / 1000),
    };
    this.#changed = true;
    if (!this.#writing) this.#written = this.#write();
  }

  /** Resolves when the file is up to date. */
  flush(): Promise<void> {
    return this.#written;
  }

  /** One write at a time; what happens meanwhile goes into the next. */
  async #write(): Promise<void> {
    const path = this.#path;
    if (path === null) return;
    this.#writing = true;
    while (this.#changed) {
      this.#changed = false;
      const { total, failed, seconds } = this.#figures;
      await this.#files
        .write(path, new TextEncoder().encode(`${total}\n${failed}\n${seconds}\n`))
        .catch((fault: unknown) => {
          this.#log.error('statistics not written', { path, reason: String(fault) });
        });
    }
    this.#writing = false;
  }
}

/** `3 active/10 total/8 connect/42 min`: minutes are cut off. */
export function figuresText(active: number, { total, failed, seconds }: CallFigures): string {
  return `${active} active/${total} total/${total - failed} connect/${Math.floor(seconds / 60)} min`;
}
