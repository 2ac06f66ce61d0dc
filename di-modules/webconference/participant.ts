/** The numbers of di-interfaces 7.4. */
export const participantStatus = {
  disconnected: 0,
  connecting: 1,
  ringing: 2,
  connected: 3,
  disconnecting: 4,
  finished: 5,
} as const;
export type ParticipantStatus = (typeof participantStatus)[keyof typeof participantStatus];

/** One entry of a room's list. */
export interface Participant {
  /** Empty: invited, has not joined. */
  callTag: string;
  number: string;
  /** How the others see it; empty: not named. */
  name: string;
  status: ParticipantStatus;
  /** For example `200 OK`, `direct access: entered`, `BYE`. */
  reason: string;
  muted: boolean;
  readonly participantId: string;
  /** The guest whose call it is, by `subject`; empty: nobody's. */
  owner: string;
  /** `Clock.nowMs()` of the last change. */
  changedAtMs: number;
}

/** As `roomInfo` shows it: call tag, number, status, reason, muted 0/1, participant id. */
export type ParticipantRow = [
  callTag: string,
  number: string,
  status: number,
  reason: string,
  muted: number,
  participantId: string,
];

export function participantRow(participant: Participant): ParticipantRow {
  const { callTag, number, status, reason, muted, participantId } = participant;
  return [callTag, number, status, reason, muted ? 1 : 0, participantId];
}
