/** One user's folder: its messages, their states and sizes. What changes it runs in turns (`turns.ts`). */
import { CodedError, type Files } from '../../core/index.ts';
import { isUnread, type Mark, markOf, marksFile, maxMarksBytes, parseMarks, printMarks, timesOf } from './marks.ts';
import { isName } from './names.ts';

export interface Message {
  readonly name: string;
  readonly isUnread: boolean;
  readonly sizeBytes: number;
  readonly modifiedUnixMs: number;
}

/** Files looked at at the same time. */
const atOnce = 32;

export class UserFolder {
  readonly path: string;
  readonly #files: Files;
  readonly #onFault: (fault: CodedError) => void;

  /** `onFault` is told of what failed and did no harm. */
  constructor(files: Files, path: string, onFault: (fault: CodedError) => void) {
    this.#files = files;
    this.path = path;
    this.#onFault = onFault;
  }

  async exists(): Promise<boolean> {
    return (await this.#files.stat(this.path))?.isDirectory === true;
  }

  /** By name; the oldest first where names begin with the time, as those of voicemail do. */
  async messages(): Promise<Message[]> {
    const [names, marks] = await Promise.all([this.#files.list(this.path), this.#marks()]);
    const messages: Message[] = [];
    const wanted = names.filter(isName);
    for (let at = 0; at < wanted.length; at += atOnce) {
      const found = await Promise.all(wanted.slice(at, at + atOnce).map((name) => this.#look(name, marks.get(name))));
      messages.push(...found.filter((message) => message !== null));
    }
    return messages;
  }

  async message(name: string): Promise<Message | null> {
    return this.#look(name, (await this.#marks()).get(name));
  }

  /** @throws CodedError of the file seam. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.#files.write(`${this.path}/${name}`, bytes);
    // A fresh file is unread by its times; it is there, whatever becomes of the mark.
    await this.#harmless(this.mark(name, false));
  }

  /** Reads; what was unread stays so, also for SEMS, which goes by the access time. */
  async read(message: Message, limitBytes: number): Promise<Uint8Array> {
    const { name, modifiedUnixMs, isUnread } = message;
    const bytes = await this.#files.read(`${this.path}/${name}`, { limitBytes });
    if (isUnread) await this.#harmless(this.#files.setTimes(`${this.path}/${name}`, timesOf(modifiedUnixMs, false)));
    return bytes;
  }

  /**
   * Times for SEMS, and a mark of ours; either will do: the times of a file of somebody else cannot be set.
   * @throws CodedError when neither can be set.
   */
  async mark(name: string, isRead: boolean): Promise<void> {
    const path = `${this.path}/${name}`;
    const found = await this.#files.stat(path);
    if (found === null) throw new CodedError('file.missing', name);
    const times = timesOf(found.modifiedUnixMs, isRead);
    const isTimed = await this.#harmless(this.#files.setTimes(path, times));
    const isMarked = await this.#harmless(this.#setMark(name, markOf(times, isRead)));
    if (!isTimed && !isMarked) throw new CodedError('file.failed', `${name}: it can be marked in no way`);
  }

  async remove(name: string): Promise<void> {
    await this.#files.remove(`${this.path}/${name}`);
    await this.#harmless(this.#setMark(name, null));
  }

  async #look(name: string, mark: Mark | undefined): Promise<Message | null> {
    const found = await this.#files.stat(`${this.path}/${name}`);
    if (found === null || found.isDirectory) return null;
    const { sizeBytes, modifiedUnixMs } = found;
    return { name, sizeBytes, modifiedUnixMs, isUnread: isUnread(found, mark) };
  }

  async #marks(): Promise<Map<string, Mark>> {
    try {
      const bytes = await this.#files.read(`${this.path}/${marksFile}`, { limitBytes: maxMarksBytes });
      return parseMarks(Buffer.from(bytes).toString());
    } catch (fault) {
      if (fault instanceof CodedError) return new Map();
      throw fault;
    }
  }

  /** True when it succeeded. */
  async #harmless(work: Promise<void>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      this.#onFault(fault);
      return false;
    }
  }

  /** The marks of files that others removed go too. */
  async #setMark(name: string, mark: Mark | null): Promise<void> {
    const [names, marks] = await Promise.all([this.#files.list(this.path), this.#marks()]);
    const present = new Set(names);
    for (const known of marks.keys()) if (!present.has(known)) marks.delete(known);
    if (mark === null) marks.delete(name);
    else marks.set(name, mark);
    await this.#files.write(`${this.path}/${marksFile}`, Buffer.from(printMarks(marks)));
  }
}
