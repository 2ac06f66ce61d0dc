import { arg, rowsFor, secret, Type } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import { Plain, RoomName } from './schemas.ts';

const { fn, defineFunctions } = rowsFor<Conference>();

const LoginGrant = Type.Object({
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  limits: Type.Array(Type.String()),
});

/** For `auth.login { room, pin }`: who knows a room's admin PIN may do with that room what needs the PIN, and no more. */
export const guestFunctions = defineFunctions({
  guestLogin: fn({
    summary: 'What the PIN of a room lets somebody without other credentials do; null: nothing.',
    params: [arg('room', RoomName, 'Name of the room.'), arg('pin', secret(Plain(128)), 'Its admin PIN.')],
    result: Type.Union([LoginGrant, Type.Null()]),
    scope: 'webconference:read',
    limit: 'room',
    exported: false,
    login: 'room',
    examples: [
      {
        params: ['4711', '305182'],
        result: {
          name: 'room:4711',
          scopes: ['webconference:read', 'webconference:control'],
          limits: ['4711'],
        },
      },
    ],
    handler({ state }, room, pin) {
      if (!state.rooms.isPin(room, pin)) return null;
      return { name: `room:${room}`, scopes: ['webconference:read', 'webconference:control'], limits: [room] };
    },
  }),
});
