import {
  type Call,
  type CallEngine,
  type Clock,
  CodedError,
  compilePosix,
  type DiValue,
  type ModuleContext,
  type PosixExpression,
  SecretAttempts,
  type Timer,
} from '../../core/index.ts';
import { ConferenceCallStatistics, figuresText } from './call-statistics.ts';
import { Chat } from './chat.ts';
import type { WebconferenceConfig } from './config.ts';
import { FeedbackFile } from './feedback.ts';
import { GuestView, ownerOf } from './guests.ts';
import { Leg, type LegServices } from './leg.ts';
import { LiveRooms, type WebconferenceEvent } from './live-rooms.ts';
import { type Member, Visitor } from './member.ts';
import type { Participant, ParticipantStatus } from './participant.ts';
import { Prompts } from './prompts.ts';
import { Recorder } from './recorder.ts';
import type { Room } from './room.ts';
import { roomLink } from './room-link.ts';
import { Rooms } from './rooms.ts';

/** The conference server: its rooms, the calls in them, and what is written about them. */
export class Conference implements LegServices {
  readonly config: WebconferenceConfig;
  readonly calls: CallEngine;
  readonly rooms: Rooms;
  readonly prompts: Prompts;
  readonly statistics: ConferenceCallStatistics;
  readonly feedback: FeedbackFile;
  readonly attempts: SecretAttempts;
  readonly live: LiveRooms;
  readonly chat: Chat;
  readonly recorder: Recorder;
  /** `direct_room_re`, compiled. */
  readonly directRoom: PosixExpression | null;
  readonly #clock: Clock;
  readonly #signature: string;
  readonly #context: ModuleContext<WebconferenceConfig>;
  readonly #publish: (name: WebconferenceEvent, payload: DiValue) => void;
  readonly #legs = new Map<string, Leg>();
  /** By room and call tag. */
  readonly #visitors = new Map<string, Visitor>();
  readonly #timers: Timer[] = [];

