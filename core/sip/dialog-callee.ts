/** The called side of a dialog until its INVITE is answered (RFC 3261 13.3). */
import type { Timer } from '../runtime/index.ts';
import { type DialogOptions, SipDialog } from './dialog.ts';
import { contactOf, partyOf, routeSetOfRequest } from './dialog-data.ts';
import { DialogLeg } from './dialog-leg.ts';
import { ownContact } from './dialog-server.ts';
import type { ParsedRequest } from './message.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SipCore } from './sip-core.ts';
import { ALLOW, productLine, withDefaults } from './stack-headers.ts';
import { PROVISIONAL_REFRESH_MS } from './stack-limits.ts';
import type { HeaderLine, ResponseOptions } from './types.ts';

/** Why an INVITE cannot make a dialog: the reason of a 400. */
export function calleeFault(request: ParsedRequest): string | null {
  if (contactOf(request) === null) return 'Missing or malformed Contact header';
  return routeSetOfRequest(request) === null ? 'Malformed Record-Route header' : null;
}

export class CalleeDialog extends SipDialog {
  readonly #transaction: ServerTransaction;
  #refresh: Timer | null = null;

  /** `transaction` has been answered 100; its request has passed `calleeFault`. */
  constructor(core: SipCore, transaction: ServerTransaction) {
    super(calleeOptions(core, transaction));
    this.#transaction = transaction;
    transaction.onCancel = (cancel) => this.#cancelled(cancel);
  }

  override respond(status: number, reason?: string, options: ResponseOptions = {}): void {
    const transaction = this.#transaction;
    if (transaction.answered || this.state === 'terminated') {
      this.core.counters.answeredTwice.add();
      return;
    }
    this.#send(status, reason, options);
    if (status < 200) this.#progressed(status);
    else if (status < 300) this.#accepted();
    else this.#refused();
  }

  protected override awaitsFirstAnswer(): boolean {
    return !this.#transaction.answered;
  }

  /** `end` before the answer: 487, as SEMS's `bye()`. */
  protected override withdraw(headers: readonly HeaderLine[]): void {
    this.#send(487, undefined, { headers });
    this.#finish();
  }

  /** 15.1.2 lets a caller end an early dialog with BYE: "respond … 487 (Request Terminated) to the pending request". */
  protected override onBye(request: ParsedRequest): void {
    if (!this.#transaction.answered) this.#send(487, undefined, {});
    this.#refresh?.cancel();
    super.onBye(request);
  }

  override abandon(): void {
    this.#refresh?.cancel();
    super.abandon();
  }

  #send(status: number, reason: string | undefined, options: ResponseOptions): void {
    const { core } = this;
    this.#transaction.respond({
      status,
      ...(reason === undefined ? {} : { reason }),
      // 12.1.1: "the UAS MUST copy all Record-Route header field values from the request".
      copy: status > 100 && status < 300 ? ['record-route'] : [],
      headers: withDefaults(options.headers ?? [], [
        ...this.#headersFor(status),
        ...productLine('Server', core.config),
      ]),
      body: options.body ?? null,
    });
  }

  #headersFor(status: number): readonly HeaderLine[] {
    if (status <= 100 || status >= 300) return [];
    return [
      ['Contact', ownContact(this.core, this.leg.data.localTag, this.flow)],
      ['Allow', ALLOW],
    ];
  }

  #progressed(status: number): void {
    if (status === 100) return;
    this.move('provisional');
    this.#refresh?.cancel();
    this.#refresh = this.core.seams.clock.after(PROVISIONAL_REFRESH_MS, () => {
      this.#transaction.repeat();
      this.#progressed(status);
    });
  }

  #accepted(): void {
    this.#refresh?.cancel();
    this.move('answer');
    this.server.repeatUntilAck(this.#transaction);
    this.client.inviteEnded();
  }

  #refused(): void {
    this.move('end');
    this.#finish();
  }

  #cancelled(request: ParsedRequest): void {
    if (this.#transaction.answered) return;
    this.#send(487, undefined, {});
    this.#finish();
    this.emitLast({ kind: 'cancelled', request });
  }

  #finish(): void {
    this.#refresh?.cancel();
    this.server.close({ answer: true, keepRepeating: false });
    this.client.close();
    this.forget();
  }
}

function calleeOptions(core: SipCore, { request, flow, toTag }: ServerTransaction): DialogOptions {
  const leg = new DialogLeg({
    core,
    flow,
    credentials: [],
    data: {
      callId: request.callId,
      localTag: toTag,
      remoteTag: request.fromTag,
      localParty: partyOf(request.to),
      remoteParty: partyOf(request.from),
      localCseq: 0,
      remoteCseq: request.cseq.number,
      inviteCseq: request.cseq.number,
      remoteTarget: contactOf(request) ?? '',
      routeSet: routeSetOfRequest(request) ?? [],
    },
  });
  return { core, leg, role: 'callee', state: 'calling', from: request.from, to: request.to, invite: request };
}
