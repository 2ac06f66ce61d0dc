import type { Call, CallEngine, Why } from '../../core/index.ts';
import { type Participant, type ParticipantStatus, participantStatus } from './participant.ts';
import type { Room } from './room.ts';

/** Somebody with a call who is listed in a room: one of ours (`Leg`), or of another application (`Visitor`). */
export interface Member {
  readonly call: Call;
  readonly room: Room;
  readonly participant: Participant;
  /** Others no longer hear this one; it still hears them. */
  setMuted(muted: boolean): void;
  /** Ends the call. */
  kick(why?: Why): void;
}

export const kicked: Why = {
  code: 'webconference.kicked',
  sentence: 'The participant was removed from the room.',
  cause: 'kickout',
};

interface VisitorServices {
  readonly calls: Pick<CallEngine, 'rooms'>;
  setStatus(room: Room, participant: Participant, status: ParticipantStatus, reason: string): void;
}

/** A call of another application (conference, a script) in a room of that name: rooms are one namespace. */
export class Visitor implements Member {
  readonly call: Call;
  readonly room: Room;
  readonly participant: Participant;
  readonly #services: VisitorServices;

  constructor(services: VisitorServices, call: Call, room: Room, participant: Participant) {
    this.#services = services;
    this.call = call;
    this.room = room;
    this.participant = participant;
  }

  setMuted(muted: boolean): void {
    this.#services.calls.rooms.seat(this.room.name, this.call.tag)?.setMuted(muted);
  }

  kick(why: Why = kicked): void {
    this.#services.setStatus(this.room, this.participant, participantStatus.disconnecting, 'disconnect');
    this.call.hangup(why);
  }

  entered(): void {
    this.#services.setStatus(this.room, this.participant, participantStatus.connected, 'entered');
  }

  left(): void {
    this.#services.setStatus(this.room, this.participant, participantStatus.finished, '');
  }
}
