/** The messages of all users, by SEMS's verbs and codes (di-interfaces 5.11, applications 7.2). */
import { CodedError, type Counter, type Files, type Log, systemCode } from '../../core/index.ts';
import { type Code, codes } from './codes.ts';
import type { MsgStorageConfig } from './config.ts';
import type { ChangeEvent, StorageChange, StorageFull } from './events.ts';
import { pathOf } from './names.ts';
import { Turns } from './turns.ts';
import { type Message, UserFolder } from './user-folder.ts';

export interface Mailbox {
  readonly domain: string;
  readonly user: string;
}

export interface StorageParts {
  readonly files: Files;
  readonly log: Log;
  readonly faults: Counter;
  readonly config: MsgStorageConfig;
  /** Absolute folders. */
  readonly folder: string;
  readonly inbox: string;
  onChange(change: StorageChange): void;
  onFull(full: StorageFull): void;
}

export class MessageStorage {
  readonly #parts: StorageParts;
  readonly #turns = new Turns();

  constructor(parts: StorageParts) {
    this.#parts = parts;
  }

  /** Can messages be kept at all? @throws CodedError of the file seam. */
  async probe(): Promise<void> {
    const { files, folder } = this.#parts;
    const probe = `${folder}/.callbus-probe`;
    await files.makeDirectory(folder);
    await files.write(probe, new Uint8Array(0));
    await files.remove(probe);
  }

  /** Waits for what has begun. */
  stop(): Promise<void> {
    return this.#turns.idle();
  }

  /** A file of the inbox; null: there is none, or it cannot be read. @throws CodedError `file.name`. */
  async fromInbox(name: string): Promise<Uint8Array | null> {
    const { files, inbox, config } = this.#parts;
    const path = pathOf(inbox, name);
    try {
      // One byte more than a message may have: then `store` says that it is too large.
      const sizeBytes = (await files.stat(path))?.sizeBytes ?? 0;
      if (sizeBytes > config.max_message_bytes) return new Uint8Array(config.max_message_bytes + 1);
      return await files.read(path, { limitBytes: config.max_message_bytes });
    } catch (fault) {
      return this.#told(fault, null);
    }
  }

  /** Stores a message as unread; one of that name is overwritten. */
  store(box: Mailbox, name: string, bytes: Uint8Array): Promise<Code> {
    return this.#inTurn(box, name, async (folder) => {
      try {
        await this.#parts.files.makeDirectory(folder.path);
      } catch (fault) {
        return this.#told(fault, isFull(fault) ? codes.noSpace : codes.userNotFound);
      }
      const limit = await this.#limitPassed(folder, name, bytes.length);
      if (limit !== null) {
        this.#parts.onFull({ ...box, limit });
        return codes.noSpace;
      }
      try {
        await folder.write(name, bytes);
      } catch (fault) {
        return this.#told(fault, isFull(fault) ? codes.noSpace : codes.storage);
      }
      this.#changed(box, name, 'msg_new');
      return codes.ok;
    });
  }

  /** `offset` and `bytes`: a piece of it. @throws CodedError `file.tooLarge` for a whole one that is no answer. */
  get(
    box: Mailbox,
    name: string,
    { offset = 0, bytes }: { readonly offset?: number | undefined; readonly bytes?: number | undefined } = {},
  ): Promise<{ readonly code: Code; readonly content: Uint8Array }> {
    const { config } = this.#parts;
    const none = new Uint8Array(0);
    return this.#inTurn(box, name, async (folder) => {
      const message = await folder.message(name);
      if (message === null) return { code: codes.messageNotFound, content: none };
      const wanted = Math.min(bytes ?? message.sizeBytes, Math.max(0, message.sizeBytes - offset));
      if (wanted > config.max_answer_bytes)
        throw new CodedError(
          'file.tooLarge',
          `the message has ${message.sizeBytes} bytes; ask for pieces of at most ${config.max_answer_bytes} (offset, bytes)`,
        );
      try {
        // SEMS may have put larger ones there than we take.
        const whole = await folder.read(message, Math.max(config.max_message_bytes, 256_000_000));
        return { code: codes.ok, content: whole.slice(offset, offset + wanted) };
      } catch (fault) {
        return this.#told(fault, { code: codes.readError, content: none });
      }
    });
  }

  markRead(box: Mailbox, name: string): Promise<Code> {
    return this.#onMessage(box, name, 'msg_markread', codes.readError, (folder) => folder.mark(name, true));
  }

  remove(box: Mailbox, name: string): Promise<Code> {
    return this.#onMessage(box, name, 'msg_delete', codes.storage, (folder) => folder.remove(name));
  }

  /** Null: there is no such user. */
  list(box: Mailbox): Promise<readonly Message[] | null> {
    return this.#inTurn(box, null, async (folder) => ((await folder.exists()) ? folder.messages() : null));
  }

  #onMessage(
    box: Mailbox,
    name: string,
    event: ChangeEvent,
    failure: Code,
    change: (folder: UserFolder) => Promise<void>,
  ): Promise<Code> {
    return this.#inTurn(box, name, async (folder) => {
      if ((await folder.message(name)) === null) return codes.messageNotFound;
      try {
        await change(folder);
      } catch (fault) {
        return this.#told(fault, failure);
      }
      this.#changed(box, name, event);
      return codes.ok;
    });
  }

  async #inTurn<T>(
    { domain, user }: Mailbox,
    name: string | null,
    run: (folder: UserFolder) => Promise<T>,
  ): Promise<T> {
    const { files, folder } = this.#parts;
    const path = pathOf(folder, domain, user);
    if (name !== null) pathOf(path, name);
    return this.#turns.take(path, () => run(new UserFolder(files, path, (fault) => this.#told(fault, null))));
  }

  /** The limit that one more message passes, or null. */
  async #limitPassed(folder: UserFolder, name: string, sizeBytes: number): Promise<string | null> {
    const { max_message_bytes, max_messages, max_user_bytes } = this.#parts.config;
    if (sizeBytes > max_message_bytes) return 'max_message_bytes';
    const others = (await folder.messages()).filter((message) => message.name !== name);
    if (others.length >= max_messages) return 'max_messages';
    const used = others.reduce((sum, message) => sum + message.sizeBytes, 0);
    return used + sizeBytes > max_user_bytes ? 'max_user_bytes' : null;
  }

  #changed({ domain, user }: Mailbox, message: string, event: ChangeEvent): void {
    this.#parts.onChange({ domain, user, message, event });
  }

  /** A fault of the disk is a code to the caller, and a line in the log. */
  #told<T>(fault: unknown, answer: T): T {
    if (!(fault instanceof CodedError)) throw fault;
    this.#parts.faults.add(1, { fault: fault.code });
    this.#parts.log.warn('the message storage failed', { fault: fault.message });
    return answer;
  }
}

function isFull(fault: unknown): boolean {
  const code = fault instanceof CodedError ? systemCode(fault.cause) : '';
  return code === 'ENOSPC' || code === 'EDQUOT';
}
