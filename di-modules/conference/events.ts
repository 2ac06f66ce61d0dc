import { type EventDeclaration, Type } from '../../core/index.ts';
import { MemberSettingsRow, RoomSettingsRow } from './schemas.ts';

const scope = 'conference:read';
const room = Type.String();
const call = Type.String({ description: 'Call tag.' });
const EndReason = Type.Union(
  [Type.Literal('finished'), Type.Literal('flushed'), Type.Literal('failed'), Type.Literal('closed')],
  { description: 'closed: the last participant, or the one that was recorded, left.' },
);

/** What the module publishes; `conference.joined`, `.left` and `.muted` are the engine's. */
export const conferenceEvents = {
  'conference.speaking': {
    summary: 'Who speaks in a room: when that changes, and once a second meanwhile; needs speakingEvents.',
    scope,
    payload: Type.Object({
      room,
      speakers: Type.Array(
        Type.Object({ member: call, levelDb: Type.Number({ description: 'dBov: 0 is full scale.' }) }),
        { description: 'The first who came first; empty: nobody any more.' },
      ),
    }),
  },
  'conference.memberChanged': {
    summary: 'conference.setMember changed what a participant is to the others.',
    scope,
    payload: Type.Object({ room, call, settings: MemberSettingsRow }),
  },
  'conference.roomChanged': {
    summary: 'conference.setRoom or conference.lock changed a room.',
    scope,
    payload: Type.Object({ room, locked: Type.Boolean(), settings: RoomSettingsRow }),
  },
  'conference.playEnded': {
    summary: 'What conference.play played to a room is over.',
    scope,
    payload: Type.Object({
      room,
      item: Type.Integer({ description: 'As conference.play gave it.' }),
      prompt: Type.String(),
      reason: EndReason,
      playedMs: Type.Integer(),
    }),
  },
  'conference.recordingStarted': {
    summary: 'conference.record began; of eachMember also for each who came later.',
    scope,
    payload: Type.Object({
      room,
      recording: Type.Integer({ description: 'As conference.record gave it.' }),
      file: Type.String({ description: 'Name in recordings_path.' }),
      member: Type.String({ description: 'Call tag; empty: the whole room.' }),
    }),
  },
  'conference.recordingEnded': {
    summary: 'A file of conference.record is complete.',
    scope,
    payload: Type.Object({
      room,
      recording: Type.Integer(),
      file: Type.String({ description: 'Name in recordings_path.' }),
      member: Type.String({ description: 'Call tag; empty: the whole room.' }),
      lengthMs: Type.Integer(),
      bytes: Type.Integer({ description: 'Of the file; 0: not known, its worker died.' }),
      reason: EndReason,
      cause: Type.String({ description: 'stopped, limitMs, limitBytes, silence, closed, flushed or failed.' }),
    }),
  },
} as const satisfies Record<string, EventDeclaration>;
export type ConferenceEvent = keyof typeof conferenceEvents;
