import { Int, type InvokeContext, mayName, opt, rowsFor } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import { participantRow } from './participant.ts';
import {
  adminPin,
  exampleInfo,
  FoundReply,
  InfoTwice,
  ListReply,
  MasterPinReply,
  masterPassword,
  newAdminPin,
  PinReply,
  participantId,
  RoomInfoReply,
  room,
  StatusReply,
  wrongPin,
} from './schemas.ts';

const { fn, defineFunctions } = rowsFor<Conference>();

/** Rooms: open, look at, close (di-interfaces 5.2). */
export const roomFunctions = defineFunctions({
  roomCreate: fn({
    summary: 'Open a room; it gets an admin PIN of six random digits.',
    params: [room, opt('timeout', Int, 'Seconds until everybody is kicked; needs support_rooms_timeout.')],
    result: PinReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['4711'], result: [0, 'OK', '305182', exampleInfo] }],
    handler({ state }, name, timeout) {
      const opened = state.rooms.create(name, timeout ?? 0);
      return opened === null ? [1, 'room already opened', '', state.info] : [0, 'OK', opened.adminPin, state.info];
    },
  }),
  roomDelete: fn({
    summary: 'Kick everybody and remove the room.',
    params: [room, adminPin],
    result: StatusReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['4711', '305182'], result: [0, 'OK', exampleInfo] }],
    handler(context, name, pin) {
      const { state } = context;
      if (state.rooms.find(name) === null) return [2, 'room does not exist\n', state.info];
      const opened = state.rooms.access(name, pin, context.source);
      if (opened === null) return [1, wrongPin, state.info];
      state.rooms.delete(opened);
      return [0, 'OK', state.info];
    },
  }),
  roomInfo: fn({
    summary: 'The participants of a room.',
    params: [room, adminPin],
    result: RoomInfoReply,
    scope: 'webconference:read',
    limit: 'room',
    examples: [
      {
        params: ['4711', '305182'],
        result: [0, 'OK', [['6f0c…', '<sip:alice@a.example>', 3, 'direct access: entered', 0, '']], exampleInfo],
      },
    ],
    handler(context, name, pin) {
      const { state } = context;
      const opened = state.rooms.access(name, pin, context.source);
      if (opened === null) return [1, wrongPin, [], state.info];
      state.rooms.refresh(opened);
      return [0, 'OK', opened.participants.map(participantRow), state.info];
    },
  }),
  changeRoomAdminpin: fn({
    summary: "Change a room's admin PIN.",
    params: [room, adminPin, newAdminPin],
    result: StatusReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['4711', '305182', '771204'], result: [0, 'OK', exampleInfo] }],
    handler(context, name, pin, newPin) {
      const { state } = context;
      const opened = state.rooms.access(name, pin, context.source);
      if (opened === null) return [1, wrongPin, state.info];
      opened.adminPin = newPin;
      return [0, 'OK', state.info];
    },
  }),
  getRoomPassword: fn({
    summary: 'The admin PIN of a room, for who knows the master password.',
    params: [masterPassword, room],
    result: MasterPinReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['secret', '4711'], result: [0, '305182', exampleInfo] }],
    handler(context, password, name) {
      const { state } = context;
      if (!isMaster(context, password)) return [403, 'Wrong Master Password.', state.info];
      const opened = state.rooms.find(name);
      return opened === null ? [404, 'Room does not exist.', state.info] : [0, opened.adminPin, state.info];
    },
  }),
  listRooms: fn({
    summary: 'The names of all rooms, for who knows the master password.',
    params: [masterPassword],
    result: ListReply,
    scope: 'webconference:read',
    confined: true,
    examples: [{ params: ['secret'], result: [200, ['4711', '4712'], exampleInfo] }],
    handler(context, password) {
      const { state } = context;
      if (!isMaster(context, password)) return [407, ['Wrong Master Password.'], state.info];
      return [200, namedBy(context, state.rooms.names()), state.info];
    },
  }),
  findParticipant: fn({
    summary: 'The rooms in which somebody of that participant id is listed.',
    params: [participantId],
    result: FoundReply,
    scope: 'webconference:read',
    confined: true,
    examples: [{ params: ['alice-1'], result: [['4711'], exampleInfo] }],
    handler: (context, id) => [namedBy(context, context.state.rooms.findParticipant(id)), context.state.info],
  }),
  serverInfo: fn({
    summary: 'The server line: version, active calls, total, connected, minutes.',
    params: [],
    result: InfoTwice,
    scope: 'webconference:read',
    confined: true,
    examples: [{ params: [], result: [exampleInfo, exampleInfo] }],
    handler: ({ state }) => [state.info, state.info],
  }),
});

/** A token for some rooms sees no others. */
const namedBy = ({ caller }: InvokeContext<Conference>, rooms: readonly string[]): string[] =>
  rooms.filter((room) => mayName(caller, 'webconference', 'room', room));

function isMaster({ state, source }: InvokeContext<Conference>, password: string): boolean {
  const { master_password: expected } = state.config;
  return expected !== '' && state.attempts.check(`${source} master`, password, expected);
}
