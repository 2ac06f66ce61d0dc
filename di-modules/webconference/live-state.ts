import type { Static } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import type { LiveParticipant, LiveState } from './live-schemas.ts';
import type { Participant } from './participant.ts';
import type { Room } from './room.ts';

type State = Static<typeof LiveState>;

/** What `state` answers. */
export function liveState(conference: Conference, room: Room): State {
  const { calls, live, rooms } = conference;
  rooms.refresh(room);
  const speakers = live.speakers(room);
  return {
    room: room.name,
    locked: calls.rooms.isLocked(room.name),
    moderated: room.floor.moderated,
    recording: live.isRecording(room),
    participants: room.participants.map((each) => participantOf(conference, room, each, speakers.has(each.callTag))),
  };
}

/** Where the room may not be looked at. */
export const noState = (room: string): State => ({
  room,
  locked: false,
  moderated: false,
  recording: false,
  participants: [],
});

function participantOf(
  conference: Conference,
  { floor, talks }: Room,
  { callTag: call, number, name, status, reason, muted, participantId }: Participant,
  speaking: boolean,
): Static<typeof LiveParticipant> {
  return {
    call,
    number,
    name,
    status,
    reason,
    muted,
    ...conference.volumesOf(call),
    hand: floor.place(call),
    floor: floor.has(call),
    talk: talks.of(call)?.id ?? '',
    participantId,
    speaking,
  };
}
