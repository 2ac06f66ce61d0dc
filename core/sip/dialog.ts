/**
 * One INVITE dialog: what both roles share from the answer on, and all of a restored one.
 * `dialog-caller.ts` and `dialog-callee.ts` add the INVITE that makes it.
 */
import { CodedError } from '../runtime/index.ts';
import { DialogClient } from './dialog-client.ts';
import type { DialogLeg } from './dialog-leg.ts';
import type { DialogPeer } from './dialog-peer.ts';
import { DialogServer } from './dialog-server.ts';
import { writeSnapshot } from './dialog-snapshot.ts';
import { type DialogInput, dialogMachine } from './dialog-state.ts';
import { localResponse } from './local-response.ts';
import { step } from './machine.ts';
import type { ParsedRequest } from './message.ts';
import { PeerAbilities } from './peer-abilities.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { type SessionTimerRefusal, sessionTimerFault } from './session-timer.ts';
import { type SessionTimerOption, sessionTimerSettings } from './session-timer-config.ts';
import { DialogTimer, type SessionTimerRecord } from './session-timer-dialog.ts';
import type { SipCore } from './sip-core.ts';
import type {
  Dialog,
  DialogEvent,
  DialogIds,
  DialogSnapshot,
  DialogState,
  EarlyDialog,
  Flow,
  HeaderLine,
  NameAddress,
  RequestOptions,
  ResponseOptions,
  SipBody,
  SipRequest,
  SipResponse,
} from './types.ts';

export interface DialogOptions {
  readonly core: SipCore;
  readonly leg: DialogLeg;
  readonly role: 'caller' | 'callee';
  readonly state: DialogState;
  readonly from: NameAddress;
  readonly to: NameAddress;
  readonly invite: SipRequest;
  readonly sessionTimer?: SessionTimerOption | undefined;
}

export class SipDialog implements Dialog {
  readonly role: 'caller' | 'callee';
  readonly from: NameAddress;
  readonly to: NameAddress;
  onEvent: (event: DialogEvent) => void = unheard;
  onRefreshBody: () => SipBody | null = noBody;
  onRefreshAnswer: (response: SipResponse) => void = unheard;
  relays = false;
  protected readonly timer: DialogTimer;
  protected readonly core: SipCore;
  /** Whom we talk to: of several early dialogs the newest, later the one that answered. */
  protected peer: DialogPeer;
  protected inviteMessage: SipRequest;
  #state: DialogState;
  #abilities: PeerAbilities | null = null;
  /** The owner has ended it, or was told of its end: it gets no further event. */
  #silent = false;

  constructor({ core, leg, role, state, from, to, invite, sessionTimer }: DialogOptions) {
    this.core = core;
    this.role = role;
    this.#state = state;
    this.from = from;
    this.to = to;
    this.inviteMessage = invite;
    leg.isSips = /^sips:/i.test(invite.uri);
    this.timer = new DialogTimer({
      core,
      settings: sessionTimerSettings(core.config.sessionTimer, sessionTimer),
      request: (method, options) => this.client.request(method, options),
      peerAllows: (method) => this.peerAllows(method),
      isBusy: () => this.client.inviting || this.client.offering || this.server.inviting,
      refreshBody: () => this.onRefreshBody(),
      refreshAnswered: (response) => this.onRefreshAnswer(response),
      onExpired: () => this.emit({ kind: 'sessionExpired' }),
    });
    this.peer = this.openPeer(leg);
  }

  protected get leg(): DialogLeg {
    return this.peer.leg;
  }

  protected get client(): DialogClient {
    return this.peer.client;
  }

  protected get server(): DialogServer {
    return this.peer.server;
  }

  get ids(): DialogIds {
    const { callId, localTag, remoteTag } = this.leg.data;
    return { callId, localTag, remoteTag };
  }

  get state(): DialogState {
    return this.#state;
  }

  get flow(): Flow {
    return this.leg.flow;
  }

  get invite(): SipRequest {
    return this.inviteMessage;
  }

  get localAddress(): string {
    return this.flow.local.address;
  }

  respond(_status: number, _reason?: string, _options?: ResponseOptions): void {}

  acknowledge(_body?: SipBody): void {}

  acknowledgeProvisional(_body?: SipBody): Promise<SipResponse> {
    return Promise.resolve(localResponse(481));
  }

  get earlyDialogs(): readonly EarlyDialog[] {
    return [];
  }

  peerAllows(method: string): boolean {
    return this.#peerAbilities().allows(method);
  }

  peerSupports(optionTag: string): boolean {
    return this.#peerAbilities().supports(optionTag);
  }

  useSessionTimer(option: SessionTimerOption): SessionTimerRefusal | null {
    this.timer.settings = sessionTimerSettings(this.core.config.sessionTimer, option);
    return this.role === 'callee' ? sessionTimerFault(this.timer.settings, this.inviteMessage) : null;
  }

  cancel(_headers?: readonly HeaderLine[]): void {}

