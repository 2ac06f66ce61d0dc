/**
 * INVITE server transaction: RFC 3261 figure 7 with `accepted` of RFC 6026 7.1.
 *
 *            | INVITE: deliver, 100
 *            v            300-699 sent
 *        proceeding ------------------> completed --> resend final on INVITE and timer G
 *   INVITE:  |   |                       | ACK   | timer H: no ACK
 *   resend   '---| 2xx sent              v       |
 *                v                  confirmed    |
 *            accepted                    | timer I
 *                | timer L               v       v
 *                '-------------------> terminated
 */
import type { Machine } from './machine.ts';
import type { TimerAction, TimerInput } from './timers.ts';

export type InviteServerState = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';
export type InviteServerInput =
  | 'request'
  | 'ack'
  | 'sendProvisional'
  | 'sendSuccess'
  | 'sendFailure'
  | 'transportError'
  | TimerInput;
export type InviteServerAction =
  | 'send'
  | 'resend'
  | 'deliverAck'
  | 'reportNoAck'
  | 'reportTransportError'
  | TimerAction;

export const inviteServerMachine: Machine<InviteServerState, InviteServerInput, InviteServerAction> = {
  proceeding: {
    // "If a request retransmission is received while in the Proceeding state, the most recent
    // provisional response … MUST be passed to the transport layer".
    request: ['proceeding', ['resend']],
    sendProvisional: ['proceeding', ['send']],
    sendSuccess: ['accepted', ['send', 'startL']],
    sendFailure: ['completed', ['send', 'startG', 'startH']],
    transportError: ['terminated', ['reportTransportError']],
  },
  completed: {
    request: ['completed', ['resend']],
    timerG: ['completed', ['resend', 'restartG']],
    timerH: ['terminated', ['reportNoAck']],
    ack: ['confirmed', ['stopG', 'stopH', 'startI']],
    transportError: ['terminated', ['reportTransportError']],
  },
  confirmed: {
    timerI: ['terminated', []],
  },
  accepted: {
    // RFC 6026: "any retransmissions of the INVITE … are absorbed"; the core repeats the 2xx.
    request: ['accepted', []],
    sendSuccess: ['accepted', ['send']],
    ack: ['accepted', ['deliverAck']],
    // "the server transaction MUST remain": the core's own retransmissions may still get through.
    transportError: ['accepted', ['reportTransportError']],
    timerL: ['terminated', []],
  },
  terminated: {},
};
