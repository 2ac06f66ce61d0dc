/** The called side of a dialog until its INVITE is answered (RFC 3261 13.3). */
import type { Timer } from '../runtime/index.ts';
import { type DialogOptions, SipDialog } from './dialog.ts';
import { dataOpenedBy, type PeerEnd } from './dialog-data.ts';
import { DialogLeg } from './dialog-leg.ts';
import type { DialogPeer } from './dialog-peer.ts';
import { ownContact } from './dialog-server.ts';
import { parseRAck } from './header-rack.ts';
import type { ParsedRequest } from './message.ts';
import { namesOption } from './peer-abilities.ts';
import { withoutPrivate } from './privacy.ts';
import { ReliableSending } from './reliable-sending.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SipCore } from './sip-core.ts';
import { productLine, withDefaults } from './stack-headers.ts';
import { PROVISIONAL_REFRESH_MS } from './stack-limits.ts';
import type { HeaderLine, ResponseOptions } from './types.ts';

export class CalleeDialog extends SipDialog {
  readonly #transaction: ServerTransaction;
  /** Sends the newest provisional response again. */
  #refresh: Timer | null = null;
  /** Null until a provisional response goes out reliably (RFC 3262). */
  #reliable: ReliableSending | null = null;
  /** A 2xx waits for a PRACK. */
  #answerWaits = false;
  /** Our offer went out in a reliable provisional response: a 2xx must not make it again. */
  #offerAcknowledged = false;

  /** `transaction` has been answered 100. */
  constructor(core: SipCore, transaction: ServerTransaction, peerEnd: PeerEnd) {
    super(calleeOptions(core, transaction, peerEnd));
    this.#transaction = transaction;
    transaction.onCancel = (cancel) => this.#cancelled(cancel);
  }

  override respond(status: number, reason?: string, options: ResponseOptions = {}): void {
    const transaction = this.#transaction;
    if (transaction.answered || this.#answerWaits || this.state === 'terminated') {
      this.core.counters.answeredTwice.add();
      return;
    }
    if (status > 100 && status < 200 && this.#goesReliably(options)) {
      this.#reliably().send({ status, reason, options });
      this.#progressed(status);
    } else if (status >= 200 && status < 300 && this.#reliable?.holdsAnswer === true) {
      this.#answerWaits = true;
      this.#reliable.send({ status, reason, options });
    } else this.#respondNow(status, reason, options);
  }

