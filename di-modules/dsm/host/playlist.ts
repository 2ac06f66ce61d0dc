import {
  type Call,
  CodedError,
  DsmException,
  type ItemId,
  type MediaStream,
  type PlayRequest,
  type Prompt,
  type RoomOptions,
  type RoomSeat,
} from '../../../core/index.ts';
import type { AudioFace, PlayPlace } from './call-face.ts';
import type { PromptBook, PromptCollection } from './prompts.ts';

export interface PlaylistParts {
  readonly call: Call;
  readonly prompts: PromptBook;
  /** Loads a file once. @throws CodedError `file.*`. */
  load(path: string): Promise<Prompt>;
  /** `$prompts.default_fallback` is `yes`. */
  fallsBack(): boolean;
  /** The session's media will be attached by themselves: `$connect_session` does not forbid it. */
  attaches(): boolean;
}

/** What the media tell of the playlist, in terms of scripts. */
export type PlaylistNews =
  | { readonly kind: 'separator'; readonly id: string }
  | { readonly kind: 'noAudio'; readonly type: 'noAudio' | 'cleared' };

/** Waits for media. */
type Waiting = (stream: MediaStream) => void;

const maxWaiting = 4096;

/**
 * The playlist of a call as scripts know it (reference/dsm 7.3): items wait here until it is attached to the call's
 * media, at the session's start or by `connectMedia`; detached it stands still and nothing is sent.
 *
 * ```
 *            sessionStart, early, connectMedia
 *   detached ────────────────────────────────► attached
 *            ◄────────────────────────────────
 *                     disconnectMedia
 * ```
 */
export class ScriptPlaylist implements AudioFace {
  readonly #parts: PlaylistParts;
  #active: PromptCollection;
  #waiting: Waiting[] = [];
  #attached = false;
  /** Endless silence that holds the stream's items while detached. */
  #pause: ItemId | null = null;
  readonly #separators = new Map<ItemId, string>();
  /** By `disconnectMedia`: nothing is received either. */
  #cutOff = false;
  /** The script's own switch. */
  #receiving = true;
  #forcedKeys = false;
  #muted = false;

  constructor(parts: PlaylistParts) {
    this.#parts = parts;
    this.#active = parts.prompts.defaults;
  }

  get connected(): boolean {
    return this.#attached;
  }

  /** Makes another prompt set the active one. @throws DsmException `prompt`. */
  usePrompts(name: string): void {
    const set = this.#parts.prompts.set(name);
    if (set === null) throw new DsmException('prompt', { name });
    this.#active = set;
  }

  hasPrompt(name: string): boolean {
    return this.#prompt(name) !== null;
  }

  async playPrompt(name: string, options: { readonly where?: PlayPlace; readonly loop?: boolean } = {}): Promise<void> {
    const prompt = this.#prompt(name);
    if (prompt === null) throw new DsmException('prompt', { name });
    this.playLoaded(prompt, options);
  }

  async playFile(path: string, options: { readonly where?: PlayPlace; readonly loop?: boolean } = {}): Promise<void> {
    let prompt: Prompt;
    try {
      // `path|codec`: the format by extension tells enough.
      prompt = await this.#parts.load(path.replace(/\|[^|/]*$/, ''));
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      throw new DsmException('file', { path });
    }
    this.playLoaded(prompt, options);
  }

  playLoaded(prompt: Prompt, options: { readonly where?: PlayPlace; readonly loop?: boolean } = {}): void {
    this.play({ kind: 'prompt', prompt: prompt.id, loop: options.loop ?? false }, options.where);
  }

  play(request: PlayRequest, where: PlayPlace = 'back'): void {
    this.#add((stream) => void stream.play([request], where));
  }

  addSeparator(id: string, where: PlayPlace): void {
    this.#add((stream) => {
      const [item] = stream.play([{ kind: 'separator' }], where);
      if (item !== undefined) this.#separators.set(item, id);
    });
  }

  /** At once where there are media: who asks for the room's size in `sessionStart` is counted already. */
  join(room: string, options: RoomOptions, onSeat: (seat: RoomSeat | null, fault: unknown) => void): void {
    if (!this.#attached && !this.#cutOff && this.#stream !== null && this.#parts.attaches()) this.connect();
    this.#add(() => {
      try {
        onSeat(this.#parts.call.join(room, options), null);
      } catch (fault) {
        onSeat(null, fault);
      }
    });
  }

  flush(): void {
    this.#waiting = [];
    this.#separators.clear();
    this.#pause = null;
    this.#stream?.flush();
  }

  connect(): void {
    const stream = this.#stream;
    this.#attached = true;
    this.#cutOff = false;
    if (stream === null) return;
    this.#applyReceiving();
    stream.setSending(!this.#muted);
    if (this.#pause !== null) stream.removeItem(this.#pause);
    this.#pause = null;
    for (const add of this.#waiting.splice(0)) add(stream);
  }

  disconnect(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#cutOff = true;
    const stream = this.#stream;
    if (stream === null) return;
    this.#pause = stream.play([{ kind: 'silence', lengthMs: 0 }], 'front')[0] ?? null;
    stream.setSending(false);
    this.#applyReceiving();
  }

  /** There are media now; `attach`: the script has not forbidden to use them (`$connect_session`). */
  mediaReady(attach: boolean): void {
    if (attach || this.#attached) this.connect();
    else {
      this.#stream?.setSending(false);
      this.#applyReceiving();
    }
  }

  setReceiving(receiving: boolean): void {
    this.#receiving = receiving;
    this.#applyReceiving();
  }

  /** Keys are read whatever `setReceiving` says: what comes in is read then. */
  setForcedKeys(forced: boolean): void {
    this.#forcedKeys = forced;
    this.#applyReceiving();
  }

  /** Stops or resumes sending; what is played goes on. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
    if (this.#attached) this.#stream?.setSending(!muted);
  }

  /** The news that an item's end is for the script, or null. */
  itemEnded(item: ItemId, reason: 'finished' | 'flushed' | 'failed' | 'closed'): PlaylistNews | null {
    const id = this.#separators.get(item);
    this.#separators.delete(item);
    return id === undefined || reason !== 'finished' ? null : { kind: 'separator', id };
  }

  #applyReceiving(): void {
    this.#parts.call.setReceiving(this.#forcedKeys || (this.#receiving && !this.#cutOff));
  }

  #add(add: Waiting): void {
    const stream = this.#stream;
    if (this.#attached && stream !== null) add(stream);
    else if (this.#waiting.length >= maxWaiting) throw new DsmException('core', { cause: 'the playlist is full' });
    // Each is put in front of what was added before it when its time comes.
    else this.#waiting.push(add);
  }

  #prompt(name: string): Prompt | null {
    const { prompts, fallsBack } = this.#parts;
    return this.#active.get(name) ?? (fallsBack() ? prompts.defaults.get(name) : undefined) ?? null;
  }

  get #stream(): MediaStream | null {
    return this.#parts.call.session.media;
  }
}
