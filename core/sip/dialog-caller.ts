/**
 * The calling side of a dialog until its INVITE is answered (RFC 3261 13.2, 9.1): resolution,
 * credentials, forks, CANCEL and its races.
 */
import type { Timer } from '../runtime/index.ts';
import { AnsweredInvite } from './answered-invite.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { builtRequest } from './built-request.ts';
import type { ClientTransaction } from './client-transaction.ts';
import { SipDialog } from './dialog.ts';
import { contactOf } from './dialog-data.ts';
import { DialogLeg } from './dialog-leg.ts';
import { closePeer, type DialogPeer } from './dialog-peer.ts';
import { EarlyDialogs, earlyDialogOf, peerOfResponse } from './early-dialogs.ts';
import { firstTargets } from './first-targets.ts';
import type { Channel } from './flow.ts';
import { ForkedAnswers } from './forked-answers.ts';
import { parseRSeq } from './header-rack.ts';
import { LateAnswers } from './late-answers.ts';
import { localResponse } from './local-response.ts';
import type { ParsedRequest, ParsedResponse } from './message.ts';
import { parseNameAddress } from './name-address.ts';
import { Patience } from './patience.ts';
import { isReliable, ReliableReceiving } from './reliable-receiving.ts';
import type { SipCore } from './sip-core.ts';
import { FORK_LIMIT } from './stack-limits.ts';
import type { TargetList } from './target-list.ts';
import type { EarlyDialog, HeaderLine, InviteOptions, ReliableProvisional, SipBody, SipResponse } from './types.ts';
import { inviteParts, nobody, noOffer, unsentDialog, unsentFlow } from './unsent-invite.ts';

type Failure = 'response' | 'timeout' | 'transport';

export class CallerDialog extends SipDialog {
  readonly #options: Omit<InviteOptions, 'offer' | 'admitTarget'>;
  /** Until it is asked for. What it holds on to need not live as long as the INVITE's transaction. */
  #offer: InviteOptions['offer'] | null;
  readonly #forks: ForkedAnswers;
  #late: LateAnswers | null = null;
  readonly #early = new EarlyDialogs();
  #targets: TargetList | null = null;
  /** Route values of the INVITE: outbound proxy, then the owner's. */
  #routes: readonly string[] = [];
  #attempt: Attempt | null = null;
  #channel: Channel | null = null;
  #body: SipBody | null = null;
  #challenges = 0;
  readonly #patience: Patience;
  /** The INVITE got a provisional response: now a CANCEL may be sent. */
  #heard = false;
  #cancelling: readonly HeaderLine[] | null = null;
  #cancelSent = false;
  /** The To tag of the 2xx that won. */
  #answeredTag: string | null = null;
  #acknowledged = false;
  /** The INVITE has its final answer, or nobody waits for one any more. */
  #settled = false;
  #timer: Timer | null = null;

  constructor(core: SipCore, options: InviteOptions) {
    const from = parseNameAddress(options.from);
    const to = parseNameAddress(options.to);
    const leg = new DialogLeg({
      core,
      flow: unsentFlow,
      credentials: options.credentials === undefined ? [] : [options.credentials].flat(),
      data: unsentDialog(options, options.callId ?? core.newTag(), from, to),
    });
    const invite = builtRequest({ method: 'INVITE', uri: options.requestUri, headers: options.headers ?? [] });
    super({
      core,
      leg,
      role: 'caller',
      state: 'calling',
      from: from ?? nobody,
      to: to ?? nobody,
      invite,
      sessionTimer: options.sessionTimer,
    });
    const { offer, admitTarget: _, ...lasting } = options;
    this.#options = lasting;
    this.#offer = offer;
    this.#forks = new ForkedAnswers(core, leg);
    this.#patience = new Patience(core, options.headers);
    void this.#start(options);
  }