  #respondNow(status: number, reason: string | undefined, options: ResponseOptions): void {
    const { body: _repeated, ...bare } = options;
    this.#send(status, reason, status >= 200 && status < 300 && this.#offerAcknowledged ? bare : options);
    if (status < 200) this.#progressed(status);
    else if (status < 300) this.#accepted();
    else this.#refused();
  }

  protected override inviteIsOpen(): boolean {
    return !this.#transaction.answered;
  }

  /** `end` before the answer: 487, as SEMS's `bye()`. */
  protected override withdraw(headers: readonly HeaderLine[]): void {
    this.#send(487, undefined, { headers });
    this.#finish();
  }

  /** 15.1.2 lets a caller end an early dialog with BYE: "respond … 487 (Request Terminated) to the pending request". */
  /**
   * "If a matching PRACK … is received": 200, by the owner when it carries a session description; what
   * waited goes out next. One that fits nothing: 481.
   */
  protected override onPrack(transaction: ServerTransaction): boolean {
    const rack = parseRAck(transaction.request.header('rack'));
    const acknowledged = rack === null ? null : (this.#reliable?.acknowledge(rack) ?? null);
    if (acknowledged === null) return false;
    this.#offerAcknowledged ||= acknowledged.carriedBody && this.#transaction.request.body.length === 0;
    const pending = this.server.handUp(
      transaction,
      (request) => ({ kind: 'provisionalAcknowledged', request }),
      () => this.#reliable?.proceed(),
    );
    if (transaction.request.body.length === 0 && !pending.answered) pending.respond(200);
    return true;
  }

  protected override onBye(request: ParsedRequest, peer: DialogPeer): void {
    if (!this.#transaction.answered) this.#send(487, undefined, {});
    this.#refresh?.cancel();
    this.#reliable?.stop();
    super.onBye(request, peer);
  }

  override abandon(): void {
    this.#refresh?.cancel();
    this.#reliable?.stop();
    super.abandon();
  }

  /**
   * "The UAS MUST send any non-100 provisional response reliably if the initial request contained a
   * Require header field with the option tag 100rel" (3). With a peer that supports it: those that carry
   * a session description, and those that the owner wants so.
   */
  #goesReliably({ reliable, body }: ResponseOptions): boolean {
    const { reliableProvisional: mode } = this.core.config;
    if (mode === 'off' || mode === 'relay') return false;
    if (mode === 'required' || namesOption(this.invite, 'require', '100rel')) return true;
    return (reliable ?? body !== undefined) && this.peerSupports('100rel');
  }

  #reliably(): ReliableSending {
    const { clock, random } = this.core.seams;
    this.#reliable ??= new ReliableSending({
      clock,
      t1Ms: this.core.config.t1Ms,
      cseq: this.#transaction.request.cseq.number,
      firstRSeq: 1 + random.integer(1024),
      transmit: ({ status, reason, options }, rseq) => {
        const own: readonly HeaderLine[] = [
          ['Require', '100rel'],
          ['RSeq', String(rseq)],
        ];
        this.#send(status, reason, { ...options, headers: [...own, ...(options.headers ?? [])] });
        const bytes = this.#transaction.newest;
        return () => this.#transaction.repeat(bytes);
      },
      answer: ({ status, reason, options }) => {
        this.#answerWaits = false;
        this.#respondNow(status, reason, options);
      },
      onNoPrack: () => this.#missedPrack(),
    });
    return this.#reliable;
  }

  /** "If a reliable provisional response is retransmitted for 64*T1 seconds without reception of a … PRACK, the UAS SHOULD reject the original request with a 5xx response." */
  #missedPrack(): void {
    this.core.counters.noPrack.add();
    this.#send(504, undefined, {});
    this.#finish();
    this.emitLast({ kind: 'noPrack' });
  }

  #send(status: number, reason: string | undefined, options: ResponseOptions): void {
    const { core } = this;
    const given = options.headers ?? [];
    this.#transaction.respond({
      status,
      ...(reason === undefined ? {} : { reason }),
      // 12.1.1: "the UAS MUST copy all Record-Route header field values from the request".
      copy: status > 100 && status < 300 ? ['record-route'] : [],
      headers: withDefaults(this.relays ? withoutPrivate(given, this.flow.trusted) : given, [
        ...this.#headersFor(status),
        ...productLine('Server', core.config),
      ]),
      body: options.body ?? null,
    });
  }

  #headersFor(status: number): readonly HeaderLine[] {
    if (status <= 100 || status >= 300) return [];
    return [
      ['Contact', ownContact(this.core, this.leg.data.localTag, this.flow, this.leg.isSecure)],
      ['Allow', this.core.capabilities.allow],
      // 13.3.1.4: "A 2xx response to an INVITE SHOULD contain the Allow … and the Supported header field".
      ...(status >= 200 ? this.core.capabilities.supportedLines() : []),
      ...(status >= 200 ? this.timer.accepted(this.invite) : []),
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
    this.#reliable?.stop();
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
    this.#reliable?.stop();
    this.server.close({ answer: true, keepRepeating: false });
    this.client.close();
    this.forget();
  }
}

function calleeOptions(core: SipCore, { request, flow, toTag }: ServerTransaction, peerEnd: PeerEnd): DialogOptions {
  const data = dataOpenedBy(request, toTag, request.cseq.number, peerEnd);
  const leg = new DialogLeg({ core, flow, credentials: [], data });
  return { core, leg, role: 'callee', state: 'calling', from: request.from, to: request.to, invite: request };
}
