/**
 * Non-INVITE server transaction: RFC 3261 figure 8.
 *
 *          | request: deliver
 *          v     1xx sent             200-699 sent
 *       trying ----------> proceeding -------------> completed -- timer J --> terminated
 *          |                | request: resend         | request: resend           ^
 *          '------------------- 200-699 sent -------->'      transport error -----'
 */
import type { Machine } from './machine.ts';
import type { TimerAction, TimerInput } from './timers.ts';

export type ServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type ServerInput = 'request' | 'sendProvisional' | 'sendFinal' | 'transportError' | TimerInput;
export type ServerAction = 'send' | 'resend' | 'reportTransportError' | TimerAction;

export const serverMachine: Machine<ServerState, ServerInput, ServerAction> = {
  trying: {
    // "Once in the Trying state, any further request retransmissions are discarded".
    request: ['trying', []],
    sendProvisional: ['proceeding', ['send']],
    sendFinal: ['completed', ['send', 'startJ']],
    transportError: ['terminated', ['reportTransportError']],
  },
  proceeding: {
    request: ['proceeding', ['resend']],
    sendProvisional: ['proceeding', ['send']],
    sendFinal: ['completed', ['send', 'startJ']],
    transportError: ['terminated', ['reportTransportError']],
  },
  completed: {
    request: ['completed', ['resend']],
    // "Any other final responses passed by the TU … MUST be discarded while in the Completed state".
    timerJ: ['terminated', []],
    transportError: ['terminated', ['reportTransportError']],
  },
  terminated: {},
};
