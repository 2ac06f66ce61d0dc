/** `callbus phone answer`: takes calls until enough were taken. */
import sip, { type SipPackageMessage } from 'sip';
import { asCodedError, type CommandIo } from '../../core/index.ts';
import { calleeIds, PhoneCall } from './call.ts';
import type { PhoneOptions } from './options.ts';
import { openLine, type PhoneLine, type PhoneSeams, token } from './phone-line.ts';
import { textHeader } from './sip-messages.ts';
import type { Summary } from './summary.ts';

/** RFC 3261 13.3.1.4: a 2xx is repeated from T1 on, doubling up to T2, for 64*T1. */
const t1Ms = 500;
const t2Ms = 4000;

/**
 * Answers `options.calls` calls, at once or one after the other, and gives each summary to
 * `onSummary`. Resolves when the last has ended or the command was interrupted.
 * @throws CodedError `port.taken`, `network.failed`.
 */
export async function answerCalls(
  options: Extract<PhoneOptions, { kind: 'answer' }>,
  seams: PhoneSeams,
  io: CommandIo,
  onSummary: (summary: Summary) => void,
): Promise<void> {
  const calls = new Map<string, PhoneCall>();
  let taken = 0;
  let ended = 0;
  let finished: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const take = async (invite: SipPackageMessage, callId: string): Promise<void> => {
    const call = await PhoneCall.open(line, callId);
    calls.set(callId, call);
    answer(call, invite);
    const summary = await call.ended;
    calls.delete(callId);
    onSummary(summary);
    if (++ended >= options.calls) finished();
  };
  const line = await openLine(options, seams, io, (request) => {
    const callId = textHeader(request, 'call-id');
    const call = calls.get(callId);
    if (call !== undefined) call.onRequest(request);
    else if (request.method === 'ACK') line.progress('an ACK for no call');
    else if (request.method !== 'INVITE') refuse(line, request, 481, 'Call/Transaction Does Not Exist');
    else if (taken >= options.calls) refuse(line, request, 486, 'Busy Here');
    else {
      taken++;
      take(request, callId).catch((fault: unknown) => {
        taken--;
        line.progress(asCodedError(fault, 'media.failed').message);
        refuse(line, request, 500, 'Server Internal Error');
      });
    }
  });
  line.progress(`listening on port ${line.port}`);
  const interrupt = () => {
    for (const call of calls.values()) call.hangUp();
    finished();
  };
  io.signal.addEventListener('abort', interrupt, { once: true });
  if (io.signal.aborted) interrupt();
  await done;
  io.signal.removeEventListener('abort', interrupt);
  // Lets the last answers and BYEs out.
  await new Promise<void>((resolve) => void seams.clock.after(200, resolve));
  line.stack.destroy();
}

function refuse(line: PhoneLine, request: SipPackageMessage, status: number, reason: string): void {
  line.stack.send(sip.makeResponse(request, status, reason));
}

function answer(call: PhoneCall, invite: SipPackageMessage): void {
  const { line } = call;
  const ids = calleeIds(invite, token(line));
  // The response takes its To from the request.
  invite.headers['to'] = ids.local;
  try {
    const content = call.answer(invite.content ?? '');
    const headers = { 'content-type': 'application/sdp', contact: [{ uri: line.contact }], 'record-route': ids.routes };
    const ok = sip.makeResponse(invite, 200, 'OK', { headers, content });
    line.stack.send(ok);
    call.established(ids);
    repeatUntilAcknowledged(call, () => line.stack.send(ok));
  } catch (fault) {
    const { message, row } = asCodedError(fault, 'media.failed');
    line.progress(message);
    const status = row.sip === 400 ? 400 : 488;
    refuse(line, invite, status, 'Not Acceptable Here');
    call.fail(status, message);
  }
}

function repeatUntilAcknowledged(call: PhoneCall, send: () => void): void {
  const { clock } = call.line.seams;
  const step = (delayMs: number, waitedMs: number): void => {
    clock.after(delayMs, () => {
      if (call.isFinishing || call.isAcknowledged) return;
      if (waitedMs >= 64 * t1Ms) return call.hangUp();
      send();
      step(Math.min(delayMs * 2, t2Ms), waitedMs + delayMs);
    });
  };
  step(t1Ms, t1Ms);
}
