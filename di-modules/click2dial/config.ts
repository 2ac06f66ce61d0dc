import { announcementKeys, Type } from '../../core/index.ts';

/** `modules.click2dial`: SEMS's keys (`click2dial.conf`). */
export const Click2DialConfigSchema = Type.Object(
  {
    ...announcementKeys,
    relay_early_media: Type.Boolean({
      default: true,
      description: 'The caller hears what the callee sends before it answers.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Connects whom di_dial.dial_auth_b2b called with another.' },
);
