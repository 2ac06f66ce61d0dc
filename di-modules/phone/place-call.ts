/** `callbus phone call`: one call out. */
import { CodedError, type CommandIo } from '../../core/index.ts';
import { callerIds, PhoneCall } from './call.ts';
import type { PhoneOptions } from './options.ts';
import { openLine, type PhoneSeams, token } from './phone-line.ts';
import { sequenceOf } from './sip-messages.ts';
import type { Summary } from './summary.ts';

/**
 * Calls, plays, records, hangs up. Resolves when everything is closed.
 * @throws CodedError `file.*`, `port.taken`, `network.failed`.
 */
export async function placeCall(
  options: Extract<PhoneOptions, { kind: 'call' }>,
  seams: PhoneSeams,
  io: CommandIo,
): Promise<Summary> {
  let call: PhoneCall | null = null;
  const line = await openLine(options, seams, io, (request) => call?.onRequest(request));
  try {
    // The package asks its resolver for every name, and `localhost` may have IPv6 first.
    const uri = options.uri.replace(/(^sip:|@)localhost\b/, '$1127.0.0.1');
    call = await PhoneCall.open(line, `${token(line)}@${options.address}`);
    dial(call, uri, options.from ?? line.contact);
    const hangUp = () => (call === null ? undefined : abandon(call));
    io.signal.addEventListener('abort', hangUp, { once: true });
    const summary = await call.ended;
    io.signal.removeEventListener('abort', hangUp);
    return summary;
  } finally {
    // The BYE's answer is nice to have; the stack needs a moment to send the BYE itself.
    await new Promise<void>((done) => void seams.clock.after(100, done));
    line.stack.destroy();
  }
}

function dial(call: PhoneCall, uri: string, from: string): void {
  const { line } = call;
  const { description, text } = call.offer();
  const invite = {
    method: 'INVITE',
    uri,
    headers: {
      to: { uri, params: {} },
      from: { uri: from, params: { tag: token(line) } },
      'call-id': call.callId,
      cseq: { method: 'INVITE', seq: 1 },
      'max-forwards': 70,
      'content-type': 'application/sdp',
      contact: [{ uri: line.contact }],
    },
    content: text,
  };
  line.progress(`calling ${uri}`);
  let answered = false;
  line.stack.send(invite, (response) => {
    const status = response.status ?? 500;
    const reason = response.reason ?? '';
    if (status < 200) {
      line.progress(`${status} ${reason}`);
    } else if (status >= 300) {
      line.progress(`refused: ${status} ${reason}`);
      call.fail(status, reason === '' && status === 408 ? 'no answer' : reason);
    } else if (answered) {
      call.acknowledge(sequenceOf(response));
    } else {
      answered = true;
      call.established(callerIds(response, uri));
      call.acknowledge(sequenceOf(response));
      takeAnswer(call, () => call.accept(description, response.content ?? ''));
    }
  });
}

/** An answer that nobody can speak with ends the call. */
function takeAnswer(call: PhoneCall, accept: () => void): void {
  try {
    accept();
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    call.line.progress(fault.message);
    call.hangUp();
  }
}

/** SIGINT: BYE when it was answered. The package cannot send CANCEL for a call that rings. */
function abandon(call: PhoneCall): void {
  call.hangUp();
  if (!call.isFinishing) call.fail(487, 'given up');
}
