/** Transfers that we ask for: REFER, and the NOTIFYs that tell how it goes (RFC 3515, RFC 5589). */
import { CodedError } from '../runtime/index.ts';
import {
  type HeaderLine,
  parseNameAddress,
  parseSipFragment,
  parseSubscriptionState,
  type ServerRequest,
  uriWithReplaces,
} from '../sip/index.ts';
import { endedByUs } from './ends.ts';
import type { Session } from './session.ts';
import type { TransferOptions } from './types.ts';

/** What becomes of the referred call, settled once. */
export class Transfer {
  readonly completed: Promise<void>;
  readonly #session: Session;
  readonly #options: TransferOptions;
  #resolve: () => void = () => {};
  #reject: (fault: CodedError) => void = () => {};
  #over = false;
  #last = 100;

  constructor(session: Session, options: TransferOptions) {
    this.#session = session;
    this.#options = options;
    this.completed = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.completed.catch(() => {});
  }

  /** A NOTIFY of the implicit subscription (RFC 3515 2.4.4). */
  notified(request: ServerRequest): void {
    const { request: message } = request;
    request.respond(200);
    if (this.#over) return;
    const fragment = parseSipFragment(message.header('Content-Type'), message.body);
    const state = parseSubscriptionState(message.header('Subscription-State') ?? '');
    if (fragment !== null) {
      this.#last = fragment.status;
      this.#session.log.info('transfer progress', { status: fragment.status });
      this.#options.onProgress?.(fragment.status, fragment.reason);
    }
    if (this.#last >= 200 && this.#last < 300) this.#succeeded();
    else if (this.#last >= 300) this.fail(`the target answered ${this.#last} ${fragment?.reason ?? ''}`);
    else if (state?.state === 'terminated') this.fail(`the peer gave no result (${state.reason ?? 'no reason'})`);
  }

  /** The call goes on as it was. */
  fail(detail: string): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#session.transfer === this) this.#session.transfer = null;
    this.#reject(new CodedError('dial.failed', detail));
  }

  #succeeded(): void {
    this.#over = true;
    this.#resolve();
    // The transferee reached its target: our part is over (RFC 5589 6.1).
    const why = { code: 'call.transferred', sentence: 'The call was transferred.' };
    this.#session.endBecause(endedByUs(200, 'OK', why));
  }

  /** Accepted without a subscription: nothing more will be heard. */
  unobserved(): void {
    this.#over = true;
    this.#session.transfer = null;
    this.#resolve();
  }
}

/**
 * Blind transfer by REFER: resolves when the peer accepted it, or with `until: 'completed'` when the target
 * answered. The call ends when a NOTIFY tells that the target was reached; when it was not, the call goes on.
 * @throws CodedError `call.wrongState`, `dial.forbidden`, `dial.failed` naming the answer, `call.ended`.
 */
export async function transferCall(
  session: Session,
  uri: string,
  check: (uri: string) => void,
  options: TransferOptions = {},
): Promise<void> {
  mustBeFree(session);
  check(uri);
  await refer(session, uri, options);
}

/**
 * Attended transfer: the peer of `session` is asked to take our place in `other` (RFC 5589 7: REFER with Replaces).
 * @throws CodedError `call.wrongState`, `dial.failed`, `call.ended`.
 */
export async function transferToCall(session: Session, other: Session, options: TransferOptions = {}): Promise<void> {
  mustBeFree(session);
  if (other.state !== 'connected' || other === session)
    throw new CodedError('call.wrongState', 'the other call of an attended transfer must be answered');
  const { callId, localTag, remoteTag } = other.dialog.ids;
  const { dialog } = other;
  const contact = parseNameAddress(dialog.invite.header('Contact') ?? '')?.uriText ?? dialog.from.uriText;
  // From the far end of `other` its own tag is to-tag, ours is from-tag (RFC 3891 3).
  const reference = { callId, toTag: remoteTag, fromTag: localTag, earlyOnly: false };
  const uri = uriWithReplaces(dialog.role === 'callee' ? contact : dialog.invite.uri, reference);
  await refer(session, uri, options);
}

function mustBeFree(session: Session): void {
  if (session.state !== 'connected')
    throw new CodedError('call.wrongState', 'only an answered call can be transferred');
  if (session.transfer !== null) throw new CodedError('call.wrongState', 'a transfer of this call is under way');
}

async function refer(session: Session, uri: string, options: TransferOptions): Promise<void> {
  const transfer = new Transfer(session, options);
  session.transfer = transfer;
  const { dialog } = session;
  const own = dialog.role === 'callee' ? dialog.to.uriText : dialog.from.uriText;
  const quiet: readonly HeaderLine[] = options.subscription === false ? [['Refer-Sub', 'false']] : [];
  const response = await session.request('REFER', {
    headers: [['Refer-To', `<${uri}>`], ['Referred-By', `<${own}>`], ...quiet],
  });
  const { status, reason } = response;
  if (status >= 300) {
    transfer.fail('refused');
    throw new CodedError('dial.failed', `the REFER was answered ${status} ${reason}`);
  }
  // RFC 4488 4: `Refer-Sub: false` in the 2xx says that no subscription was made.
  if (/^\s*false\b/i.test(response.header('Refer-Sub') ?? '')) transfer.unobserved();
  if (options.until !== 'completed') return;
  const ended = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(session.signal.reason);
    if (session.signal.aborted) onAbort();
    else session.signal.addEventListener('abort', onAbort, { once: true });
  });
  ended.catch(() => {});
  await Promise.race([transfer.completed, ended]);
}
