import type { BesideItem } from '../beside.ts';
import type { BesideEntry, Entry, EntryState } from '../playlist.ts';
import type { EndReason, PlayItem } from '../protocol.ts';
import { saturate } from '../saturate.ts';
import type { EntryHost } from './host.ts';
import { PromptEntry } from './prompt-entry.ts';
import { RoomEntry } from './room-entry.ts';

export function makeBesideEntry(item: BesideItem, host: EntryHost, state: EntryState | null): BesideEntry {
  return item.kind === 'tee' ? new TeeEntry(item, host, state) : new MixInEntry(item, host, state);
}

/** Works as the entry that it stands on, under its own item. */
abstract class Wrapped implements BesideEntry {
  readonly item: PlayItem;
  protected readonly inner: Entry;
  abstract readonly mixes: boolean;

  constructor(item: PlayItem, inner: Entry) {
    this.item = item;
    this.inner = inner;
  }

  get started(): boolean {
    return this.inner.started;
  }

  set started(started: boolean) {
    this.inner.started = started;
  }

  get isOver(): boolean {
    return this.inner.isOver;
  }

  get playedSamples(): number {
    return this.inner.playedSamples;
  }

  enter(): boolean {
    return this.inner.enter();
  }

  leave(): void {
    this.inner.leave();
  }

  end(reason: EndReason): boolean {
    return this.inner.end(reason);
  }

  read(): number {
    return 0;
  }

  readPayload(): number {
    return 0;
  }

  write(frame: Int16Array | null, count: number): boolean {
    return this.inner.write(frame, count);
  }

  state(): EntryState {
    return this.inner.state();
  }

  abstract mix(out: Int16Array, count: number): boolean;
}

class MixInEntry extends Wrapped {
  readonly mixes = true;
  readonly #level: number;
  #frame: Int16Array | null = null;

  constructor(item: Extract<BesideItem, { readonly kind: 'mixIn' }>, host: EntryHost, state: EntryState | null) {
    const { prompt, loop } = item;
    super(item, new PromptEntry({ kind: 'prompt', item: item.item, prompt, loop }, host, state));
    this.#level = Math.min(1, Math.max(0, item.level));
  }

  mix(out: Int16Array, count: number): boolean {
    if (this.#frame === null || this.#frame.length < count) this.#frame = new Int16Array(count);
    const frame = this.#frame;
    const given = this.inner.read(frame, 0, count);
    const level = this.#level;
    for (let i = 0; i < given; i++) {
      const voice = frame[i] as number;
      out[i] = level === 0 ? voice : saturate((out[i] as number) + Math.round(voice * level));
    }
    return given === count && !this.inner.isOver;
  }
}

/**
 * A member of the room whose stream has its turn elsewhere: with the room that it hears, or with none. What it says
 * is kept until this room's turn.
 */
class TeeEntry extends Wrapped {
  readonly mixes = false;
  #frame: Int16Array | null = null;

  constructor(item: Extract<BesideItem, { readonly kind: 'tee' }>, host: EntryHost, state: EntryState | null) {
    const room = { kind: 'room', item: item.item, room: item.room, listenOnly: false } as const;
    super(item, new RoomEntry(room, withoutTurn(host), state));
  }

  override write(frame: Int16Array | null, count: number): boolean {
    if (frame === null) return this.inner.write(null, count);
    if (this.#frame?.length !== count) this.#frame = new Int16Array(count);
    const kept = this.#frame;
    for (let i = 0; i < count; i++) kept[i] = frame[i] as number;
    return this.inner.write(kept, count);
  }

  mix(): boolean {
    return true;
  }
}

/** The stream, without the halves of its tick. */
function withoutTurn(host: EntryHost): EntryHost {
  return {
    get sampleRateHz() {
      return host.sampleRateHz;
    },
    get muted() {
      return host.muted;
    },
    get seat() {
      return host.seat;
    },
    rooms: host.rooms,
    prompt: (id) => host.prompt(id),
    recordItem: (item) => host.recordItem(item),
    remoteReady: (item) => host.remoteReady(item),
    warn: (message) => host.warn(message),
    takeIn() {},
    giveOut() {},
    disable: (fault) => host.disable(fault),
    ...(host.id === undefined ? {} : { id: host.id }),
  };
}
