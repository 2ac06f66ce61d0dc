import type { MemberSettings } from '../../core/index.ts';

/** Who somebody was to the others before. */
export type Place = Pick<MemberSettings, 'group' | 'hears' | 'heardBy'>;

/** A private talk: a part of the room that hears itself only. */
export interface Talk {
  readonly id: string;
  /** By call tag, what each returns to. */
  readonly places: Map<string, Place>;
}

const prefix = 'talk:';

/** Where those of a talk sit. */
export function placeIn(talk: string): Place {
  const group = prefix + talk;
  return { group, hears: [group], heardBy: [group] };
}

/** The talk that a group of the mix is; null: another group. */
export const talkOfGroup = (group: string): string | null =>
  group.startsWith(prefix) ? group.slice(prefix.length) : null;

/** The private talks of one room. Nobody is in two. */
export class Talks {
  readonly #talks = new Map<string, Talk>();

  list(): readonly Talk[] {
    return [...this.#talks.values()];
  }

  find(id: string): Talk | null {
    return this.#talks.get(id) ?? null;
  }

  /** The talk that the call is in. */
  of(call: string): Talk | null {
    for (const talk of this.#talks.values()) if (talk.places.has(call)) return talk;
    return null;
  }

  start(id: string): Talk {
    const talk: Talk = { id, places: new Map() };
    this.#talks.set(id, talk);
    return talk;
  }

  end(talk: Talk): void {
    this.#talks.delete(talk.id);
  }
}
