import type { Call, ItemId, Prompt, RoomChange, RoomSeat, Why } from '../../core/index.ts';
import type { WebconferenceConfig } from './config.ts';
import { kicked, type Member } from './member.ts';
import { type Participant, type ParticipantStatus, participantStatus } from './participant.ts';
import type { Prompts } from './prompts.ts';
import type { Room } from './room.ts';

/** What a leg needs of the conference server. */
export interface LegServices {
  readonly config: WebconferenceConfig;
  readonly prompts: Prompts;
  /** Writes a participant's new status, unless its room is gone. */
  setStatus(room: Room, participant: Participant, status: ParticipantStatus, reason: string): void;
  nowMs(): number;
}

const lonelyTimer = 'webconference.lonely';
/** Sounds of those who come and go, playing or waiting, for one participant. */
const soundsAtOnce = 3;

/** A call in a room (di-interfaces 7.3): its seat, the sounds it hears, its entry in the list. */
export class Leg implements Member {
  readonly call: Call;
  readonly room: Room;
  readonly participant: Participant;
  readonly #services: LegServices;
  #seat: RoomSeat | null = null;
  #enteredAtMs: number | null = null;
  /** The looped prompt for the first participant. */
  #loop: ItemId | null = null;
  #sounding = 0;

  constructor(services: LegServices, call: Call, room: Room, participant: Participant) {
    this.#services = services;
    this.call = call;
    this.room = room;
    this.participant = participant;
    call.session.watch((event) => {
      if (event.kind === 'sip' && event.event.kind === 'bye') this.#setStatus(participantStatus.disconnecting, 'BYE');
    });
    call.on((event) => {
      if (event.kind !== 'timer' || event.name !== lonelyTimer) return undefined;
      this.kick({ code: 'webconference.lonely', sentence: 'Nobody else was in the room.', cause: 'lonely_user_timer' });
      return 'handled';
    });
  }

  /** Takes the seat in the mix. `reason` is what the list shows. */
  enter(reason: string): void {
    this.#enteredAtMs = this.#services.nowMs();
    this.#setStatus(participantStatus.connected, reason);
    this.#seat = this.call.join(this.room.name, { onChange: (change) => this.#onChange(change) });
    if (this.participant.muted) this.#seat.setMuted(true);
  }

  /** Has taken the seat of another leg, whose sounds and timers do not come along; `alone`: nobody else is there. */
  inherit(seat: RoomSeat, alone: boolean): void {
    this.#enteredAtMs = this.#services.nowMs();
    this.#seat = seat;
    this.call.session.watch((event) => {
      if (event.kind === 'room' && event.room === this.room.name) this.#onChange(event);
    });
    this.#setStatus(participantStatus.connected, '200 OK');
    if (alone) this.#alone(null);
  }

  /** Others no longer hear this one; it still hears them. */
  setMuted(muted: boolean): void {
    this.#seat?.setMuted(muted);
  }

  /** Ends the call: BYE, or CANCEL while it rings. */
  kick(why: Why = kicked): void {
    this.#setStatus(participantStatus.disconnecting, 'disconnect');
    this.call.hangup(why);
  }

  /** The call has ended: how long it was in the room, ms; null: it never entered. */
  end(): number | null {
    if (this.participant.status !== participantStatus.finished) this.#setStatus(participantStatus.finished, '');
    return this.#enteredAtMs === null ? null : this.#services.nowMs() - this.#enteredAtMs;
  }

  #onChange({ change, call, participants }: RoomChange): void {
    if (call === this.call.tag) {
      if (change === 'joined' && participants === 1) this.#alone(this.#services.prompts.get('first_participant'));
      return;
    }
    if (change === 'joined') {
      this.call.session.cancelTimer(lonelyTimer);
      this.#stopLoop();
    }
    this.#sound(this.#services.prompts.get(change === 'joined' ? 'join_sound' : 'drop_sound'));
    if (change === 'left' && participants === 1) this.#alone(null);
  }

  #alone(prompt: Prompt | null): void {
    const { loop_first_participant_prompt, lonely_user_timer } = this.#services.config;
    this.#playFront(prompt, loop_first_participant_prompt);
    if (lonely_user_timer > 0) this.call.session.setTimer(lonelyTimer, lonely_user_timer * 1000);
  }

  /** In a busy room one would hear nothing but sounds, and their queue would grow: a few are enough. */
  #sound(prompt: Prompt | null): void {
    if (prompt === null || this.#sounding >= soundsAtOnce) return;
    this.#sounding++;
    const { ended } = this.call.playItem({ kind: 'prompt', prompt: prompt.id, loop: false }, { where: 'front' });
    const over = (): void => void this.#sounding--;
    ended.then(over, over);
  }

  #playFront(prompt: Prompt | null, loop: boolean): void {
    if (prompt === null) return;
    const { item } = this.call.playItem({ kind: 'prompt', prompt: prompt.id, loop }, { where: 'front' });
    if (loop) this.#loop = item;
  }

  #stopLoop(): void {
    if (this.#loop !== null) this.call.session.media?.removeItem(this.#loop);
    this.#loop = null;
  }

  #setStatus(status: ParticipantStatus, reason: string): void {
    this.#services.setStatus(this.room, this.participant, status, reason);
  }
}