  override acknowledge(body?: SipBody): void {
    if (this.#answeredTag === null || this.state !== 'confirmed') return;
    this.#acknowledged = true;
    this.leg.acknowledge(this.leg.data.inviteCseq, body ?? null);
    this.client.inviteEnded();
  }

  override acknowledgeProvisional(body?: SipBody): Promise<SipResponse> {
    const waiting = [...this.#early.others, this.peer].findLast(({ receiving }) => receiving?.owes);
    return waiting === undefined ? super.acknowledgeProvisional() : this.#prack(waiting, body);
  }

  override get earlyDialogs(): readonly EarlyDialog[] {
    if (this.#settled || !this.hasPeer()) return [];
    return [...this.#early.others, this.peer].map(earlyDialogOf);
  }

  override cancel(headers: readonly HeaderLine[] = []): void {
    if (this.#settled || this.#cancelling !== null) return;
    this.#cancelling = headers;
    this.#cancelIfAllowed();
  }

  override abandon(): void {
    this.#settle();
    this.#early.abandon();
    super.abandon();
  }

  protected override peerOf(tag: string): DialogPeer | null {
    if (tag === this.leg.data.remoteTag) return this.peer;
    return this.#answeredTag === null ? this.#early.find(tag) : null;
  }

  protected override inviteIsOpen(): boolean {
    return !this.#acknowledged;
  }

  get #reliability(): ReliableProvisional {
    return this.#options.reliableProvisional ?? this.core.config.reliableProvisional;
  }

  protected override hasPeer(): boolean {
    return this.leg.data.remoteTag !== '';
  }

  protected override withdraw(headers: readonly HeaderLine[]): void {
    this.server.close({ answer: true, keepRepeating: false });
    this.cancel(headers);
    if (this.#transaction === null) this.#over();
  }

  protected override onBye(request: ParsedRequest, peer: DialogPeer): void {
    if (!this.#settled && this.#early.others.length > 0) {
      // One fork of several leaves: the others may still answer.
      this.#leave(peer);
      return;
    }
    // The peer ends an early dialog: what is left is our INVITE.
    if (!this.#settled) this.cancel();
    // 13.2.2.4: an ACK for each 2xx, also when its sender did not wait for it.
    if (!this.#acknowledged) this.acknowledge();
    super.onBye(request, peer);
  }

  /** An ACK is owed before the BYE, whatever the owner still meant to do. */
  protected override hangUp(headers: readonly HeaderLine[]): void {
    if (!this.#acknowledged) this.leg.acknowledge(this.leg.data.inviteCseq, null);
    super.hangUp(headers);
  }

  /** Its transaction may get 2xx for a while yet. A call that was forked keeps its forks. */
  protected override forget(): void {
    super.forget();
    if (this.#answeredTag === null || this.#forks.any || this.#early.others.length > 0) return;
    this.#transaction?.handOver(new AnsweredInvite(this.core, this.leg.remnant(), this.#options.requestUri));
  }

  async #start(options: InviteOptions): Promise<void> {
    await Promise.resolve(); // the owner has its dialog, and its `onEvent`, before the first event
    const found = firstTargets(this.core, options, false);
    const first = found instanceof Promise ? await found : found;
    if ('status' in first) {
      this.#fail(first.status, 'transport', first.reason);
      return;
    }
    this.#targets = first.targets;
    this.#routes = first.routes;
    await this.#tryNextHop(first.targets, null);
  }

  /** Connects to the first hop that takes a connection, asks for the offer, sends the INVITE. */
  async #tryNextHop(targets: TargetList, refusal: ParsedResponse | null): Promise<void> {
    const channel = targets.takeReady() ?? (await targets.connectNext());
    if (this.#withdrawn()) return;
    if (channel === null) {
      if (refusal === null) this.#fail(503, 'transport');
      else this.#refuse(refusal);
      return;
    }
    const offer = this.#offer;
    this.#offer = null;
    this.#channel = channel;
    this.leg.route.flow = channel.flow;
    this.leg.route.listener = this.#options.listener ?? null;
    if (offer !== null) {
      try {
        this.#body = await offer(this.localAddress);
      } catch (reason) {
        this.#fail(500, 'transport', noOffer(reason));
        return;
      }
      if (this.#withdrawn()) return;
    }
    this.#send(targets, channel, offer === null ? this.leg.data.inviteCseq : 1);
  }

  /** Cancelled before the INVITE was sent: then there is nothing to CANCEL. */
  #withdrawn(): boolean {
    if (this.#settled) return true;
    if (this.#cancelling === null) return false;
    this.#fail(487, 'response');
    return true;
  }

  /** A failover keeps the number (RFC 3263 4.3: "identical to the previous" but for the branch), a challenge raises it. */
  #send(targets: TargetList, channel: Channel, cseq: number): void {
    const { core, leg } = this;
    const { requestUri } = this.#options;
    // A repetition begins anew: "it MUST use the same Call-ID, To, and From" (22.2), but no To tag.
    leg.data = {
      ...leg.data,
      localCseq: cseq,
      inviteCseq: cseq,
      remoteTag: '',
      remoteTarget: requestUri,
      routeSet: this.#routes,
    };
    this.#early.clear();
    this.peer.receiving = null;
    this.#heard = false;
    const branch = core.newBranch();
    const ours = core.capabilities.inviteLines(this.#reliability, this.timer.settings.mode !== 'off');
    const request = leg.build('INVITE', cseq, branch, channel, inviteParts(this.#options, ours, this.#body));
    this.inviteMessage = builtRequest(request);
    this.#attempt = new Attempt(core, targets, this.#attemptOwner(targets));
    this.#attempt.send(request, branch, channel);
    const expiresMs = this.#patience.sentMs();
    if (expiresMs !== null) this.#limit(expiresMs, () => this.#giveUp());
  }

  #attemptOwner(targets: TargetList): AttemptOwner {
    return {
      onResponse: (response) => this.#receive(response),
      onTimeout: () => this.#fail(408, 'timeout'),
      onTransportError: () => {
        if (this.#settled) this.#over();
        else if (this.#cancelling !== null) this.#fail(487, 'response');
        else if (this.#heard || !targets.hasMore) this.#fail(503, 'transport');
        else this.#failOver(targets, null);
      },
      onSilence: () => {
        if (this.#settled || this.#cancelling !== null) return;
        this.#attempt?.abandon();
        this.#failOver(targets, null);
      },
      isWanted: () => !this.#withdrawn(),
      onLate: (response, transaction) => {
        this.#late ??= new LateAnswers(this.core, this.leg);
        this.#late.take(response, transaction);
      },
    };
  }

  #failOver(targets: TargetList, refusal: ParsedResponse | null): void {
    this.core.counters.failovers.add();
    this.#attempt = null;
    void this.#tryNextHop(targets, refusal);
  }

  get #transaction(): ClientTransaction | null {
    return this.#attempt?.transaction ?? null;
  }

  #receive(response: ParsedResponse): void {
    if (response.status < 200) this.#provisional(response);
    else if (response.status < 300) this.#success(response);
    else this.#refused(response);
  }

  #provisional(response: ParsedResponse): void {
    this.#heard = true;
    if (this.#settled) return;
    if (this.#cancelling !== null) {
      this.#cancelIfAllowed();
      return;
    }
    this.#limit(this.#patience.leftMs(), () => this.#giveUp());
    // A 100 may have a tag, but never makes a dialog (12.1.2).
    if (response.status === 100) this.emit({ kind: 'provisional', response, tag: '' });
    else this.#progress(response);
  }

  /** A 101–199: "MUST … construct the state of the dialog" of its tag, once (12.1.2). */
  #progress(response: ParsedResponse): void {
    const peer = response.toTag === '' ? null : this.#earlyDialog(response);
    const reliable = response.toTag !== '' && isReliable(response);
    if (peer === null && reliable) {
      // Without a dialog there is no PRACK, and so no word of what asks for one.
      this.core.counters.dropped.add(1, { why: 'forks' });
      return;
    }
    if (peer !== null) {
      const isNext = !reliable || this.#takeReliable(peer, response);
      if (!isNext || this.state === 'terminated') return;
      this.#turnTo(peer);
    }
    this.note(response);
    this.move('provisional');
    this.emit({ kind: 'provisional', response, tag: response.toTag, reliable });
    if (reliable && this.#reliability !== 'relay' && peer?.receiving?.waitsForOwner === false) void this.#prack(peer);
  }

  /** The dialog of the response's tag, made if it is new; null past the limit of forks. */
  #earlyDialog(response: ParsedResponse): DialogPeer | null {
    const known = this.peerOf(response.toTag);
    if (known !== null) return known;
    const found = peerOfResponse(response, this.#options.requestUri);
    if (!this.hasPeer()) {
      this.leg.data = { ...this.leg.data, ...found };
      return this.peer;
    }
    return this.#early.others.length + 1 < FORK_LIMIT ? this.openPeer(this.leg.fork(found)) : null;
  }

  /** The newest early dialog is the one that requests of ours go to (reference 2.7). */
  #turnTo(peer: DialogPeer): void {
    if (peer === this.peer) return;
    this.#early.swap(this.peer, peer);
    this.peer = peer;
  }

  /** Puts it in order and refreshes the target (RFC 6141 4.3); false: it is no news. */
  #takeReliable(peer: DialogPeer, response: ParsedResponse): boolean {
    const rseq = parseRSeq(response.header('rseq'));
    if (rseq === null) {
      this.#breakOff(localResponse(500, 'Reliable provisional response without RSeq'));
      return false;
    }
    peer.receiving ??= new ReliableReceiving(this.core.counters);
    const carriesOffer = this.#body === null && response.body.length > 0;
    const isNext = peer.receiving.take(rseq, response.cseq.number, carriesOffer);
    if (!isNext) return this.#reliability === 'relay';
    const remoteTarget = contactOf(response);
    if (remoteTarget !== null) peer.leg.data = { ...peer.leg.data, remoteTarget };
    return true;
  }

  /** PRACK, in the dialog of its response; one that is refused ends the call (reference 2.8). */
  async #prack(peer: DialogPeer, body?: SipBody): Promise<SipResponse> {
    const { receiving } = peer;
    const rack = receiving?.settle() ?? null;
    if (receiving === null || rack === null) return localResponse(481);
    const options = { headers: [['RAck', rack]] as const, ...(body === undefined ? {} : { body }) };
    const send = (): Promise<SipResponse> => peer.client.request('PRACK', options);
    const response = await receiving.inTurn(send, () => !this.#settled || this.#reliability === 'relay');
    if (response.status >= 300 && !this.#settled && this.state !== 'terminated') {
      if (this.#early.others.length > 0) this.#leave(peer);
      else this.#breakOff(response);
    }
    return response;
  }

  /** One early dialog of several is over. */
  #leave(peer: DialogPeer): void {
    closePeer(peer);
    const next = this.#early.others.at(-1);
    if (peer === this.peer && next !== undefined) this.#turnTo(next);
    this.#early.remove(peer);
  }

  /** The call cannot be: CANCEL, and the owner is told at once. */
  #breakOff(response: SipResponse): void {
    this.cancel();
    this.emitLast({ kind: 'failed', response, cause: 'response' });
  }

  #success(response: ParsedResponse): void {
    if (this.#answeredTag !== null) {
      if (response.toTag === this.#answeredTag) this.leg.repeatAck(this.leg.data.inviteCseq);
      else this.#forks.end(response, this.#options.requestUri, this.#early.find(response.toTag)?.leg ?? null);
      return;
    }
    const wanted = !this.#settled && this.#cancelling === null && response.toTag !== '';
    const wasSettled = this.#settled;
    this.leg.auth.learn(response);
    this.#answeredTag = response.toTag;
    this.#settle();
    this.#win(response);
    if (wanted) {
      this.note(response);
      this.timer.agreed(response);
      this.move('answer');
      this.emit({ kind: 'answered', response });
      return;
    }
    // A 2xx that crosses our CANCEL, comes after we gave up, or makes no dialog: ACK, then BYE.
    this.leg.acknowledge(this.leg.data.inviteCseq, null);
    this.leg.bye([], () => this.forget());
    if (!wasSettled) this.#report(response.toTag === '' ? 500 : 487, 'response');
  }

  /**
   * The dialog of the first 2xx is the one, also when its tag is new; its route set "MUST be recomputed
   * based on the 2xx response" (13.2.2.4).
   */
  #win(response: ParsedResponse): void {
    const found = peerOfResponse(response, this.#options.requestUri);
    const known = response.toTag === '' || !this.hasPeer() ? this.peer : this.#knownPeer(response.toTag);
    this.#turnTo(known ?? this.openPeer(this.leg.fork(found)));
    this.#early.close();
    this.leg.data = { ...this.leg.data, ...found };
  }

  #knownPeer(tag: string): DialogPeer | null {
    return tag === this.leg.data.remoteTag ? this.peer : this.#early.find(tag);
  }

  #refused(response: ParsedResponse): void {
    if (this.#settled) {
      this.#over();
      return;
    }
    const targets = this.#targets;
    if (this.#cancelling === null && this.#channel !== null && targets !== null) {
      if (this.leg.auth.accept(response, this.#challenges)) {
        this.#challenges++;
        this.core.counters.authRetries.add();
        this.#send(targets, this.#channel, this.leg.data.localCseq + 1);
        return;
      }
      // RFC 4028 7.4: a 422 tells the interval to try next.
      if (this.timer.raise(response)) {
        this.#send(targets, this.#channel, this.leg.data.localCseq + 1);
        return;
      }
      // RFC 3263 4.3: a 503 counts as a failure of this target.
      if (response.status === 503 && targets.hasMore) {
        this.#failOver(targets, response);
        return;
      }
    }
    this.#refuse(response);
  }

  #refuse(response: ParsedResponse): void {
    this.#settle();
    this.#over();
    this.emitLast({ kind: 'failed', response, cause: 'response' });
  }

  /**
   * "If no provisional response has been received, the CANCEL request MUST NOT be sent; rather, the
   * client MUST wait for the arrival of a provisional response" (9.1).
   */
  #cancelIfAllowed(): void {
    const transaction = this.#transaction;
    if (this.#cancelling === null || this.#cancelSent || !this.#heard || transaction === null) return;
    this.#cancelSent = true;
    this.core.transactions.cancel(transaction, this.#cancelling);
    // "If there is no final response for the original request in 64*T1 seconds … the client SHOULD
    // then consider the original transaction cancelled and SHOULD destroy the client transaction".
    this.#limit(64 * this.core.config.t1Ms, () => {
      transaction.terminate();
      this.#fail(487, 'timeout');
    });
  }

  /** Timer C, Expires: CANCEL, and 408 to the owner at once; a 2xx that still comes is ACKed and ended. */
  #giveUp(): void {
    this.cancel();
    this.emitLast({ kind: 'failed', response: localResponse(408), cause: 'timeout' });
  }

  #fail(status: number, cause: Failure, reason?: string): void {
    if (this.#settled) return;
    this.#over();
    this.#report(status, cause, reason);
  }

  #report(status: number, cause: Failure, reason?: string): void {
    this.emitLast({ kind: 'failed', response: localResponse(status, reason), cause });
  }

  #limit(delayMs: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.core.seams.clock.after(delayMs, run);
  }

  #settle(): void {
    this.#settled = true;
    this.#timer?.cancel();
    this.#attempt?.close();
  }

  /** The INVITE came to nothing. */
  #over(): void {
    this.#settle();
    this.#early.close();
    this.server.close({ answer: true, keepRepeating: false });
    this.forget();
  }
}
