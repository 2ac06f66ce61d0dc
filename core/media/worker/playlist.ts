/**
 * The queue of what a stream plays and records (reference/applications 4.1). It gives frames to be
 * sent (`read`) and takes frames that came in (`write`); both go to the current entry.
 */
import { isBeside } from './beside.ts';
import type { EndReason, ItemId, PlayItem } from './protocol.ts';
import type { StreamCodec } from './room.ts';

/** Where an entry stands, as plain data: enough to go on elsewhere. */
export interface EntryState {
  readonly started: boolean;
  /** Samples played so far, at the entry's own rate (8000 Hz where it has none). */
  readonly played: number;
  /** Next sample of a prompt, in its own samples. */
  readonly position: number;
  /** A recording that goes on: its ring in shared memory. */
  readonly tap?: unknown;
}

/** One entry at work. */
export interface Entry {
  readonly item: PlayItem;
  /** Was reported as started. */
  started: boolean;
  /** Becomes current (again). False: it cannot be played. */
  enter(): boolean;
  /** Is current no more, but may be again: something was put in front. */
  leave(): void;
  /** It is over: frees what it holds. True when the entry itself reports its end later. */
  end(reason: EndReason): boolean;
  /** Writes up to `count` samples to `out[at…]`; fewer: it has ended there. */
  read(out: Int16Array, at: number, count: number): number;
  /** Takes what came in in this frame (null: nothing did). False: it has ended by that. */
  write(frame: Int16Array | null, count: number): boolean;
  /** A whole frame that is encoded already, written to `payload`; 0: use `read`. */
  readPayload(codec: StreamCodec, payload: Uint8Array): number;
  /** All of it was read: the next one has the next frame whole, in both directions. */
  readonly isOver: boolean;
  readonly playedSamples: number;
  state(): EntryState;
}

export interface PlaylistEvents {
  started(item: ItemId): void;
  ended(item: ItemId, reason: EndReason, playedSamples: number): void;
  /** The last entry ended by itself: exactly once, and not after a flush. */
  empty(): void;
}

/** An entry that goes on beside the current one, whatever that is. */
export interface BesideEntry extends Entry {
  /** It changes what is sent. */
  readonly mixes: boolean;
  /** Mixes a frame into `out`. False: it has ended. */
  mix(out: Int16Array, count: number): boolean;
}

const isBesideEntry = (entry: Entry): entry is BesideEntry => isBeside(entry.item);

/** More entries are refused: each is reported as failed. */
const maxEntries = 4096;
const maxBeside = 8;

export class Playlist {
  readonly #events: PlaylistEvents;
  #current: Entry | null = null;
  #queue: Entry[] = [];
  /** What goes on beside the current entry. */
  #beside: BesideEntry[] = [];

  constructor(events: PlaylistEvents) {
    this.#events = events;
  }

  get current(): Entry | null {
    return this.#current;
  }

  get isEmpty(): boolean {
    return this.#current === null && this.#queue.length === 0;
  }

  /** All entries, the current one first; what goes on beside it last. */
  entries(): readonly Entry[] {
    return this.#beside.length === 0 ? this.#inOrder() : [...this.#inOrder(), ...this.#beside];
  }

