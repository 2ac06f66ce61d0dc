import {
  type Call,
  type CallEngine,
  CodedError,
  type DiValue,
  type ItemId,
  type MediaRoom,
  type MemberSettings,
  type ModuleContext,
  type RoomEvent,
  type RoomSettings,
} from '../../core/index.ts';
import { audioFolder, type ConferenceConfig } from './config.ts';
import type { ConferenceEvent } from './events.ts';
import { folderPath, pathIn } from './file-names.ts';
import { RoomRecordings } from './room-recordings.ts';
import type { MemberChange, RecordingRow, RecordRequest, RoomSettingsChange } from './schemas.ts';

interface Played {
  readonly prompt: string;
  readonly sampleRateHz: number;
}

/** A room that was configured, played to or recorded; forgotten when its last participant has left. */
interface ControlledRoom {
  readonly media: MediaRoom;
  /** Levels of who speaks, by call tag, dBov. */
  speakers: ReadonlyMap<string, number>;
  readonly playing: Map<ItemId, Played>;
}

/**
 * What operators do with rooms, whoever's they are: conference's, webconference's, scripts'. A room
 * is controlled as long as somebody is in it.
 */
export class RoomControl {
  readonly calls: CallEngine;
  readonly recordings: RoomRecordings;
  readonly #context: Pick<ModuleContext<ConferenceConfig>, 'media' | 'log' | 'publishDeclared'>;
  /** What rooms begin with. */
  readonly #defaults: RoomSettings;
  readonly #playFolder: string;
  readonly #rooms = new Map<string, ControlledRoom>();

