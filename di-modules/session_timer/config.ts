import { type Static, sessionTimerKeys, Type } from '../../core/index.ts';

/** `modules.session_timer`: the keys of SEMS's module (core-and-sbc 2.9). */
export const SessionTimerConfigSchema = Type.Object(
  {
    ...sessionTimerKeys,
    enable_session_timer: Type.Boolean({
      default: true,
      description: 'Session timers with every peer; false: only with callers that require them.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Session timers of applications that do not say theirs.' },
);
export type SessionTimerConfig = Static<typeof SessionTimerConfigSchema>;
