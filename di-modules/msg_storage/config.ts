import { type Static, Type } from '../../core/index.ts';

/** `modules.msg_storage`: SEMS's `storage_dir`, and limits. */
export const MsgStorageConfigSchema = Type.Object(
  {
    storage_dir: Type.String({
      default: '',
      description:
        'Folder of the messages, <domain>/<user>/<message> in it; empty: messages in msg_storage in storage.path.',
    }),
    inbox: Type.String({
      default: '',
      description: 'Folder whose files msg_new may take by name; empty: inbox in msg_storage in storage.path.',
    }),
    max_messages: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 500,
      description: 'Messages of one user; more are refused with code 6.',
    }),
    max_user_bytes: Type.Integer({
      minimum: 1,
      maximum: 1_000_000_000_000,
      default: 200_000_000,
      description: 'Bytes of all messages of one user; more are refused with code 6.',
    }),
    max_message_bytes: Type.Integer({
      minimum: 1,
      maximum: 250_000_000,
      default: 20_000_000,
      description: 'Bytes of one message; a longer one is refused with code 6.',
    }),
    max_answer_bytes: Type.Integer({
      minimum: 1000,
      maximum: 50_000_000,
      default: 1_000_000,
      description: 'Bytes that one msg_get gives; of a longer message it gives pieces.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Messages of users, as files.' },
);
export type MsgStorageConfig = Static<typeof MsgStorageConfigSchema>;
