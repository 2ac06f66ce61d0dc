/**
 * The calling side of a dialog until its INVITE is answered (RFC 3261 13.2, 9.1): resolution,
 * credentials, forks, CANCEL and its races.
 */
import { CodedError, type Timer } from '../runtime/index.ts';
import { builtRequest } from './built-request.ts';
import type { ClientTransaction } from './client-transaction.ts';
import { cancelOf } from './derived-requests.ts';
import { SipDialog } from './dialog.ts';
import { contactOf, partyOf, routeSetOfResponse } from './dialog-data.ts';
import { DialogLeg } from './dialog-leg.ts';
import type { Channel, Hop } from './flow.ts';
import { ForkedAnswers } from './forked-answers.ts';
import { localResponse } from './local-response.ts';
import type { ParsedRequest, ParsedResponse } from './message.ts';
import { parseNameAddress } from './name-address.ts';
import { sendRequest } from './send-request.ts';
import type { SipCore } from './sip-core.ts';
import { supportedExtensions } from './stack-headers.ts';
import { FORK_LIMIT } from './stack-limits.ts';
import { resolveTarget } from './target.ts';
import { TIMER_C_MS } from './timers.ts';
import type { Flow, HeaderLine, InviteOptions, NameAddress, SipBody } from './types.ts';

type Failure = 'response' | 'timeout' | 'transport';

