/** Session timers of all applications by SEMS's keys: its `session_timer` (core-and-sbc 2.9). */
import { CodedError, defineModule, sessionTimerOf } from '../../core/index.ts';
import { SessionTimerConfigSchema } from './config.ts';

export const sessionTimer = defineModule({
  name: 'session_timer',
  summary: 'Session timers (RFC 4028) of all applications, by the keys of SEMS.',
  config: SessionTimerConfigSchema,
  start({ calls, config }) {
    for (const key of ['session_expires', 'maximum_timer'] as const) {
      if (config[key] >= config.minimum_timer) continue;
      throw new CodedError(
        'config.invalid',
        `modules.session_timer.${key}: it is less than minimum_timer (${config.minimum_timer})`,
      );
    }
    const { sessionTimer: option = { mode: 'off' as const } } = sessionTimerOf(config);
    return calls.useSessionTimer(option);
  },
  stop: (use) => use.dispose(),
});
