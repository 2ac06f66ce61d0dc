/**
 * Non-INVITE client transaction: RFC 3261 figure 6.
 *
 *             | request
 *   timer E   v            200-699: deliver
 *   resend  trying ----------------------.
 *             | 1xx: deliver             v
 *             v   200-699: deliver    completed -- timer K --> terminated
 *         proceeding ------------------->'                         ^
 *   timer E:  |   timer F, transport error (either state)          |
 *   resend    '----------------------------------------------------'
 */
import type { Machine } from './machine.ts';
import type { TimerAction, TimerInput } from './timers.ts';

export type ClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type ClientInput = 'provisional' | 'final' | 'transportError' | TimerInput;
export type ClientAction = 'resend' | 'deliver' | 'reportTimeout' | 'reportTransportError' | TimerAction;

export const clientMachine: Machine<ClientState, ClientInput, ClientAction> = {
  trying: {
    timerE: ['trying', ['resend', 'restartE']],
    timerF: ['terminated', ['reportTimeout']],
    provisional: ['proceeding', ['deliver']],
    final: ['completed', ['stopE', 'stopF', 'startK', 'deliver']],
    transportError: ['terminated', ['reportTransportError']],
  },
  proceeding: {
    // "If Timer E fires while in the Proceeding state … Timer E MUST be reset to T2".
    timerE: ['proceeding', ['resend', 'slowE']],
    timerF: ['terminated', ['reportTimeout']],
    provisional: ['proceeding', ['deliver']],
    final: ['completed', ['stopE', 'stopF', 'startK', 'deliver']],
    transportError: ['terminated', ['reportTransportError']],
  },
  completed: {
    timerK: ['terminated', []],
  },
  terminated: {},
};
