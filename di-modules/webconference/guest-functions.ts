import { arg, CallTag, opt, rowsFor, secret, Text, Type } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import { subjectOf } from './guests.ts';
import { Plain, RoomName } from './schemas.ts';

const { fn, defineFunctions } = rowsFor<Conference>();

const LoginGrant = Type.Object({
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  limits: Type.Array(Type.String()),
  subject: Type.String(),
});

const GuestKey = Type.String({ minLength: 22, maxLength: 128 });

/** Internal. For `auth.login { room, pin, key }`: who knows a room's admin PIN may do with that room what needs the PIN, and no more. */
export const guestFunctions = defineFunctions({
  guestLogin: fn({
    summary: 'What the PIN of a room lets somebody without other credentials do; null: nothing.',
    params: [
      arg('room', RoomName, 'Name of the room.'),
      arg('pin', secret(Plain(128)), 'Its admin PIN.'),
      opt(
        'key',
        secret(GuestKey),
        'Random text of the guest alone, by which his calls are known; left out: none is his.',
      ),
    ],
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
          subject: '',
        },
      },
    ],
    handler({ state }, room, pin, key) {
      if (!state.rooms.isPin(room, pin)) return null;
      const scopes = ['webconference:read', 'webconference:control'];
      return { name: `room:${room}`, scopes, limits: [room], subject: key === undefined ? '' : subjectOf(key) };
    },
  }),
  linkOf: fn({
    summary: 'The link of the page of a room, for the answer to a call of another application; empty: none.',
    params: [arg('room', RoomName, 'Name of the room.'), arg('call', CallTag, 'Who is to get it.')],
    result: secret(Text),
    scope: 'webconference:read',
    limit: 'room',
    exported: false,
    examples: [{ params: ['500', '6f0c…'], result: 'https://conf.example.org/c/500' }],
    async handler({ state }, room, tag) {
      const call = state.calls.find(tag);
      return call === null ? '' : ((await state.linkTo(room, call)) ?? '');
    },
  }),
});
