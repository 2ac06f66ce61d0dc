import {
  type Call,
  type CallEngine,
  CodedError,
  type Disposable,
  type DiValue,
  type MediaRoom,
  type MediaStream,
  type Random,
  type Speaker,
  secureToken,
} from '../../core/index.ts';
import type { webconferenceEvents } from './events.ts';
import type { Room } from './room.ts';
import { type Place, placeIn, type Talk, talkOfGroup } from './talks.ts';

export type WebconferenceEvent = keyof typeof webconferenceEvents;

export interface LiveParts {
  readonly calls: Pick<CallEngine, 'rooms' | 'find'>;
  readonly random: Random;
  media(room: string): MediaRoom;
  publish(name: WebconferenceEvent, payload: DiValue): void;
  /** What the list shows of that call is another. */
  participantChanged(room: Room, call: string): void;
}

/** Hands that may be raised in one room at the same time. */
const mostHands = 200;
/** Private talks in one room. */
const mostTalks = 100;
const nobody: ReadonlyMap<string, number> = new Map();
const mainPlace: Place = { group: '', hears: null, heardBy: null };

interface Watched {
  readonly watching: Disposable;
  /** Levels by call tag, dBov. */
  speakers: ReadonlyMap<string, number>;
}

/**
 * What happens in a room while people are in it, whoever's calls they are: the floor, private talks, volumes, the
 * lock, who speaks. Methods that can be refused give a sentence, empty for done.
 */
export class LiveRooms {
  readonly #parts: LiveParts;
  /** Rooms whose speakers are watched. */
  readonly #watched = new Map<Room, Watched>();
  /** What was told last of `webconference.changed`. */
  readonly #told = new WeakMap<Room, string>();
  readonly #recording = new WeakSet<Room>();

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  // Who comes and goes

  /** A call sits in the room now, where `predecessor` did if that is not null (Replaces). */
  joined(room: Room, call: string, predecessor: string | null): void {
    if (predecessor !== null) this.#passOn(room, predecessor, call);
    this.#findPlace(room, call);
    this.#hush(room, call);
    if (room.isWatched) this.#watch(room);
  }

  /** It does not any more; `left`: how many do. */
  left(room: Room, call: string, left: number): void {
    this.#comeBack(room, call);
    if (room.floor.revoke(call)) this.#tellFloor(room, call, false);
    this.#withHands(room, () => room.floor.lower(call));
    if (left > 0) return;
    this.#unwatch(room);
    this.setRecording(room, false);
    this.tellChanged(room);
  }