export class CallerDialog extends SipDialog {
  readonly #options: InviteOptions;
  readonly #forks: ForkedAnswers;
  /** Tags of early dialogs. */
  readonly #earlyTags = new Set<string>();
  #hops: readonly Hop[] = [];
  #channel: Channel | null = null;
  #body: SipBody | null = null;
  #transaction: ClientTransaction | null = null;
  #challenges = 0;
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
    const callId = options.callId ?? core.newTag();
    const from = parseNameAddress(options.from);
    const to = parseNameAddress(options.to);
    const leg = new DialogLeg({
      core,
      flow: unsentFlow,
      credentials: options.credentials === undefined ? [] : [options.credentials].flat(),
      data: {
        callId,
        localTag: options.localTag,
        remoteTag: '',
        localParty: from === null ? '' : partyOf(from),
        remoteParty: to === null ? '' : partyOf(to),
        localCseq: 0,
        remoteCseq: null,
        inviteCseq: 0,
        remoteTarget: options.requestUri,
        routeSet: [],
      },
    });
    const invite = builtRequest({ method: 'INVITE', uri: options.requestUri, headers: options.headers ?? [] });
    super({ core, leg, role: 'caller', state: 'calling', from: from ?? nobody, to: to ?? nobody, invite });
    this.#options = options;
    this.#forks = new ForkedAnswers(core, leg);
    const fault = from === null ? `From ${options.from}` : to === null ? `To ${options.to}` : null;
    void this.#start(fault);
  }

  override acknowledge(body?: SipBody): void {
    if (this.#answeredTag === null || this.state !== 'confirmed') return;
    this.#acknowledged = true;
    this.leg.acknowledge(this.leg.data.inviteCseq, body ?? null);
  }

  override cancel(headers: readonly HeaderLine[] = []): void {
    if (this.#settled || this.#cancelling !== null) return;
    this.#cancelling = headers;
    this.#cancelIfAllowed();
  }

  override abandon(): void {
    this.#settle();
    super.abandon();
  }

  protected override knowsPeer(fromTag: string): boolean {
    return super.knowsPeer(fromTag) || this.#earlyTags.has(fromTag);
  }

  protected override hasPeer(): boolean {
    return this.leg.data.remoteTag !== '';
  }

  protected override withdraw(headers: readonly HeaderLine[]): void {
    this.server.close({ answer: true, keepRepeating: false });
    this.cancel(headers);
    if (this.#transaction === null) this.#over();
  }

  protected override onBye(request: ParsedRequest): void {
    // The peer ends an early dialog: what is left is our INVITE.
    if (!this.#settled) this.cancel();
    super.onBye(request);
  }

  /** An ACK is owed before the BYE, whatever the owner still meant to do. */
  protected override hangUp(headers: readonly HeaderLine[]): void {
    if (!this.#acknowledged) this.leg.acknowledge(this.leg.data.inviteCseq, null);
    super.hangUp(headers);
  }

  async #start(fault: string | null): Promise<void> {
    await Promise.resolve(); // the owner has its dialog, and its `onEvent`, before the first event
    try {
      if (fault !== null) throw new CodedError('dial.failed', fault);
      const { requestUri, nextHop, headers = [] } = this.#options;
      const route = headers.find(([name]) => name.toLowerCase() === 'route')?.[1] ?? null;
      const place = nextHop ?? (route === null ? null : (parseNameAddress(route)?.uriText ?? null));
      this.#hops = await resolveTarget(requestUri, place, this.core.seams.dns);
    } catch (reason) {
      // SEMS: 478 for what cannot be resolved (reference 2.4).
      this.#fail(478, 'transport', `Unresolvable destination: ${messageOf(reason)}`);
      return;
    }
    const { admitTarget } = this.#options;
    const admitted = this.#hops.filter((hop) => admitTarget?.({ address: hop.address, port: hop.port }) ?? true);
    if (admitted.length === 0) this.#fail(403, 'transport', 'Forbidden target');
    else {
      this.#hops = admitted;
      await this.#tryNextHop();
    }
  }

  /** Connects to the first hop that takes a connection, asks for the offer, sends the INVITE. */
  async #tryNextHop(): Promise<void> {
    const channel = await this.#connectNext();
    if (this.#withdrawn()) return;
    if (channel === null) {
      this.#fail(503, 'transport');
      return;
    }
    const first = this.#channel === null;
    this.#channel = channel;
    this.leg.route.flow = channel.flow;
    if (first) {
      try {
        this.#body = await this.#options.offer(this.localAddress);
      } catch (reason) {
        this.#fail(500, 'transport', `No offer: ${messageOf(reason)}`);
        return;
      }
      if (this.#withdrawn()) return;
    }
    this.#send(channel);
  }

  async #connectNext(): Promise<Channel | null> {
    for (let hop = this.#hops[0]; hop !== undefined; hop = this.#hops[0]) {
      this.#hops = this.#hops.slice(1);
      try {
        return await this.core.transports.connect(hop);
      } catch (fault) {
        this.core.log.debug('no way to a target', { call: this.ids.localTag, fault: messageOf(fault) });
      }
    }
    return null;
  }

  /** Cancelled before the INVITE was sent: then there is nothing to CANCEL. */
  #withdrawn(): boolean {
    if (this.#settled) return true;
    if (this.#cancelling === null) return false;
    this.#fail(487, 'response');
    return true;
  }

  #send(channel: Channel): void {
    const { core, leg } = this;
    this.#transaction = null;
    const { requestUri, headers = [] } = this.#options;
    const cseq = leg.data.localCseq + 1;
    // A repetition begins anew: "it MUST use the same Call-ID, To, and From" (22.2), but no To tag.
    leg.data = {
      ...leg.data,
      localCseq: cseq,
      inviteCseq: cseq,
      remoteTag: '',
      remoteTarget: requestUri,
      routeSet: [],
    };
    this.#earlyTags.clear();
    this.#heard = false;
    const branch = core.newBranch();
    const supported: readonly HeaderLine[] =
      supportedExtensions.length === 0 ? [] : [['Supported', supportedExtensions.join(', ')]];
    const options = {
      headers: [...headers, ...supported],
      maxForwards: this.#options.maxForwards ?? 70,
      ...(this.#body === null ? {} : { body: this.#body }),
    };
    const request = leg.build('INVITE', cseq, branch, channel, options);
    this.inviteMessage = builtRequest(request);
    const owner = {
      onResponse: (response: ParsedResponse) => this.#receive(response),
      onTimeout: () => this.#fail(408, 'timeout'),
      onTransportError: () => this.#unreachable(),
    };
    sendRequest(core, request, branch, channel, owner, {
      isWanted: () => !this.#withdrawn(),
      onStarted: (transaction) => {
        this.#transaction = transaction;
      },
    });
  }

  #unreachable(): void {
    if (this.#settled) this.#over();
    else if (this.#heard || this.#hops.length === 0) this.#fail(503, 'transport');
    else void this.#tryNextHop();
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
    this.#limit(TIMER_C_MS, () => this.#giveUp());
    // 12.1.2: a provisional response with a To tag makes an early dialog; a 100 never does.
    if (response.status > 100 && response.toTag !== '') this.#learnEarly(response);
    if (response.status > 100) this.move('provisional');
    this.emit({ kind: 'provisional', response });
  }

  /** The early dialog of the newest tag is the one that requests of ours go to. */
  #learnEarly(response: ParsedResponse): void {
    if (this.#earlyTags.size >= FORK_LIMIT) return;
    this.#earlyTags.add(response.toTag);
    this.#takeDialog(response);
  }

  #takeDialog(response: ParsedResponse): void {
    this.leg.data = {
      ...this.leg.data,
      remoteTag: response.toTag,
      remoteTarget: contactOf(response) ?? this.#options.requestUri,
      routeSet: routeSetOfResponse(response),
    };
  }

  #success(response: ParsedResponse): void {
    if (this.#answeredTag !== null) {
      if (response.toTag === this.#answeredTag) this.leg.repeatAck(this.leg.data.inviteCseq);
      else this.#forks.end(response, this.#options.requestUri);
      return;
    }
    const wanted = !this.#settled && this.#cancelling === null && response.toTag !== '';
    const wasSettled = this.#settled;
    this.#answeredTag = response.toTag;
    this.#settle();
    this.#takeDialog(response);
    if (wanted) {
      this.#earlyTags.clear();
      this.move('answer');
      this.emit({ kind: 'answered', response });
      return;
    }
    // A 2xx that crosses our CANCEL, comes after we gave up, or makes no dialog: ACK, then BYE.
    this.leg.acknowledge(this.leg.data.inviteCseq, null);
    this.leg.bye([], () => this.forget());
    if (!wasSettled) this.#report(response.toTag === '' ? 500 : 487, 'response');
  }

  #refused(response: ParsedResponse): void {
    if (this.#settled) {
      this.#over();
      return;
    }
    if (this.#cancelling === null && this.#channel !== null) {
      if (this.leg.auth.accept(response, this.#challenges)) {
        this.#challenges++;
        this.core.counters.authRetries.add();
        this.#send(this.#channel);
        return;
      }
      // RFC 3263 4.3: a 503 counts as a failure of this target.
      if (response.status === 503 && this.#hops.length > 0) {
        void this.#tryNextHop();
        return;
      }
    }
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
    const silent = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} };
    const { request, branch, channel } = transaction;
    this.core.transactions.request(cancelOf(request, this.#cancelling), branch, channel, silent);
    // "If there is no final response for the original request in 64*T1 seconds … the client SHOULD
    // then consider the original transaction cancelled and SHOULD destroy the client transaction".
    this.#limit(64 * this.core.config.t1Ms, () => {
      transaction.terminate();
      this.#fail(487, 'timeout');
    });
  }

  /** Timer C: CANCEL, and 408 to the owner at once; a 2xx that still comes is ACKed and ended. */
  #giveUp(): void {
    this.cancel();
    this.emitLast({ kind: 'failed', response: localResponse(408), cause: 'timeout' });
  }

  #fail(status: number, cause: Failure, reason?: string): void {
    if (this.#settled) return;
    this.#settle();
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
  }

  /** The INVITE came to nothing. */
  #over(): void {
    this.#settle();
    this.server.close({ answer: true, keepRepeating: false });
    this.forget();
  }
}

const nobody: NameAddress = {
  displayName: null,
  uri: {
    scheme: 'sip',
    user: null,
    password: null,
    host: 'invalid',
    port: null,
    parameters: new Map(),
    headers: new Map(),
  },
  uriText: 'sip:invalid',
  parameters: new Map(),
};

/** The flow of an INVITE whose target is not resolved yet. */
const unsentFlow: Flow = {
  transport: 'udp',
  local: { address: '', port: 0 },
  remote: { address: '', port: 0 },
  connectionId: 0,
  trusted: false,
};

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
