import { type EventDeclaration, Type } from '../../core/index.ts';

/** What the module publishes on the bus. No event carries a PIN. */
export const webconferenceEvents = {
  'webconference.roomCreated': {
    summary: 'A room was opened.',
    scope: 'webconference:read',
    payload: Type.Object({ room: Type.String() }),
  },
  'webconference.roomDeleted': {
    summary: 'A room was removed.',
    scope: 'webconference:read',
    payload: Type.Object({
      room: Type.String(),
      reason: Type.Union([Type.Literal('deleted'), Type.Literal('expired')]),
    }),
  },
  'webconference.participant': {
    summary: "A participant's entry in the list of its room changed.",
    scope: 'webconference:read',
    payload: Type.Object({
      room: Type.String(),
      call: Type.String({ description: 'Call tag; empty for an invited participant.' }),
      number: Type.String(),
      status: Type.Integer({
        description: '0 disconnected, 1 connecting, 2 ringing, 3 connected, 4 disconnecting, 5 finished.',
      }),
      reason: Type.String(),
      muted: Type.Boolean(),
      participantId: Type.String(),
    }),
  },
} as const satisfies Record<string, EventDeclaration>;