  request(method: string, options: RequestOptions = {}): Promise<SipResponse> {
    if (this.#state === 'terminated' || !this.hasPeer()) return Promise.resolve(localResponse(481));
    return this.client.request(method, options);
  }

  end(headers: readonly HeaderLine[] = []): void {
    if (this.#state === 'terminated') return;
    const before = this.#state;
    this.#releaseOwner();
    this.move('end');
    if (before === 'confirmed') this.hangUp(headers);
    else this.withdraw(headers);
    this.client.close();
  }

  /** @throws CodedError `call.wrongState` unless the dialog is confirmed. */
  snapshot(): DialogSnapshot {
    if (this.#state !== 'confirmed') throw new CodedError('call.wrongState', `a dialog that is ${this.#state}`);
    return writeSnapshot({
      role: this.role,
      data: this.leg.data,
      flow: this.flow,
      invite: this.inviteMessage,
      timer: this.timer.record(),
    });
  }

  /** Goes on with the session timer of a snapshot. */
  resumeTimer(record: SessionTimerRecord): void {
    this.timer.resume(record);
  }

  /** A request of the peer with our To tag; not ACK, not CANCEL. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const peer = this.peerOf(request.fromTag);
    if (peer === null) this.server.refuse(transaction, 481);
    else if (this.#state !== 'terminated') peer.server.receive(transaction);
    // BYEs that cross: ours is under way, theirs is as good.
    else if (request.method === 'BYE') transaction.respond({ status: 200 });
    else this.server.refuse(transaction, 481);
  }

  receiveAck(request: ParsedRequest): void {
    const peer = this.peerOf(request.fromTag);
    if (peer !== null) peer.server.receiveAck(request);
    else this.core.counters.stray.add(1, { kind: 'ack' });
  }

  /** Forgets everything without a word, for the end of the stack. */
  abandon(): void {
    this.#releaseOwner();
    this.move('end');
    this.server.close({ answer: false, keepRepeating: false });
    this.client.abandon();
  }

  /** The peer with that tag, or null. Early dialogs of forks have several. */
  protected peerOf(tag: string): DialogPeer | null {
    return tag === this.leg.data.remoteTag ? this.peer : null;
  }

  /** Both directions of one dialog over the sending side `leg`. */
  protected openPeer(leg: DialogLeg): DialogPeer {
    const { core, timer } = this;
    leg.relays = () => this.relays;
    leg.extraLines = (method) => timer.requestLines(method, this.#state !== 'confirmed');
    const client: DialogClient = new DialogClient({
      core,
      leg,
      ownsCallId: this.role === 'caller',
      peerInvites: () => peer.server.inviting || peer.server.awaitsAck || this.inviteIsOpen(),
      isOver: () => this.#state === 'terminated',
      onSuccess: (response) => timer.agreed(response),
      onRemoteGone: (status) => {
        // A fork that lost may say 481 to what was under way: that ends nothing.
        if (this.#state === 'confirmed' && this.peer === peer) this.emit({ kind: 'remoteGone', status });
      },
    });
    const server: DialogServer = new DialogServer({
      core,
      leg,
      client,
      timer,
      emit: (event) => this.emit(event),
      invite: () => (this.inviteIsOpen() ? (this.role === 'caller' ? 'ours' : 'theirs') : null),
      note: (request) => this.note(request),
      onPrack: (transaction) => this.onPrack(transaction),
      onBye: (request) => this.onBye(request, peer),
    });
    const peer: DialogPeer = { leg, client, server, receiving: null };
    return peer;
  }

  /** Remembers what the peer says of its abilities. */
  protected note(message: SipRequest | SipResponse): void {
    this.#peerAbilities().note(message);
  }

  /** What the INVITE of a callee says is read when somebody asks. */
  #peerAbilities(): PeerAbilities {
    if (this.#abilities === null) {
      this.#abilities = new PeerAbilities();
      if (this.role === 'callee') this.#abilities.note(this.inviteMessage);
    }
    return this.#abilities;
  }

  /** Has the peer a tag? Before there is no dialog that a request could be in. */
  protected hasPeer(): boolean {
    return true;
  }

  /** The INVITE that makes the dialog has no final answer yet. */
  protected inviteIsOpen(): boolean {
    return false;
  }

  /** A PRACK; false: it is for nothing that we sent. */
  protected onPrack(_transaction: ServerTransaction): boolean {
    return false;
  }

  /** Ends an INVITE that has no final answer. */
  protected withdraw(_headers: readonly HeaderLine[]): void {}

  protected emit(event: DialogEvent): void {
    if (this.#silent) return;
    try {
      this.onEvent(event);
    } catch (fault) {
      this.core.counters.ownerFaults.add();
      this.core.log.error('the owner of a dialog threw', { call: this.ids.localTag, event: event.kind, fault });
    }
  }

  /** The last event: afterwards the dialog is `terminated` and nobody is told anything more. */
  protected emitLast(event: DialogEvent): void {
    this.move('end');
    this.emit(event);
    this.#releaseOwner();
    this.client.close();
  }

  /**
   * Nobody hears of it any more. A 2xx that comes again finds the dialog for 32 s; what its owner kept for
   * the call need not live as long.
   */
  #releaseOwner(): void {
    this.#silent = true;
    this.onEvent = unheard;
    this.onRefreshBody = noBody;
    this.onRefreshAnswer = unheard;
  }

  protected move(input: DialogInput): void {
    const transition = step(dialogMachine, this.#state, input);
    if (transition !== null) this.#state = transition[0];
    if (this.#state === 'terminated') this.timer.stop();
  }

  /** Removes it from the stack: nothing of it can come any more. */
  protected forget(): void {
    this.core.dialogs.remove(this);
  }

  protected onBye(request: ParsedRequest, _peer: DialogPeer): void {
    this.server.close({ answer: true, keepRepeating: false });
    this.forget();
    this.emitLast({ kind: 'bye', request });
  }

  /** BYE, as soon as our 2xx are acknowledged. */
  protected hangUp(headers: readonly HeaderLine[]): void {
    this.server.close({ answer: true, keepRepeating: true });
    this.server.afterAcks(() => this.leg.bye(headers, () => this.forget()));
  }
}

function unheard(): void {}

function noBody(): null {
  return null;
}