  /** The room is no more: nobody is left in a talk or without a voice. */
  ended(room: Room): void {
    for (const talk of room.talks.list()) this.#endTalk(room, talk);
    room.floor.moderated = false;
    for (const call of this.#parts.calls.rooms.participants(room.name)) this.#hush(room, call);
    this.#unwatch(room);
  }

  // The floor

  raiseHand(room: Room, call: string): string {
    if (room.floor.has(call)) return 'has the floor already';
    if (room.floor.queue.length >= mostHands) return 'too many hands are raised';
    this.#withHands(room, () => room.floor.raise(call));
    return '';
  }

  lowerHand(room: Room, call: string): string {
    this.#withHands(room, () => room.floor.lower(call));
    return '';
  }

  grantFloor(room: Room, call: string): string {
    let granted = false;
    this.#withHands(room, () => {
      granted = room.floor.grant(call);
    });
    if (granted) this.#tellFloor(room, call, true);
    this.#hush(room, call);
    return '';
  }

  revokeFloor(room: Room, call: string): string {
    if (!room.floor.revoke(call)) return 'does not have the floor';
    this.#hush(room, call);
    this.#tellFloor(room, call, false);
    return '';
  }

  /** Without moderation nobody has the floor; raised hands stay. */
  setModerated(room: Room, on: boolean): void {
    const lost = on ? [] : room.floor.revokeAll();
    room.floor.moderated = on;
    for (const call of this.#parts.calls.rooms.participants(room.name)) this.#hush(room, call);
    for (const call of lost) this.#tellFloor(room, call, false);
    this.tellChanged(room);
  }

  // Private talks

  /** Gives the talk's id, or why there is none. */
  startTalk(room: Room, calls: readonly string[]): { readonly id: string } | { readonly refusal: string } {
    const wanted = [...new Set(calls)];
    if (wanted.length < 2) return { refusal: 'a private talk takes two or more' };
    if (wanted.some((call) => room.talks.of(call) !== null)) return { refusal: 'one of them is in a private talk' };
    if (room.talks.list().length >= mostTalks) return { refusal: 'too many private talks' };
    const talk = room.talks.start(secureToken(this.#parts.random, 9));
    for (const call of wanted) this.#goApart(room, talk, call);
    this.#tellTalk(room, talk, wanted, true);
    return { id: talk.id };
  }

  endTalk(room: Room, id: string): string {
    const talk = room.talks.find(id);
    if (talk === null) return 'there is no such private talk';
    this.#endTalk(room, talk);
    return '';
  }

  // Volumes, lock, recording, speakers

  /** dB: what the room hears of it, and what it hears of the room. */
  setVolume(room: Room, call: string, gainInDb: number, gainOutDb: number): string {
    const media = this.#stream(call);
    if (media === null) return 'has no audio';
    media.setSeat({ ...media.seat, gainInDb, gainOutDb });
    this.#parts.participantChanged(room, call);
    return '';
  }

  setLocked(room: Room, locked: boolean): string {
    try {
      this.#parts.calls.rooms.setLocked(room.name, locked);
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      return 'nobody is in the room';
    }
    this.tellChanged(room);
    return '';
  }

  isRecording(room: Room): boolean {
    return this.#recording.has(room);
  }

  setRecording(room: Room, recording: boolean): void {
    if (recording) this.#recording.add(room);
    else this.#recording.delete(room);
    this.tellChanged(room);
  }

  /** From now on who speaks is told, also after the room was empty. */
  watchSpeakers(room: Room): void {
    room.isWatched = true;
    if (this.#parts.calls.rooms.participants(room.name).length > 0) this.#watch(room);
  }

  speakers(room: Room): ReadonlyMap<string, number> {
    return this.#watched.get(room)?.speakers ?? nobody;
  }

  /** Tells the room's switches if they are others than last time. */
  tellChanged(room: Room): void {
    const { moderated } = room.floor;
    const locked = this.#parts.calls.rooms.isLocked(room.name);
    const recording = this.isRecording(room);
    const told = `${locked} ${moderated} ${recording}`;
    if (told === (this.#told.get(room) ?? 'false false false')) return;
    this.#told.set(room, told);
    this.#parts.publish('webconference.changed', { room: room.name, locked, moderated, recording });
  }

  stop(): void {
    for (const room of [...this.#watched.keys()]) this.#unwatch(room);
  }

  /** The floor and the raised hand go with the seat. */
  #passOn(room: Room, call: string, heir: string): void {
    const had = room.floor.has(call);
    this.#withHands(room, () => room.floor.passOn(call, heir));
    if (!had) return;
    this.#tellFloor(room, call, false);
    this.#tellFloor(room, heir, true);
  }

  /** Heard or not, by the floor. In a private talk all are: those outside do not hear it. */
  #hush(room: Room, call: string): void {
    const seat = this.#parts.calls.rooms.seat(room.name, call);
    seat?.setHushed(room.floor.hushes(call) && room.talks.of(call) === null);
  }

  #goApart(room: Room, talk: Talk, call: string): void {
    const media = this.#stream(call);
    if (media === null) return;
    const { group, hears, heardBy } = media.seat;
    talk.places.set(call, { group, hears, heardBy });
    media.setSeat({ ...media.seat, ...placeIn(talk.id) });
    this.#hush(room, call);
  }

  /** Leaves its talk; a talk with one left is over. */
  #comeBack(room: Room, call: string): void {
    const talk = room.talks.of(call);
    if (talk === null) return;
    this.#return(room, talk, call);
    if (talk.places.size < 2) this.#endTalk(room, talk);
    else this.#tellTalk(room, talk, [...talk.places.keys()], true);
  }

  #endTalk(room: Room, talk: Talk): void {
    const calls = [...talk.places.keys()];
    room.talks.end(talk);
    for (const call of calls) this.#return(room, talk, call);
    this.#tellTalk(room, talk, calls, false);
  }

  #return(room: Room, talk: Talk, call: string): void {
    const place = talk.places.get(call);
    talk.places.delete(call);
    // Hushed first, so that not a word of the talk is heard in the room.
    this.#hush(room, call);
    const media = this.#stream(call);
    if (media !== null && place !== undefined && talkOfGroup(media.seat.group) === talk.id)
      media.setSeat({ ...media.seat, ...place });
  }

  /** Who took over a seat of a talk is in the talk; a talk that is over keeps nobody apart. */
  #findPlace(room: Room, call: string): void {
    const media = this.#stream(call);
    const id = media === null ? null : talkOfGroup(media.seat.group);
    if (media === null || id === null) return;
    const talk = room.talks.find(id);
    if (talk === null) media.setSeat({ ...media.seat, ...mainPlace });
    else {
      talk.places.set(call, mainPlace);
      this.#tellTalk(room, talk, [...talk.places.keys()], true);
    }
  }

  /** Runs a change of the queue and tells whose place it moved. */
  #withHands(room: Room, change: () => void): void {
    const { floor } = room;
    const before = [...floor.queue];
    change();
    for (const call of new Set([...before, ...floor.queue])) {
      const hand = floor.place(call);
      if (before.indexOf(call) + 1 !== hand) this.#parts.publish('webconference.hand', { room: room.name, call, hand });
    }
  }

  #tellFloor(room: Room, call: string, floor: boolean): void {
    this.#parts.publish('webconference.floor', { room: room.name, call, floor });
  }

  #tellTalk(room: Room, { id }: Talk, calls: readonly string[], active: boolean): void {
    this.#parts.publish('webconference.talk', { room: room.name, talk: id, calls: [...calls], active });
  }

  #watch(room: Room): void {
    if (this.#watched.has(room)) return;
    const watching = this.#parts.media(room.name).watchSpeakers((speakers) => this.#heard(room, speakers));
    this.#watched.set(room, { watching, speakers: nobody });
  }

  #unwatch(room: Room): void {
    const watched = this.#watched.get(room);
    if (watched === undefined) return;
    this.#watched.delete(room);
    watched.watching.dispose();
    if (watched.speakers.size > 0) this.#parts.publish('webconference.speaking', { room: room.name, speakers: [] });
  }

  /** The engine tells at most four times a second, and once a second while nothing changes. */
  #heard(room: Room, speakers: readonly Speaker[]): void {
    const watched = this.#watched.get(room);
    if (watched === undefined) return;
    const calls = new Map<number, string>();
    for (const call of this.#parts.calls.rooms.participants(room.name)) {
      const media = this.#stream(call);
      if (media !== null) calls.set(media.id, call);
    }
    const told = speakers.flatMap(({ stream, levelDb }) => {
      const call = calls.get(stream);
      return call === undefined ? [] : [{ call, levelDb }];
    });
    watched.speakers = new Map(told.map(({ call, levelDb }) => [call, levelDb]));
    this.#parts.publish('webconference.speaking', { room: room.name, speakers: told });
  }

  #stream(tag: string): MediaStream | null {
    const call: Call | null = this.#parts.calls.find(tag);
    return call?.session.media ?? null;
  }
}