  private constructor(context: ModuleContext<WebconferenceConfig>, prompts: Prompts, signature: string) {
    const { calls, clock, config, counters, dataPath, files, log } = context;
    this.config = config;
    this.calls = calls;
    this.prompts = prompts;
    this.directRoom = compileDirectRoom(config.direct_room_re);
    this.#clock = clock;
    this.#signature = signature;
    this.#context = context;
    this.#publish = (name, payload) => context.publishDeclared(name, payload);
    this.statistics = new ConferenceCallStatistics(files, log, config.stats_dir);
    const lost = counters.counter('callbus_webconference_feedback_lost_total', 'Feedback lines that were not written.');
    this.feedback = new FeedbackFile({ files, log, lost, folder: dataPath }, config.feedback_file);
    this.attempts = new SecretAttempts(clock, {
      maxFailures: config.secret_failures,
      lockMs: config.secret_lock_s * 1000,
    });
    this.live = new LiveRooms({
      calls,
      random: context.random,
      media: (room) => context.media.room(room),
      publish: this.#publish,
      participantChanged: (room, call) => {
        const participant = room.find(call);
        if (participant !== null) this.#publishParticipant(room, participant);
      },
    });
    this.recorder = new Recorder(context, config.record_limit_s * 1000);
    this.chat = new Chat({
      calls,
      clock,
      usesMessages: config.chat_messages,
      refused: counters.counter('callbus_webconference_chat_refused_total', 'Texts of the chat not taken, by reason.'),
      publish: (payload) => this.#publish('webconference.chat', payload),
      nameOf: (room, call) => this.rooms.peek(room)?.find(call)?.name ?? '',
    });
    const guests = new GuestView((name) => this.rooms.peek(name));
    context.guardEvents(guests.shows);
    context.subscribe('webconference.roomCreated', (event) => guests.opened(event));
    context.subscribe('webconference.roomDeleted', (event) => guests.closed(event));
    let isReady = false;
    this.rooms = new Rooms({
      config,
      clock,
      random: context.random,
      attempts: this.attempts,
      isLocked: (room) => calls.rooms.isLocked(room),
      isOccupied: (room) => calls.rooms.participants(room).length > 0,
      observer: {
        created: (room) => {
          this.#publish('webconference.roomCreated', { room: room.name });
          if (isReady) this.#welcome(room);
        },
        deleted: (room, reason) => {
          this.live.ended(room);
          this.#publish('webconference.roomDeleted', { room: room.name, reason });
          for (const member of this.#membersOf(room)) member.kick();
        },
      },
    });
    isReady = true;
    for (const room of this.rooms.names()) this.#welcome(this.rooms.peek(room));
  }

  /** @throws CodedError `config.invalid`. */
  static async start(context: ModuleContext<WebconferenceConfig>, signature: string): Promise<Conference> {
    const prompts = await Prompts.load(context.config, context.calls, context.log);
    const conference = new Conference(context, prompts, signature);
    await conference.statistics.load();
    return conference;
  }

  /** The server line that ends every answer (di-interfaces 5.2). */
  get info(): string {
    return `Server: ${this.#signature} calls: ${figuresText(this.calls.statistics.calls(), this.statistics.figures)}`;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Unix seconds, for the feedback file. */
  nowUnixS(): number {
    return Math.floor(this.#clock.unixMs() / 1000);
  }

  /** Gives the call an entry in the room's list; it enters the mix with `Leg.enter`. */
  admit(call: Call, room: Room, who: { readonly number: string; readonly participantId: string }): Leg {
    const participant = room.admit({ callTag: call.tag, ...who }, this.nowMs());
    participant.owner = ownerOf(call);
    const leg = new Leg(this, call, room, participant);
    this.#legs.set(call.tag, leg);
    this.#publishParticipant(room, participant);
    return leg;
  }

  /** Who is in the room with that call, or is being called into it; null: nobody. */
  memberIn(room: Room, callTag: string): Member | null {
    const leg = this.#legs.get(callTag);
    return leg?.room === room ? leg : (this.#visitors.get(visitorKey(room.name, callTag)) ?? null);
  }

  setMuted(member: Member, muted: boolean): void {
    this.#noteMuted(member, muted);
    member.setMuted(muted);
  }

  rename({ room, participant }: Member, name: string): void {
    room.rename(participant, name, this.nowMs());
    this.#publishParticipant(room, participant);
  }

  /** The engine told: somebody was muted, here or by `conference.setMember`. */
  heardMuted(name: string, callTag: string, muted: boolean): void {
    const room = this.rooms.peek(name);
    const member = room === null ? null : this.memberIn(room, callTag);
    if (member !== null && member.participant.muted !== muted) this.#noteMuted(member, muted);
  }

  /** The engine told: a call sits in a room of that name, where `predecessor` did if that is not null. */
  heardJoined(name: string, callTag: string, predecessor: string | null): void {
    const room = this.rooms.peek(name);
    if (room === null) return;
    this.#admitVisitor(room, callTag, predecessor);
    this.live.joined(room, callTag, predecessor);
  }

  /** The engine told: it does not any more; `left`: how many do. */
  heardLeft(name: string, callTag: string, left: number): void {
    const key = visitorKey(name, callTag);
    this.#visitors.get(key)?.left();
    this.#visitors.delete(key);
    const room = this.rooms.peek(name);
    if (room !== null) this.live.left(room, callTag, left);
  }

  /** Conference told: settings of a room or of one in it, or its recordings, are others. */
  heardChanged(name: string, callTag: string | null): void {
    const room = this.rooms.peek(name);
    if (room === null) return;
    const participant = callTag === null ? null : room.find(callTag);
    if (participant !== null) this.#publishParticipant(room, participant);
    this.live.tellChanged(room);
  }

  /** Looks whether the room is recorded, by whomever, and tells a change. */
  async refreshRecording(name: string): Promise<void> {
    const room = this.rooms.peek(name);
    if (room !== null) this.live.setRecording(room, await this.recorder.isRecording(room));
  }

  /** Where the page of that room is, for the `u=` line of an answer to `call`; null: nowhere that it reaches. */
  linkTo(name: string, call: Call): Promise<string | null> {
    const adminPin = this.rooms.peek(name)?.adminPin ?? '';
    return roomLink(this.#context, { name, adminPin }, call.session);
  }

  #noteMuted({ room, participant }: Member, muted: boolean): void {
    room.setMuted(participant, muted, this.nowMs());
    this.#publishParticipant(room, participant);
  }

  setStatus(room: Room, participant: Participant, status: ParticipantStatus, reason: string): void {
    if (!this.rooms.isOpen(room)) return;
    room.setStatus(participant, status, reason, this.nowMs());
    this.#publishParticipant(room, participant);
  }

  /** Follows the call to its end: its entry in the list, the statistics. */
  track(call: Call): void {
    void call.ended.then(() => {
      const leg = this.#legs.get(call.tag);
      this.#legs.delete(call.tag);
      this.statistics.add(leg?.end() ?? null);
    });
  }

  /** Cancelled when the module stops. */
  onStop(timer: Timer): void {
    this.#timers.push(timer);
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.live.stop();
    await this.feedback.flush();
    await this.statistics.flush();
  }

  #membersOf(room: Room): Member[] {
    return [...this.#legs.values(), ...this.#visitors.values()].filter((member) => member.room === room);
  }

  /** Those who sit in the room already, which nobody had opened here. */
  #welcome(room: Room | null): void {
    if (room === null) return;
    for (const tag of this.calls.rooms.participants(room.name)) {
      this.#admitVisitor(room, tag, null);
      this.live.joined(room, tag, null);
    }
  }

  /** A call of another application gets an entry in the list; ours have theirs before they sit down. */
  #admitVisitor(room: Room, callTag: string, predecessor: string | null): void {
    const call = this.calls.find(callTag);
    if (call === null || call.application === 'webconference') return;
    const old = predecessor === null ? null : room.find(predecessor);
    const participant = room.admit(
      { callTag, number: call.remoteParty, participantId: old?.participantId ?? '' },
      this.nowMs(),
    );
    participant.owner = ownerOf(call);
    if (old !== null) room.rename(participant, old.name, this.nowMs());
    const visitor = new Visitor(this, call, room, participant);
    this.#visitors.set(visitorKey(room.name, callTag), visitor);
    participant.muted = this.calls.rooms.seat(room.name, callTag)?.muted ?? false;
    visitor.entered();
  }

  #publishParticipant(room: Room, participant: Participant): void {
    const { callTag, number, status, reason, muted, participantId, name } = participant;
    this.#publish('webconference.participant', {
      room: room.name,
      call: callTag,
      number,
      status,
      reason,
      muted,
      participantId,
      name,
      ...this.volumesOf(callTag),
    });
  }

  /** dB: what a room hears of that call, and what it hears of the room. */
  volumesOf(callTag: string): { readonly gainDb: number; readonly volumeDb: number } {
    const seat = callTag === '' ? undefined : this.calls.find(callTag)?.session.media?.seat;
    return { gainDb: seat?.gainInDb ?? 0, volumeDb: seat?.gainOutDb ?? 0 };
  }
}

const visitorKey = (room: string, callTag: string): string => `${callTag} ${room}`;

function compileDirectRoom(pattern: string): PosixExpression | null {
  if (pattern === '') return null;
  try {
    return compilePosix(pattern);
  } catch (fault) {
    throw new CodedError('config.invalid', `modules.webconference.direct_room_re: ${String(fault)}`);
  }
}
