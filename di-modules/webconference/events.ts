import { type EventDeclaration, Type } from '../../core/index.ts';

const scope = 'webconference:read';
const room = Type.String();
const call = Type.String({ description: 'Call tag.' });

/** What the module publishes on the bus. No event carries a PIN. */
export const webconferenceEvents = {
  'webconference.roomCreated': {
    summary: 'A room was opened.',
    scope,
    payload: Type.Object({ room }),
  },
  'webconference.roomDeleted': {
    summary: 'A room was removed.',
    scope,
    payload: Type.Object({
      room,
      reason: Type.Union([Type.Literal('deleted'), Type.Literal('expired')]),
    }),
  },
  'webconference.participant': {
    summary: "A participant's entry in the list of its room changed.",
    scope,
    payload: Type.Object({
      room,
      call: Type.String({ description: 'Call tag; empty for an invited participant.' }),
      number: Type.String(),
      status: Type.Integer({
        description: '0 disconnected, 1 connecting, 2 ringing, 3 connected, 4 disconnecting, 5 finished.',
      }),
      reason: Type.String(),
      muted: Type.Boolean(),
      participantId: Type.String(),
      name: Type.String({ description: 'As rename gave it; empty: none.' }),
      gainDb: Type.Number({ description: 'What the room hears of it, dB.' }),
      volumeDb: Type.Number({ description: 'What it hears of the room, dB.' }),
    }),
  },
  'webconference.changed': {
    summary: "A room's switches are others than before.",
    scope,
    payload: Type.Object({
      room,
      locked: Type.Boolean(),
      moderated: Type.Boolean(),
      recording: Type.Boolean(),
    }),
  },
  'webconference.speaking': {
    summary: 'Who speaks in a room: at most four times a second, from its first webconference.state on.',
    scope,
    payload: Type.Object({
      room,
      speakers: Type.Array(Type.Object({ call, levelDb: Type.Number({ description: 'dBov: 0 is full scale.' }) }), {
        description: 'The first who came first; empty: nobody any more.',
      }),
    }),
  },
  'webconference.hand': {
    summary: 'A hand was raised or lowered, or moved up in the queue.',
    scope,
    payload: Type.Object({
      room,
      call,
      hand: Type.Integer({ description: 'Place in the queue, from 1; 0: lowered.' }),
    }),
  },
  'webconference.floor': {
    summary: 'A participant got the floor or lost it.',
    scope,
    payload: Type.Object({ room, call, floor: Type.Boolean() }),
  },
  'webconference.chat': {
    summary: 'Somebody said something in the chat of a room.',
    scope,
    payload: Type.Object({
      room,
      from: Type.String({ description: 'Call tag; empty: who controls the room.' }),
      to: Type.String({ description: 'Call tag; empty: to all.' }),
      text: Type.String({ description: 'One line, at most 2000 characters, without control characters.' }),
    }),
  },
  'webconference.talk': {
    summary: 'A private talk began, lost or won somebody, or ended.',
    scope,
    payload: Type.Object({
      room,
      talk: Type.String({ description: 'As startTalk gave it.' }),
      calls: Type.Array(Type.String(), { description: 'Who is in it; when it ended: who comes back.' }),
      active: Type.Boolean(),
    }),
  },
} as const satisfies Record<string, EventDeclaration>;
