import type { Counter, Files, Log } from '../../core/index.ts';

const maxPendingBytes = 1_000_000;

/**
 * The feedback file (di-interfaces 7.7): lines are appended one after the other, in the background;
 * `flush` waits for them. Without a file lines are thrown away, and the functions still answer OK.
 */
export class FeedbackFile {
  readonly #files: Files;
  readonly #log: Log;
  readonly #lost: Counter;
  /** Folder of the files that `reset` may name. */
  readonly #folder: string;
  #path: string | null;
  #pendingBytes = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(parts: { files: Files; log: Log; lost: Counter; folder: string }, file: string) {
    this.#files = parts.files;
    this.#log = parts.log;
    this.#lost = parts.lost;
    this.#folder = parts.folder;
    this.#path = file === '' ? null : file.startsWith('/') ? file : `${parts.folder}/${file}`;
  }

  write(line: string): void {
    const path = this.#path;
    if (path === null) return;
    const bytes = new TextEncoder().encode(`${line}\n`);
    if (this.#pendingBytes + bytes.length > maxPendingBytes) {
      this.#lost.add();
      return;
    }
    this.#pendingBytes += bytes.length;
    this.#written = this.#written.then(async () => {
      await this.#files.append(path, bytes).catch((fault: unknown) => {
        this.#lost.add();
        this.#log.error('feedback not written', { path, reason: String(fault) });
      });
      this.#pendingBytes -= bytes.length;
    });
  }

  /** Resolves when everything so far is in the file. */
  flush(): Promise<void> {
    return this.#written;
  }

  /**
   * Goes on in an emptied file of that name in the module's own folder. SEMS took any path of the
   * server from the network; here a name has no slash. False: not a name, or it cannot be opened.
   */
  async reset(name: string): Promise<boolean> {
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(name)) return false;
    await this.flush();
    const path = `${this.#folder}/${name}`;
    try {
      await this.#files.write(path, new Uint8Array(0));
    } catch (fault) {
      this.#log.error('feedback file not opened', { path, reason: String(fault) });
      return false;
    }
    this.#path = path;
    return true;
  }
}

/** Fields end with `|||`; SEMS did not escape values, so a value could forge a line. */
function line(start: string, fields: readonly (string | number)[]): string {
  const safe = (value: string | number): string =>
    String(value)
      .replace(/\p{Cc}+/gu, ' ')
      .replaceAll('|||', '| | |');
  return start + fields.map((field) => `${safe(field)}|||`).join('');
}

/** `RO <room>|||<adminpin>|||<opinion>|||T|||`, with a blank after RO. */
export const roomLine = (room: string, pin: string, opinion: number, unixS: number): string =>
  line('RO ', [room, pin, opinion, unixS]);

/** `CA|||<room>|||<adminpin>|||<call tag>|||<opinion>|||T|||` */
export const callLine = (room: string, pin: string, callTag: string, opinion: number, unixS: number): string =>
  line('CA|||', [room, pin, callTag, opinion, unixS]);

/** `CO|||<room>|||<adminpin>|||<opinion>|||<sender>|||<comment>|||T|||` */
export const conferenceLine = (
  room: string,
  pin: string,
  opinion: number,
  sender: string,
  comment: string,
  unixS: number,
): string => line('CO|||', [room, pin, opinion, sender, comment, unixS]);
