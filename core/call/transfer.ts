import { CodedError } from '../runtime/index.ts';
import type { Session } from './session.ts';

/**
 * Blind transfer by REFER (RFC 3515, RFC 5589): resolves when the peer accepted it. The call ends
 * when a NOTIFY tells that the target was reached (`session-defaults.ts`).
 * @throws CodedError `call.wrongState`, `dial.forbidden`, `dial.failed` naming the answer.
 */
export async function transferCall(session: Session, uri: string, check: (uri: string) => void): Promise<void> {
  if (session.state !== 'connected')
    throw new CodedError('call.wrongState', 'only an answered call can be transferred');
  check(uri);
  session.expectsNotify = true;
  const { status, reason } = await session.request('REFER', {
    headers: [
      ['Refer-To', `<${uri}>`],
      [
        'Referred-By',
        `<${session.dialog.role === 'callee' ? session.dialog.to.uriText : session.dialog.from.uriText}>`,
      ],
    ],
  });
  if (status < 300) return;
  session.expectsNotify = false;
  throw new CodedError('dial.failed', `the REFER was answered ${status} ${reason}`);
}
