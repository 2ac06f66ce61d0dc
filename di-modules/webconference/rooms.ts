import { type Clock, CodedError, equalSecrets, type Random, type SecretAttempts } from '../../core/index.ts';
import { parsePredefinedRooms, type WebconferenceConfig } from './config.ts';
import { Room } from './room.ts';

/** Told of rooms that come and go. */
export interface RoomsObserver {
  created(room: Room): void;
  /** Its calls are still there. */
  deleted(room: Room, reason: 'deleted' | 'expired'): void;
}

export interface RoomsParts {
  readonly config: WebconferenceConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly attempts: SecretAttempts;
  readonly observer: RoomsObserver;
  /** An operator lets nobody in (`conference.lock`). */
  isLocked(room: string): boolean;
  /** Somebody sits in it, whoever's call that is. */
  isOccupied(room: string): boolean;
}

/** The rooms by name: who may open them, who may control them, when they end (di-interfaces 5.2, 7.5). */
export class Rooms {
  readonly #parts: RoomsParts;
  readonly #rooms = new Map<string, Room>();
  #sweepCounter = 0;

  constructor(parts: RoomsParts) {
    this.#parts = parts;
    for (const { room, adminPin } of parsePredefinedRooms(parts.config.predefined_rooms)) this.#open(room, adminPin);
  }

  /** Is it (still) the room of its name? A deleted room gets no more updates (di-interfaces 8.2 F15). */
  isOpen(room: Room): boolean {
    return this.#rooms.get(room.name) === room;
  }

  /** The room of that name, its time may have come. */
  peek(name: string): Room | null {
    return this.#rooms.get(name) ?? null;
  }

  /**
   * Is that the PIN of an open room? Never opens one, nor gives a room without PIN one; `ignore_pin` does not count: who
   * asks has no other credentials. In constant time.
   */
  isPin(name: string, pin: string): boolean {
    const adminPin = this.find(name)?.adminPin ?? '';
    return equalSecrets(pin, adminPin) && adminPin !== '';
  }

  /** The room, unless it is unknown or has just expired. */
  find(name: string): Room | null {
    const room = this.#rooms.get(name);
    return room === undefined || this.#expire(room) ? null : room;
  }

  /**
   * `roomCreate`: a new room gets six random digits; one that was opened by a caller gets them too.
   * Null: it has a PIN already. @throws CodedError `module.full`.
   */
  create(name: string, timeoutS: number): Room | null {
    this.#countForSweep();
    const present = this.find(name);
    if (present !== null) {
      if (present.adminPin !== '') return null;
      present.adminPin = this.#newPin();
      return present;
    }
    const room = this.#open(name, this.#newPin());
    if (timeoutS > 0 && this.#parts.config.support_rooms_timeout)
      room.hardExpiryMs = this.#parts.clock.nowMs() + timeoutS * 1000;
    return room;
  }

  /**
   * The access check of di-interfaces 5.2: opens an unknown room with that PIN unless rooms are
   * private; gives a room without PIN that PIN; refuses (null) a wrong PIN and an expired room.
   * @throws CodedError `rpc.tooManyRequests` (`source` guessed too often), `module.full`.
   */
  access(name: string, adminPin: string, source: string): Room | null {
    const { config, attempts } = this.#parts;
    const room = this.#rooms.get(name);
    if (room === undefined) return config.private_rooms ? null : this.#open(name, adminPin);
    if (this.#expire(room)) return null;
    if (room.adminPin === '') {
      room.adminPin = adminPin;
      return room;
    }
    return config.ignore_pin || attempts.check(`${source} ${name}`, adminPin, room.adminPin) ? room : null;
  }

  /** Counts a dial-out for the sweep. */
  countDialout(): void {
    this.#countForSweep();
  }

  /** May a caller with that participant id enter? (7.2: private rooms must be open, and no room locked; with `room_pin_split` the id invited.) */
  admits(name: string, participantId: string): boolean {
    const { private_rooms, room_pin_split } = this.#parts.config;
    if (this.#parts.isLocked(name)) return false;
    const room = this.find(name);
    if (!private_rooms) return room !== null || this.#hasSpace();
    return room !== null && (room_pin_split === 0 || room.hasParticipantId(participantId));
  }

  /** The room that a caller enters; opened without PIN when that is allowed; null: refused. */
  enter(name: string, participantId: string): Room | null {
    if (!this.admits(name, participantId)) return null;
    return this.find(name) ?? this.#open(name, '');
  }

  /** Removes the room; its calls are the observer's affair. */
  delete(room: Room, reason: 'deleted' | 'expired' = 'deleted'): void {
    if (!this.isOpen(room)) return;
    this.#rooms.delete(room.name);
    this.#parts.observer.deleted(room, reason);
  }

  /** Names of the rooms that have not expired. */
  names(): string[] {
    this.sweep();
    return [...this.#rooms.keys()];
  }

  /** Rooms in which somebody of that participant id is listed. */
  findParticipant(participantId: string): string[] {
    return [...this.#rooms.values()].filter((room) => room.hasParticipantId(participantId)).map(({ name }) => name);
  }

  /** Drops finished participants that were listed long enough. */
  refresh(room: Room): void {
    const { participants_expire, participants_expire_delay } = this.#parts.config;
    room.dropFinished(participants_expire ? this.#parts.clock.nowMs() - participants_expire_delay * 1000 : null);
  }

  /** Removes all rooms whose time has come, soft or hard. */
  sweep(): void {
    for (const room of [...this.#rooms.values()]) this.#expire(room);
  }

  /** Removes the rooms whose `roomCreate` timeout has passed. */
  endOverdue(): void {
    for (const room of [...this.#rooms.values()]) if (this.#isOver(room)) this.delete(room, 'expired');
  }

  #countForSweep(): void {
    const { room_sweep_interval } = this.#parts.config;
    if (room_sweep_interval <= 0 || ++this.#sweepCounter < room_sweep_interval) return;
    this.#sweepCounter = 0;
    this.sweep();
  }

  /** Removes the room if its time has come. */
  #expire(room: Room): boolean {
    const { rooms_expire, rooms_expire_delay } = this.#parts.config;
    const now = this.#parts.clock.nowMs();
    this.refresh(room);
    const idle = room.participants.length === 0 && now - room.lastActivityMs > rooms_expire_delay * 1000;
    const isLeft = rooms_expire && idle && !this.#parts.isOccupied(room.name);
    if (!this.#isOver(room) && !isLeft) return false;
    this.delete(room, 'expired');
    return true;
  }

  #isOver({ hardExpiryMs }: Room): boolean {
    return hardExpiryMs !== null && this.#parts.clock.nowMs() >= hardExpiryMs;
  }

  #hasSpace(): boolean {
    const { max_rooms } = this.#parts.config;
    if (max_rooms === 0 || this.#rooms.size < max_rooms) return true;
    this.sweep();
    return this.#rooms.size < max_rooms;
  }

  #open(name: string, adminPin: string): Room {
    if (!this.#hasSpace())
      throw new CodedError('module.full', `there are max_rooms (${this.#parts.config.max_rooms}) rooms`);
    const room = new Room(name, adminPin, this.#parts.clock.nowMs());
    this.#rooms.set(name, room);
    this.#parts.observer.created(room);
    return room;
  }

  /** Six random decimal digits; values past the largest multiple of 10 are thrown away, so that all are equally likely. */
  #newPin(): string {
    let pin = '';
    while (pin.length < 6) for (const byte of this.#parts.random.secure(8)) if (byte < 250) pin += String(byte % 10);
    return pin.slice(0, 6);
  }
}