  #inOrder(): readonly Entry[] {
    return this.#current === null ? this.#queue : [this.#current, ...this.#queue];
  }

  /** The current entry, if nothing is mixed with what it plays. */
  get unmixed(): Entry | null {
    for (let i = 0; i < this.#beside.length; i++) if (this.#beside[i]?.mixes === true) return null;
    return this.#current;
  }

  /** Appends entries, or plays them at once and the present one afterwards from where it was. */
  add(all: readonly Entry[], where: 'back' | 'front'): void {
    const entries = all.filter((entry) => !this.#takeBeside(entry));
    const room = Math.max(0, maxEntries - this.#queue.length);
    for (const refused of entries.slice(room)) this.#events.ended(refused.item.item, 'failed', 0);
    const fitting = entries.slice(0, room);
    if (fitting.length === 0) return;
    if (where === 'back') this.#queue.push(...fitting);
    else {
      if (this.#current !== null) {
        this.#current.leave();
        this.#queue.unshift(this.#current);
        this.#current = null;
      }
      this.#queue.unshift(...fitting);
    }
    if (this.#current === null) this.#promote();
  }

  /**
   * Drops everything, the current entry included; `playlistEmpty` does not follow. What goes on beside it stays,
   * unless the stream ends.
   */
  flush(reason: EndReason = 'flushed'): void {
    const all = reason === 'flushed' ? this.#inOrder() : this.entries();
    this.#current = null;
    this.#queue = [];
    if (reason !== 'flushed') this.#beside = [];
    for (const entry of all) this.#finish(entry, reason);
  }

  /** True: it goes on beside the current entry, at once, or it was refused. */
  #takeBeside(entry: Entry): boolean {
    if (!isBesideEntry(entry)) return false;
    if (this.#beside.length >= maxBeside || !entry.enter()) {
      this.#finish(entry, 'failed');
      return true;
    }
    this.#beside.push(entry);
    if (!entry.started) {
      entry.started = true;
      this.#events.started(entry.item.item);
    }
    return true;
  }

  #endBeside(entry: BesideEntry, reason: EndReason): void {
    this.#beside.splice(this.#beside.indexOf(entry), 1);
    this.#finish(entry, reason);
  }

  /** Drops one entry wherever it is. */
  remove(item: ItemId): void {
    const beside = this.#beside.find((entry) => entry.item.item === item);
    if (beside !== undefined) {
      this.#endBeside(beside, 'flushed');
      return;
    }
    if (this.#current?.item.item === item) {
      const entry = this.#current;
      this.#current = null;
      this.#finish(entry, 'flushed');
      if (this.#queue.length > 0) this.#promote();
      return;
    }
    const at = this.#queue.findIndex((entry) => entry.item.item === item);
    if (at < 0) return;
    for (const entry of this.#queue.splice(at, 1)) this.#finish(entry, 'flushed');
  }

  /** Lets go of the entries without ending them: the stream moves. */
  abandon(): void {
    this.#current?.leave();
    for (const entry of this.#beside) entry.leave();
    this.#current = null;
    this.#queue = [];
    this.#beside = [];
  }

  /** Gives what came in to the current entry. */
  write(frame: Int16Array | null, count: number): void {
    if (this.#current !== null && !this.#current.write(frame, count)) this.#next('finished');
    for (let i = 0; i < this.#beside.length; i++) this.#beside[i]?.write(frame, count);
  }

  /** Fills `out` with `count` samples; the next entry starts in the same frame. True: somebody played. */
  read(out: Int16Array, count: number): boolean {
    let filled = 0;
    while (filled < count && this.#current !== null) {
      filled += this.#current.read(out, filled, count - filled);
      if (filled < count) this.#next('finished');
    }
    for (let i = filled; i < count; i++) out[i] = 0;
    this.settle();
    for (let i = this.#beside.length - 1; i >= 0; i--) {
      const entry = this.#beside[i] as BesideEntry;
      if (!entry.mix(out, count)) this.#endBeside(entry, 'finished');
    }
    return filled > 0;
  }

  /** After a frame: entries that were read to their end give way. */
  settle(): void {
    while (this.#current?.isOver === true) this.#next('finished');
  }

  #next(reason: EndReason): void {
    const entry = this.#current;
    this.#current = null;
    if (entry !== null) this.#finish(entry, reason);
    this.#promote();
  }

  /** Makes the next entry that can be played the current one. */
  #promote(): void {
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      const playable = entry.enter();
      if (playable && !entry.started) {
        entry.started = true;
        this.#events.started(entry.item.item);
      }
      if (playable && entry.item.kind !== 'separator') {
        this.#current = entry;
        return;
      }
      this.#finish(entry, playable ? 'finished' : 'failed');
    }
    this.#events.empty();
  }

  #finish(entry: Entry, reason: EndReason): void {
    entry.leave();
    if (!entry.end(reason)) this.#events.ended(entry.item.item, reason, entry.playedSamples);
  }
}
