import { arg, Bool, mayName, opt, rowsFor, Type } from '../../core/index.ts';
import type { RoomControl } from './room-control.ts';
import { RoomChange, RoomRow, RoomSettingsRow, room } from './schemas.ts';

const { fn, defineFunctions } = rowsFor<RoomControl>();

const exampleSettings = { automaticGain: true, noiseGate: false, gateDb: -50, speakingEvents: true };

/** Rooms: list, settings, lock. */
export const roomFunctions = defineFunctions({
  rooms: fn({
    summary: 'The rooms that somebody is in: of conference, webconference and scripts.',
    params: [],
    result: Type.Array(RoomRow),
    scope: 'conference:read',
    confined: true,
    examples: [
      {
        params: [],
        result: [{ room: '500', participants: 3, locked: false, ...exampleSettings, playing: 0, recordings: 1 }],
      },
    ],
    handler({ state, caller }) {
      // A token for some rooms sees no others.
      const rooms = state.calls.rooms.list().filter(({ room }) => mayName(caller, 'conference', 'room', room));
      return rooms.map(({ room, participants }) => ({
        room,
        participants: participants.length,
        locked: state.calls.rooms.isLocked(room),
        ...state.settings(room),
        playing: state.playing(room),
        recordings: state.recordings.list(room).length,
      }));
    },
  }),
  setRoom: fn({
    summary: 'Change what a room does to all in it; what is left out stays. Holds until the room is empty.',
    params: [room, arg('settings', RoomChange, 'What is left out stays.')],
    result: RoomSettingsRow,
    scope: 'conference:control',
    limit: 'room',
    examples: [{ params: ['500', { automaticGain: true, speakingEvents: true }], result: exampleSettings }],
    handler: ({ state }, name, settings) => state.setRoom(name, settings),
  }),
  lock: fn({
    summary: 'Let nobody else in: callers get 403 until the room is unlocked or empty. Placed calls come in.',
    params: [room, opt('locked', Bool, 'False unlocks. Default true.')],
    result: Bool,
    scope: 'conference:control',
    limit: 'room',
    examples: [{ params: ['500'], result: true }],
    handler({ state }, name, locked = true) {
      state.setLocked(name, locked);
      return locked;
    },
  }),
});
