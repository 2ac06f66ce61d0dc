import { type EventDeclaration, type Static, Type } from '../../core/index.ts';

const scope = 'msg_storage:read';
const Event = Type.Union([Type.Literal('msg_new'), Type.Literal('msg_markread'), Type.Literal('msg_delete')]);
/** SEMS's name of what was done. */
export type ChangeEvent = Static<typeof Event>;

const Change = Type.Object({
  domain: Type.String(),
  user: Type.String(),
  message: Type.String({ description: 'Its name.' }),
  event: Event,
});
export type StorageChange = Static<typeof Change>;

const Full = Type.Object({
  domain: Type.String(),
  user: Type.String(),
  limit: Type.String({ description: 'max_messages, max_user_bytes or max_message_bytes.' }),
});
export type StorageFull = Static<typeof Full>;

export const storageEvents = {
  'msg_storage.changed': { summary: 'A message was stored, marked as read, or deleted.', scope, payload: Change },
  'msg_storage.full': {
    summary: 'A message was refused, as its user has no room for it.',
    scope,
    payload: Full,
  },
} as const satisfies Record<string, EventDeclaration>;
