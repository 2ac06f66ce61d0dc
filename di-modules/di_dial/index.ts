/** Starts calls and connects them to applications: SEMS's `di_dial` (di-interfaces 5.3). */
import { defineModule, SecretAttempts } from '../../core/index.ts';
import { DiDialConfigSchema } from './config.ts';
import { dialoutPinsOf } from './dialout-pins.ts';
import { type DialState, functions } from './functions.ts';

export const diDial = defineModule({
  name: 'di_dial',
  summary: 'Starts calls and connects them to applications.',
  config: DiDialConfigSchema,
  functions,
  start({ config, calls, clock }): DialState {
    return {
      calls,
      pins: dialoutPinsOf(config),
      attempts: new SecretAttempts(clock, { maxFailures: config.pin_failures, lockMs: config.pin_lock_s * 1000 }),
    };
  },
});
