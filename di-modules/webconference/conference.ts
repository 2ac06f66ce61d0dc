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
import type { WebconferenceConfig } from './config.ts';
import type { webconferenceEvents } from './events.ts';
import { FeedbackFile } from './feedback.ts';
import { Leg, type LegServices } from './leg.ts';
import type { Participant, ParticipantStatus } from './participant.ts';
import { Prompts } from './prompts.ts';
import type { Room } from './room.ts';
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
  /** `direct_room_re`, compiled. */
  readonly directRoom: PosixExpression | null;
  readonly #clock: Clock;
  readonly #signature: string;
  readonly #publish: (name: keyof typeof webconferenceEvents, payload: DiValue) => void;
  readonly #legs = new Map<string, Leg>();
  readonly #timers: Timer[] = [];

  private constructor(context: ModuleContext<WebconferenceConfig>, prompts: Prompts, signature: string) {
    const { calls, clock, config, counters, dataPath, files, log } = context;
    this.config = config;
    this.calls = calls;
    this.prompts = prompts;
    this.directRoom = compileDirectRoom(config.direct_room_re);
    this.#clock = clock;
    this.#signature = signature;
    this.#publish = (name, payload) => context.publishDeclared(name, payload);
    this.statistics = new ConferenceCallStatistics(files, log, config.stats_dir);
    const lost = counters.counter('callbus_webconference_feedback_lost_total', 'Feedback lines that were not written.');
    this.feedback = new FeedbackFile({ files, log, lost, folder: dataPath }, config.feedback_file);
    this.attempts = new SecretAttempts(clock, {
      maxFailures: config.secret_failures,
      lockMs: config.secret_lock_s * 1000,
    });
    this.rooms = new Rooms({
      config,
      clock,
      random: context.random,
      attempts: this.attempts,
      isLocked: (room) => calls.rooms.isLocked(room),
      observer: {
        created: ({ name }) => this.#publish('webconference.roomCreated', { room: name }),
        deleted: (room, reason) => {
          this.#publish('webconference.roomDeleted', { room: room.name, reason });
          for (const leg of this.#legsOf(room)) leg.kick();
        },
      },
    });
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
    const leg = new Leg(this, call, room, participant);
    this.#legs.set(call.tag, leg);
    this.#publishParticipant(room, participant);
    return leg;
  }

  /** The live leg of that call in the room, or null. */
  legIn(room: Room, callTag: string): Leg | null {
    const leg = this.#legs.get(callTag);
    return leg?.room === room ? leg : null;
  }

  setMuted(leg: Leg, muted: boolean): void {
    this.#noteMuted(leg, muted);
    leg.setMuted(muted);
  }

  /** The engine told: somebody was muted, here or by `conference.setMember`. */
  heardMuted(room: string, callTag: string, muted: boolean): void {
    const leg = this.#legs.get(callTag);
    if (leg?.room.name === room && leg.participant.muted !== muted) this.#noteMuted(leg, muted);
  }

  #noteMuted({ room, participant }: Leg, muted: boolean): void {
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
    await this.feedback.flush();
    await this.statistics.flush();
  }

  #legsOf(room: Room): Leg[] {
    return [...this.#legs.values()].filter((leg) => leg.room === room);
  }

  #publishParticipant(room: Room, participant: Participant): void {
    const { callTag, number, status, reason, muted, participantId } = participant;
    this.#publish('webconference.participant', {
      room: room.name,
      call: callTag,
      number,
      status,
      reason,
      muted,
      participantId,
    });
  }
}

function compileDirectRoom(pattern: string): PosixExpression | null {
  if (pattern === '') return null;
  try {
    return compilePosix(pattern);
  } catch (fault) {
    throw new CodedError('config.invalid', `modules.webconference.direct_room_re: ${String(fault)}`);
  }
}
