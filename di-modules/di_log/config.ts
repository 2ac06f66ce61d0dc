import { type Static, Type } from '../../core/index.ts';

/** `modules.di_log`; SEMS has no settings. */
export const DiLogConfigSchema = Type.Object(
  {
    messages: Type.Integer({ minimum: 1, maximum: 100_000, default: 1000, description: 'Messages kept.' }),
    message_bytes: Type.Integer({ minimum: 40, maximum: 10_000, default: 255, description: 'Longer ones are cut.' }),
    directory: Type.String({
      default: '',
      description: 'The folder that dumplogtodisk writes to; empty: di_log in storage.path.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'The last messages of the log, over RPC.' },
);
export type DiLogConfig = Static<typeof DiLogConfigSchema>;
