/**
 * INVITE client transaction: RFC 3261 figure 5 with `accepted` of RFC 6026 7.2.
 *
 *              | INVITE
 *   timer A    v              300-699: ACK, deliver
 *   resend  calling ----------------------------------.
 *     |       |  | 1xx: deliver                       |
 *     |       |  v            300-699: ACK, deliver   v
 *     |       | proceeding ----------------------> completed --> resend ACK per repeated final
 *     |       |  | 2xx: deliver                       | timer D
 *     |   2xx v  v                                    v
 *     |    accepted --> deliver each 2xx         terminated <-- timer B, transport error
 *     '       | timer M                               ^
 *             '---------------------------------------'
 */
import type { Machine } from './machine.ts';
import type { TimerAction, TimerInput } from './timers.ts';

export type InviteClientState = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';
export type InviteClientInput = 'provisional' | 'success' | 'failure' | 'transportError' | TimerInput;
export type InviteClientAction =
  | 'resend'
  | 'sendAck'
  | 'deliver'
  | 'reportTimeout'
  | 'reportTransportError'
  | TimerAction;

export const inviteClientMachine: Machine<InviteClientState, InviteClientInput, InviteClientAction> = {
  calling: {
    timerA: ['calling', ['resend', 'restartA']],
    timerB: ['terminated', ['reportTimeout']],
    provisional: ['proceeding', ['stopA', 'stopB', 'deliver']],
    success: ['accepted', ['stopA', 'stopB', 'startM', 'deliver']],
    failure: ['completed', ['stopA', 'stopB', 'startD', 'sendAck', 'deliver']],
    transportError: ['terminated', ['reportTransportError']],
  },
  proceeding: {
    provisional: ['proceeding', ['deliver']],
    success: ['accepted', ['startM', 'deliver']],
    failure: ['completed', ['startD', 'sendAck', 'deliver']],
    transportError: ['terminated', ['reportTransportError']],
  },
  completed: {
    // "Any retransmissions of the final response … MUST cause the ACK to be re-passed to the
    // transport layer", but not be passed up.
    failure: ['completed', ['sendAck']],
    timerD: ['terminated', []],
    // The final answer is known already: there is nobody left to tell.
    transportError: ['terminated', []],
  },
  accepted: {
    success: ['accepted', ['deliver']],
    timerM: ['terminated', []],
  },
  terminated: {},
};
