import { arg, Bool, type Call, rowsFor, Type } from '../../core/index.ts';
import type { RoomControl } from './room-control.ts';
import { MemberChange, MemberRow, MemberSettingsRow, member, room } from './schemas.ts';

const { fn, defineFunctions } = rowsFor<RoomControl>();

const exampleSettings = {
  muted: false,
  deaf: false,
  gainInDb: 0,
  gainOutDb: 6,
  automaticGain: null,
  noiseGate: null,
  group: 'agent',
  hears: null,
  heardBy: null,
};

/** Participants: list, settings, removal. */
export const memberFunctions = defineFunctions({
  members: fn({
    summary: 'Who is in a room, what each is to the others, and how each sounds.',
    params: [room],
    result: Type.Array(MemberRow),
    scope: 'conference:read',
    limit: 'room',
    examples: [
      {
        params: ['500'],
        result: [
          {
            call: '6f0c2b3d4e5f60718293a4b5',
            who: '"Alice" <sip:alice@a.example>',
            listenOnly: false,
            ...exampleSettings,
            speaking: true,
            levelDb: -21,
            codec: 'PCMA/8000',
            mos: 4.4,
          },
        ],
      },
    ],
    async handler({ state }, name) {
      state.mustExist(name);
      const calls = state.calls.rooms.participants(name).flatMap((tag) => state.calls.find(tag) ?? []);
      const rows = await Promise.all(calls.map((call) => memberRow(state, name, call)));
      return rows.flatMap((row) => row ?? []);
    },
  }),
  setMember: fn({
    summary: 'Change what a participant is to the others; what is left out stays.',
    description:
      'Goes with the seat: who takes it over (Replaces) is the same to the others. A whisper: the coach has group ' +
      '"coach" and heardBy ["agent"], the agent has group "agent"; the customer does not hear the coach.',
    params: [room, member, arg('settings', MemberChange, 'What is left out stays.')],
    result: MemberSettingsRow,
    scope: 'conference:control',
    limit: 'room',
    examples: [
      {
        params: ['500', '6f0c2b3d4e5f60718293a4b5', { group: 'agent', gainOutDb: 6 }],
        result: exampleSettings,
      },
    ],
    handler: ({ state }, name, tag, settings) => state.setMember(name, tag, settings),
  }),
  kick: fn({
    summary: 'End the call of a participant.',
    params: [room, member],
    result: Bool,
    scope: 'conference:control',
    limit: 'room',
    examples: [{ params: ['500', '6f0c2b3d4e5f60718293a4b5'], result: true }],
    handler({ state }, name, tag) {
      state.member(name, tag).hangup({
        code: 'conference.kicked',
        sentence: 'The participant was removed from the room.',
        cause: 'conference.kick',
      });
      return true;
    },
  }),
});

/** Null: it left meanwhile. */
async function memberRow(state: RoomControl, room: string, call: Call) {
  const stats = await call.session.media?.stats().catch(() => null);
  const seat = state.calls.rooms.seat(room, call.tag);
  if (stats === null || stats === undefined || seat === null) return null;
  return {
    call: call.tag,
    who: call.remoteParty,
    listenOnly: seat.listenOnly,
    ...state.memberSettings(room, call),
    speaking: state.isSpeaking(room, call.tag),
    levelDb: stats.rxLevelDb,
    codec: stats.codec,
    mos: stats.mos,
  };
}
