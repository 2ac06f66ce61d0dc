import type { ItemId, MediaStream } from '../media/index.ts';
import { CodedError, type Disposable } from '../runtime/index.ts';
import type { Session } from './session.ts';
import type { RoomChange, RoomOptions, RoomRegistry, RoomSeat } from './types.ts';

/** What is told to the outside about rooms. */
export interface RoomObserver {
  /** `predecessor`: whose seat it took. */
  joined(session: Session, room: string, participants: number, predecessor?: string): void;
  left(session: Session, room: string, participants: number): void;
  muted(session: Session, room: string, muted: boolean): void;
}

interface Seat extends RoomSeat {
  readonly session: Session;
  tell(change: RoomChange): void;
}

/** A seat as snapshots carry it. */
export interface SeatState {
  readonly name: string;
  readonly item: ItemId;
  readonly listenOnly: boolean;
  readonly muted: boolean;
}

/**
 * Rooms of conference, webconference and scripts: one namespace, as in SEMS (reference/applications
 * 4.8). A room is made by the first who joins and goes with the last who leaves. Mixing is the media
 * worker's affair; here is who sits where, and who is told.
 */
export class RoomDirectory implements RoomRegistry {
  readonly #rooms = new Map<string, Map<Session, Seat>>();
  readonly #locked = new Set<string>();
  readonly #observer: RoomObserver;

  constructor(observer: RoomObserver) {
    this.#observer = observer;
  }

  list(): readonly { readonly room: string; readonly participants: readonly string[] }[] {
    return [...this.#rooms.keys()].map((room) => ({ room, participants: this.participants(room) }));
  }

  participants(room: string): readonly string[] {
    return [...(this.#rooms.get(room)?.keys() ?? [])].map(({ tag }) => tag);
  }

  seat(room: string, call: string): RoomSeat | null {
    for (const [session, seat] of this.#rooms.get(room) ?? []) if (session.tag === call) return seat;
    return null;
  }

  isLocked(room: string): boolean {
    return this.#locked.has(room);
  }

  setLocked(room: string, locked: boolean): void {
    if (!this.#rooms.has(room)) throw new CodedError('room.unknown', room);
    if (locked) this.#locked.add(room);
    else this.#locked.delete(room);
  }

  /** The seats that `session` has. */
  seatsOf(session: Session): readonly SeatState[] {
    return [...this.#rooms].flatMap(([name, seats]) => {
      const seat = seats.get(session);
      return seat === undefined ? [] : [{ name, item: seat.item, listenOnly: seat.listenOnly, muted: seat.muted }];
    });
  }

  /**
   * Puts the room at the end of the playlist. A session that sits there already gets its seat again,
   * and nobody is told.
   * @throws CodedError `room.full`, `room.locked`.
   */
  join(session: Session, stream: MediaStream, room: string, options: RoomOptions): RoomSeat {
    const seats = this.#rooms.get(room);
    const present = seats?.get(session);
    if (present !== undefined) return present;
    const { maxParticipants = 0, listenOnly = false, evenLocked = false } = options;
    if (session.direction === 'in' && !evenLocked && this.#locked.has(room)) throw new CodedError('room.locked', room);
    if (maxParticipants > 0 && (seats?.size ?? 0) >= maxParticipants)
      throw new CodedError('room.full', `${room} has ${maxParticipants} participants`);
    const [item] = stream.play([{ kind: 'room', room, listenOnly }], 'back');
    if (item === undefined) throw new CodedError('media.failed', 'the stream gave no item');
    return this.#seat(session, room, item, options, false);
  }

  /** Takes a seat whose room is already in the stream's playlist (a restored call); nobody is told. */
  resume(session: Session, { name, item, listenOnly, muted }: SeatState): RoomSeat {
    const seat = this.#seat(session, name, item, { listenOnly }, true);
    // Its stream may come back hushed, and who hushed it is gone.
    session.media?.setMuted(muted);
    if (muted) seat.setMuted(true);
    return seat;
  }

  #seat(session: Session, room: string, item: ItemId, options: RoomOptions, quietly: boolean): Seat {
    let muted = false;
    let hushed = false;
    /** Two reasons, one effect: each goes without the other's leave, and the seat is heard when none is left. */
    const hearOrNot = (): void => session.media?.setMuted(muted || hushed);
    const watching: Disposable = session.watch((event) => {
      // The playlist was flushed, or the entry removed: who does not hear the room is not in it.
      if (event.kind === 'media' && event.event.kind === 'itemEnded' && event.event.item === item) leave();
    });
    const leave = (): void => {
      watching.dispose();
      if (muted || hushed) session.media?.setMuted(false);
      muted = false;
      hushed = false;
      session.signal.removeEventListener('abort', leave);
      this.#leave(session, room, seat);
    };
    const seat: Seat = {
      session,
      room,
      item,
      listenOnly: options.listenOnly ?? false,
      get muted() {
        return muted;
      },
      setMuted: (wanted) => {
        if (muted === wanted) return;
        muted = wanted;
        hearOrNot();
        this.#observer.muted(session, room, wanted);
      },
      get hushed() {
        return hushed;
      },
      setHushed: (wanted) => {
        if (hushed === wanted) return;
        hushed = wanted;
        hearOrNot();
      },
      leave: () => {
        session.media?.removeItem(item);
        leave();
      },
      // Later, never inside `join`: the listener may want the seat that `join` gives.
      tell: (change) => {
        session.post({ kind: 'room', room, ...change });
        if (options.onChange === undefined) return;
        const { onChange } = options;
        queueMicrotask(() => {
          try {
            if (!session.signal.aborted) onChange(change);
          } catch (fault) {
            session.fail(fault);
          }
        });
      },
    };
    const seats = this.#rooms.get(room) ?? new Map<Session, Seat>();
    this.#rooms.set(room, seats);
    const others = [...seats.values()];
    seats.set(session, seat);
    session.signal.addEventListener('abort', leave, { once: true });
    if (quietly) return seat;
    // 4.8: "the joiner itself gets NewParticipant with count 1", else "all others … with the new count".
    const change: RoomChange = { change: 'joined', call: session.tag, participants: seats.size };
    for (const told of others.length === 0 ? [seat] : others) told.tell(change);
    this.#observer.joined(session, room, seats.size, options.inPlaceOf);
    return seat;
  }

  #leave(session: Session, room: string, seat: Seat): void {
    const seats = this.#rooms.get(room);
    if (seats?.get(session) !== seat) return;
    seats.delete(session);
    if (seats.size === 0) {
      this.#rooms.delete(room);
      this.#locked.delete(room);
    }
    const change: RoomChange = { change: 'left', call: session.tag, participants: seats.size };
    for (const told of seats.values()) told.tell(change);
    this.#observer.left(session, room, seats.size);
  }
}
