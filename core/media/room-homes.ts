import type { EngineLink } from './engine-link.ts';
import type { ItemId } from './worker/protocol.ts';

interface Home {
  readonly link: EngineLink;
  readonly items: Set<ItemId>;
  /** The entry among them that is the room's voice. */
  voice: ItemId | null;
}

/** Which engine holds which room: that of its first participant, as long as an entry names it. */
export class RoomHomes {
  /** The last caller left a room that has a voice: it need not speak any more. */
  onLonelyVoice: (room: string) => void = () => {};
  readonly #homes = new Map<string, Home>();
  readonly #rooms = new Map<ItemId, string>();

  /** An entry names `room`: the room's home, which is `own` when it has none yet. */
  enter(item: ItemId, room: string, own: EngineLink): EngineLink {
    let home = this.#homes.get(room);
    if (home === undefined || home.link.dead) {
      home = { link: own, items: new Set(), voice: null };
      this.#homes.set(room, home);
    }
    home.items.add(item);
    this.#rooms.set(item, room);
    return home.link;
  }

  /** As `enter`, for the room's voice, which does not keep the room alive. */
  enterVoice(item: ItemId, room: string, own: EngineLink): EngineLink {
    const link = this.enter(item, room, own);
    const home = this.#homes.get(room);
    if (home !== undefined) home.voice = item;
    return link;
  }

  /** The home of a room by name. */
  find(room: string): EngineLink | null {
    return this.#homes.get(room)?.link ?? null;
  }

  /** An entry is over; with its last entry the room has no home. */
  leave(item: ItemId): void {
    const room = this.#rooms.get(item);
    if (room === undefined) return;
    this.#rooms.delete(item);
    const home = this.#homes.get(room);
    home?.items.delete(item);
    if (home === undefined) return;
    if (home.voice === item) home.voice = null;
    if (home.items.size === 0) this.#homes.delete(room);
    else if (home.items.size === 1 && home.voice !== null) this.onLonelyVoice(room);
  }

  /** An engine died: rooms that lived there find another home when somebody enters. */
  forget(link: EngineLink): void {
    for (const [room, home] of this.#homes) if (home.link === link) this.#homes.delete(room);
  }

  get size(): number {
    return this.#homes.size;
  }
}
