/**
 * Guests: who came with the PIN of a room and nothing else. A guest's calls are those that carry the digest of the key
 * that he gave when he signed in: traces show the digest, and nobody else can be him by it.
 */
import { createHash } from 'node:crypto';
import type { Caller, EventGuard, PublishedEvent } from '../../core/index.ts';
import type { Room } from './room.ts';

/** `X-Guest: <SHA-256 of the key, 64 hexadecimal digits>` in the INVITE. */
const guestHeader = 'X-Guest';
const digest = /^[0-9a-f]{64}$/;

/** What a key makes of a guest: `Caller.subject`. */
export const subjectOf = (key: string): string => createHash('sha256').update(key, 'utf8').digest('hex');

/** The guest whose call that is; empty: nobody's. */
export function ownerOf(call: { header(name: string): string | null }): string {
  const given = call.header(guestHeader)?.trim().toLowerCase() ?? '';
  return digest.test(given) ? given : '';
}

/** May that caller speak as that call? Only guests are asked whose it is. */
export function maySpeakAs(caller: Caller, room: Room, callTag: string): boolean {
  return !isGuest(caller) || owns(caller, room, callTag);
}

const isGuest = ({ credential }: Caller): boolean => credential === 'room';

function owns({ subject = '' }: Caller, room: Room, callTag: string): boolean {
  return subject !== '' && callTag !== '' && room.find(callTag)?.owner === subject;
}

/**
 * What guests get of the events of their room: nothing from before it was opened, also when the log keeps the events of
 * another room that had its name; of the chat, what is said to all, and by or to their own calls.
 */
export class GuestView {
  readonly #roomOf: (name: string) => Room | null;
  /** By room, the id of its `roomCreated`. */
  readonly #openedAt = new Map<string, number>();

  constructor(roomOf: (name: string) => Room | null) {
    this.#roomOf = roomOf;
  }

  opened({ id, payload }: PublishedEvent): void {
    this.#openedAt.set(String(payload['room']), id);
  }

  closed({ payload }: PublishedEvent): void {
    this.#openedAt.delete(String(payload['room']));
  }

  readonly shows: EventGuard = ({ id, name, payload }, caller) => {
    if (!isGuest(caller)) return true;
    const roomName = String(payload['room']);
    const openedAt = this.#openedAt.get(roomName);
    // Its end is the last that is heard of a room.
    if (openedAt === undefined) return name === 'webconference.roomDeleted';
    if (id < openedAt) return false;
    const { from, to } = payload;
    if (name !== 'webconference.chat' || to === '') return true;
    const room = this.#roomOf(roomName);
    return room !== null && [from, to].some((tag) => typeof tag === 'string' && owns(caller, room, tag));
  };
}