  constructor(context: ModuleContext<ConferenceConfig>) {
    const { config, calls, clock, files, log } = context;
    this.#context = context;
    this.calls = calls;
    this.#playFolder = config.play_path === '' ? audioFolder(config) : folderPath(config.play_path);
    this.#defaults = {
      automaticGain: config.automatic_gain,
      noiseGate: config.noise_gate,
      gateDb: config.noise_gate_db,
      speakingEvents: config.speaking_events,
    };
    const { recordings_path } = config;
    this.recordings = new RoomRecordings({
      files,
      folder: recordings_path === '' ? `${context.dataPath}/conference-recordings` : folderPath(recordings_path),
      maxFiles: config.max_recordings,
      unixMs: () => clock.unixMs(),
      started: (recording, room, file) => this.#publish('conference.recordingStarted', { room, recording, ...file }),
      ended: (recording, room, file, end) => {
        const { lengthMs, bytes, reason, cause } = end;
        this.#publish('conference.recordingEnded', { room, recording, ...file, lengthMs, bytes, reason, cause });
      },
      failed: (room, file, fault) => log.error('a participant is not recorded', { room, file, fault: String(fault) }),
    });
    for (const { room } of calls.rooms.list()) this.#begin(room);
  }

  /** The engine told of a participant who came. */
  joined(room: string, tag: string): void {
    this.#begin(room);
    const call = this.calls.find(tag);
    if (call !== null) this.recordings.joined(room, call);
  }

  /** The engine told of one who left, and how many are there now. */
  left(room: string, tag: string, participants: number): void {
    if (this.calls.find(tag)?.signal.aborted === false) this.recordings.left(room, tag);
    if (participants === 0) this.#close(room);
  }

  /** @throws CodedError `room.unknown`. */
  mustExist(room: string): void {
    if (this.calls.rooms.participants(room).length === 0) throw new CodedError('room.unknown', room);
  }

  /** @throws CodedError `room.unknown`, `room.noMember`. */
  member(room: string, tag: string): Call {
    this.mustExist(room);
    const call = this.calls.find(tag);
    if (call === null || this.calls.rooms.seat(room, tag) === null)
      throw new CodedError('room.noMember', `${tag} in room ${room}`);
    return call;
  }

  settings(room: string): RoomSettings {
    return this.#rooms.get(room)?.media.settings ?? this.#defaults;
  }

  playing(room: string): number {
    return this.#rooms.get(room)?.playing.size ?? 0;
  }

  isSpeaking(room: string, tag: string): boolean {
    return this.#rooms.get(room)?.speakers.has(tag) ?? false;
  }

  memberSettings(room: string, call: Call): MemberSettings {
    const { media } = call.session;
    const seat = this.calls.rooms.seat(room, call.tag);
    if (media === null || seat === null) throw new CodedError('room.noMember', `${call.tag} in room ${room}`);
    return { ...media.seat, muted: seat.muted };
  }

  /** @throws CodedError `room.unknown`, `room.noMember`. */
  setMember(room: string, tag: string, { muted, ...rest }: MemberChange): MemberSettings {
    const call = this.member(room, tag);
    const { media } = call.session;
    if (media === null) throw new CodedError('room.noMember', `${tag} in room ${room}`);
    // The seat's mute is the one that all faces know: `conference.muted`, webconference's list, snapshots.
    if (muted !== undefined) this.calls.rooms.seat(room, tag)?.setMuted(muted);
    if (Object.keys(rest).length > 0) this.#open(room).media.member(media.id, rest);
    const settings = this.memberSettings(room, call);
    this.#publish('conference.memberChanged', { room, call: tag, settings: { ...settings } });
    return settings;
  }

  /** @throws CodedError `room.unknown`. */
  setRoom(room: string, change: RoomSettingsChange): RoomSettings {
    this.mustExist(room);
    const { media } = this.#open(room);
    media.configure(change);
    if (!media.settings.speakingEvents) this.#open(room).speakers = new Map();
    this.#changed(room, media.settings);
    return media.settings;
  }

  /** @throws CodedError `room.unknown`. */
  setLocked(room: string, locked: boolean): void {
    this.calls.rooms.setLocked(room, locked);
    this.#changed(room, this.settings(room));
  }

  /** All in the room hear it. @throws CodedError `room.unknown`, `file.*`. */
  async play(room: string, name: string, loop: boolean): Promise<ItemId> {
    this.mustExist(room);
    const { path } = pathIn(this.#playFolder, name);
    const prompt = await this.calls.prompt(path);
    this.mustExist(room);
    const { media, playing } = this.#open(room);
    const [item] = media.play([{ kind: 'prompt', prompt: prompt.id, loop }]);
    if (item === undefined) throw new CodedError('media.failed', `room ${room} plays nothing`);
    playing.set(item, { prompt: name, sampleRateHz: prompt.sampleRateHz });
    return item;
  }

  /** Ends what plays and what waits; gives how many. @throws CodedError `room.unknown`. */
  stopPlaying(room: string): number {
    this.mustExist(room);
    const open = this.#rooms.get(room);
    open?.media.flush();
    return open?.playing.size ?? 0;
  }

  /** @throws CodedError `room.unknown`, `room.noMember`, and those of `RoomRecordings.start`. */
  record(room: string, request: RecordRequest): Promise<RecordingRow> {
    this.mustExist(room);
    const { media } = this.#open(room);
    if (request.eachMember === true) {
      const calls = this.calls.rooms.participants(room).map((tag) => this.calls.find(tag));
      return this.recordings.start(
        media,
        request,
        calls.filter((call) => call !== null),
      );
    }
    return this.recordings.start(
      media,
      request,
      request.member === undefined ? [] : [this.member(room, request.member)],
    );
  }

  async stop(): Promise<void> {
    await this.recordings.endAll();
    for (const room of [...this.#rooms.keys()]) this.#close(room);
  }

  /** What a room begins with takes effect; the engine's own settings need nothing. */
  #begin(room: string): void {
    const { automaticGain, noiseGate, speakingEvents } = this.#defaults;
    if (automaticGain || noiseGate || speakingEvents) this.#open(room);
  }

  #open(room: string): ControlledRoom {
    let open = this.#rooms.get(room);
    if (open !== undefined) return open;
    const media = this.#context.media.room(room);
    open = { media, speakers: new Map(), playing: new Map() };
    this.#rooms.set(room, open);
    const opened = open;
    media.onEvent = (event) => this.#heard(room, opened, event);
    media.configure(this.#defaults);
    return open;
  }

  #close(room: string): void {
    const open = this.#rooms.get(room);
    if (open === undefined) return;
    this.#rooms.delete(room);
    const { log } = this.#context;
    this.recordings
      .endRoom(room, open.media.close())
      .catch((fault: unknown) => log.error('a room was not closed', { room, fault: String(fault) }));
  }

  #heard(room: string, open: ControlledRoom, event: RoomEvent): void {
    switch (event.kind) {
      case 'speaking': {
        const tags = this.#tagsByStream(room);
        const speakers = event.speakers.flatMap(({ stream, levelDb }) => {
          const member = tags.get(stream);
          return member === undefined ? [] : [{ member, levelDb }];
        });
        open.speakers = new Map(speakers.map(({ member, levelDb }) => [member, levelDb]));
        this.#publish('conference.speaking', { room, speakers });
        return;
      }
      case 'itemEnded':
        this.#playEnded(room, open, event.item, event.reason, event.playedSamples);
        return;
      case 'failed':
        // The worker died, and the calls in the room with it.
        for (const item of [...open.playing.keys()]) this.#playEnded(room, open, item, 'failed', 0);
    }
  }

  #playEnded(room: string, open: ControlledRoom, item: ItemId, reason: string, playedSamples: number): void {
    const played = open.playing.get(item);
    if (played === undefined) return;
    open.playing.delete(item);
    const playedMs = Math.round((playedSamples * 1000) / played.sampleRateHz);
    this.#publish('conference.playEnded', { room, item, prompt: played.prompt, reason, playedMs });
  }

  #tagsByStream(room: string): ReadonlyMap<number, string> {
    const tags = new Map<number, string>();
    for (const tag of this.calls.rooms.participants(room)) {
      const media = this.calls.find(tag)?.session.media ?? null;
      if (media !== null) tags.set(media.id, tag);
    }
    return tags;
  }

  #changed(room: string, settings: RoomSettings): void {
    const locked = this.calls.rooms.isLocked(room);
    this.#publish('conference.roomChanged', { room, locked, settings: { ...settings } });
  }

  #publish(name: ConferenceEvent, payload: DiValue): void {
    this.#context.publishDeclared(name, payload);
  }
}
