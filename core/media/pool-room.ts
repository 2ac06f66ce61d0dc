import { CodedError, type Disposable, type Log } from '../runtime/index.ts';
import type { EngineLink } from './engine-link.ts';
import { PoolStream, type StreamPool } from './pool-stream.ts';
import type { MediaRoom, PlayRequest, Recording, RecordOptions, RoomEvent, StreamEvent } from './types.ts';
import { memberSettingsOf } from './worker/member-settings.ts';
import {
  defaultRoomSettings,
  type ItemId,
  type MemberSettings,
  type RoomSettings,
  type Speaker,
  type StreamId,
} from './worker/protocol.ts';

/** What the handles of rooms need of their pool. */
export interface RoomPool {
  readonly streams: StreamPool;
  readonly links: readonly EngineLink[];
  /** @throws CodedError `media.failed` when none is left. */
  leastLoaded(): EngineLink;
  find(stream: StreamId): PoolStream | null;
  nextStream(): StreamId;
  add(voice: PoolStream): void;
}

/** The handles of a pool's rooms. */
export class PoolRooms {
  readonly #pool: RoomPool;
  readonly #byName = new Map<string, PoolRoom>();

  constructor(pool: RoomPool) {
    this.#pool = pool;
    pool.streams.rooms.onLonelyVoice = (room) => this.#byName.get(room)?.endVoice();
  }

  open(name: string): PoolRoom {
    let room = this.#byName.get(name);
    if (room === undefined) {
      room = new PoolRoom(name, this.#pool, () => this.#byName.delete(name));
      this.#byName.set(name, room);
    }
    return room;
  }

  /** An engine that was started anew learns the settings. */
  tell(link: EngineLink): void {
    for (const { name, wanted } of this.#byName.values())
      link.send({ kind: 'configureRoom', room: name, settings: wanted });
  }

  speaking(room: string, speakers: readonly Speaker[]): void {
    this.#byName.get(room)?.speaking(speakers);
  }
}

/** The main thread's handle of a room: its settings, and the voice that plays to all and records all. */
export class PoolRoom implements MediaRoom {
  readonly name: string;
  onEvent: (event: RoomEvent) => void = () => {};
  readonly #pool: RoomPool;
  readonly #log: Log;
  readonly #forget: () => void;
  #settings: RoomSettings = defaultRoomSettings;
  readonly #watchers = new Set<(speakers: readonly Speaker[]) => void>();
  /** Somebody besides the watchers uses this handle, and closes it. */
  #isUsed = false;
  #isClosed = false;
  #voice: PoolStream | null = null;
  /** Holds the room's place for its voice. */
  #seat: ItemId = 0;

  constructor(name: string, pool: RoomPool, forget: () => void) {
    this.name = name;
    this.#pool = pool;
    this.#log = pool.streams.log;
    this.#forget = forget;
  }

  get settings(): RoomSettings {
    return this.#settings;
  }

  /** What the engines are told: with the watchers' wish. */
  get wanted(): RoomSettings {
    const { speakingEvents } = this.#settings;
    return { ...this.#settings, speakingEvents: speakingEvents || this.#watchers.size > 0 };
  }

  configure(options: Partial<RoomSettings>): void {
    this.#isUsed = true;
    const { gateDb } = options;
    if (gateDb !== undefined && !(gateDb >= -90 && gateDb <= -10))
      throw new CodedError('media.failed', `room ${this.name}: gateDb ${gateDb} is not between -90 and -10`);
    this.#settings = { ...this.#settings, ...options };
    this.#broadcast(this.wanted);
  }

  watchSpeakers(listener: (speakers: readonly Speaker[]) => void): Disposable {
    this.#watchers.add(listener);
    if (!this.#isClosed) this.#broadcast(this.wanted);
    return {
      dispose: () => {
        if (!this.#watchers.delete(listener) || this.#isClosed) return;
        if (this.#watchers.size > 0 || this.#isUsed) this.#broadcast(this.wanted);
        else void this.close();
      },
    };
  }

  /** To all engines: the room may come to live in any of them. */
  #broadcast(settings: RoomSettings | null): void {
    for (const link of this.#pool.links) link.send({ kind: 'configureRoom', room: this.name, settings });
  }

  member(stream: StreamId, options: Partial<MemberSettings>): void {
    const handle = this.#pool.find(stream);
    if (handle === null) throw new CodedError('media.failed', `room ${this.name}: stream ${stream} is not open`);
    handle.setSeat(memberSettingsOf({ ...handle.seat, ...options }));
  }

  play(requests: readonly PlayRequest[], where: 'back' | 'front' = 'back'): readonly ItemId[] {
    return this.#open().play(requests, where);
  }

  flush(): void {
    this.#voice?.flush();
  }

  record(path: string, options: Omit<RecordOptions, 'side' | 'stereo' | 'beep'> = {}): Promise<Recording> {
    return this.#open().record(path, { ...options, side: 'received' });
  }

  /** The room's voice, where the room lives; a room without anybody gets a place by load. */
  #open(): PoolStream {
    this.#isUsed = true;
    if (this.#voice !== null) return this.#voice;
    const { streams } = this.#pool;
    const { rooms } = streams;
    this.#seat = streams.nextItem();
    const link = rooms.enterVoice(this.#seat, this.name, rooms.find(this.name) ?? this.#pool.leastLoaded());
    const stream = this.#pool.nextStream();
    const sockets = { address: '', rtpPort: 0, rtp: -1, rtcp: -1 };
    const voice = new PoolStream(stream, '', sockets, link, streams);
    voice.onEvent = (event) => this.#heard(voice, event);
    this.#voice = voice;
    this.#pool.add(voice);
    link.request({ kind: 'openVoice', stream, room: this.name }).catch((fault: unknown) => voice.fail(String(fault)));
    return voice;
  }

  #heard(voice: PoolStream, event: StreamEvent): void {
    // Numbers of entries are the pool's own, so what a voice before this one still tells is no confusion.
    if (event.kind === 'failed' && this.#voice === voice) this.#dropVoice();
    if (
      event.kind === 'itemStarted' ||
      event.kind === 'itemEnded' ||
      event.kind === 'playlistEmpty' ||
      event.kind === 'recordingEnded' ||
      event.kind === 'failed'
    )
      this.emit(event);
  }

  /** The last caller left: nobody hears what is played, and the recording is over. */
  endVoice(): void {
    const voice = this.#voice;
    if (voice === null) return;
    this.#dropVoice();
    void voice.close();
  }

  #dropVoice(): void {
    this.#voice = null;
    this.#pool.streams.rooms.leave(this.#seat);
  }

  speaking(speakers: readonly Speaker[]): void {
    for (const listener of [...this.#watchers]) this.#tell(() => listener(speakers));
    if (this.#settings.speakingEvents) this.emit({ kind: 'speaking', speakers });
  }

  emit(event: RoomEvent): void {
    this.#tell(() => this.onEvent(event));
  }

  #tell(tell: () => void): void {
    try {
      tell();
    } catch (fault) {
      this.#log.error('a listener of room events threw', { room: this.name, fault: String(fault) });
    }
  }

  /** Ends playing and recording; who is in the room stays. */
  async close(): Promise<void> {
    const voice = this.#voice;
    this.#isClosed = true;
    this.#watchers.clear();
    this.#broadcast(null);
    this.#forget();
    if (voice === null) return;
    await voice.close();
    if (this.#voice === voice) this.#dropVoice();
  }
}
