import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Machine, step } from '../../../core/sip/machine.ts';
import { nextIntervalMs, timerMs } from '../../../core/sip/timers.ts';
import { clientMachine } from '../../../core/sip/transaction-client.ts';
import { inviteClientMachine } from '../../../core/sip/transaction-invite-client.ts';
import { inviteServerMachine } from '../../../core/sip/transaction-invite-server.ts';
import { serverMachine } from '../../../core/sip/transaction-server.ts';

/** Feeds inputs; gives `state: actions` after each, `-` for an ignored input. */
function walk<S extends string, I extends string, A extends string>(
  machine: Machine<S, I, A>,
  start: S,
  inputs: readonly I[],
): string[] {
  let state = start;
  return inputs.map((input) => {
    const transition = step(machine, state, input);
    if (transition === null) return '-';
    state = transition[0];
    return `${state}: ${transition[1].join(' ')}`.trim();
  });
}

test('an INVITE client retransmits until a provisional response, then waits for the final one {sip-transactions}', () => {
  assert.deepEqual(walk(inviteClientMachine, 'calling', ['timerA', 'timerA', 'provisional', 'timerA', 'failure']), [
    'calling: resend restartA',
    'calling: resend restartA',
    'proceeding: stopA stopB deliver',
    '-',
    'completed: startD sendAck deliver',
  ]);
});

test('an INVITE client ACKs every repetition of a refusal but reports it once {sip-transactions}', () => {
  assert.deepEqual(walk(inviteClientMachine, 'calling', ['failure', 'failure', 'timerD', 'failure']), [
    'completed: stopA stopB startD sendAck deliver',
    'completed: sendAck',
    'terminated:',
    '-',
  ]);
});

test('an INVITE client hands up every 2xx until timer M (RFC 6026) {sip-transactions}', () => {
  assert.deepEqual(walk(inviteClientMachine, 'proceeding', ['success', 'success', 'failure', 'timerM', 'success']), [
    'accepted: startM deliver',
    'accepted: deliver',
    '-',
    'terminated:',
    '-',
  ]);
});

test('an INVITE client reports time-out and transport error once {sip-transactions}', () => {
  assert.deepEqual(walk(inviteClientMachine, 'calling', ['timerB', 'transportError']), [
    'terminated: reportTimeout',
    '-',
  ]);
  assert.deepEqual(walk(inviteClientMachine, 'proceeding', ['transportError']), ['terminated: reportTransportError']);
});

test('an INVITE server repeats its refusal until the ACK {sip-transactions}', () => {
  assert.deepEqual(
    walk(inviteServerMachine, 'proceeding', [
      'sendProvisional',
      'request',
      'sendFailure',
      'timerG',
      'request',
      'ack',
      'request',
      'timerI',
    ]),
    [
      'proceeding: send',
      'proceeding: resend',
      'completed: send startG startH',
      'completed: resend restartG',
      'completed: resend',
      'confirmed: stopG stopH startI',
      '-',
      'terminated:',
    ],
  );
});

test('an INVITE server absorbs repeated INVITEs after a 2xx (RFC 6026) {sip-transactions}', () => {
  assert.deepEqual(
    walk(inviteServerMachine, 'proceeding', ['sendSuccess', 'request', 'ack', 'transportError', 'timerL']),
    ['accepted: send startL', 'accepted:', 'accepted: deliverAck', 'accepted: reportTransportError', 'terminated:'],
  );
});

test('a refusal that no ACK comes for is reported by timer H {sip-transactions}', () => {
  assert.deepEqual(walk(inviteServerMachine, 'completed', ['timerH']), ['terminated: reportNoAck']);
});

test('a request client slows to T2 after a provisional response {sip-transactions}', () => {
  assert.deepEqual(walk(clientMachine, 'trying', ['timerE', 'provisional', 'timerE', 'final', 'final', 'timerK']), [
    'trying: resend restartE',
    'proceeding: deliver',
    'proceeding: resend slowE',
    'completed: stopE stopF startK deliver',
    '-',
    'terminated:',
  ]);
  assert.deepEqual(walk(clientMachine, 'proceeding', ['timerF']), ['terminated: reportTimeout']);
});

test('a request server discards repetitions until it has answered, then repeats its answer {sip-transactions}', () => {
  assert.deepEqual(walk(serverMachine, 'trying', ['request', 'sendFinal', 'request', 'sendFinal', 'timerJ']), [
    'trying:',
    'completed: send startJ',
    'completed: resend',
    '-',
    'terminated:',
  ]);
});

test('timers have the values of RFC 3261 table 4 {sip-transactions}', () => {
  const names = ['A', 'B', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M'] as const;
  const values = (reliable: boolean) => names.map((name) => timerMs(name, 500, reliable));
  assert.deepEqual(values(false), [500, 32000, 32000, 500, 32000, 500, 32000, 5000, 32000, 5000, 32000, 32000]);
  assert.deepEqual(values(true), [null, 32000, 0, null, 32000, null, 32000, 0, 0, 0, 32000, 32000]);
});

test('timer A doubles without limit, E and G up to T2 {sip-transactions}', () => {
  assert.equal(nextIntervalMs('A', 4000), 8000);
  assert.equal(nextIntervalMs('E', 2000), 4000);
  assert.equal(nextIntervalMs('G', 4000), 4000);
});
